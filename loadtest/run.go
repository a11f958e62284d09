package loadtest

import (
	"context"
	"math/rand/v2"
	"runtime"
	"sync"
	"time"

	"github.com/latency-pod-autoscaler/lpa/loadtest/internal/engine"
)

// run is one load test under way.
type run struct {
	options   Options
	countFrom time.Time // requests sent before are warm-up
	end       time.Time // nothing is sent after, and what is under way is cut off

	names    *runNames
	progress *progress // nil if nobody watches

	// observe is told of each request of a dry run; else it is nil.
	observe func(name int, out *outgoing, a answer, outcome Failure)
}

// Run puts the load on the service, for Warmup + RunTime or until ctx ends, and returns what was seen up to then. It
// returns within moments of the end, whatever the service does: requests still under way are cancelled and reported as
// unfinished.
func Run(ctx context.Context, plan *Plan, options Options) *Result {
	options = options.withDefaults()
	start := time.Now()
	r := &run{options: options, countFrom: start.Add(options.Warmup), names: newRunNames(plan.names)}
	r.end = r.countFrom.Add(options.RunTime)
	defer r.watch(start)()

	running, cancel := newUntil(ctx, r.end)
	defer cancel()
	given := watchMachine(running)
	users, err := r.perform(ctx, running, plan)
	interrupted := ctx.Err() != nil && time.Now().Before(r.end)
	r.end = earlier(time.Now(), r.end)
	result := newResult(r.names.list, users, options, earlier(r.countFrom, r.end), r.end)
	result.interrupted = interrupted
	result.broken = err
	result.machine = given()
	return result
}

// perform lets all users live until running ends, and then take their leave. err says that there could be no users.
func (r *run) perform(ctx, running context.Context, plan *Plan) ([]*user, error) {
	loops, err := newLoops(min(runtime.GOMAXPROCS(0), r.options.Users))
	if err != nil {
		return nil, err
	}
	users := make([]*user, r.options.Users)
	for i, c := range plan.assign(r.options.Users) {
		loops[i%len(loops)].Go(func(f *engine.Fiber) {
			users[i] = newUser(r, f, i+1, c)
			r.live(ctx, running, users[i])
		})
	}
	runAll(ctx, loops)
	return users, nil
}

// live is a user's whole life. Its leave is not counted, and is bounded by StopTime.
func (r *run) live(ctx, running context.Context, u *user) {
	if r.options.SpawnRate > 0 {
		u.sleep(running, time.Duration(float64(u.id-1)/r.options.SpawnRate*float64(time.Second)))
	}
	r.enter(1)
	u.live(running)
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
			return nil, err
		}
	}
	return loops, nil
}

// runAll runs the loops until all their users have ended.
func runAll(ctx context.Context, loops []*engine.Loop) {
	var wg sync.WaitGroup
	for _, l := range loops {
		wg.Go(func() { l.Run(ctx) })
	}
	wg.Wait()
}

// alone runs one fiber.
func (r *run) alone(ctx context.Context, body func(f *engine.Fiber)) error {
	loops, err := newLoops(1)
	if err != nil {
		return err
	}
	loops[0].Go(body)
	runAll(ctx, loops)
	return nil
}

// engineConfig is how a user connects; random draws how long its connections live.
func (r *run) engineConfig(random *rand.Rand) *engine.Config {
	return &engine.Config{
		TLS:   r.options.TLS,
		Proxy: r.options.Proxy,
		Reuse: func() (int, time.Duration) { return r.options.Reuse.draw(random), 0 },
	}
}

// watch begins to report the progress to whoever asked for it; what it returns ends that.
func (r *run) watch(start time.Time) (end func()) {
	if r.options.Progress == nil {
		return func() {}
	}
	r.progress = &progress{start: start, byName: map[int]*IntervalRequest{}}
	done, ended := make(chan struct{}), make(chan struct{})
	go func() {
		defer close(ended)
		r.progress.every(r.options.Progress, r.names, r.countFrom, done)
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
