package config

import (
	"strings"

	"github.com/latency-pod-autoscaler/lpa/loadtest/strictyaml"
)

// doubt remembers which keys could not be read: those with a problem, and those that an unknown key was meant to be.
func (c *Config) doubt(problems strictyaml.Problems) {
	for _, p := range problems {
		key := p.Key
		if p.Meant != "" {
			key = p.Meant
		}
		if variable, found := strings.CutPrefix(p.File, "env "); found && key == "" {
			key = variable // it is no YAML
		}
		c.doubts = append(c.doubts, key)
	}
}

// sure says whether keys could be read, so that what they say can be checked: else what is found would be about a default or
// a zero that nobody has written. That something could not be checked is remembered.
func (c *Config) sure(keys ...string) bool {
	for _, key := range keys {
		for _, doubt := range c.doubts {
			if within(key, doubt) || within(doubt, key) {
				c.unchecked = true
				return false
			}
		}
	}
	return true
}

// within says whether a key is another one or in it; all are in the document, which has no key.
func within(key, outer string) bool {
	rest, found := strings.CutPrefix(key, outer)
	return found && (rest == "" || outer == "" || rest[0] == '.' || rest[0] == '[')
}

// Unchecked says that something was not checked, as what it is about could not be read.
func (c *Config) Unchecked() bool { return c.unchecked }

// KnowsScript says whether it could be read which script there is.
func (c *Config) KnowsScript() bool { return c.sure("loadTest.script") }

// loadKeys are how much load there is and for how long.
var loadKeys = []string{"loadTest.users", "loadTest.spawnRate", "loadTest.rate", "loadTest.stages", "loadTest.maxUsers", "loadTest.warmup", "loadTest.runTime"}

// timeKeys are how long the load lasts.
var timeKeys = []string{"loadTest.stages", "loadTest.warmup", "loadTest.runTime"}
