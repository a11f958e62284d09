package loadtest

import (
	"context"
	"math"
	"math/rand/v2"
	"net/url"
	"time"

	"github.com/latency-pod-autoscaler/lpa/loadtest/internal/engine"
)

// canaryInterval is how far apart the requests to the canary are on average: some 200 in a run of 20 s, enough for a p99, at a
// cost that is lost in the noise. They come at random: those of the open model come in step, and so would meet the canary's each
// time or never.
const canaryInterval = 100 * time.Millisecond

// watchCanary adds a fiber that measures, by the same engine and beside the users, what answers at once, in the counted time.
// The function that it returns ends the canary. Without one there is just less to go by.
func (r *run) watchCanary(ctx context.Context, loop *engine.Loop) (stop func()) {
	address, stop, err := startCanary()
	if err != nil {
		return func() {}
	}
	request := engine.Request{Method: "GET", URL: &url.URL{Scheme: "http", Host: address, Path: "/"}}
	forGood := &engine.Config{Reuse: func() (int, time.Duration) { return math.MaxInt, 0 }}
	loop.Go(func(f *engine.Fiber) {
		client := engine.NewClient(f, forGood)
		defer client.Close()
		random := rand.New(rand.NewPCG(r.options.Seed, 1<<61))
		for due := r.countFrom; ; {
			due = due.Add(time.Duration(2 * random.Float64() * float64(canaryInterval)))
			f.SleepUntil(ctx, due)
			if ctx.Err() != nil {
				return
			}
			if response, err := client.Do(ctx, &request, r.end); err == nil {
				r.canaryLatencies = append(r.canaryLatencies, response.Times.LastByte)
			}
		}
	})
	return stop
}
