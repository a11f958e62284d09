// Package docs_test holds the documentation to the code: every snippet is read by the reader that it is for, every command
// is run or says why it is not, every link leads somewhere, and no key or field is left out.
//
// A fenced block is marked by an HTML comment on the line before it, which Markdown does not show: <!-- KIND --> or
// <!-- KIND: FILE -->. With a file name the block is put into the page's folder, where the page's commands are run. The kinds:
//
//	config      a configuration, for config.Load
//	defaults    a configuration that changes nothing
//	evaluation  the Locust Pod Autoscaler's evaluation_config.yaml
//	tasks       a task script, for loadtest.ParseYAML
//	starlark    a task script, for loadtest.ParseStarlark
//	kubernetes  Kubernetes objects; the variables of an autoscaler among them are a configuration
//	result      what metric prints
//	run, serve, make, cluster, not run
//	            commands: see howToMark
//	demo        an excerpt of the demo's output
//	file        anything else that commands need
//	other       anything else in YAML, such as something that is wrong on purpose
package docs_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"path/filepath"
	"reflect"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"
	"unicode"

	cpaconfig "github.com/jthomperoo/custom-pod-autoscaler/v2/config"
	"github.com/latency-pod-autoscaler/lpa/internal/config"
	"github.com/latency-pod-autoscaler/lpa/internal/cpa"
	"github.com/latency-pod-autoscaler/lpa/internal/measurement"
	"github.com/latency-pod-autoscaler/lpa/internal/pagetest"
	"github.com/latency-pod-autoscaler/lpa/internal/scaling"
	"github.com/latency-pod-autoscaler/lpa/internal/schematest"
	"github.com/latency-pod-autoscaler/lpa/internal/simulate"
	"github.com/latency-pod-autoscaler/lpa/internal/state"
	"github.com/latency-pod-autoscaler/lpa/loadtest"
	"github.com/latency-pod-autoscaler/lpa/loadtest/strictyaml"
	"github.com/latency-pod-autoscaler/lpa/schema"
	"github.com/stretchr/testify/require"
	"go.yaml.in/yaml/v3"
)

// root is the repository, from the folder of this test.
const root = ".."

// imageConfig is the configuration that the variables in Kubernetes objects override.
const imageConfig = root + "/config.yaml"

// page is one Markdown file.
type page struct{ pagetest.Page }

// pages reads README.md, CHANGELOG.md, all of docs and those of the examples.
func pages(t *testing.T) []page {
	t.Helper()
	read, err := pagetest.Read(root)
	require.NoError(t, err)
	require.Greater(t, len(read), 10, "pages")
	var all []page
	for _, p := range read {
		all = append(all, page{p})
	}
	return all
}

// folder is one with the page's files in it.
func (p page) folder(t *testing.T) string {
	t.Helper()
	dir := t.TempDir()
	require.NoError(t, p.WriteFiles(dir))
	return dir
}

func noEnvironment(string) (string, bool) { return "", false }

func environment(values map[string]string) config.Lookup {
	return func(name string) (string, bool) { v, set := values[name]; return v, set }
}

// scriptEnvironment has a value for every ${env.…} of a documented script.
func scriptEnvironment(string) (string, bool) { return "secret", true }

func write(t *testing.T, text string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "file.yaml")
	require.NoError(t, os.WriteFile(path, []byte(text), 0o600))
	return path
}

func TestSnippets(t *testing.T) {
	for _, p := range pages(t) {
		for _, b := range p.Blocks {
			t.Run(fmt.Sprintf("%s:%d", p.Path, b.Line), func(t *testing.T) { checkSnippet(t, p, b) })
		}
	}
}

func checkSnippet(t *testing.T, p page, b pagetest.Block) {
	switch b.Kind {
	case "config", "defaults":
		require.NoError(t, schemaOf(t, schema.Config).YAML([]byte(b.Text)))
	case "tasks":
		require.NoError(t, schemaOf(t, schema.Tasks).YAML([]byte(b.Text)))
	}
	switch b.Kind {
	case "config":
		_, err := config.Load(write(t, b.Text), noEnvironment)
		require.NoError(t, err)
	case "defaults":
		cfg, err := config.Load(write(t, b.Text), noEnvironment)
		require.NoError(t, err)
		want := config.Default()
		require.Equal(t, want.LoadTest, cfg.LoadTest)
		require.Equal(t, want.Policy(), cfg.Policy())
		require.Equal(t, want.Mode, cfg.Mode)
		require.Equal(t, want.State, cfg.State)
		require.Equal(t, want.DecisionLog, cfg.DecisionLog)
		require.Equal(t, want.Announce, cfg.Announce)
		require.Equal(t, want.Log, cfg.Log)
	case "evaluation":
		cfg, err := config.Load(write(t, ""), environment(map[string]string{"evaluationConfigFilePath": write(t, b.Text)}))
		require.NoError(t, err)
		require.NotEmpty(t, cfg.Targets)
	case "tasks":
		_, err := loadtest.ParseYAML(filepath.Join(p.folder(t), "tasks.yaml"), []byte(b.Text), scriptEnvironment)
		require.NoError(t, err)
	case "starlark":
		_, err := loadtest.ParseStarlark(filepath.Join(p.folder(t), "tasks.star"), []byte(b.Text), scriptEnvironment)
		require.NoError(t, err)
	case "kubernetes":
		checkObjects(t, b.Text)
	case "result":
		var m measurement.Measurement
		decoder := json.NewDecoder(strings.NewReader(b.Text))
		decoder.DisallowUnknownFields()
		require.NoError(t, decoder.Decode(&m))
		written, err := json.Marshal(m)
		require.NoError(t, err)
		require.JSONEq(t, string(written), b.Text, "with every key that is always there")
		_, err = cpa.ParseReported(b.Text)
		require.NoError(t, err)
	case "file", "demo", "other":
	case "run", "serve", "make", "cluster", "not run":
		require.True(t, isShell(b), "a block of commands is sh or bash, got %q", b.Language)
	case "":
		require.NotEqual(t, "yaml", b.Language, "a block of YAML needs a marker that says what it is")
	default:
		t.Fatalf("unknown marker %q", b.Kind)
	}
}

func schemaOf(t *testing.T, text []byte) *schematest.Validator {
	t.Helper()
	v, err := schematest.New(text)
	require.NoError(t, err)
	return v
}

// object is a Kubernetes object, as far as it matters here.
type object struct {
	APIVersion string `yaml:"apiVersion"`
	Kind       string
	Metadata   struct{ Name string }
	Spec       struct {
		Config []struct{ Name, Value string }
	}
}

// checkObjects holds that the variables of each autoscaler are a configuration.
func checkObjects(t *testing.T, text string) {
	decoder := yaml.NewDecoder(strings.NewReader(text))
	for {
		var o object
		err := decoder.Decode(&o)
		if err == io.EOF {
			return
		}
		require.NoError(t, err)
		require.NotEmpty(t, o.APIVersion)
		require.NotEmpty(t, o.Kind)
		require.NotEmpty(t, o.Metadata.Name)
		if o.Kind != "CustomPodAutoscaler" {
			continue
		}
		require.Equal(t, "custompodautoscaler.com/v1", o.APIVersion)
		env := map[string]string{}
		for _, item := range o.Spec.Config {
			require.True(t, isVariable(item.Name), "%s is no variable that anything reads", item.Name)
			env[item.Name] = item.Value
			if slices.Contains(ownKeys, item.Name) {
				var value any
				require.NoError(t, yaml.Unmarshal([]byte(item.Value), &value))
				require.NoError(t, schemaOf(t, schema.Config).Value(map[string]any{item.Name: value}))
			}
		}
		cfg, err := config.Load(imageConfig, environment(env))
		require.NoError(t, err)
		if slices.ContainsFunc(o.Spec.Config, func(item struct{ Name, Value string }) bool { return item.Name == "targets" }) {
			require.Empty(t, cfg.RequireHost(), "an autoscaler with targets is a whole one")
			require.Empty(t, cfg.Check(nil))
		}
	}
}

// variables are those of the Locust Pod Autoscaler, beside the top-level keys.
var variables = []string{"locustHost", "locustRunTime", "locustUsers", "locustHatchRate", "locustFilePath",
	"evaluationConfigFilePath", "decayInfoFilePath", "configPath"}

// ownKeys are top-level keys that are not the framework's.
var ownKeys = []string{"loadTest", "targets", "decay", "knee", "onUntrusted", "mode", "state", "decisionLog", "announce", "log", "telemetry"}

func isVariable(name string) bool {
	return slices.Contains(variables, name) || slices.Contains(ownKeys, name) ||
		slices.Contains(frameworkKeys(), name)
}

func frameworkKeys() []string {
	var keys []string
	kind := reflect.TypeFor[cpaconfig.Config]()
	for i := range kind.NumField() {
		keys = append(keys, kind.Field(i).Tag.Get("json"))
	}
	return keys
}

// demoLine is a run of the demo, with the decision and the sentence that must agree with it.
var demoLine = regexp.MustCompile(`^ *\d+ s .* (hold \d+|\d+ → \d+) .*: (hold \d+|\d+ → \d+)`)

// TestDemo holds that the excerpt in the README is of real runs: up and down.
func TestDemo(t *testing.T) {
	for _, p := range pages(t) {
		for _, b := range p.Blocks {
			if b.Kind != "demo" {
				continue
			}
			seen := map[string]bool{}
			for line := range strings.Lines(b.Text) {
				if m := demoLine.FindStringSubmatch(line); m != nil {
					require.Equal(t, m[1], m[2], "%s", line)
					var from, to int
					if n, _ := fmt.Sscanf(m[1], "%d → %d", &from, &to); n == 2 {
						seen[map[bool]string{true: "up", false: "down"}[to > from]] = true
					}
				}
			}
			require.Equal(t, map[string]bool{"up": true, "down": true}, seen)
		}
	}
}

var (
	linkPattern    = regexp.MustCompile(`\]\(([^)\s]+)\)`)
	headingPattern = regexp.MustCompile(`(?m)^#+ (.+)$`)
	codePattern    = regexp.MustCompile("`[^`]*`")
	linkText       = regexp.MustCompile(`\[([^\]]*)\]\([^)]*\)`)
)

// anchors are the headings of a page as links name them.
func (p page) anchors() map[string]bool {
	anchors := map[string]bool{}
	for _, m := range headingPattern.FindAllStringSubmatch(p.Prose, -1) {
		slug := anchor(m[1])
		for n := 1; anchors[slug]; n++ {
			slug = fmt.Sprintf("%s-%d", anchor(m[1]), n)
		}
		anchors[slug] = true
	}
	return anchors
}

// anchor is how Markdown on the web makes a link's target of a heading.
func anchor(heading string) string {
	var b strings.Builder
	for _, c := range strings.ToLower(linkText.ReplaceAllString(heading, "$1")) {
		switch {
		case unicode.IsLetter(c), unicode.IsDigit(c), c == '-', c == '_':
			b.WriteRune(c)
		case c == ' ':
			b.WriteByte('-')
		}
	}
	return b.String()
}

func TestLinks(t *testing.T) {
	anchors := map[string]map[string]bool{}
	all := pages(t)
	for _, p := range all {
		anchors[p.Path] = p.anchors()
	}
	for _, p := range all {
		for _, m := range linkPattern.FindAllStringSubmatch(codePattern.ReplaceAllString(p.Prose, ""), -1) {
			link, err := url.Parse(m[1])
			require.NoError(t, err, p.Path)
			if link.Scheme != "" {
				require.Equal(t, "https", link.Scheme, "%s: %s", p.Path, m[1])
				continue
			}
			target := p.Path
			if link.Path != "" {
				target = filepath.ToSlash(filepath.Join(filepath.Dir(p.Path), link.Path))
				require.NotContains(t, target, "../", "%s: %s leads out of the repository", p.Path, m[1])
				_, err := os.Stat(filepath.Join(root, target))
				require.NoError(t, err, "%s: %s", p.Path, m[1])
			}
			if link.Fragment != "" {
				require.Contains(t, anchors, target, "%s: %s", p.Path, m[1])
				require.True(t, anchors[target][link.Fragment], "%s: %s has no heading %q", p.Path, target, link.Fragment)
			}
		}
	}
}

func find(t *testing.T, path string) page {
	t.Helper()
	all := pages(t)
	i := slices.IndexFunc(all, func(p page) bool { return p.Path == path })
	require.GreaterOrEqual(t, i, 0, path)
	return all[i]
}

// knownHere is how a message about an unknown key lists those that there are.
var knownHere = regexp.MustCompile(`unknown key; known here: (.*)$`)

// stranger is a key that resembles none.
const stranger = "qqqqqqqqqqqq"

// keys asks a reader for all the keys that it knows: an unknown one is answered with a list of those beside it. at is the
// path to them, read is given a document that holds an unknown key there.
func keys(t *testing.T, at []string, read func(document string) error) []string {
	t.Helper()
	var found []string
	for _, leaf := range []string{"{%s: 1}", "[{%s: 1}]"} {
		document := fmt.Sprintf(leaf, stranger)
		for _, key := range slices.Backward(at) {
			document = "{" + key + ": " + document + "}"
		}
		var problems strictyaml.Problems
		errors.As(read(document), &problems) // there are none where the reader does not look
		for _, problem := range problems {
			if m := knownHere.FindStringSubmatch(problem.Rule); m != nil && strings.HasSuffix(problem.Key, "."+stranger) == (len(at) > 0) {
				found = strings.Split(m[1], ", ")
			}
		}
	}
	return found
}

// tree is every key that a reader knows below a path, with those below them.
func tree(t *testing.T, at []string, read func(string) error) []string {
	t.Helper()
	var all []string
	for _, key := range keys(t, at, read) {
		path := append(slices.Clone(at), key)
		all = append(all, strings.Join(path, "."))
		all = append(all, tree(t, path, read)...)
	}
	return all
}

func TestEveryKeyHasAHeading(t *testing.T) {
	known := tree(t, nil, func(document string) error {
		_, err := config.Load(write(t, document), noEnvironment)
		return err
	})
	require.Contains(t, known, "loadTest.tls.insecureSkipVerify", "keys are found at every depth")
	require.Contains(t, known, "targets.endpoint", "keys are found in lists")
	configuration := find(t, "docs/reference/configuration.md")
	anchors := configuration.anchors()
	for _, key := range known {
		if slices.Contains(frameworkKeys(), key) && !anchors[anchor(key)] {
			require.Contains(t, configuration.Prose, "`"+key+"`", "a key of the framework")
			continue
		}
		require.True(t, anchors[anchor(key)], "%s has no heading", key)
	}
	for _, name := range variables {
		require.Contains(t, configuration.Prose, "`"+name+"`")
	}
}

// scriptsWithAStranger are scripts with an unknown key, at %s, in every mapping that there is.
var scriptsWithAStranger = []string{
	"%s: 1",
	"users: [{%s: 1}]",
	"wait: {%s: 1}",
	"defaults: {%s: 1}",
	"auth: {%s: 1}",
	"auth: {basic: {%s: 1}}",
	"feeds: {f: {%s: 1}}",
	"tasks: [{%s: 1}]",
	"tasks: [{steps: [], %s: 1}]",
	"tasks: [{get: /, %s: 1}]",
	"onStart: [{think: {%s: 1}}]",
	"onStart: [{use: x, %s: 1}]",
	"onStart: [{if: x, %s: 1}]",
	"onStart: [{repeat: 1, %s: 1}]",
	"onStart: [{repeat: {%s: 1}}]",
	"onStart: [{get: /, capture: {x: {%s: 1}}}]",
	"onStart: [{get: /, expect: {%s: 1}}]",
	"onStart: [{get: /, expect: {body: {%s: 1}}}]",
}

func TestEveryKeyOfScriptsIsDescribed(t *testing.T) {
	guide := find(t, "docs/user-guide/task-scripts.md").Prose
	reference := find(t, "docs/reference/task-scripts.md")
	headings := map[string]bool{}
	for _, m := range headingPattern.FindAllStringSubmatch(reference.Prose, -1) {
		for _, word := range strings.Split(m[1], ", ") {
			headings[word] = true
		}
	}
	for _, script := range scriptsWithAStranger {
		_, err := loadtest.ParseYAML("tasks.yaml", []byte(fmt.Sprintf(script, stranger)), noEnvironment)
		var problems strictyaml.Problems
		require.ErrorAs(t, err, &problems, script)
		found := false
		for _, problem := range problems {
			m := knownHere.FindStringSubmatch(problem.Rule)
			if m == nil || !strings.HasSuffix(problem.Key, stranger) {
				continue
			}
			found = true
			for _, key := range strings.Split(m[1], ", ") {
				require.Regexp(t, "`[^`]*\\b"+key+"\\b[^`]*`", guide, "%s", key)
				require.True(t, headings[key], "%s has no heading in the reference", key)
			}
		}
		require.True(t, found, "%s: %v", script, err)
	}
}

// TestEveryFunctionOfExpressionsIsDescribed asks for the functions by calling one that there is not.
func TestEveryFunctionOfExpressionsIsDescribed(t *testing.T) {
	_, err := loadtest.ParseYAML("tasks.yaml", []byte(`tasks: [{get: "/${`+stranger+`()}"}]`), noEnvironment)
	_, list, found := strings.Cut(err.Error(), "known here: ")
	require.True(t, found, "%v", err)
	list, _, _ = strings.Cut(list, ", got")
	text := find(t, "docs/reference/task-scripts.md").Prose
	for _, name := range strings.Split(list, ", ") {
		require.Regexp(t, "`[^`]*\\b"+name+"\\b[^`]*`", text, "%s", name)
	}
}

// TestEveryFunctionOfStarlarkIsDescribed asks a script what there is.
func TestEveryFunctionOfStarlarkIsDescribed(t *testing.T) {
	reference := find(t, "docs/reference/starlark.md")
	text := reference.Prose
	for _, b := range reference.Blocks {
		text += b.Text
	}
	plan, err := loadtest.ParseStarlark("tasks.star", []byte(`
def task(user):
    for name in dir(user):
        print("user." + name)
    for name in dir(user.get("/")):
        print("r." + name)
    for module in [csv, json]:
        for name in dir(module):
            print(str(module).split('"')[1] + "." + name)

user_class(tasks = [task])
`), noEnvironment)
	require.NoError(t, err)
	server := httptest.NewServer(http.NotFoundHandler())
	defer server.Close()
	host, err := url.Parse(server.URL)
	require.NoError(t, err)
	var names []string
	loadtest.DryRun(t.Context(), plan, loadtest.Options{Host: host}, func(e loadtest.Exchange) {
		if e.Log != "" {
			names = append(names, e.Log)
		}
	})
	require.Contains(t, names, "user.get")
	require.Contains(t, names, "r.expect")
	require.Contains(t, names, "json.decode")
	for _, name := range names {
		require.Regexp(t, `\b`+regexp.QuoteMeta(name)+`\b`, text)
	}
}

func TestEveryFieldOfResultsIsDescribed(t *testing.T) {
	text := find(t, "docs/reference/result.md").Prose
	for _, name := range fields(reflect.TypeFor[measurement.Measurement](), map[reflect.Type]bool{}) {
		require.Contains(t, text, "`"+name+"`")
	}
	for failure := loadtest.FailureRequest; failure <= loadtest.FailureAssertion; failure++ {
		require.Contains(t, text, "`"+failure.String()+"`")
		require.Contains(t, find(t, "docs/user-guide/measuring.md").Prose, "`"+failure.String()+"`")
	}
	for _, verdict := range []loadtest.Verdict{loadtest.VerdictOK, loadtest.VerdictTooFew, loadtest.VerdictTargetDown,
		loadtest.VerdictOverloadErrors, loadtest.VerdictClientError, loadtest.VerdictBusy, loadtest.VerdictMixed,
		loadtest.VerdictSuspect, loadtest.VerdictGenerator} {
		require.Contains(t, text, "`"+string(verdict)+"`")
		require.Contains(t, find(t, "docs/user-guide/measuring.md").Prose, "| `"+string(verdict)+"` |")
	}
}

func TestEveryFieldOfTheStateIsDescribed(t *testing.T) {
	text := find(t, "docs/reference/state.md").Prose
	for _, name := range append(fields(reflect.TypeFor[scaling.State](), map[reflect.Type]bool{}), "version") {
		require.Contains(t, text, "`"+name+"`")
	}
}

// reasonPattern is a reason where it is declared.
var reasonPattern = regexp.MustCompile(`Reason = "(\w+)"`)

// TestEveryFieldOfTheDecisionLogIsDescribed leaves the measurement and the state to their own pages.
func TestEveryFieldOfTheDecisionLogIsDescribed(t *testing.T) {
	text := find(t, "docs/reference/decision-log.md").Prose
	kind := reflect.TypeFor[state.Record]()
	seen := map[reflect.Type]bool{reflect.TypeFor[scaling.State](): true}
	for _, name := range fields(kind, seen) {
		require.Contains(t, text, "`"+name+"`")
	}
	reasons := find(t, "docs/user-guide/explaining.md").Prose
	source, err := os.ReadFile(root + "/internal/scaling/decide.go")
	require.NoError(t, err)
	words := reasonPattern.FindAllStringSubmatch(string(source), -1)
	require.Greater(t, len(words), 15)
	for _, word := range words {
		require.Contains(t, reasons, "| `"+word[1]+"` |")
	}
}

// TestEveryConstantOfTheLawIsDescribed holds the page of policy knee to the numbers that the code has.
func TestEveryConstantOfTheLawIsDescribed(t *testing.T) {
	prose := find(t, "docs/user-guide/knee.md").Prose
	file, err := parser.ParseFile(token.NewFileSet(), root+"/internal/scaling/constants.go", nil, 0)
	require.NoError(t, err)
	count := 0
	for _, declaration := range file.Decls {
		for _, spec := range declaration.(*ast.GenDecl).Specs {
			constants := spec.(*ast.ValueSpec)
			for i, name := range constants.Names {
				want := constants.Values[i].(*ast.BasicLit).Value
				require.Contains(t, prose, "| `"+name.Name+"` | "+want+" |")
				count++
			}
		}
	}
	require.Equal(t, count, strings.Count(prose[strings.Index(prose, "## Constants"):], "\n| `"), "no constant that there is not any more")
}

// TestSamplesThatEvidenceNeeds holds the table of samples to what proves that a percentile is met.
func TestSamplesThatEvidenceNeeds(t *testing.T) {
	prose := find(t, "docs/user-guide/knee.md").Prose
	for _, q := range []float64{0.90, 0.95, 0.99, 0.999} {
		need := loadtest.SamplesFor(q)
		require.Contains(t, prose, fmt.Sprintf("| p%g | %d | %d |", q*100, need, max(need, 100)))
	}
}

// TestProofAmongThreeHundredSamples holds the numbers of the page of decay: from how many samples over the target on that
// is proof, and up to how many it is proof that the target is met.
func TestProofAmongThreeHundredSamples(t *testing.T) {
	require.Contains(t, find(t, "docs/user-guide/decay.md").Prose, "22 or more are proof, and 8 or fewer prove that it is met")
	policy := scaling.Policy{Decay: &scaling.Decay{Replicas: 1, UnchangedRuns: 3, Confidence: 0.95}, MinReplicas: 1}
	target := scaling.Target{Method: "GET", Endpoint: "/items", Statistic: scaling.Statistic{Kind: scaling.Percentile, Quantile: 0.95}, Limit: 200}
	for over, want := range map[int]scaling.Reason{8: scaling.WithinTarget, 9: scaling.TooFewSamples, 21: scaling.TooFewSamples, 22: scaling.TargetBreached} {
		reading := scaling.Reading{Target: target, Value: 200, Samples: 300, Over: &over}
		d, _ := scaling.Decide(policy, scaling.State{}, scaling.Observation{Replicas: 3, Verdict: scaling.Trusted, Readings: []scaling.Reading{reading}}, time.Unix(0, 0))
		require.Equal(t, want, d.Reason, "%d over", over)
	}
}

func TestEveryNumberOfSimulationsIsDescribed(t *testing.T) {
	text := find(t, "docs/reference/cli.md").Prose
	kind := reflect.TypeFor[simulate.Result]()
	for i := range kind.NumField() {
		if name := kind.Field(i).Tag.Get("json"); name != "-" {
			require.Contains(t, text, "`"+name+"`")
		}
	}
	for _, shape := range simulate.Shapes() {
		require.Contains(t, find(t, "docs/user-guide/simulating.md").Prose, "| `"+shape+"` | "+simulate.AboutShape(shape)+" |")
	}
}

// fields are the names in JSON of a type's fields and of those below them.
func fields(kind reflect.Type, seen map[reflect.Type]bool) []string {
	for kind.Kind() == reflect.Pointer || kind.Kind() == reflect.Map || kind.Kind() == reflect.Slice {
		kind = kind.Elem()
	}
	if kind.Kind() != reflect.Struct || seen[kind] {
		return nil
	}
	seen[kind] = true
	var names []string
	for i := range kind.NumField() {
		field := kind.Field(i)
		if name, _, _ := strings.Cut(field.Tag.Get("json"), ","); name != "" && name != "-" {
			names = append(names, name)
		}
		names = append(names, fields(field.Type, seen)...)
	}
	return names
}
