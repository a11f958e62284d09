package loadtest

import (
	"fmt"
	"slices"
	"time"

	"github.com/latency-pod-autoscaler/lpa/loadtest/strictyaml"
)

// scriptReader turns the values of a document into a plan.
type scriptReader struct {
	plan  *Plan
	env   func(string) (string, bool)
	name  string // of the script's file
	doc   *strictyaml.Document
	named map[string]strictyaml.Value // the steps of the script that have a name
	used  map[string]bool             // which of them some class uses
}

func (r *scriptReader) script(v strictyaml.Value) {
	m := v.Map()
	r.feeds(m)
	r.namedSteps(m)
	if users, several := m.Get("users"); several {
		r.classes(m, users)
	} else {
		c := r.newClassReader(m, "user")
		c.inherit(m)
		c.read(m)
	}
	r.unused(m)
	m.Done()
}

// classes reads the classes of a script that has several.
func (r *scriptReader) classes(script *strictyaml.Map, users strictyaml.Value) {
	for _, key := range []string{"onStart", "onStop", "tasks"} {
		if misplaced, ok := script.Get(key); ok {
			misplaced.Complain("belongs into a class, as the script has users")
		}
	}
	for i, item := range users.SomeOf("user class") {
		m := item.Map()
		c := r.newClassReader(m, fmt.Sprintf("user %d", i+1))
		c.inherit(script)
		c.inherit(m)
		c.read(m)
		m.Done()
	}
}

// namedSteps are the lists of steps that use: can name.
func (r *scriptReader) namedSteps(m *strictyaml.Map) {
	r.named, r.used = map[string]strictyaml.Value{}, map[string]bool{}
	v, ok := m.Get("steps")
	if !ok {
		return
	}
	for _, e := range v.Map().Entries() {
		r.named[e.Key] = e.Value
	}
}

// unused reads the named steps that no class uses, so that mistakes in them are found all the same. What they capture, and
// what any class captures, is known in them.
func (r *scriptReader) unused(m *strictyaml.Map) {
	var names []string
	for name := range r.named {
		if !r.used[name] {
			names = append(names, name)
		}
	}
	if len(names) == 0 {
		return
	}
	slices.Sort(names)
	var captured []string
	for _, c := range r.plan.classes {
		captured = append(captured, c.captures...)
	}
	collected := collector{reader: r, seen: map[string]bool{}, names: captured}
	for _, name := range names {
		collected.steps(r.named[name])
	}
	c := &classReader{script: r, class: &class{name: "the script"}, defaults: baseDefaults(), groups: map[string]*group{}}
	c.setCaptures(collected.names)
	c.inherit(m)
	before := len(r.plan.names) // requests that nobody makes are not among the results
	for _, name := range names {
		c.use(name, r.named[name], nil)
	}
	r.plan.names = r.plan.names[:before]
}

// defaults are what a step inherits from its class and a class from the script.
type defaults struct {
	wait      wait
	headers   []field
	auth      auth
	timeout   time.Duration
	redirects int
	expect    expectation
	onFailure flow
}

// defaultRedirects is how many redirects are followed, as in most HTTP clients.
const defaultRedirects = 10

func baseDefaults() defaults {
	return defaults{wait: waitBetween{low: time.Second, high: time.Second}, redirects: defaultRedirects}
}
