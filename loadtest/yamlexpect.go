package loadtest

import (
	"slices"

	"github.com/latency-pod-autoscaler/lpa/loadtest/strictyaml"
)

// expectation reads an expression, {status, headers, body}, or a list of both.
func (c *classReader) expectation(v strictyaml.Value) expectation {
	var e expectation
	items := []strictyaml.Value{v}
	if v.IsList() {
		items = v.SomeOf("expectation")
	}
	for _, item := range items {
		if item.IsMap() {
			c.expectMap(item, &e)
			continue
		}
		if text, ok := item.Scalar(); ok && isNumber(text) {
			item.Refuse("must be a mapping such as {status: 200} or an expression such as status == 200")
			continue
		}
		expression := c.booleanExpression(item)
		if expression == nil {
			continue
		}
		e.uses.add(expression.uses)
		if isAboutStatusOnly(expression.uses) {
			e.statusOnly = append(e.statusOnly, expression)
		} else {
			e.checks = append(e.checks, check{expression: expression})
		}
	}
	if len(e.statuses) > 0 && e.uses.status {
		v.Complain("says which status is a success in two ways: status: and an expression about it")
	}
	return e
}

func isAboutStatusOnly(u uses) bool {
	return u.status && !u.body && !u.headers && !u.timing && len(u.captures) == 0
}

func (c *classReader) expectMap(v strictyaml.Value, e *expectation) {
	m := v.Map()
	status, hasStatus := m.Get("status")
	headers, hasHeaders := m.Get("headers")
	body, hasBody := m.Get("body")
	m.Done()
	if !hasStatus && !hasHeaders && !hasBody && len(m.Entries()) == 0 {
		v.Complain("must hold at least one of status, headers or body")
	}
	if hasStatus {
		e.statuses = append(e.statuses, readStatuses(status)...)
		slices.Sort(e.statuses)
		e.statuses = slices.Compact(e.statuses)
	}
	if hasHeaders {
		for _, entry := range headers.Map().Entries() {
			if !isToken(entry.Key) {
				entry.ComplainKey("must be the name of a header")
			}
			e.checks = append(e.checks, c.contentCheck(entry.Value, entry.Key)...)
		}
		e.uses.headers = true
	}
	if hasBody {
		e.checks = append(e.checks, c.contentCheck(body, "")...)
		e.uses.body = true
	}
}

// contentCheck reads what a header, or with no name the body, must be: a text, or {contains, matches}.
func (c *classReader) contentCheck(v strictyaml.Value, header string) []check {
	if !v.IsMap() {
		equals := c.text(v)
		return []check{{header: header, equals: &equals}}
	}
	var checks []check
	m := v.Map()
	if contains, ok := m.Get("contains"); ok {
		text := c.text(contains)
		checks = append(checks, check{header: header, contains: &text})
	}
	if matches, ok := m.Get("matches"); ok {
		if pattern := c.text(matches); !pattern.isConstant() {
			matches.Refuse("must be the same every time, so it takes ${env.…} only")
		} else {
			checks = append(checks, check{header: header, matches: readPattern(matches, pattern.constant)})
		}
	}
	m.Done()
	if len(m.Entries()) == 0 {
		v.Complain("must hold contains: TEXT or matches: PATTERN")
	}
	return checks
}

// readStatuses reads 200, "2xx" or a list of them.
func readStatuses(v strictyaml.Value) []int {
	values := []strictyaml.Value{v}
	if v.IsList() {
		values = v.SomeOf("status")
	}
	var codes []int
	for _, value := range values {
		if text, ok := value.Scalar(); ok {
			if all := statusesLike(text); all != nil {
				codes = append(codes, all...)
				continue
			}
		}
		code, ok := value.Int(100, 599)
		if ok {
			codes = append(codes, int(code))
		}
	}
	return codes
}
