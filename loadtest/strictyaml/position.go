package strictyaml

import (
	"strings"
	"unicode/utf8"

	"go.yaml.in/yaml/v3"
)

// RefuseAt is Refuse for something within the value's text, offset bytes from its start: an expression, say.
func (v Value) RefuseAt(offset int, format string, args ...any) {
	at := v
	if line, column, ok := v.within(offset); ok {
		node := *v.node
		node.Line, node.Column = line, column
		at.node = &node
	}
	at.Refuse(format, args...)
}

// within is where a byte of the value's text stands in the file; ok is false where that cannot be told, as in folded text.
func (v Value) within(offset int) (line, column int, ok bool) {
	if _, elsewhere := v.doc.files[v.node]; elsewhere || v.node.Kind != yaml.ScalarNode || offset > len(v.node.Value) {
		return 0, 0, false
	}
	switch style := v.node.Style; style {
	case yaml.LiteralStyle:
		return v.withinLiteral(offset)
	case yaml.DoubleQuotedStyle, yaml.SingleQuotedStyle, 0:
		return v.withinLine(offset, style)
	}
	return 0, 0, false
}

// withinLiteral looks for the line of a block that begins with |, which has the text's line at its end.
func (v Value) withinLiteral(offset int) (line, column int, ok bool) {
	before := v.node.Value[:offset]
	nth := strings.Count(before, "\n")
	inLine := before[strings.LastIndexByte(before, '\n')+1:]
	text, _, _ := strings.Cut(v.node.Value[len(before)-len(inLine):], "\n")
	raw := v.doc.line(v.node.Line + 1 + nth)
	if !strings.HasSuffix(raw, text) {
		return 0, 0, false
	}
	return v.node.Line + 1 + nth, utf8.RuneCountInString(raw) - utf8.RuneCountInString(text) + utf8.RuneCountInString(inLine) + 1, true
}

// withinLine walks along a text that stands on one line, past what its quotes write in another way.
func (v Value) withinLine(offset int, style yaml.Style) (line, column int, ok bool) {
	raw := []rune(v.doc.line(v.node.Line))
	at := v.node.Column - 1
	if style != 0 {
		at++ // the quote
	}
	for _, want := range v.node.Value[:offset] {
		if at >= len(raw) {
			return 0, 0, false
		}
		width := writtenWidth(raw[at:], style)
		if width == 1 && raw[at] != want {
			return 0, 0, false // an alias, or a line break
		}
		at += width
	}
	return v.node.Line, at + 1, at < len(raw)
}

// writtenWidth is how many characters of the file stand for the next one of a text.
func writtenWidth(raw []rune, style yaml.Style) int {
	switch {
	case style == yaml.SingleQuotedStyle && raw[0] == '\'':
		return 2
	case style == yaml.DoubleQuotedStyle && raw[0] == '\\' && len(raw) > 1:
		switch raw[1] {
		case 'x':
			return 4
		case 'u':
			return 6
		case 'U':
			return 10
		}
		return 2
	}
	return 1
}

// line is a line of the document's own file, without its end.
func (d *Document) line(number int) string {
	if number < 1 || number > len(d.lines) {
		return ""
	}
	return strings.TrimSuffix(d.lines[number-1], "\r")
}
