package loadtest

import (
	"fmt"
	"net/url"
	"strings"
)

// text is a script's string with its ${…} compiled. What is known when the script is read, such as the environment, is
// put in then, so that running it costs a concatenation at most.
type text struct {
	constant string // the whole text, if parts is empty
	parts    []textPart
}

// textPart is a literal or, if there is one, an expression.
type textPart struct {
	literal    string
	expression *expression
}

func constantText(s string) text { return text{constant: s} }

func (t *text) isConstant() bool { return len(t.parts) == 0 }

// isOneLine says whether the text can be a header's value, as far as it is known before it runs.
func (t *text) isOneLine() bool {
	for _, part := range t.parts {
		if !isOneLine(part.literal) {
			return false
		}
	}
	return isOneLine(t.constant)
}

func isOneLine(s string) bool { return !strings.ContainsAny(s, "\r\n\x00") }

// captures says whether the text may hold a value out of an earlier answer.
func (t *text) captures() []int {
	var all []int
	for _, part := range t.parts {
		if part.expression != nil {
			all = append(all, part.expression.uses.captures...)
		}
	}
	return all
}

// expand is the text for a user at this moment.
func (t *text) expand(u *user) (string, error) {
	if t.isConstant() {
		return t.constant, nil
	}
	b, err := t.append(make([]byte, 0, 64), u)
	return string(b), err
}

func (t *text) append(b []byte, u *user) ([]byte, error) {
	if t.isConstant() {
		return append(b, t.constant...), nil
	}
	for _, part := range t.parts {
		b = append(b, part.literal...)
		if part.expression == nil {
			continue
		}
		var err error
		if b, err = part.expression.append(b, u); err != nil {
			return nil, err
		}
	}
	return b, nil
}

// append appends what the expression yields for a user at this moment.
func (e *expression) append(b []byte, u *user) ([]byte, error) {
	value, err := e.eval(u)
	if err == nil {
		b, err = appendText(b, value)
	}
	if err != nil {
		return nil, fmt.Errorf("${%s}: %w", e.source, err)
	}
	return b, nil
}

// address is the text as a path or an address. What expressions yield is escaped where it could not stand in one, unless
// the text begins with it: that is a link, as out of an answer.
func (t *text) address(u *user) (string, error) {
	if t.isConstant() {
		return t.constant, nil
	}
	b := make([]byte, 0, 128)
	for i, part := range t.parts {
		b = append(b, part.literal...)
		if part.expression == nil {
			continue
		}
		start := len(b)
		var err error
		if b, err = part.expression.append(b, u); err != nil {
			return "", err
		}
		if isLink := i == 0 && start == 0; !isLink || hasBlanks(b[start:]) {
			b = append(b[:start], escapeAddress(string(b[start:]), !isLink)...)
		}
	}
	return string(b), nil
}

func hasBlanks(b []byte) bool {
	for _, c := range b {
		if c <= ' ' || c >= 0x7f {
			return true
		}
	}
	return false
}

// escapeAddress percent-encodes what cannot stand in an address (RFC 3986 §2); data also what would end its path, # and
// a % that encodes nothing. What divides addresses, / ? & = and +, stays as it is.
func escapeAddress(s string, data bool) string {
	var b strings.Builder
	for i := range len(s) {
		c := s[i]
		switch {
		case c <= ' ', c >= 0x7f, strings.IndexByte("\"<>\\^`{|}", c) >= 0,
			data && (c == '#' || c == '%' && !isEscape(s[i:])):
			fmt.Fprintf(&b, "%%%02X", c)
		default:
			b.WriteByte(c)
		}
	}
	return b.String()
}

func isEscape(s string) bool {
	if len(s) < 3 {
		return false
	}
	_, err := url.PathUnescape(s[:3])
	return err == nil
}

// value is what the text stands for in JSON: a single expression keeps its type.
func (t *text) value(u *user) (any, error) {
	if len(t.parts) != 1 || t.parts[0].literal != "" {
		return t.expand(u)
	}
	value, err := t.parts[0].expression.eval(u)
	if err != nil {
		return nil, fmt.Errorf("${%s}: %w", t.parts[0].expression.source, err)
	}
	return jsonValue(value), nil
}

// parseText compiles the ${…} of a text; $${ stands for a literal ${. The mistakes' offsets are those of bytes in s.
func (s *scope) parseText(source string) (text, []*mistake) {
	var t text
	var literal strings.Builder
	var mistakes []*mistake
	for rest := source; ; {
		before, after, found := strings.Cut(rest, "${")
		if found && strings.HasSuffix(before, "$") {
			literal.WriteString(before + "{")
			rest = after
			continue
		}
		literal.WriteString(before)
		if !found {
			break
		}
		start, end := len(source)-len(after), expressionEnd(after)
		if end < 0 {
			return t, append(mistakes, &mistake{start - 2, "${ without its }; write $${ for the characters themselves"})
		}
		e, wrong := s.compile(after[:end], false)
		for _, m := range wrong {
			mistakes = append(mistakes, &mistake{start + m.offset, m.message})
		}
		rest = after[end+1:]
		if e == nil {
			continue
		}
		whole := start == 2 && rest == ""
		if err := t.add(&literal, e, whole); err != nil {
			mistakes = append(mistakes, &mistake{start, err.Error()})
		}
	}
	if len(t.parts) == 0 {
		return constantText(literal.String()), mistakes
	}
	if literal.Len() > 0 {
		t.parts = append(t.parts, textPart{literal: literal.String()})
	}
	return t, mistakes
}

// add puts an expression behind the literal before it. A constant becomes part of the literal, unless it is the whole
// text and no text itself: JSON wants its type.
func (t *text) add(literal *strings.Builder, e *expression, whole bool) error {
	if _, isText := e.value.(string); e.program == nil && (isText || !whole) {
		b, err := appendText(nil, e.value)
		literal.Write(b)
		return err
	}
	t.parts = append(t.parts, textPart{literal: literal.String(), expression: e})
	literal.Reset()
	return nil
}
