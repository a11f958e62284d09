package loadtest

import (
	"context"
	"math/rand/v2"
	"slices"
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

// arrival is an iteration that is to be done. There may be many in a backlog, so it is small.
type arrival struct {
	due, offered time.Duration // after the start: when it should begin, and when the pool heard of it
	full         bool          // all users that there may be were busy then
}

// dispatch offers the iterations of the schedule when they are due: every step-th one from first on, or at random with the
// same mean.
func (p *pool) dispatch(ctx context.Context, f *engine.Fiber, first, step int) {
	random := rand.New(rand.NewPCG(p.run.options.Seed, 1<<62|uint64(first)))
	n := float64(first)
	if p.run.options.Arrival == Poisson {
		n = random.ExpFloat64() * float64(step)
	}
	for {
		due, ok := p.run.schedule.arrival(n)
		if !ok {
			return
		}
		f.SleepUntil(ctx, p.run.start.Add(due))
		now := time.Since(p.run.start)
		switch over := ctx.Err() != nil; {
		case over && now < due:
			return
		case over || now-due > catchUp:
			p.miss(now - due)
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

// miss counts an iteration that was not begun, as it was so late.
func (p *pool) miss(late time.Duration) {
	p.mu.Lock()
	p.missed++
	p.mu.Unlock()
	p.run.recorder.lag.record(late)
}

// offer gives an iteration to a user.
func (p *pool) offer(a arrival) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if len(p.idle) > 0 {
		u := p.idle[0]
		p.idle = p.idle[1:]
		u.arrival, u.assigned = a, true
		u.fiber.Unpark()
		return
	}
	a.full = p.users >= p.most
	p.backlog = append(p.backlog, a)
	if !a.full {
		p.add() // who will find it in the backlog
	}
}

// add makes a user.
func (p *pool) add() {
	p.users++
	p.make(p)
}

// next waits for the user's next iteration; it is false if there is none before ctx ends. fresh says that the user has done
// nothing yet: then nothing has kept it from beginning but the generator.
func (p *pool) next(ctx context.Context, u *user, fresh bool) bool {
	if ctx.Err() != nil {
		return false
	}
	if !p.takeWaiting(u, fresh) {
		u.fiber.Park(ctx)
	}
	p.mu.Lock()
	assigned := u.assigned
	if !assigned {
		p.leaveIdle(u)
	}
	p.mu.Unlock()
	if assigned && ctx.Err() != nil {
		p.miss(time.Since(p.run.start) - u.arrival.due)
		return false
	}
	return assigned
}

// takeWaiting gives the user the iteration that has waited longest, or else makes it an idle one.
func (p *pool) takeWaiting(u *user, fresh bool) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	if len(p.backlog) == 0 {
		u.assigned, u.kept = false, false
		p.idle = append(p.idle, u)
		return false
	}
	u.arrival, u.assigned = p.backlog[0], true
	p.backlog = p.backlog[1:]
	u.kept = !fresh || u.arrival.full
	return true
}

// leaveIdle takes a user that was woken by the end, rather than by an iteration, out of the idle ones.
func (p *pool) leaveIdle(u *user) {
	if i := slices.Index(p.idle, u); i >= 0 {
		p.idle = slices.Delete(p.idle, i, i+1)
	}
}

// leave is for a user that does nothing more. Another one takes its place at once if an iteration waits for one, unless the
// user did not get as far as its first: who cannot even begin would be followed by ever more who cannot.
func (p *pool) leave(ctx context.Context, u *user) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.users--
	if len(p.backlog) > 0 && u.iteration > 0 && ctx.Err() == nil {
		p.add()
	}
}
