package main

import (
	"log/slog"

	"github.com/latency-pod-autoscaler/lpa/internal/measurement"
	"github.com/latency-pod-autoscaler/lpa/loadtest"
)

// level is that of a measurement: a warning if it cannot be trusted.
func level(s *loadtest.Summary) slog.Level {
	if s.Quality.Verdict != loadtest.VerdictOK {
		return slog.LevelWarn
	}
	return slog.LevelInfo
}

// facts are a measurement for programs that read the log, in the words of the result.
func facts(input measurement.Input, s *loadtest.Summary, x *exporter) []slog.Attr {
	facts := []slog.Attr{
		slog.String("verdict", string(s.Quality.Verdict)), slog.Int("num_requests", s.NumRequests), slog.Int("num_requests_fail", s.NumFailed),
		slog.Int("unfinished", s.Unfinished), slog.Int("current_replicas", *input.Resource.Replicas), slog.String("runType", input.RunType),
	}
	return append(facts, x.Facts()...)
}
