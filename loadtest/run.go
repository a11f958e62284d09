package loadtest

import (
	"context"
	"runtime"
	"sync"
	"time"

	"github.com/latency-pod-autoscaler/lpa/loadtest/internal/engine"
	"github.com/latency-pod-autoscaler/lpa/loadtest/internal/machine"
)

// run is one load test under way.
type run struct {
	options   Options
	plan      *Plan
	schedule  schedule
	start     time.Time
	countFrom time.Time // requests sent before are warm-up
	end       time.Time // nothing is sent after, and what is under way is cut off

	names    *runNames
	recorder *recorder
	http2    *http2Connections // nil for HTTP/1.1
	idle     engine.Idle
	progress *progress // nil if nobody watches

	mu    sync.Mutex
	users []*user // all that there have been
	pools []*pool // of the open model

	canaryLatencies []time.Duration // the canary's own fiber adds to them

	crashes  crashes
	examples examples

	// observe is told of each request of a dry run; else it is nil.
	observe func(name int, out *outgoing, a answer, outcome Failure)

	// log is told what a script prints in a dry run, and its mistakes with the failure that they are; else it is nil.
	log func(text string, failure Failure)
}

func newRun(plan *Plan, options Options) *run {
	names := newRunNames(plan.names)
	r := &run{options: options.withDefaults(), plan: plan, names: names, recorder: newRecorder(names.most())}
	if options.HTTP == 2 {
		r.http2 = newHTTP2Connections(&r.options)
	}
	return r
}

// Run puts the load on the service, for Warmup + RunTime or until ctx ends, and returns what was seen up to then. It
// returns within moments of the end, whatever the service does: requests still under way are cancelled and reported as
// unfinished. A locustfile is run by Locust, which returns by Options.Deadline at the latest; see Result.Err.
func Run(ctx context.Context, plan *Plan, options Options) *Result {
	if plan.locust != nil {
		return plan.locust.run(ctx, options)
	}
	r := newRun(plan, options)
	r.start = time.Now()
	r.countFrom = r.start.Add(r.options.Warmup)
	r.schedule = newSchedule(r.options.Warmup, r.options.stages())
	r.end = r.countFrom.Add(r.options.RunTime)
	defer r.watch()()

	running, cancel := newUntil(ctx, r.end)
	defer cancel()
	// How users take their leave is no part of what is measured.
	given, ended := atEnd(running, machine.Start().Stop), atEnd(running, time.Now)
	err := r.perform(ctx, running)
	end := ended()
	interrupted := ctx.Err() != nil && end.Before(r.end)
	r.end = earlier(end, r.end)
	r.countFrom = earlier(r.countFrom, r.end)
	result := newResult(r)
	result.interrupted = interrupted
	result.atTheEnd = r.usersAtTheEnd()
	result.broken = err
	result.machine = given()
	result.crashes = r.crashes.list()
	return result
}

// perform lets all users live until running ends, and then take their leave. err says that there could be no users.
func (r *run) perform(ctx, running context.Context) error {
	loops, err := newLoops(min(runtime.GOMAXPROCS(0), r.options.Users))
	if err != nil {
		return err
	}
	if r.options.Open() {
		r.fillPools(ctx, running, loops)
	} else {
		classes := r.plan.turns()
		for i := range r.options.Users {
			r.add(loops[i%len(loops)], i+1, classes.next(), func(u *user) { r.live(ctx, running, u, nil) })
		}
	}
	defer r.watchCanary(running, loops[0])()
	runAll(running, loops)
	if r.http2 != nil {
		r.http2.close()
	}
	return nil
}

// fillPools makes the first users of the open model, and what starts their iterations.
func (r *run) fillPools(ctx, running context.Context, loops []*engine.Loop) {
	for i, loop := range loops {
		classes, made := r.plan.turns(), 0
		p := &pool{run: r, loop: loop, most: share(r.options.MaxUsers, i, len(loops)), make: func(p *pool) {
			id := made*len(loops) + i + 1
			made++
			r.add(loop, id, classes.next(), func(u *user) { r.live(ctx, running, u, p) })
		}}
		r.pools = append(r.pools, p)
		for p.users < share(r.options.Users, i, len(loops)) {
			p.add()
		}
		loop.Go(func(f *engine.Fiber) { p.dispatch(running, f, i, len(loops)) })
	}
}

// lastMoment is too short a time to expect anything of a user whose turn comes in it.
const lastMoment = 100 * time.Millisecond

// usersAtTheEnd is how many users the schedule asks for in its last moment only. A ramp that ends with the run has one, as
// it reaches its most then; a run that is shorter than its schedule has more that did not begin.
func (r *run) usersAtTheEnd() int {
	n := 0
	for id := r.options.Users; id > 0 && !r.options.Open(); id-- {
		at, ok := r.schedule.nextAtLeast(float64(id), 0)
		if !ok || at < max(1, r.schedule.length()-lastMoment) {
			break
		}
		n++
	}
	return n
}

// share is the part of n that falls to one of several.
func share(n, i, of int) int {
	return (n + of - 1 - i) / of
}

// add makes a user on a loop.
func (r *run) add(loop *engine.Loop, id int, c *class, life func(u *user)) {
	loop.Go(func(f *engine.Fiber) {
		u := newUser(r, f, id, c)
		r.mu.Lock()
		r.users = append(r.users, u)
		r.mu.Unlock()
		life(u)
	})
}

// live is a user's whole life. Its leave is not counted, and is bounded by StopTime.
func (r *run) live(ctx, running context.Context, u *user, p *pool) {
	if p == nil && r.options.SpawnRate > 0 {
		u.fiber.SleepUntil(running, r.start.Add(time.Duration(float64(u.id-1)/r.options.SpawnRate*float64(time.Second))))
	}
	r.enter(1)
	if p != nil {
		u.serve(running, p)
	} else {
		u.live(running)
	}
	r.enter(-1)
	u.leaving = true
	if u.started && len(u.class.onStop) > 0 {
		stopping, cancel := newUntil(context.WithoutCancel(ctx), time.Now().Add(r.options.StopTime))
		defer cancel()
		u.perform(stopping, u.class.onStop)
	}
	u.client.close()
}

// newLoops makes n loops: each keeps one thread busy at most.
func newLoops(n int) ([]*engine.Loop, error) {
	loops := make([]*engine.Loop, n)
	for i := range loops {
		var err error
		if loops[i], err = engine.NewLoop(); err != nil {
			runAll(context.Background(), loops[:i]) // which gives back what they hold
			return nil, err
		}
	}
	return loops, nil
}

// runAll runs the loops until all their users have ended. ctx is the one that they wait with.
func runAll(ctx context.Context, loops []*engine.Loop) {
	var wg sync.WaitGroup
	for _, l := range loops {
		wg.Go(func() { l.Run(ctx) })
	}
	wg.Wait()
}

// alone runs one fiber.
func alone(ctx context.Context, body func(f *engine.Fiber)) error {
	loops, err := newLoops(1)
	if err != nil {
		return err
	}
	loops[0].Go(body)
	runAll(ctx, loops)
	return nil
}

// watch begins to report the progress to whoever asked for it; what it returns ends that.
func (r *run) watch() (end func()) {
	if r.options.Progress == nil {
		return func() {}
	}
	r.progress = &progress{start: r.start, byName: map[int]*IntervalRequest{}}
	done, ended := make(chan struct{}), make(chan struct{})
	countFrom := r.countFrom
	go func() {
		defer close(ended)
		r.progress.every(r.options.Progress, r.names, countFrom, done)
	}()
	return func() { close(done); <-ended }
}

// enter counts users that begin, or with -1 end.
func (r *run) enter(users int) {
	if r.progress != nil {
		r.progress.enter(users)
	}
}

func earlier(a, b time.Time) time.Time {
	if a.Before(b) {
		return a
	}
	return b
}
