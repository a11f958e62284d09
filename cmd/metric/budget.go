package main

import (
	"fmt"
	"time"

	"github.com/latency-pod-autoscaler/lpa/internal/config"
)

// budget is how the time until the framework's SIGKILL is spent.
type budget struct {
	warmup, runTime, stopTime time.Duration
	note                      string // what had to be shortened; empty if nothing
}

// mostStopTime is how long onStop may take; logging out need not take longer.
const mostStopTime = 5 * time.Second

// fit shortens the load test if the framework would kill it before its end, as a killed run yields nothing at all.
func fit(cfg *config.Config, started time.Time) (budget, error) {
	l := cfg.LoadTest
	b := budget{warmup: l.Warmup, runTime: l.RunTime, stopTime: mostStopTime}
	limit := cfg.MetricTimeout()
	if limit == 0 {
		return b, nil
	}
	available := time.Until(deadline(cfg, started))
	if available < config.ShortestRun {
		return b, fmt.Errorf("metric.timeout: %s leaves no time for a load test", limit)
	}
	if b.warmup+b.runTime > available {
		b.warmup = min(b.warmup, max(0, available-b.runTime), available/2)
		b.runTime = min(b.runTime, available-b.warmup)
		b.note = fmt.Sprintf("shortened from %s + %s to %s + %s, as metric.timeout is %s",
			l.Warmup, l.RunTime, b.warmup.Round(time.Millisecond), b.runTime.Round(time.Millisecond), limit)
	}
	b.stopTime = min(b.stopTime, available-b.warmup-b.runTime)
	return b, nil
}

// deadline is when the program has to end by itself; zero if the framework's patience is not known.
func deadline(cfg *config.Config, started time.Time) time.Time {
	limit := cfg.MetricTimeout()
	if limit == 0 {
		return time.Time{}
	}
	return started.Add(limit - config.Margin(limit))
}
