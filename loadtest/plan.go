package loadtest

import (
	"context"
	"fmt"
)

// Plan is a script made ready to run. Plans are read-only: any number of runs may share one.
type Plan struct {
	classes []class
	feeds   []*feed
	secrets secrets
	names   []RequestName // of every request in the script, in the order written; a request refers to its name by index
	locust  *locustfile   // the script, if Locust is to run it; there are no classes and names then

	namesOpen bool // the script makes up names while it runs, too
}

// RequestName is what results are reported under: requests with the same method and name are counted together.
type RequestName struct {
	Method string
	Name   string // the path as the script writes it, unless the script gives a name
}

// Key is the name as results and targets join it, such as GET_/items.
func (n RequestName) Key() string { return n.Method + "_" + n.Name }

// Names are the request names of the plan, in the order the script gives them.
func (p *Plan) Names() []RequestName { return p.names }

// NamesKnown says that Names are all that a run can have. They are not for a locustfile, of which only its run shows them,
// and for a script that makes up names as it goes.
func (p *Plan) NamesKnown() bool { return p.locust == nil && !p.namesOpen }

// ByLocust says that Locust runs the script, with settings of its own.
func (p *Plan) ByLocust() bool { return p.locust != nil }

// nameIndex is the index of a name, which is added if the plan does not have it yet.
func (p *Plan) nameIndex(name RequestName) int {
	for i, n := range p.names {
		if n == name {
			return i
		}
	}
	p.names = append(p.names, name)
	return len(p.names) - 1
}

// class is a kind of user: how likely a user is of this kind, how long it pauses, and what it does.
type class struct {
	name    string
	weight  int
	wait    wait
	onStart []step
	tasks   []task
	onStop  []step

	feeds    []*feed  // of the script
	captures []string // the names of what its steps capture
	secret   []bool   // which of them authorise requests
}

// turns divides users among the classes of a plan by weight, as evenly at any point as can be, and in the same order each
// time.
type turns struct {
	classes []class
	credit  []int
	total   int
}

func (p *Plan) turns() *turns {
	t := &turns{classes: p.classes, credit: make([]int, len(p.classes))}
	for _, c := range p.classes {
		t.total += c.weight
	}
	return t
}

// next is the class of the next user.
func (t *turns) next() *class {
	best := 0
	for c := range t.classes {
		t.credit[c] += t.classes[c].weight
		if t.credit[c] > t.credit[best] {
			best = c
		}
	}
	t.credit[best] -= t.total
	return &t.classes[best]
}

// task is one iteration of a user.
type task struct {
	name   string
	weight int
	steps  []step
}

// title is the task's name, or its place in the list.
func (t *task) title(i int) string {
	if t.name != "" {
		return t.name
	}
	return fmt.Sprintf("task %d", i+1)
}

// step is one thing that a user does within a task.
type step interface {
	do(ctx context.Context, u *user) flow
}

// flow is how a user goes on after a step.
type flow uint8

const (
	goOn           flow = iota
	abortIteration      // the rest of this iteration is left out
	stopUser            // the user does nothing more, onStop excepted
)
