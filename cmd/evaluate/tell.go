package main

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"sync/atomic"
	"time"

	"github.com/latency-pod-autoscaler/lpa/internal/config"
	"github.com/latency-pod-autoscaler/lpa/internal/cpa"
	"github.com/latency-pod-autoscaler/lpa/internal/program"
	"github.com/latency-pod-autoscaler/lpa/internal/state"
)

// tell writes the decision down for people and announces it, after it was answered. Whatever fails here is said, and the
// answer stands; what has not ended when ctx does is left behind.
func tell(ctx context.Context, p program.Process, cfg *config.Config, resource cpa.Resource, record state.Record) {
	log := state.Log{Path: cfg.DecisionLog.File, MaxSize: cfg.DecisionLog.MaxSize}
	var last *state.Record
	if log.Path != "" && cfg.Announce.Event {
		last = lastDecision(ctx, p, log)
	}
	var logged atomic.Bool
	if log.Path != "" {
		within(ctx, p, "writing the decision log", func() error {
			ctx, cancel := context.WithTimeout(ctx, logTime)
			defer cancel()
			err := log.Append(ctx, record)
			logged.Store(err == nil)
			return err
		})
	}
	within(ctx, p, "announcing the decision", announceAll(ctx, cfg, announcement{p.Env, resource.Object(), record}, worthAnEvent(record, last, logged.Load())))
}

// lastDecision is the log's last record; nil if there is none.
func lastDecision(ctx context.Context, p program.Process, log state.Log) *state.Record {
	last := make(chan *state.Record, 1)
	within(ctx, p, "reading the decision log", func() error {
		if record, found := log.Last(); found {
			last <- &record
		}
		return nil
	})
	select {
	case record := <-last:
		return record
	default:
		return nil
	}
}

// announceAll is what the configuration asks for, all at once: a server that does not answer costs the time once.
func announceAll(ctx context.Context, cfg *config.Config, a announcement, event bool) func() error {
	var all []func(context.Context) error
	if cfg.Announce.Event && event {
		all = append(all, a.event)
	}
	if cfg.Announce.Annotation {
		all = append(all, a.annotate)
	}
	return func() error {
		errs := make([]error, len(all))
		var wg sync.WaitGroup
		for i, announce := range all {
			wg.Go(func() { errs[i] = announce(ctx) })
		}
		wg.Wait()
		return errors.Join(errs...)
	}
}

// within says what went wrong with something that may hang, such as a file system that does not answer. What hangs may go on
// meanwhile.
func within(ctx context.Context, p program.Process, doing string, do func() error) {
	done := make(chan error, 1)
	go func() { done <- do() }()
	err := program.Await(ctx, done)
	if errors.Is(err, program.ErrTooLong) {
		err = fmt.Errorf("%s: %w", doing, err)
	}
	if err != nil {
		p.Warnf("%v", err)
	}
}

// logTime is how long to wait for another process that writes to the log; it takes a millisecond.
const logTime = time.Second

// timeToTell is how long after the start everything is to be told: the framework kills whoever takes longer than its timeout,
// and throws the answer away.
func timeToTell(cfg *config.Config) time.Duration {
	if limit := cfg.EvaluateTimeout(); limit > 0 {
		return limit - config.Margin(limit) - program.Grace
	}
	return 4 * time.Second
}
