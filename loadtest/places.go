package loadtest

import (
	"errors"
	"net"
	"sync"

	"github.com/latency-pod-autoscaler/lpa/loadtest/internal/engine"
)

// place is where connections were to lead that could not be made.
type place struct {
	name   string
	others bool // there were more of them
}

func (p place) add(name string) place {
	if p.name == "" {
		return place{name: name}
	}
	p.others = p.others || p.name != name
	return p
}

// String is such as `: shop:8080`, nothing if it is not known.
func (p place) String() string {
	switch {
	case p.name == "":
		return ""
	case p.others:
		return ": " + p.name + " and others"
	}
	return ": " + p.name
}

// places are those of a run, by the index of a request name.
type places struct {
	mu    sync.Mutex
	names map[int]map[Failure]place
}

func (p *places) record(name int, outcome Failure, err error) {
	where := placeOf(outcome, err)
	if where == "" {
		return
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.names == nil {
		p.names = map[int]map[Failure]place{}
	}
	if p.names[name] == nil {
		p.names[name] = map[Failure]place{}
	}
	p.names[name][outcome] = p.names[name][outcome].add(where)
}

// of are those of a request name, by the class of failure.
func (p *places) of(name int) map[Failure]place {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.names[name]
}

// placeOf is the host that an error is about, with its port where the name itself is not what is wrong.
func placeOf(outcome Failure, err error) string {
	var dial *engine.DialError
	if !outcome.withoutConnection() || !errors.As(err, &dial) {
		return ""
	}
	if host, _, err := net.SplitHostPort(dial.To); err == nil && outcome == FailureDNS {
		return host
	}
	return dial.To
}
