package loadtest

import (
	"errors"
	"fmt"
	"path/filepath"
	"strings"

	"github.com/latency-pod-autoscaler/lpa/loadtest/strictyaml"
	"go.starlark.net/lib/math"
	"go.starlark.net/resolve"
	"go.starlark.net/starlark"
	"go.starlark.net/starlarkstruct"
	"go.starlark.net/syntax"
)

// maxLoadSteps bounds the work of a file's top level: well below a second.
const maxLoadSteps = 10_000_000

// starLoader runs a script's files and collects what they declare.
type starLoader struct {
	path     string // of the script
	script   *starScript
	plan     *Plan
	problems strictyaml.Problems
	modules  map[string]*starModule
	globals  starlark.StringDict // what every file knows
}

// starModule is a file that the script loads. While it is being run it has no values yet.
type starModule struct {
	done   bool
	values starlark.StringDict
}

func newStarLoader(path string, env func(string) (string, bool)) *starLoader {
	l := &starLoader{path: path, plan: &Plan{}, modules: map[string]*starModule{},
		script: &starScript{env: env, calls: map[syntax.Position]starRequestCall{}}}
	l.globals = starlark.StringDict{
		"user_class": starlark.NewBuiltin("user_class", l.userClass),
		"open":       starlark.NewBuiltin("open", l.open),
		"env":        starlark.NewBuiltin("env", l.script.lookup),
		"struct":     starlark.NewBuiltin("struct", starlarkstruct.Make),
		"json":       starJSON,
		"csv":        starCSV,
		"math":       math.Module,
	}
	for name, kind := range starWaits {
		l.globals[name] = starlark.NewBuiltin(name, l.wait(kind))
	}
	return l
}

// loaderKey is where a thread keeps its loader. The threads of users have none, so that what belongs to the top level can
// tell that it was called from a task.
const loaderKey = "loader"

// errReported stops a file whose module has problems, which are known already.
var errReported = errors.New("a module that it loads has problems")

// run runs one file and gives back its values, which are frozen. Problems are collected.
func (l *starLoader) run(path string, data []byte) (starlark.StringDict, bool) {
	before := len(l.problems)
	file, err := starOptions.Parse(path, data, 0)
	if err != nil {
		l.failed(err)
		return nil, false
	}
	program, err := starlark.FileProgram(file, l.globals.Has)
	l.requireVariables(file)
	if err != nil {
		l.failed(err)
		return nil, false
	}
	thread := &starlark.Thread{Name: path, Load: l.load, Print: func(*starlark.Thread, string) {}}
	thread.SetLocal(loaderKey, l)
	limitSteps(thread, maxLoadSteps, "more than 10 million steps at the top level; is there an endless loop?")
	values, err := program.Init(thread, l.globals)
	values.Freeze()
	if err != nil {
		l.failed(err)
	}
	l.findRequests(file, values)
	return values, len(l.problems) == before
}

// limitSteps has a thread end with a reason when it has taken so many steps.
func limitSteps(thread *starlark.Thread, steps uint64, reason string) {
	thread.SetMaxExecutionSteps(steps)
	thread.OnMaxSteps = func(thread *starlark.Thread) { thread.Cancel(reason) }
}

// load is the load statement: a file of the script's folder, run once however many files load it.
func (l *starLoader) load(_ *starlark.Thread, name string) (starlark.StringDict, error) {
	name = filepath.Clean(name)
	if m := l.modules[name]; m != nil {
		switch {
		case !m.done:
			return nil, errors.New("the files load one another in a circle")
		case m.values == nil:
			return nil, errReported
		}
		return m.values, nil
	}
	if !strings.HasSuffix(name, ".star") {
		return nil, errors.New("must be a .star file in the script's folder")
	}
	data, err := l.read(name, strictyaml.MaxFileSize)
	if err != nil {
		return nil, err
	}
	m := &starModule{}
	l.modules[name] = m
	values, ok := l.run(filepath.Join(filepath.Dir(l.path), name), data)
	m.done = true
	if !ok {
		return nil, errReported
	}
	m.values = values
	return values, nil
}

// read is the content of a file in the script's folder.
func (l *starLoader) read(name string, limit int64) ([]byte, error) {
	beside, err := openFolder(filepath.Dir(l.path))
	if err != nil {
		return nil, err
	}
	defer beside.close()
	return beside.read(name, limit)
}

// refuseAt reports a problem.
func (l *starLoader) refuseAt(at syntax.Position, format string, args ...any) {
	l.problems = append(l.problems, strictyaml.Problem{File: at.Filename(), Line: max(1, int(at.Line)), Column: max(1, int(at.Col)),
		Rule: fmt.Sprintf(format, args...)})
}

// refuse reports a problem of the call that a built-in function is answering.
func (l *starLoader) refuse(thread *starlark.Thread, format string, args ...any) {
	l.refuseAt(thread.CallFrame(1).Pos, format, args...)
}

// failed reports why a file could not be run to its end.
func (l *starLoader) failed(err error) {
	var syntactic syntax.Error
	var unresolved resolve.ErrorList
	var evaluation *starlark.EvalError
	switch {
	case errors.Is(err, errReported):
	case errors.As(err, &syntactic):
		l.refuseAt(syntactic.Pos, "%s", syntactic.Msg)
	case errors.As(err, &unresolved):
		for _, e := range unresolved {
			l.refuseAt(e.Pos, "%s", e.Msg)
		}
	case errors.As(err, &evaluation):
		m := newMishap(evaluation)
		l.refuseAt(m.at, "%s", m.text+m.inside())
	default:
		l.refuseAt(syntax.MakePosition(&l.path, 1, 1), "%v", err)
	}
}
