package importer

import (
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/latency-pod-autoscaler/lpa/loadtest/strictyaml"
)

// shellWord is one word of a command with its quotes taken off.
type shellWord struct {
	text string
	at   position
}

// shellReader splits a text into commands and words as a POSIX shell does, with the $'…' of bash. Nothing is run or looked
// up: variables, substitutions, pipes and redirections are mistakes here.
type shellReader struct {
	source   source
	rest     string
	at       position
	commands [][]shellWord
	command  []shellWord
	problems strictyaml.Problems
}

// splitCommands reads the commands of a text, which newlines, ; and && separate.
func splitCommands(src source, text string) ([][]shellWord, strictyaml.Problems) {
	s := shellReader{source: src, rest: text, at: position{1, 1}}
	for s.rest != "" && len(s.problems) == 0 {
		s.next()
	}
	s.end()
	return s.commands, s.problems
}

// next reads a separator, a comment or a word.
func (s *shellReader) next() {
	switch {
	case strings.ContainsRune(" \t\r", rune(s.rest[0])):
		s.take(s.rest[:len(s.rest)-len(strings.TrimLeft(s.rest, " \t\r"))])
	case s.take("\\\n"), s.take("\\\r\n"):
	case s.take("\n"), s.take(";"), s.take("&&"):
		s.end()
	case s.rest[0] == '#':
		line, _, _ := strings.Cut(s.rest, "\n")
		s.take(line)
	case strings.ContainsRune("&|<>()", rune(s.rest[0])):
		s.complain(s.at, "must be in quotes, or be left out: only the requests of curl commands are read", strconv.Quote(s.rest[:1]))
	default:
		s.word()
	}
}

// end finishes a command.
func (s *shellReader) end() {
	if len(s.command) > 0 {
		s.commands = append(s.commands, s.command)
	}
	s.command = nil
}

// word reads up to the next space or operator outside of quotes.
func (s *shellReader) word() {
	start := s.at
	var b strings.Builder
	for s.rest != "" && len(s.problems) == 0 {
		at := s.at
		switch {
		case s.take("\\\n"), s.take("\\\r\n"):
		case strings.ContainsRune(" \t\r\n;&|<>()", rune(s.rest[0])):
			s.command = append(s.command, shellWord{b.String(), start})
			return
		case s.take("'"):
			b.WriteString(s.until("'", at))
		case s.take(`$'`):
			s.ansi(&b, at)
		case s.take(`"`), s.take(`$"`):
			s.double(&b, at)
		case s.take(`\`):
			b.WriteString(s.character())
		case s.isExpansion():
			s.complain(at, "must be written out: a variable or a command within a command is not looked up; for a literal $, write it in single quotes", "")
		default:
			b.WriteString(s.plain())
		}
	}
	s.command = append(s.command, shellWord{b.String(), start})
}

// double reads what follows a ".
func (s *shellReader) double(b *strings.Builder, start position) {
	for s.rest != "" {
		at := s.at
		switch {
		case s.take(`"`):
			return
		case s.take("\\\n"), s.take("\\\r\n"):
		case len(s.rest) > 1 && s.rest[0] == '\\' && strings.IndexByte("\"\\$`", s.rest[1]) >= 0:
			b.WriteByte(s.rest[1])
			s.take(s.rest[:2])
		case s.isExpansion():
			s.complain(at, "must be written out: a variable or a command within a command is not looked up; for a literal $, write it in single quotes", "")
			return
		default:
			b.WriteString(s.plain())
		}
	}
	s.complain(start, "the quote is not closed", "")
}

// until reads up to a closing quote.
func (s *shellReader) until(quote string, start position) string {
	text, _, closed := strings.Cut(s.rest, quote)
	if !closed {
		s.complain(start, "the quote is not closed", "")
	}
	s.take(text)
	s.take(quote)
	return text
}

// isExpansion says whether a shell would replace what comes next.
func (s *shellReader) isExpansion() bool {
	if s.rest[0] == '`' {
		return true
	}
	return len(s.rest) > 1 && s.rest[0] == '$' && (isLetter(s.rest[1]) || strings.IndexByte("_{(0123456789@*#?!$-", s.rest[1]) >= 0)
}

func isLetter(c byte) bool { return 'a' <= c|0x20 && c|0x20 <= 'z' }

// take goes past a text if it comes next.
func (s *shellReader) take(text string) bool {
	if !strings.HasPrefix(s.rest, text) {
		return false
	}
	s.rest = s.rest[len(text):]
	if n := strings.Count(text, "\n"); n > 0 {
		s.at.line += n
		s.at.column = 1
		text = text[strings.LastIndexByte(text, '\n')+1:]
	}
	s.at.column += utf8.RuneCountInString(text)
	return true
}

// plain takes the next character, whatever it is, and those after it that mean nothing to a shell.
func (s *shellReader) plain() string {
	_, size := utf8.DecodeRuneInString(s.rest)
	text := s.rest
	if end := strings.IndexAny(s.rest[size:], " \t\r\n;&|<>()'\"$`\\"); end >= 0 {
		text = s.rest[:size+end]
	}
	s.take(text)
	return text
}

// character takes the next one; nothing at the end.
func (s *shellReader) character() string {
	_, size := utf8.DecodeRuneInString(s.rest)
	c := s.rest[:size]
	s.take(c)
	return c
}

func (s *shellReader) complain(at position, rule, got string) {
	s.problems = append(s.problems, s.source.problem(at, "", rule, got))
}
