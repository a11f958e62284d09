package loadtest

import (
	"context"
	"math/rand/v2"
	"time"

	"github.com/latency-pod-autoscaler/lpa/loadtest/internal/engine"
)

// user is one simulated user: its own connection, cookies, random numbers and records. Nothing of it is shared while it
// runs, so that users do not wait for one another.
type user struct {
	id        int // from 1
	class     *class
	run       *run
	fiber     *engine.Fiber
	client    client
	random    *rand.Rand
	samples   []sample
	values    *values // what the expressions of its script see; nil until they are needed
	iteration int
	started   bool          // has had the time to do anything at all
	starting  bool          // is in onStart
	leaving   bool          // is in onStop, which is not counted
	broken    bool          // a request of its onStart failed, so what it does after is not what the script means
	judging   *requestStep  // whose answer is judged; nil for a script in Starlark
	sending   *outgoing     // its request
	star      *starUser     // nil but for a script in Starlark
	busy      time.Duration // in requests, from the start of the run
	flight    time.Duration // the latencies, or ages, of its counted requests
	underWay  time.Duration // how long those were under way by the clock
	answered  time.Time     // when the last answer came; zero if none did

	// In the open model: the iteration that it was given, if any. kept says that no user was free when the iteration was due,
	// so that the wait for one is the service's; else what was late was the generator. waited is that wait, until the first
	// request of the iteration is sent, whose latency it is part of.
	arrival  arrival
	assigned bool
	kept     bool
	waited   time.Duration
}

func newUser(r *run, f *engine.Fiber, id int, c *class) *user {
	random := rand.New(rand.NewPCG(r.options.Seed, uint64(id)))
	// How long connections live must not change what the user does, so it has random numbers of its own.
	connections := rand.New(rand.NewPCG(r.options.Seed, uint64(id)|1<<63))
	return &user{id: id, class: c, run: r, random: random, fiber: f, client: newClient(r, f, id, connections)}
}

// begin performs onStart.
func (u *user) begin(ctx context.Context) flow {
	u.started = ctx.Err() == nil
	u.starting = true
	defer func() { u.starting = false }()
	return u.perform(ctx, u.class.onStart)
}

// live is the user's life in the closed model: onStart, then tasks and waits until ctx ends.
func (u *user) live(ctx context.Context) {
	u.awaitTurn(ctx)
	for next := u.begin(ctx); ctx.Err() == nil && next != stopUser; {
		begin := time.Now()
		next = u.perform(ctx, u.pick().steps)
		u.iteration++
		u.sleep(ctx, u.class.wait.next(u.random, time.Since(begin)))
		u.awaitTurn(ctx)
	}
}

// awaitTurn waits while the schedule asks for fewer users than there are with lower numbers.
func (u *user) awaitTurn(ctx context.Context) {
	r := u.run
	if r.schedule.steady() {
		return
	}
	now := time.Since(r.start)
	at, ok := r.schedule.nextAtLeast(float64(u.id), now)
	if ok && at <= now {
		return
	}
	if !ok {
		at = r.end.Sub(r.start)
	}
	r.enter(-1)
	u.fiber.SleepUntil(ctx, r.start.Add(at))
	r.enter(1)
}

// serve is the user's life in the open model: onStart, then the iterations that the pool hands out.
func (u *user) serve(ctx context.Context, p *pool) {
	next := u.begin(ctx)
	for fresh := len(u.class.onStart) == 0; next != stopUser && p.next(ctx, u, fresh); fresh = false {
		u.startIteration(time.Since(u.run.start))
		next = u.perform(ctx, u.pick().steps)
		u.iteration++
	}
	p.leave(ctx, u)
}

// perform takes the steps in order, up to one that ends the iteration or the user.
func (u *user) perform(ctx context.Context, steps []step) flow {
	for _, s := range steps {
		if ctx.Err() != nil {
			return goOn
		}
		if next := s.do(ctx, u); next != goOn {
			return next
		}
	}
	return goOn
}

// sleep pauses the user, until the end of ctx at most.
func (u *user) sleep(ctx context.Context, d time.Duration) {
	if d <= 0 {
		return
	}
	due := time.Now().Add(d)
	u.fiber.SleepUntil(ctx, due)
	if ctx.Err() == nil {
		u.run.recorder.lag.record(time.Since(due))
	}
}

// pick draws a task by weight.
func (u *user) pick() *task {
	total := 0
	for i := range u.class.tasks {
		total += u.class.tasks[i].weight
	}
	n := u.random.IntN(total)
	for i := range u.class.tasks {
		if n -= u.class.tasks[i].weight; n < 0 {
			return &u.class.tasks[i]
		}
	}
	panic("unreachable: weights are positive")
}

// startIteration notes how late the user begins the iteration that it was given: by the service's fault, from when the pool
// heard of it, if no user was free then. What else was late is the generator's lag.
func (u *user) startIteration(now time.Duration) {
	begun := now
	u.waited, u.assigned = 0, false
	if u.kept {
		begun = u.arrival.offered
		u.waited = now - begun
	}
	u.run.recorder.lag.record(begun - u.arrival.due)
}

// log takes a line of the script, which dry runs show. It is a failure if no request is one for it.
func (u *user) log(text string, failure Failure) {
	if u.run.log != nil && text != "" {
		u.run.log(text, failure)
	}
}
