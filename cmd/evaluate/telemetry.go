package main

import (
	"context"
	"log/slog"
	"time"

	"github.com/latency-pod-autoscaler/lpa/internal/config"
	"github.com/latency-pod-autoscaler/lpa/internal/program"
	"github.com/latency-pod-autoscaler/lpa/internal/scaling"
	"github.com/latency-pod-autoscaler/lpa/internal/state"
	"github.com/latency-pod-autoscaler/lpa/internal/telemetry"
)

// exporter tells OpenTelemetry of a run, if somebody wants to know.
type exporter struct {
	telemetry.Run
	began  time.Time
	parent telemetry.Context
}

// join gives the run its place in the trace that metric began.
func (x *exporter) join(measurement string) {
	if x.On() {
		x.parent = telemetry.ParseContext(state.Record{Measurement: []byte(measurement)}.Measured().Trace)
		x.Span = x.parent.Child()
	}
}

// start begins to tell what was decided, or why nothing was. What it returns waits for the end, which comes when ctx ends at the
// latest.
func (x *exporter) start(ctx context.Context, cfg *config.Config, e outcome, failure error) (wait func() error) {
	if !x.On() {
		return func() error { return nil }
	}
	r := e.input.Resource
	batch := telemetry.Batch{
		Scope: "evaluate", Version: program.Version(version),
		Resource: telemetry.Autoscaler(cfg, r.Kind, r.Namespace, r.Name),
		Spans:    []telemetry.Span{x.decide(cfg, e, failure)},
	}
	if e.record != nil && !e.dryRun { // what was only asked for is no state of the service
		batch.Metrics = metrics(x.began, *e.record)
	}
	done := make(chan error, 1)
	go func() { done <- x.Export(ctx, batch) }()
	return func() error { return <-done }
}

// decide is the span of the run.
func (x *exporter) decide(cfg *config.Config, e outcome, failure error) telemetry.Span {
	span := telemetry.Span{
		Context: x.Span, Parent: x.parent, Name: "decide", Start: x.began, End: time.Now(),
		Attributes: []slog.Attr{slog.String("lpa.run_type", e.input.RunType), slog.Bool("lpa.dry_run", e.dryRun), slog.String("lpa.mode", string(cfg.Mode))},
	}
	if failure != nil {
		span.Error = failure.Error()
	}
	if e.record == nil {
		return span
	}
	d := e.record.Decision
	span.Attributes = append(span.Attributes,
		slog.String("lpa.reason", string(d.Reason)), slog.String("lpa.direction", d.Direction()), slog.String("lpa.sentence", d.Text),
		slog.Int("lpa.replicas.current", d.Current), slog.Int("lpa.replicas.wanted", d.Desired), slog.Int("lpa.answer", e.record.Answer),
		slog.String("lpa.policy", e.record.Policy.Name()), slog.String("lpa.verdict", e.record.Observation.Verdict))
	if unsaved := e.record.Unsaved; unsaved != "" {
		span.Attributes = append(span.Attributes, slog.String("lpa.unsaved", unsaved))
	}
	for _, reading := range scaling.Distinct(e.record.Observation.Readings) {
		span.Events = append(span.Events, target(reading, e.record.Time))
	}
	return span
}

// target is what was measured of a target, as an event: the values of the metrics under the same names.
func target(r scaling.Reading, at time.Time) telemetry.Event {
	event := telemetry.Event{Name: "target", Time: at, Attributes: labels(r.Target)}
	var s sample
	s.target(r)
	for _, m := range s.metrics {
		event.Attributes = append(event.Attributes, slog.Float64(m.Name, m.Points[0].Value))
	}
	return event
}
