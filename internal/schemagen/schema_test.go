package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/latency-pod-autoscaler/lpa/internal/config"
	"github.com/latency-pod-autoscaler/lpa/internal/schematest"
	"github.com/latency-pod-autoscaler/lpa/loadtest"
	"github.com/latency-pod-autoscaler/lpa/loadtest/strictyaml"
	"github.com/latency-pod-autoscaler/lpa/schema"
	"github.com/stretchr/testify/require"
	"go.yaml.in/yaml/v3"
)

// kind is one of the two files: its schema and its reader.
type kind struct {
	name   string
	schema []byte
	read   func(t *testing.T, document string) error
}

var kinds = []kind{
	{"config", schema.Config, readConfig},
	{"tasks", schema.Tasks, readTasks},
}

func noEnvironment(string) (string, bool) { return "", false }

func readConfig(t *testing.T, document string) error {
	path := filepath.Join(t.TempDir(), "config.yaml")
	require.NoError(t, os.WriteFile(path, []byte(document), 0o600))
	_, err := config.Load(path, noEnvironment)
	return err
}

func readTasks(_ *testing.T, document string) error {
	_, err := loadtest.ParseYAML("tasks.yaml", []byte(document), func(string) (string, bool) { return "secret", true })
	return err
}

func validator(t *testing.T, text []byte) *schematest.Validator {
	t.Helper()
	v, err := schematest.New(text)
	require.NoError(t, err)
	return v
}

// TestUpToDate holds that the files are what `make schema` writes.
func TestUpToDate(t *testing.T) {
	fresh, err := generate("../../docs/reference")
	require.NoError(t, err)
	require.Equal(t, string(fresh["config.schema.json"]), string(schema.Config), "run make schema")
	require.Equal(t, string(fresh["tasks.schema.json"]), string(schema.Tasks), "run make schema")
	values, err := os.ReadFile(filepath.Join(chartFolder, valuesName))
	require.NoError(t, err)
	require.Equal(t, string(fresh[valuesName]), string(values), "run make schema")
}

const chartFolder = "../../example/helm/latency-pod-autoscaler"

// TestTheChartsValues holds that values.yaml has every value that the schema knows, but for those that Helm or few need.
func TestTheChartsValues(t *testing.T) {
	text, err := os.ReadFile(filepath.Join(chartFolder, "values.yaml"))
	require.NoError(t, err)
	var values map[string]any
	require.NoError(t, yaml.Unmarshal(text, &values))
	data, err := os.ReadFile(filepath.Join(chartFolder, valuesName))
	require.NoError(t, err)
	s := parse(t, data)
	for key, child := range s.root["properties"].(map[string]any) {
		if key == "global" {
			continue
		}
		require.Contains(t, values, key)
		inner, isMapping := values[key].(map[string]any)
		for _, option := range s.closed(child.(map[string]any), false) {
			for _, below := range keysOf(option) {
				if isMapping && key != "config" && below != "resource" {
					require.Contains(t, inner, below, key)
				}
			}
		}
	}
	for key := range values {
		require.Contains(t, s.root["properties"], key)
	}
}

func TestAMissingHeadingIsAnError(t *testing.T) {
	dir := t.TempDir()
	for _, name := range []string{"configuration.md", "task-scripts.md"} {
		require.NoError(t, os.WriteFile(filepath.Join(dir, name), []byte("# A page\n"), 0o600))
	}
	require.ErrorContains(t, writeAll(dir, dir, dir), "configuration.md has no heading for")
	require.ErrorContains(t, writeAll(filepath.Join(dir, "none"), dir, dir), "no such file")
}

// knownHere is how a message about an unknown key lists those that there are.
var knownHere = regexp.MustCompile(`unknown key; known here: (.*)$`)

// stranger is a key that resembles none.
const stranger = "qqqqqqqqqqqq"

// hint is what to do about keys that differ.
const hint = "describe the key in this folder, and run make schema"

// readersKeys are the keys that the reader knows where the document holds the stranger, none where it looks at no keys.
func (k kind) readersKeys(t *testing.T, document string) []string {
	var problems strictyaml.Problems
	errors.As(k.read(t, document), &problems)
	for _, problem := range problems {
		if m := knownHere.FindStringSubmatch(problem.Rule); m != nil && strings.HasSuffix("."+problem.Key, "."+stranger) {
			return strings.Split(m[1], ", ")
		}
	}
	return nil
}

// place is a mapping that has a fixed set of keys: a document with that mapping at %s, and its schema.
type place struct {
	document string
	schema   map[string]any
}

// schemas finds its way through a schema.
type schemas struct{ root map[string]any }

func parse(t *testing.T, text []byte) schemas {
	t.Helper()
	var s schemas
	require.NoError(t, json.Unmarshal(text, &s.root))
	return s
}

func (s schemas) resolve(n map[string]any) map[string]any {
	if all, ok := n["allOf"].([]any); ok && n["properties"] == nil {
		n = all[0].(map[string]any)
	}
	if name, ok := n["$ref"].(string); ok {
		definitions := s.root["definitions"].(map[string]any)
		return s.resolve(definitions[strings.TrimPrefix(name, "#/definitions/")].(map[string]any))
	}
	return n
}

// closed are the mappings with a fixed set of keys among the alternatives of a schema, and, with items, of a list's items.
func (s schemas) closed(n map[string]any, items bool) (all []map[string]any) {
	n = s.resolve(n)
	if item, ok := n["items"].(map[string]any); ok && items {
		all = append(all, s.closed(item, false)...)
	}
	if options, ok := n["anyOf"].([]any); ok {
		for _, option := range options {
			all = append(all, s.closed(option.(map[string]any), items)...)
		}
	}
	if n["properties"] != nil && n["additionalProperties"] == false && !items {
		all = append(all, n)
	}
	return all
}

func keysOf(n map[string]any) (keys []string) {
	for key := range n["properties"].(map[string]any) {
		keys = append(keys, key)
	}
	slices.Sort(keys)
	return keys
}

// below checks what is below each key of a mapping: where the reader knows keys the schema has a mapping with just these, and
// the other way round. The mappings found are returned.
func (k kind) below(t *testing.T, s schemas, at place) (found []place) {
	for _, key := range keysOf(at.schema) {
		if k.name == "config" && slices.Contains(frameworkOnly, key) {
			continue
		}
		child := at.schema["properties"].(map[string]any)[key].(map[string]any)
		for _, items := range []bool{false, true} {
			leaf := "{%s}"
			if items {
				leaf = "[{%s}]"
			}
			document := strings.Replace(at.document, "%s", key+": "+leaf, 1)
			known := k.readersKeys(t, fmt.Sprintf(document, stranger+": 1"))
			options := s.closed(child, items)
			if known == nil || len(options) > 1 { // several are the kinds of steps, each a place of its own
				continue
			}
			require.True(t, slices.ContainsFunc(options, func(o map[string]any) bool { return slices.Equal(keysOf(o), known) }),
				"%s: the reader knows the keys %q, the schema has none with these; %s", document, known, hint)
			for _, option := range options {
				if slices.Equal(keysOf(option), known) {
					found = append(found, place{document, option})
				}
			}
		}
	}
	return found
}

// TestTheConfigurationsKeys walks all of it.
func TestTheConfigurationsKeys(t *testing.T) {
	k := kinds[0]
	s := parse(t, k.schema)
	require.Equal(t, k.readersKeys(t, stranger+": 1"), keysOf(s.root), hint)
	places := []place{{"%s", s.root}}
	for i := 0; i < len(places); i++ {
		places = append(places, k.below(t, s, places[i])...)
	}
	require.Len(t, places, countClosed(s.root), "every mapping of the schema is one that the reader knows")
}

// countClosed counts the mappings with a fixed set of keys, wherever they are.
func countClosed(value any) int {
	n := 0
	switch value := value.(type) {
	case map[string]any:
		if value["additionalProperties"] == false {
			n++
		}
		for _, item := range value {
			n += countClosed(item)
		}
	case []any:
		for _, item := range value {
			n += countClosed(item)
		}
	}
	return n
}

// scriptPlaces are documents with each mapping of a script that has a fixed set of keys, and where its schema is.
var scriptPlaces = []struct {
	document string
	pointer  string
	except   []string // keys that make it another kind of step, of which one has told the reader and the other not
}{
	{"users: [{%s}]", "/properties/users/items", nil},
	{"users: [{defaults: {%s}}]", "/properties/defaults", nil},
	{"wait: {%s}", "/definitions/wait", nil},
	{"auth: {%s}", "/properties/auth", nil},
	{"auth: {basic: {%s}}", "/properties/auth/properties/basic", nil},
	{"feeds: {f: {%s}}", "/properties/feeds/additionalProperties", nil},
	{"expect: {%s}", "/definitions/expect/anyOf/1", nil},
	{"expect: {body: {%s}}", "/definitions/content/anyOf/1", nil},
	{"tasks: [{steps: [{get: /}], %s}]", "/definitions/listTask", nil},
	{"tasks: [{get: /, %s}]", "/definitions/requestTask", []string{"delete", "head", "options", "patch", "post", "put", "request", "steps"}},
	{"tasks: [{think: 1s, %s}]", "/definitions/thinkTask", []string{"steps"}},
	{"steps: {x: [{get: /}]}\ntasks: [{use: x, %s}]", "/definitions/useTask", []string{"steps"}},
	{"tasks: [{if: 'true', %s}]", "/definitions/ifTask", []string{"steps"}},
	{"tasks: [{repeat: 1, %s}]", "/definitions/repeatTask", nil},
	{"onStart: [{get: /, %s}]", "/definitions/requestStep", []string{"delete", "head", "options", "patch", "post", "put", "request"}},
	{"onStart: [{think: 1s, %s}]", "/definitions/thinkStep", nil},
	{"onStart: [{think: {%s}}]", "/definitions/thinkStep/properties/think/anyOf/1", nil},
	{"onStart: [{use: x, %s}]", "/definitions/useStep", nil},
	{"onStart: [{if: 'true', %s}]", "/definitions/ifStep", nil},
	{"onStart: [{repeat: 1, %s}]", "/definitions/repeatStep", nil},
	{"onStart: [{repeat: {%s}}]", "/definitions/repeatStep/properties/repeat/anyOf/3", nil},
	{"onStart: [{get: /, capture: {x: {%s}}}]", "/definitions/requestStep/properties/capture/additionalProperties/anyOf/1", nil},
}

// at is the schema at a pointer.
func (s schemas) at(t *testing.T, pointer string) map[string]any {
	t.Helper()
	var n any = s.root
	for _, step := range strings.Split(pointer, "/")[1:] {
		switch value := n.(type) {
		case map[string]any:
			n = value[step]
		case []any:
			n = value[int(step[0]-'0')]
		}
		require.NotNil(t, n, pointer)
		if value, ok := n.(map[string]any); ok && value["$ref"] != nil {
			n = s.resolve(value)
		}
	}
	return n.(map[string]any)
}

// TestTheKeysOfScripts asks the reader at each mapping that there is, and below it.
func TestTheKeysOfScripts(t *testing.T) {
	k := kinds[1]
	s := parse(t, k.schema)
	require.Subset(t, keysOf(s.root), k.readersKeys(t, stranger+": 1"))
	require.Subset(t, keysOf(s.root), k.readersKeys(t, "users: [{tasks: [{get: /}]}]\n"+stranger+": 1"))
	var all []string
	for _, where := range scriptPlaces {
		at := place{where.document, s.at(t, where.pointer)}
		other := func(key string) bool { return slices.Contains(where.except, key) }
		known := slices.DeleteFunc(k.readersKeys(t, fmt.Sprintf(where.document, stranger+": 1")), other)
		require.Equal(t, known, slices.DeleteFunc(keysOf(at.schema), other), "%s; %s", where.document, hint)
		all = append(all, strings.Join(keysOf(at.schema), " "))
	}
	for _, where := range scriptPlaces {
		at := place{where.document, s.at(t, where.pointer)}
		for _, found := range k.below(t, s, at) {
			require.Contains(t, all, strings.Join(keysOf(found.schema), " "), "%s is not among the places", found.document)
		}
	}
}

// TestGoodFiles validates all that users start from, which the readers accept.
func TestGoodFiles(t *testing.T) {
	v := map[string]*schematest.Validator{"config.yaml": validator(t, schema.Config), "tasks.yaml": validator(t, schema.Tasks)}
	files := map[string]int{}
	require.NoError(t, filepath.WalkDir("../..", func(path string, entry os.DirEntry, err error) error {
		if err != nil || v[entry.Name()] == nil || strings.Contains(path, "testdata") {
			return err
		}
		text, err := os.ReadFile(path)
		require.NoError(t, err)
		require.NoError(t, v[entry.Name()].YAML(text), path)
		files[entry.Name()]++
		if strings.HasPrefix(path, "../../cmd") {
			return nil // what is embedded has no place of its own
		}
		first, _, _ := strings.Cut(string(text), "\n")
		named, ok := strings.CutPrefix(first, "# yaml-language-server: $schema=")
		require.True(t, ok, "%s: the first line names the schema, for editors", path)
		file, err := os.ReadFile(filepath.Join(filepath.Dir(path), named))
		require.NoError(t, err, path)
		require.True(t, bytes.Equal(file, schema.Config) == (entry.Name() == "config.yaml"), path)
		return nil
	}))
	require.GreaterOrEqual(t, files["config.yaml"], 3)
	require.GreaterOrEqual(t, files["tasks.yaml"], 2)
}

// beyondSchemas are the bad scripts whose mistakes no schema can see.
//
//   - doubling: named steps that use others come to too many
//   - nothing: a script without a request
var beyondSchemas = []string{"doubling", "nothing"}

func TestBadScripts(t *testing.T) {
	v := validator(t, schema.Tasks)
	paths, err := filepath.Glob("../../loadtest/testdata/bad/*.yaml")
	require.NoError(t, err)
	var accepted []string
	for _, path := range paths {
		text, err := os.ReadFile(path)
		require.NoError(t, err)
		if v.YAML(text) == nil {
			accepted = append(accepted, strings.TrimSuffix(filepath.Base(path), ".yaml"))
		}
	}
	require.Equal(t, beyondSchemas, accepted)
}
