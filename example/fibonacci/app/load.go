package main

import (
	"context"
	"flag"
	"fmt"
	"io"
	"math"
	"net/http"
	"net/url"
	"slices"
	"sync"
	"time"
)

// loadPlan is what the clients do.
type loadPlan struct {
	url     string
	workers int
	// every is the time from one request's start to the next one's of the same worker, unless the answer takes longer: a worker waits
	// for its answer, as a person does, so a slow service is asked less often.
	every time.Duration
	// reuse is how many requests share a TCP connection. kube-proxy chooses a pod per connection, so clients that never reconnect
	// would never reach the replicas added later.
	reuse  int
	report time.Duration
}

// runLoad drives load until the context ends and prints a line per report interval.
func runLoad(ctx context.Context, args []string, stdout io.Writer) error {
	flags := flag.NewFlagSet("load", flag.ContinueOnError)
	flags.SetOutput(io.Discard)
	var plan loadPlan
	flags.StringVar(&plan.url, "url", "http://fibonacci:5000/fibonacci?n=28", "what to get")
	flags.IntVar(&plan.workers, "workers", 20, "clients at a time")
	flags.DurationVar(&plan.every, "every", 200*time.Millisecond, "time from one request of a client to its next")
	flags.IntVar(&plan.reuse, "reuse", 10, "requests per TCP connection")
	flags.DurationVar(&plan.report, "report", 2*time.Second, "time between two lines of output")
	if err := flags.Parse(args); err != nil {
		return usageError{fmt.Errorf("load: %w", err)}
	}
	if err := plan.check(); err != nil {
		return usageError{fmt.Errorf("load: %w", err)}
	}
	plan.drive(ctx, stdout)
	return nil
}

func (p loadPlan) check() error {
	u, err := url.Parse(p.url)
	switch {
	case err != nil || u.Scheme != "http" || u.Host == "":
		return fmt.Errorf("-url: must be an http URL, got %q", p.url)
	case p.workers < 1 || p.workers > 1000:
		return fmt.Errorf("-workers: must be 1 to 1000, got %d", p.workers)
	case p.every < 0:
		return fmt.Errorf("-every: must not be negative, got %v", p.every)
	case p.reuse < 1:
		return fmt.Errorf("-reuse: must be at least 1, got %d", p.reuse)
	case p.report <= 0:
		return fmt.Errorf("-report: must be positive, got %v", p.report)
	}
	return nil
}

// drive runs the workers and reports what they saw.
func (p loadPlan) drive(ctx context.Context, stdout io.Writer) {
	var seen window
	var workers sync.WaitGroup
	for i := range p.workers {
		// Spread over the first interval, so that the clients do not ask all at the same instant.
		first := p.every * time.Duration(i) / time.Duration(p.workers)
		workers.Go(func() { p.work(ctx, first, &seen) })
	}
	ticker := time.NewTicker(p.report)
	defer ticker.Stop()
	for ctx.Err() == nil {
		select {
		case <-ctx.Done():
		case <-ticker.C:
			fmt.Fprintln(stdout, seen.take(p.report))
		}
	}
	workers.Wait()
}

// work is one client.
func (p loadPlan) work(ctx context.Context, first time.Duration, seen *window) {
	// A transport of its own, hence a connection of its own.
	transport := &http.Transport{MaxIdleConnsPerHost: 1}
	defer transport.CloseIdleConnections()
	client := &http.Client{Transport: transport, Timeout: 30 * time.Second}
	next := time.Now().Add(first)
	for n := 1; sleepUntil(ctx, next); n++ {
		start := time.Now()
		err := get(ctx, client, p.url)
		if ctx.Err() != nil {
			return
		}
		seen.add(time.Since(start), err)
		if err != nil || n%p.reuse == 0 {
			transport.CloseIdleConnections()
		}
		if next = next.Add(p.every); next.Before(time.Now()) {
			next = time.Now()
		}
		if err != nil && p.every == 0 {
			next = time.Now().Add(100 * time.Millisecond) // a refused connection costs nothing: do not spin on it
		}
	}
}

// sleepUntil reports whether the moment came before the context ended.
func sleepUntil(ctx context.Context, t time.Time) bool {
	timer := time.NewTimer(time.Until(t))
	defer timer.Stop()
	select {
	case <-ctx.Done():
		return false
	case <-timer.C:
		return ctx.Err() == nil
	}
}

func get(ctx context.Context, client *http.Client, url string) error {
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, url, nil)
	if err != nil {
		return err
	}
	response, err := client.Do(request)
	if err != nil {
		return err
	}
	defer response.Body.Close()
	if _, err := io.Copy(io.Discard, response.Body); err != nil {
		return err
	}
	if response.StatusCode != http.StatusOK {
		return fmt.Errorf("status %d", response.StatusCode)
	}
	return nil
}

// window collects what happened since the last report.
type window struct {
	mu        sync.Mutex
	latencies []time.Duration
	failures  int
}

func (w *window) add(latency time.Duration, err error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if err != nil {
		w.failures++
		return
	}
	w.latencies = append(w.latencies, latency)
}

// take returns the line for the window and starts the next one. The latencies are of the requests that succeeded; the failures are
// counted beside them.
func (w *window) take(length time.Duration) string {
	w.mu.Lock()
	latencies, failures := w.latencies, w.failures
	w.latencies, w.failures = nil, 0
	w.mu.Unlock()
	slices.Sort(latencies)
	return fmt.Sprintf("%.1f requests/s, p50 %.0f ms, p95 %.0f ms, %d failures",
		float64(len(latencies))/length.Seconds(), quantile(latencies, 0.50), quantile(latencies, 0.95), failures)
}

// quantile is the nearest-rank quantile of sorted latencies in milliseconds, NaN where there are none.
func quantile(sorted []time.Duration, q float64) float64 {
	if len(sorted) == 0 {
		return math.NaN()
	}
	rank := int(math.Ceil(q * float64(len(sorted))))
	return float64(sorted[max(rank, 1)-1]) / float64(time.Millisecond)
}
