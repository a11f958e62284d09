package loadtest

import (
	"slices"

	"github.com/latency-pod-autoscaler/lpa/loadtest/strictyaml"
)

// classReader turns the values of one user class into a class.
type classReader struct {
	script   *scriptReader
	class    *class
	scope    *scope
	defaults defaults

	groups   map[string]*group // the named steps that have been read for this class
	open     []string          // the named steps that are being read, to find those that use themselves
	size     float64           // how many steps the present list comes to, named ones counted wherever they are used
	requests []*requestStep
	looks    uses // what conditions look at in the answer before them
}

// group is named steps that have been read.
type group struct {
	steps []step
	size  float64
}

func (r *scriptReader) newClassReader(m *strictyaml.Map, name string) *classReader {
	if v, ok := m.Get("name"); ok {
		name, _ = v.Text()
	}
	c := &classReader{script: r, class: &class{name: name}, defaults: baseDefaults(), groups: map[string]*group{}}
	c.setCaptures(r.capturesOf(m))
	return c
}

func (c *classReader) setCaptures(names []string) {
	names = slices.Compact(slices.Sorted(slices.Values(names)))
	c.class.captures, c.class.feeds = names, c.script.plan.feeds
	c.scope = newScope(c.class.name, c.script.env, c.class.feeds, names, &c.script.plan.secrets)
}

// inherit reads the keys that apply to all below them: in defaults, or at the side of it.
func (c *classReader) inherit(m *strictyaml.Map) {
	if v, ok := m.Get("wait"); ok {
		c.defaults.wait = readWait(v, c.defaults.wait)
	}
	if v, ok := m.Get("defaults"); ok {
		inner := v.Map()
		c.refine(inner, &c.defaults)
		inner.Done()
		for _, e := range inner.Entries() {
			if twice, ok := m.Get(e.Key); ok && slices.Contains(inherited, e.Key) {
				twice.Complain("is in defaults too; give it once")
			}
		}
	}
	c.refine(m, &c.defaults)
}

// inherited are the keys of defaults.
var inherited = []string{"auth", "expect", "headers", "onFailure", "redirects", "timeout"}

// refine reads the inherited keys of a script, a class or a request over what holds so far.
func (c *classReader) refine(m *strictyaml.Map, d *defaults) {
	d.headers = c.headers(m, d.headers)
	d.auth = c.auth(m, d.auth)
	d.timeout = readTimeout(m, d.timeout)
	d.redirects = readRedirects(m, d.redirects)
	d.onFailure = readOnFailure(m, d.onFailure)
	if v, ok := m.Get("expect"); ok {
		d.expect = c.expectation(v)
	}
}

func (c *classReader) read(m *strictyaml.Map) {
	out := c.class
	out.wait, out.weight = c.defaults.wait, readWeight(m)
	if v, ok := m.Get("onStart"); ok {
		out.onStart = c.list(v)
	}
	if v, ok := m.Require("tasks", `[{get: "/"}]`); ok {
		before := len(c.requests)
		out.tasks = c.tasks(v)
		if len(c.requests) == before && len(out.tasks) > 0 && c.script.doc.Problems().Err() == nil {
			v.Complain("at least one request is required")
		}
	}
	if v, ok := m.Get("onStop"); ok {
		out.onStop = c.list(v)
	}
	c.finish()
	c.script.plan.classes = append(c.script.plan.classes, *out)
}

// list reads steps that are not part of others.
func (c *classReader) list(v strictyaml.Value) []step {
	c.size = 0
	steps := c.steps(v)
	c.checkSize(v)
	return steps
}

// maxSteps bounds how many steps a list comes to when the named ones in it are counted wherever they are used: named steps
// that use others twice, and those again, are soon more than could ever be taken.
const maxSteps = 10_000

func (c *classReader) checkSize(v strictyaml.Value) {
	if c.size > maxSteps {
		v.Complain("comes to more than %d steps", maxSteps)
	}
}

// finish settles what only the whole class shows: whether answers must be looked at and kept.
func (c *classReader) finish() {
	c.class.secret = make([]bool, len(c.class.captures))
	for _, s := range c.requests {
		r := &s.request
		looks := r.expect.uses
		for i := range r.captures {
			looks.add(r.captures[i].uses())
			if r.captures[i].isSecret() {
				c.class.secret[r.captures[i].index] = true
			}
		}
		r.keep = looks.keep() || c.looks.keep()
		s.forget = c.looks.none()
		if s.forget && r.expect.isPlain() && len(r.captures) == 0 {
			statuses := r.expect.statuses
			s.plain = func(a answer) Failure { return judge(a, statuses) }
		}
		for _, index := range r.secretCaptures() {
			c.class.secret[index] = true
		}
	}
}

// secretCaptures are the captured values that authorise a request.
func (r *requestTemplate) secretCaptures() []int {
	all := slices.Concat(r.auth.user.captures(), r.auth.password.captures(), r.auth.bearer.captures())
	for i := range r.headers {
		if secretHeaders().MatchString(r.headers[i].name) {
			all = append(all, r.headers[i].value.captures()...)
		}
	}
	return all
}

func (c *classReader) tasks(v strictyaml.Value) []task {
	var tasks []task
	for _, item := range v.SomeOf("task") {
		tasks = append(tasks, c.task(item))
	}
	return tasks
}

// task reads {name, weight, steps}, or a single step with a weight beside it.
func (c *classReader) task(v strictyaml.Value) task {
	m := v.Map()
	t := task{weight: readWeight(m)}
	c.size = 0
	repeats := slices.ContainsFunc(m.Entries(), func(e strictyaml.Entry) bool { return e.Key == "repeat" })
	if steps, ok := m.Get("steps"); ok && !repeats {
		t.steps = c.steps(steps)
		if name, ok := m.Get("name"); ok {
			t.name, _ = name.Text()
		}
	} else if s := c.step(m); s != nil {
		t.steps = []step{s}
		if _, isRequest := s.(*requestStep); !isRequest {
			if name, ok := m.Get("name"); ok {
				t.name, _ = name.Text()
			}
		}
	}
	c.checkSize(v)
	m.Done()
	return t
}
