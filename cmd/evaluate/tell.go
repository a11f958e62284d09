package main

import (
	"context"
	"time"

	"github.com/latency-pod-autoscaler/lpa/internal/config"
	"github.com/latency-pod-autoscaler/lpa/internal/program"
	"github.com/latency-pod-autoscaler/lpa/internal/state"
)

// tell writes the decision down for people, after it was answered. Whatever fails here is said, and the answer stands; what
// has not ended when ctx does is left behind.
func tell(ctx context.Context, p program.Process, cfg *config.Config, record state.Record) {
	if cfg.DecisionLog.File == "" {
		return
	}
	log := state.Log{Path: cfg.DecisionLog.File, MaxSize: cfg.DecisionLog.MaxSize}
	within(ctx, p, "writing the decision log", func() error { return log.Append(ctx, record) })
}

// within says what went wrong with something that may hang, such as a file system that does not answer.
func within(ctx context.Context, p program.Process, doing string, do func() error) {
	done := make(chan error, 1)
	go func() { done <- do() }()
	select {
	case err := <-done:
		if err != nil {
			p.Sayf("%v", err)
		}
	case <-ctx.Done():
		p.Sayf("%s: it takes too long", doing)
	}
}

// timeToTell is how long after the start everything is to be told: the framework kills whoever takes longer than its timeout,
// and throws the answer away.
func timeToTell(cfg *config.Config) time.Duration {
	if limit := cfg.EvaluateTimeout(); limit > 0 {
		return limit - config.Margin(limit)
	}
	return 4 * time.Second
}
