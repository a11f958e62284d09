package loadtest

import (
	"encoding/base64"
	"errors"
	"fmt"
	"maps"
	"net/url"
	"reflect"
	"slices"
	"strings"
	"time"

	"github.com/expr-lang/expr/builtin"
)

// builtins are the functions of the expression language that scripts can use: those whose cost and result are bounded by
// what they are given. Others are replaced by ours.
var builtins = []string{"all", "any", "count", "filter", "find", "findIndex", "findLast", "findLastIndex", "map", "none", "one", "sortBy",
	"sum", "abs", "ceil", "concat", "date", "duration", "first", "float", "floor", "fromBase64", "fromJSON", "get", "hasPrefix",
	"hasSuffix", "indexOf", "int", "keys", "last", "lastIndexOf", "len", "lower", "max", "mean", "median", "min", "reverse", "round",
	"sort", "split", "take", "trim", "trimPrefix", "trimSuffix", "type", "upper", "values"}

// Our own functions, by name. Stateful ones are given the user's values before their arguments. Their types are what a script
// sees of them.
var (
	stateful = byName(
		typed[func(int, int) int]("rand", withValues(randWhole)),
		typed[func() float64]("randFloat", withValues(randFloat)),
		typed[func() string]("uuid", withValues(uuid)),
		&builtin.Function{Name: "choice", Func: withValues(choice), Validate: choiceType},
		&builtin.Function{Name: "now", Func: withValues(now), Validate: nowType},
	)
	pure = byName(
		typed[func(any) string]("urlEncode", urlEncode),
		typed[func(any) string]("string", toText),
		typed[func(any) string]("toJSON", toJSON),
		typed[func(string) string]("toBase64", toBase64),
		typed[func(string, int) string]("repeat", repeat),
		typed[func(string, string, string) string]("replace", replace),
		typed[func(any, string) string]("join", join),
	)
)

func byName(functions ...*builtin.Function) map[string]*builtin.Function {
	all := map[string]*builtin.Function{}
	for _, f := range functions {
		all[f.Name] = f
	}
	return all
}

// typed is a function of the type T.
func typed[T any](name string, f func(args ...any) (any, error)) *builtin.Function {
	return &builtin.Function{Name: name, Func: f, Types: []reflect.Type{reflect.TypeFor[T]()}}
}

func withValues(f func(v *values, args []any) (any, error)) func(args ...any) (any, error) {
	return func(args ...any) (any, error) { return f(args[0].(*values), args[1:]) }
}

func isOwnFunction(name string) bool { return stateful[name] != nil || pure[name] != nil }

func isFunction(name string) bool { return isOwnFunction(name) || slices.Contains(builtins, name) }

func functionNames() []string {
	names := slices.Clone(builtins)
	names = slices.AppendSeq(names, maps.Keys(stateful))
	names = slices.AppendSeq(names, maps.Keys(pure))
	slices.Sort(names)
	return names
}

func randWhole(v *values, args []any) (any, error) {
	low, okLow := args[0].(int)
	high, okHigh := args[1].(int)
	switch {
	case !okLow || !okHigh:
		return nil, errors.New("rand takes two whole numbers")
	case high < low:
		return nil, fmt.Errorf("rand: the second number must be at least the first, %d, got %d", low, high)
	}
	return int(randInt(v.user.random, int64(low), int64(high))), nil
}

func randFloat(v *values, _ []any) (any, error) { return v.user.random.Float64(), nil }

func uuid(v *values, _ []any) (any, error) { return randUUID(v.user.random), nil }

func choice(v *values, args []any) (any, error) {
	list := reflect.ValueOf(args[0])
	if list.Kind() != reflect.Slice || list.Len() == 0 {
		return nil, errors.New("choice takes a list that is not empty")
	}
	return list.Index(choose(v.user.random, list.Len())).Interface(), nil
}

func choiceType(args []reflect.Type) (reflect.Type, error) {
	if len(args) == 1 {
		switch args[0].Kind() {
		case reflect.Interface, reflect.Slice:
			return reflect.TypeFor[any](), nil
		}
	}
	return reflect.TypeFor[any](), errors.New(`choice takes one list, such as ["a", "b"]`)
}

// now is the time, in UTC; with a layout as Go writes it, it is a text.
func now(_ *values, args []any) (any, error) {
	t := time.Now().UTC()
	if len(args) == 0 {
		return t, nil
	}
	layout, ok := args[0].(string)
	if !ok {
		return nil, errors.New(`now takes a layout such as "2006-01-02"`)
	}
	return t.Format(layout), nil
}

func nowType(args []reflect.Type) (reflect.Type, error) {
	switch {
	case len(args) == 0:
		return reflect.TypeFor[time.Time](), nil
	case len(args) == 1 && (args[0].Kind() == reflect.String || args[0].Kind() == reflect.Interface):
		return reflect.TypeFor[string](), nil
	}
	return reflect.TypeFor[any](), errors.New(`now takes nothing, or a layout such as "2006-01-02"`)
}

// texts are arguments that must all be text.
func texts(args []any) ([]string, error) {
	out := make([]string, len(args))
	for i, arg := range args {
		s, ok := arg.(string)
		if !ok {
			return nil, fmt.Errorf("takes text, got %s", kindOf(arg))
		}
		out[i] = s
	}
	return out, nil
}

func urlEncode(args ...any) (any, error) {
	s, err := toText(args...)
	if err != nil {
		return nil, err
	}
	return url.QueryEscape(s.(string)), nil
}

func toText(args ...any) (any, error) {
	b, err := appendText(nil, args[0])
	return string(b), err
}

func toJSON(args ...any) (any, error) {
	b, err := compactJSON(args[0])
	return string(b), err
}

func toBase64(args ...any) (any, error) {
	s, err := texts(args)
	if err != nil {
		return nil, err
	}
	return base64.StdEncoding.EncodeToString([]byte(s[0])), nil
}

func repeat(args ...any) (any, error) {
	s, okText := args[0].(string)
	n, okNumber := args[1].(int)
	switch {
	case !okText || !okNumber || n < 0:
		return nil, errors.New("repeat takes a text and a number of at least 0")
	case n > maxText || len(s)*n > maxText:
		return nil, errTooLarge
	}
	return strings.Repeat(s, n), nil
}

func replace(args ...any) (any, error) {
	s, err := texts(args)
	if err != nil {
		return nil, err
	}
	if len(s[0])+strings.Count(s[0], s[1])*(len(s[2])-len(s[1])) > maxText {
		return nil, errTooLarge
	}
	return strings.ReplaceAll(s[0], s[1], s[2]), nil
}

func join(args ...any) (any, error) {
	list := reflect.ValueOf(args[0])
	if list.Kind() != reflect.Slice {
		return nil, errors.New("join takes a list and a text")
	}
	between, ok := args[1].(string)
	if !ok {
		return nil, errors.New("join takes a list and a text")
	}
	var b []byte
	for i := range list.Len() {
		if i > 0 {
			b = append(b, between...)
		}
		var err error
		if b, err = appendText(b, list.Index(i).Interface()); err != nil {
			return nil, err
		}
		if len(b) > maxText {
			return nil, errTooLarge
		}
	}
	return string(b), nil
}
