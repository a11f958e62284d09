package loadtest

import (
	"bytes"
	"context"
	"encoding/binary"
	"fmt"
	"math"
	"net/http"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/latency-pod-autoscaler/lpa/loadtest/internal/engine"
	"github.com/stretchr/testify/require"
	"go.starlark.net/starlark"
)

// FuzzStarlark reads anything as a script: it ends in good time with a plan or an error.
func FuzzStarlark(f *testing.F) {
	for _, pattern := range []string{"testdata/star/*.star", "testdata/golden/*.star", "testdata/badstar/*.star"} {
		paths, err := filepath.Glob(pattern)
		require.NoError(f, err)
		for _, path := range paths {
			data, err := os.ReadFile(path)
			require.NoError(f, err)
			f.Add(data)
		}
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		// The language bounds no memory: "x" * 1000000000 is a single step, and adding a text to itself in a loop a few.
		data = bytes.Map(func(c rune) rune {
			if c == '*' || c == '+' {
				return '-'
			}
			return c
		}, data)
		p, err := ParseStarlark("f.star", data, func(name string) (string, bool) { return name, len(name)%2 == 0 })
		require.True(t, (p == nil) != (err == nil), "a plan or an error, never both")
		if p != nil {
			p.AtMost(3, time.Second)
		}
		if err != nil {
			require.Regexp(t, `^f\.star:\d+:\d+: `, err.Error())
		}
	})
}

// hostFunctions are all the functions that a task can call, as expressions.
var hostFunctions = []string{"user.get", "user.post", "user.put", "user.patch", "user.delete", "user.head", "user.options", "user.request",
	"user.rand", "user.choice", "user.uuid", "user.think", "user.stop", "user.abort", "user.log", "user.get('/').json", "user.get('/').expect",
	"user.get('/').fail", "user.get('/').headers.get", "user.get('/').cookies.get", "user.state.get", "user.state.update", "env", "open",
	"csv.rows", "json.encode", "json.decode", "struct", "between", "constant", "pacing", "throughput", "exponential", "user_class",
	"math.pow", "print"}

// hostArguments are the names of arguments that a function might take.
var hostArguments = []string{"path", "method", "name", "headers", "query", "json", "form", "body", "auth", "bearer", "timeout", "redirects",
	"expect", "status", "contains", "latency", "condition", "text", "default", "delimiter", "a", "b", "list", "pause", "to", "why", "tasks"}

// FuzzStarlarkHost calls the functions that scripts are given with odd values: a call ends with a value or a mistake that
// has a place, and leaves the user fit for the next.
func FuzzStarlarkHost(f *testing.F) {
	f.Add(uint8(0), []byte("\x0a/a\x00\x07\x14\x0aX\x00\x0ay\x00"), []byte(`{"a": 1}`))
	f.Add(uint8(7), []byte("\x0aPURGE\x00\x0a/x\x00\x0b\x16"), []byte("x"))
	f.Add(uint8(15), []byte("\x0aa.1.b\x00"), []byte(`{"a": [1, {"b": 2}]}`))
	f.Add(uint8(16), []byte("\x02\x0awhy\x00\x1f\x0ax\x00\x21\x0a1s\x00"), []byte("[[[["))
	f.Add(uint8(24), []byte("\x0aa,b\n1,2\x00\x0a;\x00"), []byte(""))
	f.Add(uint8(11), []byte("\x0a1s\x00\x0a2s\x00"), []byte("a=b; Path=/"))
	f.Fuzz(func(t *testing.T, function uint8, arguments, body []byte) {
		name := hostFunctions[int(function)%len(hostFunctions)]
		script := fmt.Sprintf("def task(user):\n    %s(*user.state['args'], **user.state['kwargs'])\n    user.get('/')\n\nuser_class(tasks = [task])", name)
		p, err := ParseStarlark("h.star", []byte(script), func(string) (string, bool) { return "", false })
		require.NoError(t, err)
		header := http.Header{"Set-Cookie": {string(body)}, string(arguments): {"x"}}
		u := stubUser(t, p, answer{status: 200 + int(function), body: body, headers: header})
		u.run.observe = func(int, *outgoing, answer, Failure) {}
		task := p.classes[0].tasks[0].steps[0].(*starTask)
		u.star = newStarUser(u, task.script)
		o := oddValues{data: arguments, user: u.star, task: task}
		args, kwargs := o.arguments()
		u.star.state = starlark.NewDict(2)
		require.NoError(t, u.star.state.SetKey(starlark.String("args"), args))
		require.NoError(t, u.star.state.SetKey(starlark.String("kwargs"), kwargs))
		require.NoError(t, alone(context.Background(), func(fiber *engine.Fiber) {
			u.fiber = fiber
			for range 2 {
				task.do(t.Context(), u)
			}
		}))
		for _, c := range u.run.crashes.list() {
			require.Regexp(t, `^h\.star:\d+:\d+ in task: .`, c.text)
		}
	})
}

// oddValues makes values of the script out of bytes: the first of each says what kind it is.
type oddValues struct {
	data []byte
	user *starUser
	task *starTask
}

func (o *oddValues) arguments() (starlark.Tuple, *starlark.Dict) {
	args, kwargs := starlark.Tuple{}, starlark.NewDict(0)
	for len(o.data) > 0 {
		if o.data[0]%2 == 0 {
			args = append(args, o.next(0))
			continue
		}
		name := hostArguments[int(o.data[0]/2)%len(hostArguments)]
		o.data = o.data[1:]
		_ = kwargs.SetKey(starlark.String(name), o.next(0))
	}
	return args, kwargs
}

func (o *oddValues) next(depth int) starlark.Value {
	if len(o.data) == 0 || depth > 3 {
		return starlark.None
	}
	kind := o.data[0] / 2 % 14
	o.data = o.data[1:]
	switch kind {
	case 1:
		return starlark.True
	case 2:
		return starlark.MakeInt64(int64(binary.BigEndian.Uint64(append(o.take(8), make([]byte, 8)...))))
	case 3:
		return starlark.MakeInt(len(o.data))
	case 4:
		return starlark.Float(math.Float64frombits(binary.BigEndian.Uint64(append(o.take(8), make([]byte, 8)...))))
	case 5, 6, 7:
		text, rest, _ := bytes.Cut(o.data, []byte{0})
		o.data = rest
		return starlark.String(text)
	case 8:
		return starlark.NewList([]starlark.Value{o.next(depth + 1), o.next(depth + 1)})
	case 9:
		return starlark.Tuple{o.next(depth + 1), o.next(depth + 1)}
	case 10:
		dict := starlark.NewDict(1)
		_ = dict.SetKey(o.next(depth+1), o.next(depth+1)) // what cannot be a key is left out
		return dict
	case 11:
		endless := starlark.NewList(nil)
		_ = endless.Append(endless)
		return endless
	case 12:
		return o.user
	case 13:
		return o.task.function
	}
	return starlark.None
}

func (o *oddValues) take(n int) []byte {
	n = min(n, len(o.data))
	taken := bytes.Clone(o.data[:n])
	o.data = o.data[n:]
	return taken
}
