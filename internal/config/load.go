package config

import (
	"errors"
	"fmt"
	"io/fs"
	"slices"

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
