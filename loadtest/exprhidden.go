package loadtest

import (
	"errors"

	"github.com/expr-lang/expr/builtin"
	"github.com/expr-lang/expr/vm/runtime"
)

// hidden are the functions that names and operators are compiled to. The first argument is always the user's values.
var hidden = byName(
	hide("·captured", func(v *values, a []any) (any, error) {
		if i := a[0].(int); v.has[i] {
			return v.captured[i], nil
		}
		return nil, errors.New(a[1].(string) + " has not been captured yet")
	}),
	hide("·optional", func(v *values, a []any) (any, error) { return v.captured[a[0].(int)], nil }),
	hide("·row", func(v *values, a []any) (any, error) { return v.row(a[0].(int)), nil }),
	hide("·column", func(v *values, a []any) (any, error) { return v.column(a[0].(int), a[1].(int)), nil }),
	hide("·vu", func(v *values, _ []any) (any, error) { return map[string]any{"id": v.user.id}, nil }),
	hide("·id", func(v *values, _ []any) (any, error) { return v.user.id, nil }),
	hide("·iteration", func(v *values, _ []any) (any, error) { return v.user.iteration, nil }),
	hide("·status", func(v *values, _ []any) (any, error) { return v.answer.status, nil }),
	hide("·latency", func(v *values, _ []any) (any, error) { return v.answer.latency, nil }),
	hide("·text", func(v *values, _ []any) (any, error) { return v.text() }),
	hide("·body", func(v *values, _ []any) (any, error) { return v.body() }),
	hide("·headers", func(v *values, _ []any) (any, error) { return v.headers(), nil }),
	hide("·header", func(v *values, a []any) (any, error) {
		name, _ := a[0].(string)
		value, _ := v.header(name)
		return value, nil
	}),
	hide("·hasHeader", func(v *values, a []any) (any, error) {
		name, _ := a[0].(string)
		_, ok := v.header(name)
		return ok, nil
	}),
	hide("·tick", func(v *values, _ []any) (any, error) { return nil, v.spend(1) }),
	hide("·limit", func(v *values, a []any) (any, error) { return v.limit(a[0]) }),
	hide("·weigh", func(v *values, a []any) (any, error) {
		if weigh(a[0], maxWeight) < 0 {
			return nil, errTooLarge
		}
		return a[0], nil
	}),
	hide("·add", func(v *values, a []any) (any, error) { return v.limit(runtime.Add(a[0], a[1])) }),
)

func hide(name string, f func(v *values, args []any) (any, error)) *builtin.Function {
	return &builtin.Function{Name: name, Func: withValues(f)}
}
