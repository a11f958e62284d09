package strictyaml_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/latency-pod-autoscaler/lpa/loadtest/strictyaml"
	"github.com/stretchr/testify/require"
)

// TestRefuseAt marks the X in texts that are written in every way that YAML has.
func TestRefuseAt(t *testing.T) {
	for name, test := range map[string]struct {
		document string
		want     string // line:column
	}{
		"plain":                             {"key: ab X", "1:9"},
		"quoted":                            {`key: "ab X"`, "1:10"},
		"in a flow":                         {`{a: 1, key: "ab X"}`, "1:17"},
		"escapes":                           {`key: "\"\u00e9\x41\n X"`, "1:22"},
		"characters of several bytes":       {`key: "日本 X"`, "1:10"},
		"single quotes":                     {`key: 'it''s X'`, "1:13"},
		"a block":                           {"key: |\n  first\n    then X\n", "3:10"},
		"a block with line ends of Windows": {"key: |\r\n  first\r\n  X\r\n", "3:3"},
		"a byte order mark":                 {"\ufeffkey: X", "1:6"},
		"folded: the value's place":         {"key: >\n  a\n  X\n", "1:6"},
		"an alias: its place":               {"b: &b a X\nkey: *b", "2:6"},
		"several lines: the value's place":  {"key: \"a\n  X\"", "1:6"},
	} {
		t.Run(name, func(t *testing.T) {
			doc := strictyaml.Parse("f.yaml", []byte(test.document))
			v, ok := doc.Root().Map().Get("key")
			require.True(t, ok)
			text, ok := v.Text()
			require.True(t, ok)
			v.RefuseAt(strings.Index(text, "X"), "wrong")
			problem := doc.Problems()[0]
			require.Equal(t, test.want, fmt.Sprintf("%d:%d", problem.Line, problem.Column))
			require.Equal(t, "key", problem.Key)
		})
	}
	doc := strictyaml.Parse("f.yaml", []byte("a: 1"))
	doc.Override("key", "env key", []byte("ab X"), false)
	v, _ := doc.Root().Map().Get("key")
	v.RefuseAt(3, "wrong")
	require.EqualError(t, doc.Problems().Err(), `env key:1:1: key: wrong, got "ab X"`)
}
