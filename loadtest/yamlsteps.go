package loadtest

import (
	"slices"
	"strings"
	"time"

	"github.com/latency-pod-autoscaler/lpa/loadtest/strictyaml"
)

func (c *classReader) steps(v strictyaml.Value) []step {
	var steps []step
	for _, item := range v.SomeOf("step") {
		m := item.Map()
		if s := c.step(m); s != nil {
			steps = append(steps, s)
		}
		m.Done()
	}
	return steps
}

// methods are the keys that start a request; request: takes any other method.
var methods = []string{"get", "post", "put", "patch", "delete", "head", "options"}

// stepKinds are the other keys that say what a step is.
var stepKinds = []string{"request", "think", "use", "repeat", "if"}

// step reads a step of any kind; nil if the mapping is none, which is then reported.
func (c *classReader) step(m *strictyaml.Map) step {
	kinds := slices.Concat(methods, stepKinds)
	var found []string
	for _, e := range m.Entries() {
		if slices.Contains(kinds, e.Key) {
			found = append(found, e.Key)
		}
	}
	if len(found) != 1 {
		for _, kind := range kinds {
			_, _ = m.Get(kind)
		}
		c.request(m, requestLine{}) // so that its other keys are known
		if misspelt := len(found) == 0 && !m.Done(); !m.Wrong() && !misspelt {
			m.Complain("a step has exactly one of %s or if; this one has %d", strings.Join(kinds[:len(kinds)-1], ", "), len(found))
		}
		return nil
	}
	c.size++
	switch found[0] {
	case "think":
		return readThink(m)
	case "use":
		return c.useStep(m)
	case "repeat":
		return c.repeat(m)
	case "if":
		return c.condition(m)
	}
	s := c.request(m, c.requestLine(m, found[0]))
	c.requests = append(c.requests, s)
	return s
}

// readThink reads a pause: 200ms, or {between: [100ms, 300ms]}.
func readThink(m *strictyaml.Map) step {
	v, _ := m.Get("think")
	if !v.IsMap() {
		pause, _ := v.Duration(0)
		return &thinkStep{waitBetween{pause, pause}}
	}
	inner := v.Map()
	s := &thinkStep{}
	if between, ok := inner.Require("between", "between: [100ms, 300ms]"); ok {
		s.pause, _ = readBetween(between).(waitBetween)
	}
	inner.Done()
	return s
}

func (c *classReader) useStep(m *strictyaml.Map) step {
	v, _ := m.Get("use")
	name, ok := v.Text()
	if !ok {
		return nil
	}
	steps, known := c.script.named[name]
	if !known {
		var names []string
		for n := range c.script.named {
			names = append(names, n)
		}
		slices.Sort(names)
		v.Refuse("must be the name of steps of the script%s", strictyaml.Suggest(name, names))
		return nil
	}
	return c.use(name, steps, &v)
}

// use reads named steps, with the defaults and captures of this class; at is where they are used.
func (c *classReader) use(name string, steps strictyaml.Value, at *strictyaml.Value) step {
	c.script.used[name] = true
	if slices.Contains(c.open, name) {
		cycle := append(slices.Clone(c.open[slices.Index(c.open, name):]), name)
		if at != nil {
			at.Complain("steps must not use themselves: %s", strings.Join(cycle, " → "))
		}
		return nil
	}
	g := c.groups[name]
	if g == nil {
		outer := c.size
		c.open, c.size = append(c.open, name), 0
		g = &group{steps: c.steps(steps)}
		g.size = c.size
		c.groups[name] = g
		c.open, c.size = c.open[:len(c.open)-1], outer
	}
	c.size += g.size
	return &groupStep{name: name, steps: g.steps}
}

func readTimeout(m *strictyaml.Map, inherited time.Duration) time.Duration {
	v, ok := m.Get("timeout")
	if !ok {
		return inherited
	}
	d, _ := v.Duration(time.Millisecond)
	return d
}

func readRedirects(m *strictyaml.Map, inherited int) int {
	v, ok := m.Get("redirects")
	if !ok {
		return inherited
	}
	n, _ := v.Int(0, 100)
	return int(n)
}

func readOnFailure(m *strictyaml.Map, inherited flow) flow {
	v, ok := m.Get("onFailure")
	if !ok {
		return inherited
	}
	word, _ := v.OneOf("continue", "abortIteration", "stopUser")
	return map[string]flow{"abortIteration": abortIteration, "stopUser": stopUser}[word]
}
