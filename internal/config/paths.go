package config

import (
	"fmt"
	"path/filepath"
	"slices"
	"strconv"
)

// stateNames are what the names of a state's files end with, logNames those of a decision log's: docs/reference/state.md and
// decision-log.md list them.
var stateNames, logNames = []string{"", ".lock", ".tmp", ".bad", ".metric.lock"}, []string{"", ".1"}

// paths checks that what is written is no other file: the state would be lost in every run, or the configuration or the script
// be replaced by it.
func (f *findings) paths(c *Config, path string) {
	l := c.LoadTest
	for _, read := range []struct{ what, file string }{
		{"the configuration", path}, {"loadTest.script", l.Script},
		{"loadTest.tls.ca", l.TLS.CA}, {"loadTest.tls.cert", l.TLS.Certificate}, {"loadTest.tls.key", l.TLS.Key},
	} {
		f.apart(c, "state", c.State.File, stateNames, read.what, read.file)
		f.apart(c, "decisionLog", c.DecisionLog.File, logNames, read.what, read.file)
	}
	// Where only the state's file is given, the log's is the one beside it.
	if own := f.doc.Has("decisionLog", "file"); own {
		f.apart(c, "decisionLog", c.DecisionLog.File, logNames, "state.file", c.State.File, stateNames...)
	} else {
		f.apart(c, "state", c.State.File, stateNames, "decisionLog.file", c.DecisionLog.File, logNames...)
	}
}

// apart refuses the file of a key of which one of the names is one of those of another file.
func (f *findings) apart(c *Config, key, file string, names []string, what, other string, others ...string) {
	if file == "" || other == "" || !c.sure(key) {
		return
	}
	var taken []string
	for _, name := range append(others, "") {
		taken = append(taken, absolute(other)+name)
	}
	if slices.ContainsFunc(names, func(name string) bool { return slices.Contains(taken, absolute(file)+name) }) {
		rule := fmt.Sprintf("must be another file than that of %s, which would be overwritten", what)
		f.refuse(f.at(rule, strconv.Quote(file), key, "file"))
	}
}

// absolute is a path such that two of the same file are equal, but for links.
func absolute(path string) string {
	if a, err := filepath.Abs(path); err == nil {
		return a
	}
	return filepath.Clean(path)
}
