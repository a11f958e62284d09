package main

import (
	"context"
	"log/slog"
	"time"

	"github.com/latency-pod-autoscaler/lpa/internal/config"
	"github.com/latency-pod-autoscaler/lpa/internal/measurement"
	"github.com/latency-pod-autoscaler/lpa/internal/program"
	"github.com/latency-pod-autoscaler/lpa/internal/telemetry"
	"github.com/latency-pod-autoscaler/lpa/loadtest"
)

// exporter tells OpenTelemetry of a run, if somebody wants to know. What was measured are evaluate's metrics: it knows what came
// of them.
type exporter struct {
	telemetry.Run
	started time.Time
	input   measurement.Input
	summary *loadtest.Summary // nil if nothing was measured
}

// traceparent is where evaluate goes on; empty if nothing is exported.
func (x *exporter) traceparent() string {
	if !x.On() {
		return ""
	}
	return x.Span.String()
}

// export tells what was measured, or why nothing was, after it was answered. That a signal has ended the run is no reason not to.
func (x *exporter) export(cfg *config.Config, failure error) error {
	if !x.On() {
		return nil
	}
	ctx := context.Background()
	if limit := cfg.MetricTimeout(); limit > 0 {
		// The framework throws away what a program has printed that it has to kill.
		var cancel context.CancelFunc
		ctx, cancel = context.WithDeadline(ctx, x.started.Add(limit-config.Margin(limit)/2))
		defer cancel()
	}
	r := x.input.Resource
	return x.Export(ctx, telemetry.Batch{
		Scope: "metric", Version: program.Version(version),
		Resource: telemetry.Autoscaler(cfg, r.Kind, r.Namespace, r.Name),
		Spans:    []telemetry.Span{x.probe(cfg, failure)},
	})
}

// probe is the span of the run.
func (x *exporter) probe(cfg *config.Config, failure error) telemetry.Span {
	span := telemetry.Span{
		Context: x.Span, Name: "probe", Start: x.started, End: time.Now(),
		Attributes: []slog.Attr{slog.String("lpa.run_type", x.input.RunType), slog.String("lpa.mode", string(cfg.Mode))},
	}
	if host := cfg.LoadTest.Host; host != nil {
		span.Attributes = append(span.Attributes, slog.String("server.address", host.Hostname()))
	}
	if failure != nil {
		span.Error = failure.Error()
	}
	if replicas := x.input.Resource.Replicas; replicas != nil {
		span.Attributes = append(span.Attributes, slog.Int("lpa.replicas.current", *replicas))
	}
	if s := x.summary; s != nil {
		span.Attributes = append(span.Attributes,
			slog.String("lpa.verdict", string(s.Quality.Verdict)), slog.Any("lpa.verdict.reasons", s.Quality.Reasons),
			slog.Int("lpa.requests", s.NumRequests), slog.Int("lpa.requests.failed", s.NumFailed), slog.Int("lpa.requests.unfinished", s.Unfinished))
		if s.EndTime > s.StartTime {
			span.Events = []telemetry.Event{{Name: "load begins", Time: seconds(s.StartTime)}, {Name: "load ends", Time: seconds(s.EndTime)}}
		}
	}
	return span
}

// seconds is a time from seconds since 1970.
func seconds(s float64) time.Time { return time.UnixMicro(int64(s * 1e6)) }
