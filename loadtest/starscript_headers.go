package loadtest

import (
	"errors"
	"fmt"
	"net/http"
	"strings"

	"go.starlark.net/starlark"
)

// starHeaders are an answer's headers: a dict that can only be read, whose keys are the same in any case.
type starHeaders http.Header

func (h starHeaders) String() string        { return fmt.Sprintf("<%d headers>", len(h)) }
func (h starHeaders) Type() string          { return "headers" }
func (h starHeaders) Freeze()               {}
func (h starHeaders) Truth() starlark.Bool  { return len(h) > 0 }
func (h starHeaders) Hash() (uint32, error) { return 0, errors.New("unhashable: headers") }
func (h starHeaders) AttrNames() []string   { return []string{"get"} }

// Get is h[name]; several headers of one name are one value with commas.
func (h starHeaders) Get(name starlark.Value) (v starlark.Value, found bool, err error) {
	text, _ := starlark.AsString(name)
	values := http.Header(h).Values(text)
	return starlark.String(strings.Join(values, ", ")), len(values) > 0, nil
}

// Attr is h.get.
func (h starHeaders) Attr(name string) (starlark.Value, error) {
	if name != "get" {
		return nil, nil
	}
	return starlark.NewBuiltin("get", func(_ *starlark.Thread, b *starlark.Builtin, args starlark.Tuple, kwargs []starlark.Tuple) (starlark.Value, error) {
		var name starlark.Value
		fallback := starlark.Value(starlark.None)
		if err := starlark.UnpackArgs(b.Name(), args, kwargs, "name", &name, "default?", &fallback); err != nil {
			return nil, err
		}
		if v, found, _ := h.Get(name); found {
			return v, nil
		}
		return fallback, nil
	}), nil
}
