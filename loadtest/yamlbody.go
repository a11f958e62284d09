package loadtest

import (
	"encoding/json"
	"slices"
	"strconv"

	"github.com/latency-pod-autoscaler/lpa/loadtest/strictyaml"
)

func (c *classReader) body(m *strictyaml.Map) body {
	var b body
	found := 0
	if v, ok := m.Get("body"); ok {
		found++
		b = body{kind: bodyRaw, raw: c.text(v)}
		b.constant = b.raw.isConstant()
	}
	if v, ok := m.Get("form"); ok {
		found++
		b = body{kind: bodyForm, form: c.fields(v)}
		b.constant = !slices.ContainsFunc(b.form, func(f field) bool { return !f.value.isConstant() })
	}
	if v, ok := m.Get("json"); ok {
		found++
		b = body{kind: bodyJSON, constant: true}
		b.json = c.json(v, v.Any(), &b.constant)
	}
	if found > 1 {
		m.Complain("a request carries at most one of body, json and form; this one has %d", found)
	}
	return b
}

// json replaces the strings of a tree by compiled texts; constant is false from the first one on that differs.
func (c *classReader) json(v strictyaml.Value, value any, constant *bool) any {
	switch value := value.(type) {
	case string:
		compiled, _ := c.compile(v, value, 0)
		*constant = *constant && compiled.isConstant()
		return compiled
	case []any:
		for i, item := range v.List() {
			value[i] = c.json(item, value[i], constant)
		}
	case map[string]any:
		for _, e := range v.Map().Entries() {
			value[e.Key] = c.json(e.Value, value[e.Key], constant)
		}
	case json.Number:
		// YAML reads 010, 0x1f and 1_000 as numbers too; JSON does not have them.
		if _, err := strconv.ParseFloat(value.String(), 64); err != nil {
			v.Refuse("must be a number as JSON writes it")
		}
	}
	return value
}
