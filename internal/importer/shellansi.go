package importer

import (
	"strconv"
	"strings"
	"unicode/utf8"
)

// ansiEscapes are the escapes of bash's $'…' that stand for one character.
var ansiEscapes = map[byte]byte{'n': '\n', 't': '\t', 'r': '\r', 'a': '\a', 'b': '\b', 'e': 0x1b, 'E': 0x1b, 'f': '\f', 'v': '\v',
	'\\': '\\', '\'': '\'', '"': '"', '?': '?'}

// ansi reads what follows a $'. Browsers copy texts with line breaks or other than ASCII this way.
func (s *shellReader) ansi(b *strings.Builder, start position) {
	for s.rest != "" {
		switch {
		case s.take("'"):
			return
		case len(s.rest) > 1 && s.rest[0] == '\\':
			s.ansiEscape(b)
		default:
			b.WriteString(s.character())
		}
	}
	s.complain(start, "the quote is not closed", "")
}

// ansiEscape reads a \ and what belongs to it.
func (s *shellReader) ansiEscape(b *strings.Builder) {
	kind := s.rest[1]
	if c, known := ansiEscapes[kind]; known {
		s.take(s.rest[:2])
		b.WriteByte(c)
		return
	}
	switch kind {
	case 'x':
		s.ansiNumber(b, 2, 16, 2, false)
	case 'u':
		s.ansiNumber(b, 2, 16, 4, true)
	case 'U':
		s.ansiNumber(b, 2, 16, 8, true)
	case '0', '1', '2', '3', '4', '5', '6', '7':
		s.ansiNumber(b, 1, 8, 3, false)
	default:
		b.WriteString(s.character()) // bash keeps the \ of what it does not know
	}
}

// ansiNumber reads the number of a character, of up to most digits after skip bytes.
func (s *shellReader) ansiNumber(b *strings.Builder, skip, base, most int, isRune bool) {
	digits := 0
	for digits < most && skip+digits < len(s.rest) {
		if _, err := strconv.ParseUint(s.rest[skip+digits:skip+digits+1], base, 8); err != nil {
			break
		}
		digits++
	}
	n, err := strconv.ParseUint(s.rest[skip:skip+digits], base, 32)
	if err != nil {
		b.WriteString(s.character()) // no digits: not an escape
		return
	}
	s.take(s.rest[:skip+digits])
	switch {
	case !isRune:
		b.WriteByte(byte(n))
	case n <= utf8.MaxRune:
		b.WriteRune(rune(n))
	default:
		b.WriteRune(utf8.RuneError)
	}
}
