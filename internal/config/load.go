package config

import (
	"errors"
	"fmt"
	"io/fs"
	"slices"
	"strconv"
	"strings"

	"github.com/latency-pod-autoscaler/lpa/loadtest"
	"github.com/latency-pod-autoscaler/lpa/loadtest/strictyaml"
)

// Lookup finds an environment variable.
type Lookup func(name string) (value string, set bool)

// ownKeys are the top-level keys that the framework does not know.
var ownKeys = []string{"loadTest", "targets", "decay", "knee", "onUntrusted", "mode", "state", "decisionLog", "announce", "log", "telemetry"}

// wholeKeys are those of them of which a variable replaces all, although they can be mappings: one that says
// {atLeast: 5} is not about the fallback of the file.
var wholeKeys = []string{"onUntrusted"}

// Path is the configuration file that the framework was told to use.
func Path(env Lookup) string {
	if path, set := env("configPath"); set {
		return path
	}
	return DefaultPath
}

// Merged says whether a mapping that overrides a top-level key is merged with what was there, as it is for most of our own keys.
func Merged(key string) bool {
	return slices.Contains(ownKeys, key) && !slices.Contains(wholeKeys, key)
}

// Override lays values over a configuration, such as those of a command line.
type Override func(*strictyaml.Document)

// Load reads the configuration file at path, then the environment, then what is laid over both. An error that is
// strictyaml.Problems lists what is wrong in them. A missing file at DefaultPath is an empty one: a configuration can be
// given by the environment alone.
func Load(path string, env Lookup, over ...Override) (*Config, error) {
	c, problems, err := Read(path, env, over...)
	if err := problems.Err(); err != nil {
		return nil, err
	}
	if err != nil {
		return nil, err
	}
	return c, nil
}

// Read is Load that goes on where something is wrong: the configuration is what could be read, and checks of it pass over
// what could not. It is nil only where there is nothing to read.
func Read(path string, env Lookup, over ...Override) (*Config, strictyaml.Problems, error) {
	data, err := strictyaml.ReadFile(path)
	if err != nil && !(errors.Is(err, fs.ErrNotExist) && path == DefaultPath) {
		return nil, nil, fmt.Errorf("reading configuration: %w", err)
	}
	name := path
	if err != nil {
		name += " (missing)"
	}
	doc := strictyaml.Parse(name, data)
	c := Default()
	c.doc = doc
	c.proxy = loadtest.ProxyFromEnvironment(env)
	r := reader{c: c, env: env, given: overrideFromEnvironment(doc, env)}
	for _, o := range over {
		alone := strictyaml.Parse("", nil)
		o(alone)
		replaceLoadModel(doc, alone)
		replacePolicy(doc, alone)
		o(doc)
	}
	if looksLikeScript(doc) {
		doc.Report(name, "", "looks like a task script, not like a configuration, which names one by loadTest.script; lpa takes a script by --script", "")
	} else {
		r.read(doc.Root())
	}
	err = r.legacyTargets(doc)
	if err != nil {
		c.doubts = append(c.doubts, "targets", "decay")
		err = fmt.Errorf("reading configuration: %w", err)
	}
	problems := append(doc.Problems(), r.problems...)
	c.doubt(problems)
	checks := &findings{doc: doc}
	checks.paths(c, path)
	return c, append(problems, checks.found...), err
}

// looksLikeScript says whether a document has the keys of a task script and none that every configuration has.
func looksLikeScript(doc *strictyaml.Document) bool {
	for _, key := range []string{"metric", "evaluate", "loadTest", "targets"} {
		if doc.Has(key) {
			return false
		}
	}
	return doc.Has("tasks") || doc.Has("users")
}

// Defaults is the configuration of an empty file with what is laid over it, whatever the environment says, except for its
// proxies.
func Defaults(env Lookup, over ...Override) (*Config, error) {
	doc := strictyaml.Parse("command line", nil)
	for _, o := range over {
		o(doc)
	}
	c := Default()
	c.doc, c.proxy = doc, loadtest.ProxyFromEnvironment(env)
	nothing := func(string) (string, bool) { return "", false }
	r := reader{c: c, env: nothing, given: strictyaml.Parse("env", nil)}
	r.read(doc.Root())
	return c, doc.Problems().Err()
}

// overrideFromEnvironment lays the environment over the file: for our keys mappings are merged, the framework's are
// replaced, as the framework replaces them. It returns what the environment gives of our keys.
func overrideFromEnvironment(doc *strictyaml.Document, env Lookup) (given *strictyaml.Document) {
	for _, key := range frameworkKeys {
		if value, set := env(key); set {
			doc.Override(key, "env "+key, []byte(value), false)
		}
	}
	given = strictyaml.Parse("env", nil)
	for _, key := range ownKeys {
		if value, set := env(key); set {
			given.Override(key, "env "+key, []byte(value), true)
			if key == "loadTest" {
				replaceLoadModel(doc, given)
			}
			doc.Override(key, "env "+key, []byte(value), Merged(key))
		}
	}
	replacePolicy(doc, given)
	overrideFromLegacy(doc, given, env)
	return given
}

// replaceLoadModel makes room for the load model that the environment or a flag gives: users, a rate or stages exclude one
// another, and what a variable says replaces what the file says.
func replaceLoadModel(doc, given *strictyaml.Document) {
	for _, model := range []struct{ given, replaced []string }{
		{[]string{"users"}, []string{"rate", "stages", "arrival", "maxUsers"}},
		{[]string{"rate"}, []string{"users", "stages", "spawnRate"}},
		{[]string{"stages"}, []string{"users", "rate", "spawnRate", "runTime"}},
		{[]string{"stages", "0", "users"}, []string{"arrival", "maxUsers"}},
	} {
		if !given.Has(append([]string{"loadTest"}, model.given...)...) {
			continue
		}
		for _, key := range model.replaced {
			doc.Remove("loadTest", key)
		}
	}
}

// legacyKeys are the environment variables of the Locust Pod Autoscaler and what they are here.
var legacyKeys = []struct{ name, key string }{
	{"locustHost", "host"},
	{"locustRunTime", "runTime"},
	{"locustUsers", "users"},
	{"locustHatchRate", "spawnRate"},
	{"locustFilePath", "script"},
}

// overrideFromLegacy lays the original's variables over the file. Giving a value in both spellings in the environment is
// refused, since one of them is surely not meant.
func overrideFromLegacy(doc, given *strictyaml.Document, env Lookup) {
	for _, legacy := range legacyKeys {
		value, set := env(legacy.name)
		if !set {
			continue
		}
		if given.Has("loadTest", legacy.key) {
			doc.Report("env "+legacy.name, "loadTest."+legacy.key, "given by the environment variables loadTest and "+legacy.name+"; keep one of them", strconv.Quote(value))
			continue
		}
		if legacy.key == "users" && (given.Has("loadTest", "rate") || given.Has("loadTest", "stages")) {
			doc.Report("env "+legacy.name, "loadTest.users", "is another load than the one in the environment variable loadTest; keep one of them", strconv.Quote(value))
			continue
		}
		if legacy.key == "users" {
			given.OverrideString([]string{"loadTest", legacy.key}, "env "+legacy.name, value)
			replaceLoadModel(doc, given)
		}
		if legacy.key == "runTime" {
			value = locustTime(value)
		}
		doc.OverrideString([]string{"loadTest", legacy.key}, "env "+legacy.name, value)
	}
}

// locustTime is a time as Locust takes it, with the unit that Go wants: 20 is 20s, 1m30s stays.
func locustTime(value string) string {
	value = strings.TrimSpace(value)
	if _, err := strconv.ParseUint(value, 10, 32); err == nil {
		return value + "s"
	}
	return value
}

// defaultEvaluationConfig is where the original looks for targets and decay.
const defaultEvaluationConfig = "/evaluation_config.yaml"

// legacyTargets reads the original's evaluation configuration. A file that the environment names is laid over the
// configuration file, as every variable is, so it excludes variables with the same content; one in the original's default
// place counts where there are no targets otherwise.
func (r *reader) legacyTargets(doc *strictyaml.Document) error {
	path, explicit := r.env("evaluationConfigFilePath")
	if !explicit {
		path = defaultEvaluationConfig
		if doc.Has("targets") {
			return nil
		}
	}
	data, err := strictyaml.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) && !explicit {
		return nil
	}
	if err != nil {
		return err
	}
	file := strictyaml.Parse(path, data)
	for _, key := range []string{"targets", "decay"} {
		if explicit && file.Has(key) && r.given.Has(key) {
			doc.Report("env "+key, key, "given by this variable and by the file of evaluationConfigFilePath; keep one of them", "")
		}
	}
	if explicit && file.Has("decay") && r.given.Has("knee") {
		doc.Report("env knee", "knee", "is another policy than the decay in the file of evaluationConfigFilePath; keep one of them", "")
	}
	m := file.Root().Map()
	if file.Has("targets") {
		r.c.Targets = nil
		r.c.targetsDoc = file
	}
	r.targets(m)
	if r.given.Has("decay") || r.given.Has("knee") {
		m.Get("decay") // which a variable overrides
	} else {
		r.decay(m)
	}
	m.Done()
	r.problems = file.Problems()
	return nil
}
