package loadtest

import (
	"context"
	"time"

	"github.com/latency-pod-autoscaler/lpa/loadtest/internal/engine"
)

// Exchange is a request that a dry run sent and what came of it.
type Exchange struct {
	Class   string
	Name    RequestName
	Method  string
	URL     string
	Status  int // 0 if there was no answer
	Latency time.Duration
	Failure Failure
	Err     error // what went wrong, if there was no answer
}

// DryRun performs each user class once: onStart, every task, onStop, without waits and think times. It reports each
// request when it has been answered. It puts no load on the service and measures nothing.
func DryRun(ctx context.Context, plan *Plan, options Options, report func(Exchange)) {
	r := newRun(plan, options)
	r.schedule = newSchedule(0, r.options.stages())
	for i := range plan.classes {
		c := &plan.classes[i]
		r.observe = func(name int, out *outgoing, a answer, outcome Failure) {
			e := Exchange{Class: c.name, Name: r.names.at(name), Status: a.status, Latency: a.latency, Failure: outcome, Err: a.err}
			if out != nil {
				e.Method, e.URL = out.method, out.url.String()
			}
			report(e)
		}
		_ = alone(ctx, func(f *engine.Fiber) {
			u := newUser(r, f, i+1, c)
			for _, steps := range c.allSteps() {
				u.perform(ctx, withoutThinking(steps))
			}
			u.client.close()
		})
	}
}

// allSteps are the steps of a class in the order of a user's life, each task once.
func (c *class) allSteps() [][]step {
	all := [][]step{c.onStart}
	for _, t := range c.tasks {
		all = append(all, t.steps)
	}
	return append(all, c.onStop)
}

func withoutThinking(steps []step) []step {
	var requests []step
	for _, s := range steps {
		if _, thinks := s.(thinkStep); !thinks {
			requests = append(requests, s)
		}
	}
	return requests
}
