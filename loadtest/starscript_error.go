package loadtest

import (
	"errors"
	"fmt"
	"strings"

	"go.starlark.net/starlark"
	"go.starlark.net/syntax"
)

// mishap is a mistake of a script that shows when it runs: where, what, and by which way it got there.
type mishap struct {
	at    syntax.Position
	text  string
	stack []starlark.CallFrame // of the script's own functions, outermost first
}

func newMishap(err *starlark.EvalError) mishap {
	m := mishap{text: hinted(strings.TrimPrefix(err.Msg, "Starlark computation cancelled: "))}
	for _, frame := range err.CallStack {
		if frame.Pos.Filename() != "<builtin>" {
			m.stack = append(m.stack, frame)
			m.at = frame.Pos
		}
	}
	return m
}

// topLevel is what the interpreter calls the code outside of all functions.
const topLevel = "<toplevel>"

// inside is such as ` (in pick, called from tasks.star:20:3 in browse)`, and nothing for a mistake at the top level.
func (m mishap) inside() string {
	trace := m.trace()
	if trace == "" {
		return ""
	}
	return " (" + trace + ")"
}

func (m mishap) trace() string {
	var parts []string
	for i := len(m.stack) - 1; i >= 0; i-- {
		frame := m.stack[i]
		part := ""
		if len(parts) > 0 {
			part = "called from " + frame.Pos.String()
		}
		if frame.Name != topLevel {
			part = strings.TrimSpace(part + " in " + frame.Name)
		}
		if part != "" {
			parts = append(parts, part)
		}
	}
	return strings.Join(parts, ", ")
}

// Error is such as `tasks.star:12:5 in browse: key "x" not in dict`.
func (m mishap) Error() string {
	return strings.TrimSpace(m.at.String()+" "+m.trace()) + ": " + m.text
}

// hinted adds what to do instead to the mistakes that those make who come from other languages.
func hinted(text string) string {
	switch {
	case strings.Contains(text, "frozen"):
		return text + "; what is made at the top level is shared by all users and cannot be changed: keep what a user remembers in user.state"
	case strings.HasPrefix(text, "can't assign to .") && strings.HasSuffix(text, "field of user"):
		return text + "; keep what a user remembers in user.state"
	case strings.HasPrefix(text, "local variable") && strings.HasSuffix(text, "referenced before assignment"):
		return text + "; a function cannot assign to a variable of the top level: keep what a user remembers in user.state"
	}
	return text
}

// These end a call of the script's function without being a mistake.
var (
	errAbort = errors.New("user.abort() was called")
	errStop  = errors.New("user.stop() was called")
	errEnded = errors.New("the run is over")
)

// argumentError says which argument of a function breaks which rule.
func argumentError(function, parameter, rule string, got starlark.Value) error {
	return fmt.Errorf("%s: %s: %s, got %s", function, parameter, rule, shown(got))
}

// shown is a value as a message quotes it.
func shown(v starlark.Value) string {
	const longest = 80
	text := v.String()
	if len(text) > longest {
		text = strings.ToValidUTF8(text[:longest], "") + "…"
	}
	return text
}
