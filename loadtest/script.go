package loadtest

import (
	"fmt"
	"path/filepath"

	"github.com/latency-pod-autoscaler/lpa/loadtest/strictyaml"
)

// LoadScript reads a task script from a file, in YAML or in Starlark by its name; env looks up the environment variables
// that the script refers to. All mistakes in the file are reported at once, as strictyaml.Problems.
func LoadScript(path string, env func(string) (string, bool)) (*Plan, error) {
	if isLocustfile(path) {
		return loadLocustfile(path, env)
	}
	parse := ParseYAML
	switch filepath.Ext(path) {
	case ".yaml", ".yml":
	case ".star":
		parse = ParseStarlark
	default:
		return nil, fmt.Errorf("reading the task script: %s: must be a .yaml or .star file, or a locustfile, .py", path)
	}
	data, err := strictyaml.ReadFile(path)
	if err != nil {
		return nil, fmt.Errorf("reading the task script: %w", err)
	}
	return parse(path, data, env)
}

// ParseYAML compiles a task script. Name is the file's name for messages; files that the script refers to are looked for in
// its folder.
func ParseYAML(name string, data []byte, env func(string) (string, bool)) (*Plan, error) {
	doc := strictyaml.Parse(name, data)
	if err := doc.Problems().Err(); err != nil {
		return nil, err
	}
	if looksLikeConfiguration(doc) {
		doc.Report(name, "", "looks like a configuration, not like a task script; lpa takes a configuration by --config", "")
		return nil, doc.Problems()
	}
	r := scriptReader{plan: &Plan{}, env: env, name: name, doc: doc}
	r.script(doc.Root())
	if err := doc.Problems().Err(); err != nil {
		return nil, err
	}
	return r.plan, nil
}

// looksLikeConfiguration says whether a document has keys of the file that names a task script, and none of those that every
// script has.
func looksLikeConfiguration(doc *strictyaml.Document) bool {
	return (doc.Has("loadTest") || doc.Has("targets") || doc.Has("metric")) && !doc.Has("tasks") && !doc.Has("users")
}
