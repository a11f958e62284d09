package loadtest

import (
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/latency-pod-autoscaler/lpa/loadtest/strictyaml"
	"go.starlark.net/starlark"
)

// starWait is a pause between iterations as a value of the script.
type starWait struct {
	wait
	written string
}

func (w starWait) String() string        { return w.written }
func (w starWait) Type() string          { return "wait" }
func (w starWait) Freeze()               {}
func (w starWait) Truth() starlark.Bool  { return true }
func (w starWait) Hash() (uint32, error) { return 0, errors.New("unhashable: wait") }

// starWaits are the functions that make waits, by how many texts they take.
var starWaits = map[string]starWaitKind{
	"between":     {2, func(a []string) (wait, error) { return betweenOf(a[0], a[1]) }},
	"constant":    {1, func(a []string) (wait, error) { return betweenOf(a[0], a[0]) }},
	"pacing":      {1, func(a []string) (wait, error) { return pacingOf(a[0]) }},
	"throughput":  {1, func(a []string) (wait, error) { return throughputOf(a[0]) }},
	"exponential": {1, func(a []string) (wait, error) { return exponentialOf(a[0]) }},
}

type starWaitKind struct {
	arguments int
	read      func([]string) (wait, error)
}

// wait is the built-in function of a kind of wait. What is wrong with its argument is reported, and the file runs on.
func (l *starLoader) wait(kind starWaitKind) func(*starlark.Thread, *starlark.Builtin, starlark.Tuple, []starlark.Tuple) (starlark.Value, error) {
	return func(thread *starlark.Thread, b *starlark.Builtin, args starlark.Tuple, kwargs []starlark.Tuple) (starlark.Value, error) {
		if thread.Local(loaderKey) == nil {
			return nil, fmt.Errorf("%s: belongs to the top level of the script, as the wait of a user_class", b.Name())
		}
		values := make([]starlark.Value, kind.arguments)
		pointers := make([]any, kind.arguments)
		for i := range values {
			pointers[i] = &values[i]
		}
		if err := starlark.UnpackPositionalArgs(b.Name(), args, kwargs, kind.arguments, pointers...); err != nil {
			return nil, err
		}
		texts := make([]string, kind.arguments)
		for i, v := range values {
			texts[i], _ = starlark.AsString(v)
		}
		w, err := kind.read(texts)
		if err != nil {
			l.refuse(thread, "%s: %v, got %s", b.Name(), err, joined(values))
			w = waitBetween{}
		}
		return starWait{w, b.Name() + "(" + joined(values) + ")"}, nil
	}
}

func joined(values []starlark.Value) string {
	texts := make([]string, len(values))
	for i, v := range values {
		texts[i] = shown(v)
	}
	return strings.Join(texts, ", ")
}

func betweenOf(from, to string) (wait, error) {
	low, err := strictyaml.ParseDuration(from, 0)
	if err != nil {
		return nil, err
	}
	high, err := strictyaml.ParseDuration(to, 0)
	if err != nil {
		return nil, err
	}
	if high < low {
		return nil, fmt.Errorf("the second must be at least the first, %s", low)
	}
	return waitBetween{low: low, high: high}, nil
}

func pacingOf(text string) (wait, error) {
	d, err := strictyaml.ParseDuration(text, time.Microsecond)
	return waitPacing(d), err
}

func exponentialOf(text string) (wait, error) {
	d, err := strictyaml.ParseDuration(text, 0)
	return waitExponential(d), err
}

func throughputOf(text string) (wait, error) {
	rate, err := strictyaml.ParseRate(text)
	return waitPacing(float64(time.Second) / rate), err
}
