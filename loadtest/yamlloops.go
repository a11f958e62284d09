package loadtest

import (
	"reflect"
	"strings"

	"github.com/latency-pod-autoscaler/lpa/loadtest/strictyaml"
)

// repeat reads {repeat: 3, steps: […]} or {repeat: {times: 20, until: EXPRESSION, every: 500ms}, steps: […]}.
func (c *classReader) repeat(m *strictyaml.Map) step {
	s := &repeatStep{}
	v, _ := m.Get("repeat")
	number, isGiven := v, true
	if v.IsMap() {
		inner := v.Map()
		number, isGiven = inner.Require("times", "times: 20")
		if while, ok := inner.Get("while"); ok {
			s.while = c.conditionOf(while)
		}
		if until, ok := inner.Get("until"); ok {
			s.until = c.conditionOf(until)
		}
		if every, ok := inner.Get("every"); ok {
			s.every, _ = every.Duration(0)
		}
		if s.while != nil && s.until != nil {
			v.Complain("takes while or until, not both")
		}
		inner.Done()
	}
	if isGiven {
		s.times, s.number = c.times(number)
	}
	before := len(c.requests)
	if steps, ok := m.Require("steps", `[{get: "/"}]`); ok {
		s.steps = c.steps(steps)
	}
	s.condition = c.decides("repeat", before)
	return s
}

// times reads how often to repeat: a number or an expression for one.
func (c *classReader) times(v strictyaml.Value) (int, *expression) {
	if text, ok := v.Scalar(); ok && !isNumber(text) {
		e := c.expression(v, true)
		if e != nil && e.kind != nil && e.kind.Kind() != reflect.Int {
			v.Refuse("must be a whole number or an expression for one")
		}
		if e != nil {
			c.looks.add(e.uses)
		}
		return 0, e
	}
	n, _ := v.Int(1, maxRepeat)
	return int(n), nil
}

func isNumber(text string) bool { return strings.Trim(text, "+-.0123456789_eE") == "" }

// condition reads {if: EXPRESSION, then: […], else: […]}.
func (c *classReader) condition(m *strictyaml.Map) step {
	v, _ := m.Get("if")
	s := &ifStep{}
	expression := c.conditionOf(v)
	before := len(c.requests)
	if then, ok := m.Require("then", `[{get: "/"}]`); ok {
		s.then = c.steps(then)
	}
	if otherwise, ok := m.Get("else"); ok {
		s.otherwise = c.steps(otherwise)
	}
	s.condition = c.decides("if", before)
	s.condition.expression = expression
	return s
}

// decides is a condition about the requests that have been read since there were so many.
func (c *classReader) decides(key string, before int) condition {
	out := condition{key: key, onFailure: c.defaults.onFailure}
	switch {
	case len(c.requests) > before:
		out.nameIndex = c.requests[before].nameIndex
	case len(c.requests) > 0:
		out.nameIndex = c.requests[len(c.requests)-1].nameIndex
	}
	return out
}
