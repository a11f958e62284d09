package loadtest

import (
	"context"
	"sync"
	"time"
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

	users := r.users(plan)
	running, cancel := context.WithDeadline(ctx, r.end)
	defer cancel()
	r.each(users, func(i int, u *user) {
		if options.SpawnRate > 0 {
			u.sleep(running, time.Duration(float64(i)/options.SpawnRate*float64(time.Second)))
		}
		r.enter(1)
		u.live(running)
		r.enter(-1)
	})
	interrupted := ctx.Err() != nil && time.Now().Before(r.end)
	r.end = earlier(time.Now(), r.end) // so that nothing that onStop sends is counted; no user is running now
	r.stop(ctx, users)
	result := newResult(r.names.list, users, options, earlier(r.countFrom, r.end), r.end)
	result.interrupted = interrupted
	return result
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

// users makes all the users.
func (r *run) users(plan *Plan) []*user {
	users := make([]*user, r.options.Users)
	for i, c := range plan.assign(r.options.Users) {
		users[i] = newUser(r, i+1, c)
	}
	return users
}

// each runs f for every user at once and waits for all.
func (r *run) each(users []*user, f func(i int, u *user)) {
	var wg sync.WaitGroup
	for i, u := range users {
		wg.Go(func() { f(i, u) })
	}
	wg.Wait()
}

// stop performs the users' onStop, if there is one, and closes their connections. Its requests come after the end and
// are not counted.
func (r *run) stop(ctx context.Context, users []*user) {
	stopping, cancel := context.WithTimeout(context.WithoutCancel(ctx), r.options.StopTime)
	defer cancel()
	r.each(users, func(_ int, u *user) {
		if u.started {
			u.perform(stopping, u.class.onStop)
		}
		u.client.close()
	})
}

func earlier(a, b time.Time) time.Time {
	if a.Before(b) {
		return a
	}
	return b
}
