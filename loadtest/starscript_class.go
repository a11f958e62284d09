package loadtest

import (
	"fmt"
	"time"

	"go.starlark.net/starlark"
)

// starDefaults are what the requests of a class have unless they say otherwise.
type starDefaults struct {
	headers       [][2]string
	authorization string
	timeout       time.Duration
	redirects     int
}

// userClass is user_class(name, weight, tasks, on_start, on_stop, wait, headers, auth, bearer, timeout, redirects). It
// reports all that is wrong with its arguments at once.
func (l *starLoader) userClass(thread *starlark.Thread, b *starlark.Builtin, args starlark.Tuple, kwargs []starlark.Tuple) (starlark.Value, error) {
	if thread.Local(loaderKey) == nil {
		return nil, fmt.Errorf("%s: belongs to the top level of the script", b.Name())
	}
	var name string
	var weight, tasks, onStart, onStop, pause, headers, auth, bearer, timeout, redirects starlark.Value
	if err := starlark.UnpackArgs(b.Name(), args, kwargs, "name?", &name, "weight??", &weight, "tasks??", &tasks, "on_start??", &onStart,
		"on_stop??", &onStop, "wait??", &pause, "headers??", &headers, "auth??", &auth, "bearer??", &bearer,
		"timeout??", &timeout, "redirects??", &redirects); err != nil {
		return nil, err
	}
	r := starClassReader{loader: l, thread: thread, defaults: &starDefaults{redirects: defaultRedirects}}
	r.requestDefaults(headers, auth, bearer, timeout, redirects)
	l.plan.classes = append(l.plan.classes, class{
		name:    name,
		weight:  r.weight("weight", weight),
		wait:    r.wait(pause),
		onStart: r.function("on_start", onStart),
		tasks:   r.tasks(tasks),
		onStop:  r.function("on_stop", onStop),
	})
	return starlark.None, nil
}

// starClassReader reads the arguments of user_class.
type starClassReader struct {
	loader   *starLoader
	thread   *starlark.Thread
	defaults *starDefaults
}

func (r *starClassReader) refuse(parameter, format string, args ...any) {
	r.loader.refuse(r.thread, "user_class: %s: %s", parameter, fmt.Sprintf(format, args...))
}

func (r *starClassReader) check(err error) {
	if err != nil {
		r.loader.refuse(r.thread, "user_class: %v", err)
	}
}

func (r *starClassReader) requestDefaults(headers, auth, bearer, timeout, redirects starlark.Value) {
	var s starRequest
	r.check(s.setHeaders(headers))
	r.check(s.setAuth(auth))
	r.check(s.setBearer(bearer))
	r.check(s.setTimeout(timeout))
	r.check(s.setRedirects(redirects))
	if auth != nil && bearer != nil {
		r.refuse("auth", "excludes bearer")
	}
	r.defaults.headers, r.defaults.authorization, r.defaults.timeout = s.headers, s.authorization, s.timeout
	if redirects != nil {
		r.defaults.redirects = s.redirects
	}
}

// weight reads a weight; what says whose.
func (r *starClassReader) weight(what string, v starlark.Value) int {
	if v == nil {
		return 1
	}
	n, err := starlark.AsInt32(v)
	if err != nil || n < 1 || n > 1_000_000 {
		r.refuse(what, "must be a whole number from 1 to 1000000, got %s", shown(v))
		return 1
	}
	return n
}

func (r *starClassReader) wait(v starlark.Value) wait {
	if v == nil {
		return waitBetween{low: time.Second, high: time.Second}
	}
	w, ok := v.(starWait)
	if !ok {
		r.refuse("wait", `must be between("1s", "3s"), constant("1s"), pacing("5s"), throughput("2/s") or exponential("1s"), got %s`, shown(v))
		return waitBetween{}
	}
	return w.wait
}

// tasks reads {browse: 3, checkout: 1} or [browse, checkout].
func (r *starClassReader) tasks(v starlark.Value) []task {
	var tasks []task
	switch v := v.(type) {
	case *starlark.Dict:
		for _, item := range v.Items() {
			tasks = append(tasks, r.task(item[0], item[1]))
		}
	case starlark.Sequence:
		for item := range starlark.Elements(v) {
			tasks = append(tasks, r.task(item, nil))
		}
	case nil:
	default:
		r.refuse("tasks", "must be a list of functions or a dict of functions to weights, got %s", shown(v))
		return nil
	}
	if len(tasks) == 0 {
		r.refuse("tasks", "at least one task is required, such as tasks = [browse]")
	}
	return tasks
}

func (r *starClassReader) task(function, weight starlark.Value) task {
	t := task{steps: r.function("tasks", function)}
	if f, ok := function.(starlark.Callable); ok {
		t.name = f.Name()
	}
	t.weight = r.weight("tasks: the weight of "+shown(function), weight)
	return t
}

// function reads a function of the user as the steps that call it.
func (r *starClassReader) function(parameter string, v starlark.Value) []step {
	if v == nil {
		return nil
	}
	f, ok := v.(*starlark.Function)
	if !ok {
		r.refuse(parameter, "must be a function, got %s", shown(v))
		return nil
	}
	if !takesOneArgument(f) {
		r.refuse(parameter, "%s must take one argument, the user", f.Name())
	}
	f.Freeze()
	return []step{&starTask{script: r.loader.script, class: r.defaults, function: f}}
}

// takesOneArgument says whether a function can be called with one argument and no more.
func takesOneArgument(f *starlark.Function) bool {
	positional := f.NumParams() - f.NumKwonlyParams()
	if f.HasVarargs() {
		positional--
	}
	if f.HasKwargs() {
		positional--
	}
	for i := range f.NumParams() {
		isExtra := f.HasVarargs() && i == positional+f.NumKwonlyParams() || f.HasKwargs() && i == f.NumParams()-1
		if i > 0 && !isExtra && f.ParamDefault(i) == nil {
			return false
		}
	}
	return positional > 0 || f.HasVarargs()
}
