package loadtest

import (
	"fmt"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/latency-pod-autoscaler/lpa/loadtest/strictyaml"
	"go.starlark.net/starlark"
)

func setText(to *string, name string, v starlark.Value) error {
	text, ok := starlark.AsString(v)
	if !ok {
		return fmt.Errorf("%s: must be text, got %s", name, shown(v))
	}
	*to = text
	return nil
}

// durationOf reads a text such as "250ms".
func durationOf(v starlark.Value, low time.Duration) (time.Duration, error) {
	text, _ := starlark.AsString(v)
	d, err := strictyaml.ParseDuration(text, low)
	if err != nil {
		return 0, fmt.Errorf("%w, got %s", err, shown(v))
	}
	return d, nil
}

// statuses reads a status, a class of them such as "2xx", or a list of both.
func statuses(parameter string, v starlark.Value) ([]int, error) {
	wrong := func() error {
		return fmt.Errorf(`%s: must be a whole number from 100 to 599, "2xx" or a list of them, got %s`, parameter, shown(v))
	}
	var codes []int
	for _, v := range listed(v) {
		text, _ := starlark.AsString(v)
		if all := statusesLike(text); all != nil {
			codes = append(codes, all...)
			continue
		}
		code, err := starlark.AsInt32(v)
		if err != nil || code < 100 || code > 599 {
			return nil, wrong()
		}
		codes = append(codes, code)
	}
	if len(codes) == 0 {
		return nil, wrong()
	}
	return codes, nil
}

// listed is the items of a list or a tuple, or a list of the value itself.
func listed(v starlark.Value) []starlark.Value {
	switch v := v.(type) {
	case *starlark.List:
		return slices.Collect(starlark.Elements(v))
	case starlark.Tuple:
		return v
	}
	return []starlark.Value{v}
}

// scalar is a text, number or boolean as text.
func scalar(v starlark.Value) (string, bool) {
	switch v := v.(type) {
	case starlark.String:
		return string(v), true
	case starlark.Int, starlark.Float:
		return v.String(), true
	case starlark.Bool:
		return strings.ToLower(v.String()), true
	}
	return "", false
}

// formOf encodes a dict of names to values, or to lists of values, as forms and queries are.
func formOf(parameter string, v starlark.Value) (string, error) {
	dict, ok := v.(*starlark.Dict)
	if !ok {
		return "", fmt.Errorf("%s: must be a dict, got %s", parameter, shown(v))
	}
	form := url.Values{}
	for _, item := range dict.Items() {
		name, ok := starlark.AsString(item[0])
		if !ok {
			return "", fmt.Errorf("%s: a name must be text, got %s", parameter, shown(item[0]))
		}
		for _, v := range listed(item[1]) {
			text, ok := scalar(v)
			switch {
			case ok:
				form.Add(name, text)
			case v != starlark.None:
				return "", fmt.Errorf("%s: %s must be text, a number, a boolean or a list of them, got %s", parameter, name, shown(v))
			}
		}
	}
	return form.Encode(), nil
}

// counted is such as `1 argument` and `2 arguments`.
func counted(n int, what string) string {
	if n == 1 {
		return "1 " + what
	}
	return fmt.Sprintf("%d %ss", n, what)
}
