package loadtest

import (
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"strings"
	"unicode/utf8"

	starlarkjson "go.starlark.net/lib/json"
	"go.starlark.net/starlark"
	"go.starlark.net/starlarkstruct"
	"go.starlark.net/syntax"
)

// maxDataFile is the largest file that a script can read, and the largest text that csv.rows takes.
const maxDataFile = 16 << 20

// open is open(name): the text of a file in the script's folder.
func (l *starLoader) open(thread *starlark.Thread, b *starlark.Builtin, args starlark.Tuple, kwargs []starlark.Tuple) (starlark.Value, error) {
	var name string
	if err := starlark.UnpackArgs(b.Name(), args, kwargs, "name", &name); err != nil {
		return nil, err
	}
	if thread.Local(loaderKey) == nil {
		return nil, errors.New("open: files are read once, at the top level of the script; keep the text in a variable there")
	}
	data, err := l.read(name, maxDataFile)
	switch {
	case err != nil:
		return nil, fmt.Errorf("open: %w, got %q", err, name)
	case !utf8.Valid(data):
		return nil, fmt.Errorf("open: must be a file of UTF-8 text, got %q", name)
	}
	return starlark.String(data), nil
}

// lookup is env(name, default): an environment variable.
func (s *starScript) lookup(thread *starlark.Thread, b *starlark.Builtin, args starlark.Tuple, kwargs []starlark.Tuple) (starlark.Value, error) {
	var name string
	var fallback starlark.Value
	if err := starlark.UnpackArgs(b.Name(), args, kwargs, "name", &name, "default?", &fallback); err != nil {
		return nil, err
	}
	if value, set := s.env(name); set {
		if l, loading := thread.Local(loaderKey).(*starLoader); loading {
			l.plan.secrets.add(value)
		}
		return starlark.String(value), nil
	}
	if fallback == nil {
		return nil, errors.New(notSet(name))
	}
	return fallback, nil
}

func notSet(name string) string {
	return fmt.Sprintf("env: the environment variable %s is not set, and there is no default", name)
}

// requireVariables reports every env("NAME") of a file, within functions too, whose variable is not set: a run is no time
// to find out. Dry runs do not show the values of the others.
func (l *starLoader) requireVariables(file *syntax.File) {
	syntax.Walk(file, func(n syntax.Node) bool {
		call, ok := n.(*syntax.CallExpr)
		if !ok || len(call.Args) == 0 {
			return true
		}
		function, ok := call.Fn.(*syntax.Ident)
		if !ok || function.Name != "env" || scopeOf(function) != predeclared {
			return true
		}
		if name, ok := literal(call.Args[0]); ok {
			value, set := l.script.env(name)
			if !set && len(call.Args) == 1 {
				l.refuseAt(call.Lparen, "%s", notSet(name))
			}
			l.plan.secrets.add(value)
		}
		return true
	})
}

// starJSON is the json module, whose decode takes no more depth than the answers of a service may have.
var starJSON = &starlarkstruct.Module{Name: "json", Members: starlark.StringDict{
	"encode": starlarkjson.Module.Members["encode"],
	"decode": starlark.NewBuiltin("json.decode", decodeJSON),
}}

// starCSV is the csv module.
var starCSV = &starlarkstruct.Module{Name: "csv", Members: starlark.StringDict{"rows": starlark.NewBuiltin("csv.rows", csvRows)}}

// csvRows is csv.rows(text, delimiter): a list of dicts by the names in the first line.
func csvRows(_ *starlark.Thread, b *starlark.Builtin, args starlark.Tuple, kwargs []starlark.Tuple) (starlark.Value, error) {
	var text string
	delimiter := ","
	if err := starlark.UnpackArgs(b.Name(), args, kwargs, "text", &text, "delimiter?", &delimiter); err != nil {
		return nil, err
	}
	comma, size := utf8.DecodeRuneInString(delimiter)
	switch {
	case len(text) > maxDataFile:
		return nil, fmt.Errorf("csv.rows: text: must have at most %d bytes", maxDataFile)
	case size != len(delimiter) || size == 0 || strings.ContainsRune("\"\r\n\uFFFD", comma):
		return nil, argumentError("csv.rows", "delimiter", "must be a single character", starlark.String(delimiter))
	}
	reader := csv.NewReader(strings.NewReader(strings.TrimPrefix(text, "\uFEFF"))) // spreadsheets begin UTF-8 with a mark
	reader.Comma = comma
	names, err := reader.Read()
	if err == io.EOF {
		return starlark.NewList(nil), nil
	}
	var rows []starlark.Value
	for err == nil {
		var values []string
		if values, err = reader.Read(); err == nil {
			rows = append(rows, csvRow(names, values))
		}
	}
	if err != io.EOF {
		return nil, fmt.Errorf("csv.rows: %w", err)
	}
	return starlark.NewList(rows), nil
}

func csvRow(names, values []string) starlark.Value {
	row := starlark.NewDict(len(names))
	for i, name := range names {
		_ = row.SetKey(starlark.String(name), starlark.String(values[i])) // a new dict takes texts
	}
	return row
}
