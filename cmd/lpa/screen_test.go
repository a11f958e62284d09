package main

import (
	"testing"

	"github.com/stretchr/testify/require"
)

func TestColours(t *testing.T) {
	line := screenLine{{"p95", bold}, {" is ", plain}, {"over", bad}, {"", good}}
	require.Equal(t, "\x1b[1mp95\x1b[0m is \x1b[31mover\x1b[0m", line.text(true))
	require.Equal(t, "p95 is over", line.text(false))
}

func TestWrap(t *testing.T) {
	for _, test := range []struct {
		text string
		want []string
	}{
		{"", nil},
		{"one", []string{"one"}},
		{"one two  three", []string{"one two", "three"}},
		{"unbreakable words", []string{"unbreakable", "words"}},
		{"one two three four five six seven", []string{"one two", "three …"}},
	} {
		require.Equal(t, test.want, wrap(test.text, 8, 2), test.text)
	}
}

func TestCellsOfText(t *testing.T) {
	for text, want := range map[string]int{"": 0, "abc": 3, "日本": 4, "é": 1, "e\u0301": 1, "\u200b": 0, "█": 1} {
		require.Equal(t, want, cells(text), "%q", text)
	}
	require.Equal(t, []string{"日", "日本", ""}, []string{prefix("日本", 3), prefix("日本", 4), prefix("日本", -1)})
	require.Equal(t, []string{"ab  ", "abcd", "abc…", "日… ", "…"}, []string{fit("ab", 4), fit("abcd", 4), fit("abcde", 4), fit("日本語", 4), fit("ab", 1)})
	require.Equal(t, screenLine{{"ab", bold}, {"日", plain}}, screenLine{{"ab", bold}, {"日本", plain}, {"x", plain}}.cut(5))
}
