package main

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestExcerpts(t *testing.T) {
	long := strings.Repeat("é", 2000)
	for name, test := range map[string]struct {
		body  string
		shown []string
		rest  string
	}{
		"text":                {"a\r\nb\n", []string{"a", "b"}, ""},
		"short JSON":          {` {"a": 1}` + "\n", []string{`{"a": 1}`}, ""},
		"bytes":               {"a\x00b", nil, "3 bytes that are no text"},
		"no UTF-8":            {"\xff\xfe", nil, "2 bytes that are no text"},
		"many lines":          {strings.Repeat("x\n", 22), strings.Split(strings.Repeat("x ", 19)+"x", " "), "… 2 more lines, 44 bytes in all"},
		"a long line":         {long, []string{strings.Repeat("é", 1024) + "…"}, "… 4000 bytes in all"},
		"a full line and one": {strings.Repeat("x", 2048) + "\ny", []string{strings.Repeat("x", 2048)}, "… 1 more lines, 2050 bytes in all"},
		"deep JSON, which would take 100 MB with its indentation": {
			strings.Repeat("[", 9000) + strings.Repeat("]", 9000), []string{strings.Repeat("[", 2048) + "…"}, "… 18000 bytes in all"},
		"escape sequences": {"a\x1b[31mb\u009b\u202e\tc", []string{"a�[31mb��\tc"}, ""},
	} {
		t.Run(name, func(t *testing.T) {
			shown, rest := excerpt(test.body)
			require.Equal(t, test.shown, shown)
			require.Equal(t, test.rest, rest)
		})
	}
	indented, _ := excerpt(`{"items": [` + strings.Repeat(`{"id": 1}, `, 20) + `{}]}`)
	require.Equal(t, []string{"{", `  "items": [`, "    {", `      "id": 1`}, indented[:4])
	require.Equal(t, strings.Repeat("x", 80)+"… (81 characters)", shorten(strings.Repeat("x", 81)))
}
