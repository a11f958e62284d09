package loadtest

import (
	"reflect"
	"strings"

	"github.com/latency-pod-autoscaler/lpa/loadtest/strictyaml"
)

// conditionOf reads an expression that is true or false, about the last answer among others.
func (c *classReader) conditionOf(v strictyaml.Value) *expression {
	e := c.booleanExpression(v)
	if e != nil {
		c.looks.add(e.uses)
	}
	return e
}

func (c *classReader) booleanExpression(v strictyaml.Value) *expression {
	e := c.expression(v, true)
	if e != nil && e.kind != nil && e.kind.Kind() != reflect.Bool {
		v.Refuse("must be true or false, and this is %s", typeName(e.kind))
		return nil
	}
	return e
}

// expression reads a key that holds an expression; ${…} around it is not needed, but does no harm.
func (c *classReader) expression(v strictyaml.Value, answer bool) *expression {
	source, ok := v.Text()
	if !ok {
		return nil
	}
	start := 0
	if strings.HasPrefix(source, "${") && expressionEnd(source[2:]) == len(source)-3 {
		source, start = source[2:len(source)-1], 2
	}
	if at := nestedExpression(source); at >= 0 {
		v.RefuseAt(start+at, "is an expression already, so what is in it needs no ${…}")
		return nil
	}
	e, mistakes := c.scope.compile(source, answer)
	for _, m := range mistakes {
		v.RefuseAt(start+m.offset, "%s", m.message)
	}
	return e
}
