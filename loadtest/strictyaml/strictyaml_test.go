package strictyaml_test

import (
	"strings"
	"testing"
	"time"

	"github.com/latency-pod-autoscaler/lpa/loadtest/strictyaml"
	"github.com/stretchr/testify/require"
)

// read is a reader as packages write them: two known keys, one of them nested.
func read(doc *strictyaml.Document) (name string, pause time.Duration) {
	m := doc.Root().Map()
	if v, ok := m.Require("name", "name: x"); ok {
		name, _ = v.Text()
	}
	if v, ok := m.Get("wait"); ok {
		wm := v.Map()
		if v, ok := wm.Get("constant"); ok {
			pause, _ = v.Duration(0)
		}
		wm.Done()
	}
	m.Done()
	return name, pause
}

func TestGoodDocumentIsRead(t *testing.T) {
	doc := strictyaml.Parse("f.yaml", []byte("name: a\nwait: {constant: 2s}\n"))
	name, pause := read(doc)
	require.NoError(t, doc.Problems().Err())
	require.Equal(t, "a", name)
	require.Equal(t, 2*time.Second, pause)
}

func TestProblemsNameTheirPlace(t *testing.T) {
	for name, test := range map[string]struct{ yaml, want string }{
		"unknown key with a near one": {"name: a\nwiat: {}\n", `f.yaml:2:1: wiat: unknown key; did you mean wait?`},
		"unknown key without":         {"name: a\nzzzzzz: 1\n", `f.yaml:2:1: zzzzzz: unknown key; known here: name, wait`},
		"duplicate key":               {"name: a\nname: b\n", `f.yaml:2:1: name: given twice, first on line 1`},
		"missing key":                 {"wait: {}\n", `f.yaml:1:1: name: is required, such as name: x`},
		"no unit":                     {"name: a\nwait:\n  constant: 5\n", `f.yaml:3:13: wait.constant: must be a duration with a unit, such as 250ms, 1.5s or 2m, got 5`},
		"negative":                    {"name: a\nwait: {constant: -1s}\n", `f.yaml:2:18: wait.constant: must be from 0s to 1000h0m0s, got "-1s"`},
		"a list for a mapping":        {"name: a\nwait: []\n", `f.yaml:2:7: wait: must be a mapping, got a list`},
		"a mapping for text":          {"name: {}\n", `f.yaml:1:7: name: must be text, got a mapping`},
		"nothing for text":            {"name:\n", `f.yaml:1:6: name: must be text, got nothing`},
		"second document":             {"name: a\n---\nname: b\n", `f.yaml:2:1: a second YAML document is not read; remove the --- line and what follows it`},
		"not YAML":                    {"name: [a\n", `f.yaml:1:1: must be YAML: did not find expected ',' or ']'; look at this line and the next: the indentation, and quotes around values with any of : , ? # { } [ ]`},
		"a key that is no text":       {"name: a\n[x]: 1\n", `f.yaml:2:1: a key must be text, got a list`},
		"a merge key":                 {"name: a\n<<: {wait: {}}\n", `f.yaml:2:1: the merge key is not read; repeat the keys or use an alias for a whole value, got <<`},
		"a tag":                       {"name: !!binary aGk=\n", `f.yaml:1:7: explicit tags are not read, got !!binary`},
		"a key with a line break":     {"name: a\n\"b\\nc\": 1\n", `f.yaml:2:1: "b\nc": unknown key; known here: name, wait`},
		"an alias to itself":          {"name: a\nwait: &w {constant: *w}\n", `f.yaml:2:21: aliases must not contain themselves nor stand for more than 10000 values in all, got *w`},
	} {
		t.Run(name, func(t *testing.T) {
			doc := strictyaml.Parse("f.yaml", []byte(test.yaml))
			if doc.Problems().Err() == nil {
				read(doc)
			}
			require.Equal(t, test.want, doc.Problems().Error())
		})
	}
}

func TestAllProblemsAreReportedInFileOrder(t *testing.T) {
	doc := strictyaml.Parse("f.yaml", []byte("wait: {constant: 1, x: 2}\nnme: a\n"))
	read(doc)
	require.Equal(t, []string{
		`f.yaml:1:18: wait.constant: must be a duration with a unit, such as 250ms, 1.5s or 2m, got 1`,
		`f.yaml:1:21: wait.x: unknown key; known here: constant`,
		`f.yaml:2:1: nme: unknown key; did you mean name?`,
	}, strings.Split(doc.Problems().Error(), "\n"))
}

func TestAliasesAreCopied(t *testing.T) {
	doc := strictyaml.Parse("f.yaml", []byte("name: &n hello\nwait: {constant: 1s}\n"))
	doc.Override("wait", "env wait", []byte("{constant: 3s}"), true)
	name, pause := read(doc)
	require.NoError(t, doc.Problems().Err())
	require.Equal(t, "hello", name)
	require.Equal(t, 3*time.Second, pause)
}

func TestNestedAliasesDoNotGrowWithoutLimit(t *testing.T) {
	var b strings.Builder
	b.WriteString("a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n")
	for i := range 9 {
		last := string(rune('0' + i))
		next := string(rune('1' + i))
		b.WriteString("a" + next + ": &a" + next + " [" + strings.Repeat("*a"+last+", ", 9) + "*a" + last + "]\n")
	}
	doc := strictyaml.Parse("f.yaml", []byte(b.String()))
	require.ErrorContains(t, doc.Problems().Err(), "aliases must not contain themselves nor stand for more than 10000 values")
}

func TestOverrides(t *testing.T) {
	parse := func() *strictyaml.Document {
		return strictyaml.Parse("f.yaml", []byte("name: a\nwait: {constant: 1s}\n"))
	}
	t.Run("merge keeps what is not given", func(t *testing.T) {
		doc := parse()
		doc.Override("wait", "env wait", []byte("{}"), true)
		_, pause := read(doc)
		require.NoError(t, doc.Problems().Err())
		require.Equal(t, time.Second, pause)
	})
	t.Run("without merge it replaces", func(t *testing.T) {
		doc := parse()
		doc.Override("wait", "env wait", []byte("{}"), false)
		_, pause := read(doc)
		require.NoError(t, doc.Problems().Err())
		require.Zero(t, pause)
	})
	t.Run("problems name the override", func(t *testing.T) {
		doc := parse()
		doc.Override("wait", "env wait", []byte("\n constant: soon"), true)
		read(doc)
		require.Equal(t, `env wait:2:12: wait.constant: must be a duration with a unit, such as 250ms, 1.5s or 2m, got "soon"`, doc.Problems().Error())
	})
	t.Run("a string is not parsed", func(t *testing.T) {
		doc := parse()
		doc.OverrideString([]string{"name"}, "env name", "{b: [")
		name, _ := read(doc)
		require.NoError(t, doc.Problems().Err())
		require.Equal(t, "{b: [", name)
	})
}

// FuzzParse holds two invariants: reading never panics, and text that is accepted has no problems when read again.
func FuzzParse(f *testing.F) {
	for _, seed := range []string{"name: a\nwait: {constant: 2s}\n", "a: &a [*a]", "? {}\n: 1", "<<: x", "\xff", "name: |\n a\n---\n"} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		first := strictyaml.Parse("f.yaml", data)
		read(first)
		first.Root().Any()
		second := strictyaml.Parse("f.yaml", data)
		read(second)
		second.Root().Any()
		require.Equal(t, first.Problems(), second.Problems())
	})
}

func TestOverrideStrings(t *testing.T) {
	doc := strictyaml.Parse("f.yaml", []byte("a: {list: [9], other: 3}\n"))
	doc.OverrideStrings([]string{"a", "list"}, "--list", "1", "x")
	m, _ := doc.Root().Map().Get("a")
	list, _ := m.Map().Get("list")
	require.Len(t, list.List(), 2)
	n, ok := list.List()[0].Int(0, 9)
	require.True(t, ok)
	require.Equal(t, int64(1), n)
	_, ok = list.List()[1].Int(0, 9)
	require.False(t, ok)
	require.EqualError(t, doc.Problems().Err(), `--list:1:1: a.list[1]: must be a whole number from 0 to 9, got "x"`)
	require.True(t, doc.Has("a", "other"))
}

func TestOverrideMaps(t *testing.T) {
	doc := strictyaml.Parse("f.yaml", nil)
	doc.OverrideMaps([]string{"a", "list"}, "--list", [][2]string{{"for", "1s"}}, [][2]string{{"for", "x"}, {"far", ""}})
	a, _ := doc.Root().Map().Get("a")
	list, _ := a.Map().Get("list")
	for _, item := range list.List() {
		m := item.Map()
		v, _ := m.Get("for")
		v.Duration(0)
		m.Done()
	}
	require.EqualError(t, doc.Problems().Err(), `--list:1:1: a.list[1].for: must be a duration with a unit, such as 250ms, 1.5s or 2m, got "x"
--list:1:1: a.list[1].far: unknown key; did you mean for?`)
}

func TestRemove(t *testing.T) {
	doc := strictyaml.Parse("f.yaml", []byte("a: {b: 1, c: 2}\nd: 3\n"))
	doc.Remove("a", "b")
	doc.Remove("a", "none")
	doc.Remove("none", "b")
	doc.Remove("d", "b")
	require.False(t, doc.Has("a", "b"))
	require.True(t, doc.Has("a", "c"))
	require.True(t, doc.Has("d"))
	doc.Remove("d")
	require.False(t, doc.Has("d"))
}
