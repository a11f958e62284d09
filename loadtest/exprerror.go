package loadtest

import (
	"errors"
	"reflect"
	"strings"

	"github.com/expr-lang/expr/file"
	"github.com/latency-pod-autoscaler/lpa/loadtest/internal/lazyregexp"
)

// mistake is something wrong with an expression, offset characters after its start; bytes once compile has returned it.
type mistake struct {
	offset  int
	message string
}

// asMistake is an error of the expression package in the words of scripts.
func asMistake(err error) *mistake {
	var at *file.Error
	if errors.As(err, &at) {
		return &mistake{at.Location.From, reword(at.Message)}
	}
	return &mistake{0, reword(err.Error())}
}

func reword(message string) string {
	first, _, _ := strings.Cut(message, "\n")
	if m := unexpectedToken().FindStringSubmatch(first); m != nil {
		return unexpected(m[1], m[2])
	}
	switch {
	case strings.Contains(first, "interface conversion"):
		return "a value is of the wrong kind: " + conversion(first)
	case strings.Contains(first, "memory budget exceeded"):
		return errTooLarge.Error()
	case strings.HasPrefix(first, "runtime error") || strings.HasPrefix(first, "reflect"):
		return "a value is of the wrong kind"
	}
	return strings.TrimSpace(withoutTypes(first))
}

// unexpectedToken is how the parser says that something does not belong where it stands.
var unexpectedToken = lazyregexp.New(`^unexpected token (\w+)(?:\("(.*)"\))?`)

func unexpected(kind, token string) string {
	switch {
	case kind == "EOF":
		return "the end is missing"
	case token == "=":
		return "unexpected =; equality is written =="
	}
	return "unexpected " + token
}

// conversion shortens Go's complaint, "interface conversion: interface {} is nil, not string".
func conversion(message string) string {
	_, what, _ := strings.Cut(message, " is ")
	got, want, _ := strings.Cut(what, ", not ")
	if got == "nil" {
		got = "nothing"
	}
	return withoutTypes(got + " instead of " + want)
}

// byteOffset turns an offset in characters into one in bytes.
func byteOffset(s string, characters int) int {
	for i := range s {
		if characters == 0 {
			return i
		}
		characters--
	}
	return len(s)
}

// goTypes are the names of Go's types, which nobody who writes a script should have to know.
var goTypes = lazyregexp.New(`\b(?:int|float|string)\(|map\[string\]interface \{\}|map\[string\]string|map\[string\]any|\[\](?:interface \{\}|any|int|string|uint8)|interface \{\}|` +
	`\btime\.Duration\b|\btime\.Time\b|\bfloat64\b|\bint64\b|\bint\b|\bstring\b|\bbool\b|<nil>`)

var typeWords = map[string]string{"interface {}": "something", "time.Duration": "a duration", "time.Time": "a time", "float64": "a number",
	"int64": "a number", "int": "a whole number", "string": "text", "bool": "true or false", "<nil>": "nothing"}

// withoutTypes puts words for the types of Go that a message names.
func withoutTypes(message string) string {
	return goTypes().ReplaceAllStringFunc(message, func(name string) string {
		switch word := typeWords[name]; {
		case word != "":
			return word
		case name[len(name)-1] == '(':
			return name // a function of the language
		case name[0] == 'm':
			return "a mapping"
		}
		return "a list"
	})
}

// typeName is the word for a type.
func typeName(t reflect.Type) string { return withoutTypes(t.String()) }

// kindOf is the word for a value's type.
func kindOf(value any) string {
	if value == nil {
		return "nothing"
	}
	return typeName(reflect.TypeOf(value))
}
