package config

import (
	"errors"
	"io/fs"
	"strconv"
	"strings"

	"github.com/latency-pod-autoscaler/lpa/loadtest/strictyaml"
)

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
