package loadtest

import (
	"context"
	"math/rand/v2"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"regexp"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// documented are the scripts of the documentation and the examples.
func documented(f *testing.F) [][]byte {
	f.Helper()
	block := regexp.MustCompile("(?s)```yaml\n(.*?)```")
	var scripts [][]byte
	for _, pattern := range []string{"../docs/*/*.md", "../README.md", "../example/*/*/tasks.yaml", "testdata/bad/*.yaml"} {
		paths, err := filepath.Glob(pattern)
		require.NoError(f, err)
		for _, path := range paths {
			data, err := os.ReadFile(path)
			require.NoError(f, err)
			if filepath.Ext(path) == ".yaml" {
				scripts = append(scripts, data)
			}
			for _, m := range block.FindAllSubmatch(data, -1) {
				scripts = append(scripts, m[1])
			}
		}
	}
	require.Greater(f, len(scripts), 20)
	return scripts
}

// FuzzParseYAML holds that a script is either a plan or an error, and that everything in a plan can be filled in and
// judged, whatever it says and whatever the service answers.
func FuzzParseYAML(f *testing.F) {
	for _, script := range documented(f) {
		f.Add(script)
	}
	f.Add([]byte("wait: {between: [1s, 2s]}\ntasks: [{get: /}]"))
	f.Add([]byte("users: [{weight: 2, tasks: [{steps: [{post: /x, json: {a: [1, \"${vu.id}\"]}}, {think: 1s}]}]}]"))
	f.Add([]byte("auth: {basic: {user: a, password: b}}\nheaders: {X: y}\ntasks: [{request: A /b, expect: {status: [200]}}]"))
	f.Add([]byte("feeds: {f: {rows: [{a: 1}], order: random}}\ntasks: [{get: \"/${f.a}\", capture: {c: \"json:a\"}, expect: [\"len(body.a) > 0\", \"c == 1\"]}]"))
	f.Fuzz(func(t *testing.T, data []byte) {
		p, err := ParseYAML("testdata/f.yaml", data, func(name string) (string, bool) { return name, name != "MISSING" })
		require.True(t, (p == nil) != (err == nil), "a plan or an error, never both")
		if p == nil {
			return
		}
		require.NotEmpty(t, p.Names())
		p.AtMost(Options{Users: 3, RunTime: time.Second})
		for i := range p.classes {
			c := &p.classes[i]
			u := &user{id: 1, class: c, random: rand.New(rand.NewPCG(1, 1)),
				run: &run{plan: p, options: Options{Host: &url.URL{Scheme: "http", Host: "h"}, Users: 2}}}
			tryAll(u, c.onStart)
			for _, t := range c.tasks {
				tryAll(u, t.steps)
			}
			tryAll(u, c.onStop)
		}
	})
}

// FuzzExpression holds that every expression is refused or evaluated, in bounded time.
func FuzzExpression(f *testing.F) {
	for _, source := range []string{"len(body.items) > 0 && latency < 500ms", `"x" + string(rand(1, 5))`, "map(1..5, {# * 2})",
		`headers["a"] matches "x" ? {a: [1]} : nil ?? now().Unix()`, "`}` /* } */ + '\\''", "accounts?.user[1:-1]", "token ?? id"} {
		f.Add(source)
	}
	f.Fuzz(func(t *testing.T, source string) {
		s, u := shopper()
		if e, mistakes := s.compile(source, true); len(mistakes) == 0 {
			_, _ = e.eval(u)
			_, _ = e.isTrue(u)
		} else {
			require.LessOrEqual(t, mistakes[0].offset, len(source))
		}
		_, _ = s.parseText(source)
	})
}

// tryAll fills in and judges every request of some steps, without sending any.
func tryAll(u *user, steps []step) {
	for _, s := range steps {
		switch s := s.(type) {
		case *requestStep:
			_, _ = u.fill(&s.request)
			for _, a := range []answer{
				{status: 200, headers: http.Header{"A": {"b"}, "Set-Cookie": {"a=b"}}, body: []byte(`{"a": 1, "items": [{"id": 1}]}`)},
				{status: 404, body: []byte("no")}, {err: context.DeadlineExceeded},
			} {
				s.judge(u, a)
			}
			_, _ = u.fill(&s.request)
		case *groupStep:
			tryAll(u, s.steps)
		case *repeatStep:
			_, _ = s.rounds(u)
			tryAll(u, s.steps)
		case *ifStep:
			_, _ = s.condition.expression.isTrue(u)
			tryAll(u, s.then)
			tryAll(u, s.otherwise)
		}
	}
}
