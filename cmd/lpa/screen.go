package main

import (
	"fmt"
	"strings"
	"time"
	"unicode"

	"golang.org/x/text/width"
)

// The colours of the screen, as the parameters of the terminal's SGR sequence.
const (
	plain   = ""
	bold    = "1"
	faint   = "2"
	good    = "32"
	bad     = "31"
	notable = "33"
)

// span is a piece of a line in one colour.
type span struct{ text, colour string }

// screenLine is one line of the screen, from left to right.
type screenLine []span

// cut ends a line at the width.
func (l screenLine) cut(width int) screenLine {
	var kept screenLine
	for _, s := range l {
		fits := prefix(s.text, width)
		kept = append(kept, span{fits, s.colour})
		if len(fits) < len(s.text) {
			return kept
		}
		width -= cells(s.text)
	}
	return kept
}

// text is the line as the terminal takes it.
func (l screenLine) text(coloured bool) string {
	var b strings.Builder
	for _, s := range l {
		if coloured && s.colour != plain && s.text != "" {
			fmt.Fprintf(&b, "\x1b[%sm%s\x1b[0m", s.colour, s.text)
		} else {
			b.WriteString(s.text)
		}
	}
	return b.String()
}

// cells is how many columns a text takes: wide characters, such as Chinese ones, take two.
func cells(text string) int {
	n := 0
	for _, c := range text {
		n += cellsOf(c)
	}
	return n
}

func cellsOf(c rune) int {
	switch kind := width.LookupRune(c).Kind(); {
	case unicode.In(c, unicode.Mn, unicode.Me, unicode.Cf):
		return 0
	case kind == width.EastAsianWide || kind == width.EastAsianFullwidth:
		return 2
	}
	return 1
}

// prefix is the longest beginning of a text that takes at most so many columns.
func prefix(text string, columns int) string {
	for i, c := range text {
		if columns -= cellsOf(c); columns < 0 {
			return text[:i]
		}
	}
	return text
}

// fit is a text of exactly so many columns: filled with blanks, or cut with an ellipsis.
func fit(text string, columns int) string {
	if cells(text) > columns {
		text = prefix(text, columns-1) + "…"
	}
	return text + strings.Repeat(" ", max(columns-cells(text), 0))
}

func minutes(d time.Duration) string {
	return fmt.Sprintf("%d:%02d", int(d.Minutes()), int(d.Seconds())%60)
}

// part is how many of the cells a share fills; a share above 0 fills at least one.
func part(share float64, cells int) int {
	full := min(max(int(share*float64(cells)+0.5), 0), cells)
	if share > 0 && full == 0 {
		return 1
	}
	return full
}

// column is one value of a history, from 0 to 1.
func column(share float64, cells int, colour string) span {
	levels := []rune("▁▂▃▄▅▆▇█")
	level := min(max(int(share*float64(len(levels))), 0), len(levels)-1)
	return span{strings.Repeat(string(levels[level]), cells), colour}
}

// wrap breaks a text at blanks; what does not fit into the lines ends in an ellipsis.
func wrap(text string, width, most int) []string {
	var lines []string
	line := ""
	for _, word := range strings.Fields(text) {
		if line != "" && cells(line+" "+word) > width {
			lines, line = append(lines, line), ""
		}
		line = strings.TrimPrefix(line+" "+word, " ")
	}
	if line != "" {
		lines = append(lines, line)
	}
	if len(lines) > most {
		lines = lines[:most]
		lines[most-1] += " …"
	}
	return lines
}
