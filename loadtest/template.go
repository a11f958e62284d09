package loadtest

import (
	"fmt"
	"strconv"
	"strings"
)

// text is a script's string with its ${…} compiled. What depends on the environment only is resolved when the script is
// read, so that running it costs a string concatenation at most.
type text struct {
	constant string // the whole text, if parts is empty
	parts    []textPart
}

// textPart is a literal or, with vuID, the number of the user.
type textPart struct {
	literal string
	vuID    bool
}

func constantText(s string) text { return text{constant: s} }

func (t text) isConstant() bool { return len(t.parts) == 0 }

// isOneLine says whether the text can be a header's value, as far as it is known before it runs.
func (t text) isOneLine() bool {
	for _, part := range t.parts {
		if !isOneLine(part.literal) {
			return false
		}
	}
	return isOneLine(t.constant)
}

func isOneLine(s string) bool { return !strings.ContainsAny(s, "\r\n\x00") }

func (t text) expand(vuID int) string {
	if t.isConstant() {
		return t.constant
	}
	var b strings.Builder
	for _, part := range t.parts {
		if part.vuID {
			b.WriteString(strconv.Itoa(vuID))
		} else {
			b.WriteString(part.literal)
		}
	}
	return b.String()
}

// parseText compiles ${env.NAME} and ${vu.id}; $${ stands for a literal ${.
func parseText(s string, env func(string) (string, bool)) (text, error) {
	var parts []textPart
	var literal strings.Builder
	dynamic := false
	for {
		at := strings.Index(s, "${")
		if at < 0 {
			literal.WriteString(s)
			break
		}
		if at > 0 && s[at-1] == '$' {
			literal.WriteString(s[:at-1] + "${")
			s = s[at+2:]
			continue
		}
		literal.WriteString(s[:at])
		end := strings.IndexByte(s[at:], '}')
		if end < 0 {
			return text{}, fmt.Errorf("${ without its }; write $${ for the characters themselves")
		}
		expression := strings.TrimSpace(s[at+2 : at+end])
		s = s[at+end+1:]
		switch name, isEnv := strings.CutPrefix(expression, "env."); {
		case expression == "vu.id":
			dynamic = true
			parts = append(parts, textPart{literal: literal.String()}, textPart{vuID: true})
			literal.Reset()
		case isEnv && name != "":
			value, set := env(name)
			if !set {
				return text{}, fmt.Errorf("the environment variable %s is not set", name)
			}
			literal.WriteString(value)
		default:
			return text{}, fmt.Errorf("${%s} is not known; there are ${env.NAME} and ${vu.id}", expression)
		}
	}
	if !dynamic {
		return constantText(literal.String()), nil
	}
	return text{parts: append(parts, textPart{literal: literal.String()})}, nil
}
