package main

import (
	"log/slog"

	"github.com/latency-pod-autoscaler/lpa/internal/state"
)

// mostReadings are how many targets are in the log: the framework cuts off what a run writes after 15,000 bytes.
const mostReadings = 16

// level is that of a decision: a warning if somebody should look at what it was made for.
func level(r state.Record) slog.Level {
	if warns(r.Decision.Reason) {
		return slog.LevelWarn
	}
	return slog.LevelInfo
}

// facts are a decision for programs that read the log, in the words of the decision log.
func facts(r state.Record, dryRun bool, x *exporter) []slog.Attr {
	facts := []slog.Attr{
		slog.String("reason", string(r.Decision.Reason)), slog.String("direction", r.Decision.Direction()),
		slog.Int("current", r.Decision.Current), slog.Int("desired", r.Decision.Desired), slog.Int("answer", r.Answer),
		slog.String("policy", r.Policy.Name()), slog.String("mode", r.Mode),
		slog.String("runType", r.RunType), slog.Bool("dryRun", dryRun), slog.String("verdict", r.Observation.Verdict),
		slog.Group("resource", slog.String("kind", r.Resource.Kind), slog.String("namespace", r.Resource.Namespace), slog.String("name", r.Resource.Name)),
		slog.Any("readings", r.Observation.Readings[:min(mostReadings, len(r.Observation.Readings))]),
	}
	return append(facts, x.Facts()...)
}
