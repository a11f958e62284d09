package loadtest

import (
	"strings"
	"time"
	"unicode/utf8"

	"github.com/latency-pod-autoscaler/lpa/loadtest/internal/lazyregexp"
)

// expressionEnd is the index of the } that ends an expression, which s begins with; -1 if there is none. Braces in the
// expression's own texts, comments and mappings do not end it.
func expressionEnd(s string) int {
	depth := 0
	for i := 0; i < len(s); {
		if after := skipText(s, i); after > i {
			i = after
			continue
		}
		switch s[i] {
		case '{':
			depth++
		case '}':
			if depth == 0 {
				return i
			}
			depth--
		}
		i++
	}
	return -1
}

// nestedExpression is the index of a ${ outside the texts of an expression; -1 if there is none.
func nestedExpression(s string) int {
	for i := 0; i < len(s); i++ {
		if after := skipText(s, i); after > i {
			i = after - 1
		} else if strings.HasPrefix(s[i:], "${") {
			return i
		}
	}
	return -1
}

// skipText is the index after the text or comment of an expression that begins at i; i itself if none does. One without
// an end takes all that follows.
func skipText(s string, i int) int {
	upTo := func(end string, from int) int {
		if at := strings.Index(s[from:], end); at >= 0 {
			return from + at + len(end)
		}
		return len(s)
	}
	switch {
	case s[i] == '"' || s[i] == '\'':
		for j := i + 1; j < len(s); j++ {
			if s[j] == '\\' {
				j++
			} else if s[j] == s[i] {
				return j + 1
			}
		}
		return len(s)
	case s[i] == '`':
		return upTo("`", i+1)
	case strings.HasPrefix(s[i:], "/*"):
		return upTo("*/", i+2)
	case strings.HasPrefix(s[i:], "//"):
		return upTo("\n", i+2)
	}
	return i
}

// durationPattern is a duration as Go writes it, such as 500ms or 1h30m.
var durationPattern = lazyregexp.New(`^(?:[0-9]+(?:\.[0-9]+)?(?:ns|us|µs|ms|s|m|h))+`)

// standIn is what durations are replaced by: the expression language has no literals for them, but it knows letters.
const standIn = 'ð'

// hideDurations replaces each duration by a name of as many characters, so that positions stay what they are. It returns
// the durations by the index, in characters, at which they stand.
func hideDurations(s string) (hidden string, durations map[int]time.Duration) {
	var b strings.Builder
	durations = map[int]time.Duration{}
	copyTo := func(from, to int) int { b.WriteString(s[from:to]); return to }
	for i := 0; i < len(s); {
		if after := skipText(s, i); after > i {
			i = copyTo(i, after)
			continue
		}
		if !isWordPart(s[i]) {
			i = copyTo(i, i+1)
			continue
		}
		word := i
		for word < len(s) && (isWordPart(s[word]) || s[word] == '.') {
			word++
		}
		found := durationPattern().FindString(s[i:])
		d, err := time.ParseDuration(found)
		if found == "" || err != nil || len(found) < word-i {
			i = copyTo(i, word)
			continue
		}
		durations[utf8.RuneCountInString(s[:i])] = d
		b.WriteString(strings.Repeat(string(standIn), utf8.RuneCountInString(found)))
		i += len(found)
	}
	return b.String(), durations
}

// isWordPart says whether a byte belongs to a number or a name, which all bytes of letters beyond ASCII do.
func isWordPart(c byte) bool {
	return c == '_' || c >= '0' && c <= '9' || c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= utf8.RuneSelf
}
