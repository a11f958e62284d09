package loadtest

import (
	"context"
	"math/rand/v2"
	"sync"
	"time"

	"github.com/latency-pod-autoscaler/lpa/loadtest/internal/engine"
)

// Arrival is how the iterations of the open model are spread over time.
type Arrival string

// The two kinds of arrival.
const (
	Constant Arrival = "constant" // evenly
	Poisson  Arrival = "poisson"  // at random, as independent users arrive
)

// catchUp is how late an iteration may be started. After a pause of the generator itself a crowd of iterations is due at
// once; to start them all would put a load on the service that nobody asked for, and would measure that.
const catchUp = 100 * time.Millisecond

// pool hands the iterations of the open model to users: to one that is idle, else to a new one, else to whichever is free
// next. Each event loop has its own, for its share of the iterations.
type pool struct {
	run  *run
	loop *engine.Loop
	make func(p *pool) // adds a user

	mu      sync.Mutex
	idle    []*user // the one that has been idle longest first, so that all connections are used
	backlog []arrival
	users   int
	most    int

	missed int // iterations that the generator was too late for
}

// arrival is an iteration that is to be done: when it was due and when the pool heard of it.
type arrival struct{ due, offered time.Time }

// dispatch offers the iterations of the schedule when they are due: every step-th one from first on, or at random with the
// same mean.
func (p *pool) dispatch(ctx context.Context, f *engine.Fiber, start time.Time, first, step int) {
	random := rand.New(rand.NewPCG(p.run.options.Seed, 1<<62|uint64(first)))
	n := float64(first)
	if p.run.options.Arrival == Poisson {
		n = random.ExpFloat64() * float64(step)
	}
	for {
		after, ok := p.run.schedule.arrival(n)
		if !ok {
			return
		}
		due := start.Add(after)
		f.SleepUntil(ctx, due)
		now := time.Now()
		switch over := ctx.Err() != nil; {
		case over && now.Before(due):
			return
		case over || now.Sub(due) > catchUp:
			p.missed++
			p.run.recorder.lag.record(now.Sub(due))
		default:
			p.offer(arrival{due: due, offered: now})
		}
		if p.run.options.Arrival == Poisson {
			n += random.ExpFloat64() * float64(step)
		} else {
			n += float64(step)
		}
	}
}

// offer gives an iteration to a user.
func (p *pool) offer(a arrival) {
	p.mu.Lock()
	defer p.mu.Unlock()
	switch {
	case len(p.idle) > 0:
		u := p.idle[0]
		p.idle = p.idle[1:]
		u.arrival, u.assigned = a, true
		u.fiber.Unpark()
	case p.users < p.most:
		p.backlog = append(p.backlog, a) // which the new user will find
		p.users++
		p.make(p)
	default:
		p.backlog = append(p.backlog, a)
	}
}

// next waits for the user's next iteration; it is false if there is none before ctx ends. fresh says that the user was
// made for it: then nothing has kept it from beginning but the generator.
func (p *pool) next(ctx context.Context, u *user, fresh bool) bool {
	p.mu.Lock()
	if len(p.backlog) > 0 && ctx.Err() == nil {
		u.arrival, u.assigned = p.backlog[0], true
		p.backlog = p.backlog[1:]
		u.kept = !fresh
		p.mu.Unlock()
	} else {
		u.assigned, u.kept = false, false
		p.idle = append(p.idle, u)
		p.mu.Unlock()
		u.fiber.Park(ctx)
		p.mu.Lock()
		p.leaveIdle(u)
		p.mu.Unlock()
	}
	return u.assigned && ctx.Err() == nil
}

// leaveIdle takes a user that was woken by the end, rather than by an iteration, out of the idle ones.
func (p *pool) leaveIdle(u *user) {
	for i, other := range p.idle {
		if other == u {
			p.idle = append(p.idle[:i], p.idle[i+1:]...)
			return
		}
	}
}

// leave is for a user that does nothing more; another one may take its place.
func (p *pool) leave() {
	p.mu.Lock()
	p.users--
	p.mu.Unlock()
}
