package loadtest

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"math/big"
	"slices"
	"strings"

	"github.com/tidwall/gjson"
	"go.starlark.net/starlark"
)

// maxJSONDepth is how deep lists and dicts may lie in one another: enough for any real document, and an end for those that
// contain themselves or come from a service that means harm, as each level is read once more than the one around it.
const maxJSONDepth = 100

// appendJSON writes a value of the script as JSON as a YAML script's json is written, with the names of dicts in order.
func appendJSON(to []byte, v starlark.Value, depth int) ([]byte, error) {
	if depth > maxJSONDepth {
		return nil, fmt.Errorf("must not be deeper than %d levels; does it contain itself?", maxJSONDepth)
	}
	switch v := v.(type) {
	case starlark.NoneType:
		return append(to, "null"...), nil
	case starlark.Bool:
		if v {
			return append(to, "true"...), nil
		}
		return append(to, "false"...), nil
	case starlark.Int:
		return append(to, v.String()...), nil
	case starlark.Float:
		if math.IsNaN(float64(v)) || math.IsInf(float64(v), 0) {
			return nil, fmt.Errorf("must hold finite numbers, got %s", v)
		}
		return append(to, v.String()...), nil
	case starlark.String:
		return appendJSONText(to, string(v)), nil
	case *starlark.Dict:
		return appendJSONObject(to, v, depth)
	case *starlark.List, starlark.Tuple, *starlark.Set:
		return appendJSONArray(to, v.(starlark.Iterable), depth)
	}
	return nil, fmt.Errorf("must hold only dicts, lists, texts, numbers, booleans and None, got %s", v.Type())
}

func appendJSONText(to []byte, s string) []byte {
	if !strings.ContainsFunc(s, needsEscape) {
		return append(append(append(to, '"'), s...), '"')
	}
	var quoted bytes.Buffer
	encoder := json.NewEncoder(&quoted)
	encoder.SetEscapeHTML(false)
	_ = encoder.Encode(s) // texts can always be written
	return append(to, bytes.TrimSuffix(quoted.Bytes(), []byte("\n"))...)
}

// needsEscape says whether encoding/json may write a character otherwise than as it is.
func needsEscape(c rune) bool { return c < ' ' || c > '~' || c == '"' || c == '\\' }

func appendJSONObject(to []byte, dict *starlark.Dict, depth int) ([]byte, error) {
	items := dict.Items()
	for _, item := range items {
		if _, ok := item[0].(starlark.String); !ok {
			return nil, fmt.Errorf("must have texts as the keys of dicts, got %s", shown(item[0]))
		}
	}
	slices.SortFunc(items, func(a, b starlark.Tuple) int {
		return strings.Compare(string(a[0].(starlark.String)), string(b[0].(starlark.String)))
	})
	to = append(to, '{')
	var err error
	for i, item := range items {
		if i > 0 {
			to = append(to, ',')
		}
		to = append(appendJSONText(to, string(item[0].(starlark.String))), ':')
		if to, err = appendJSON(to, item[1], depth+1); err != nil {
			return nil, err
		}
	}
	return append(to, '}'), nil
}

func appendJSONArray(to []byte, items starlark.Iterable, depth int) ([]byte, error) {
	to = append(to, '[')
	var err error
	first := true
	for item := range starlark.Elements(items) {
		if !first {
			to = append(to, ',')
		}
		first = false
		if to, err = appendJSON(to, item, depth+1); err != nil {
			return nil, err
		}
	}
	return append(to, ']'), nil
}

// starFromJSON makes a JSON document a value of the script.
func starFromJSON(document []byte) (starlark.Value, error) {
	if !json.Valid(document) {
		return nil, errors.New("must be JSON")
	}
	return fromJSON(gjson.ParseBytes(document), 0)
}

func fromJSON(r gjson.Result, depth int) (starlark.Value, error) {
	if depth > maxJSONDepth {
		return nil, fmt.Errorf("must not be deeper than %d levels", maxJSONDepth)
	}
	switch r.Type {
	case gjson.False, gjson.True:
		return starlark.Bool(r.Type == gjson.True), nil
	case gjson.String:
		return starlark.String(r.Str), nil
	case gjson.Number:
		return numberFromJSON(r)
	case gjson.JSON:
		if r.IsArray() {
			return listFromJSON(r, depth)
		}
		return dictFromJSON(r, depth)
	}
	return starlark.None, nil
}

// numberFromJSON is an int if the number is written as one, however large.
func numberFromJSON(r gjson.Result) (starlark.Value, error) {
	if strings.ContainsAny(r.Raw, ".eE") {
		return starlark.Float(r.Num), nil
	}
	if n := int64(r.Num); float64(n) == r.Num && math.Abs(r.Num) < 1<<53 {
		return starlark.MakeInt64(n), nil
	}
	const longest = 1000 // digits; reading takes the square of it
	n, ok := new(big.Int).SetString(r.Raw, 10)
	if len(r.Raw) > longest || !ok {
		return starlark.Float(r.Num), nil
	}
	return starlark.MakeBigInt(n), nil
}

func listFromJSON(r gjson.Result, depth int) (starlark.Value, error) {
	var items []starlark.Value
	var err error
	r.ForEach(func(_, value gjson.Result) bool {
		var item starlark.Value
		item, err = fromJSON(value, depth+1)
		items = append(items, item)
		return err == nil
	})
	if err != nil {
		return nil, err
	}
	return starlark.NewList(items), nil
}

func dictFromJSON(r gjson.Result, depth int) (starlark.Value, error) {
	dict := starlark.NewDict(0)
	var err error
	r.ForEach(func(key, value gjson.Result) bool {
		var item starlark.Value
		if item, err = fromJSON(value, depth+1); err == nil {
			err = dict.SetKey(starlark.String(key.String()), item)
		}
		return err == nil
	})
	if err != nil {
		return nil, err
	}
	return dict, nil
}

// decodeJSON is json.decode(text, default).
func decodeJSON(_ *starlark.Thread, b *starlark.Builtin, args starlark.Tuple, kwargs []starlark.Tuple) (starlark.Value, error) {
	var text string
	var fallback starlark.Value
	if err := starlark.UnpackArgs(b.Name(), args, kwargs, "text", &text, "default?", &fallback); err != nil {
		return nil, err
	}
	v, err := starFromJSON([]byte(text))
	switch {
	case err == nil:
		return v, nil
	case fallback != nil:
		return fallback, nil
	}
	return nil, fmt.Errorf("json.decode: %w", err)
}
