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
	settings     telemetry.Settings
	began        time.Time
	span, parent telemetry.Context
}

func newExporter(p program.Process, cfg *config.Config, began time.Time) *exporter {
	settings, problems := telemetry.Read(cfg.Telemetry, p.Env, cfg.Proxy())
	for _, problem := range problems {
		p.Warnf("%s", problem)
	}
	x := &exporter{settings: settings, began: began}
	if settings.On() {
		x.span = telemetry.NewContext()
	}
	return x
}

// join gives the run its place in the trace that metric began.
func (x *exporter) join(measurement string) {
	if x.settings.On() {
		x.parent = telemetry.ParseContext(state.Record{Measurement: []byte(measurement)}.Measured().Trace)
		x.span = x.parent.Child()
	}
}

// start begins to tell what was decided, or why nothing was. What it returns waits for the end, which comes when ctx ends at the
// latest.
func (x *exporter) start(ctx context.Context, cfg *config.Config, e outcome, failure error) (wait func() error) {
	if !x.settings.On() {
		return func() error { return nil }
	}
	r := e.input.Resource
	batch := telemetry.Batch{
		Scope: "evaluate", Version: program.Version(version),
		Resource: append(telemetry.Resource(r.Kind, r.Namespace, r.Name), slog.String("lpa.mode", string(cfg.Mode)), slog.String("lpa.policy", cfg.Policy().Name())),
		Spans:    []telemetry.Span{x.decide(cfg, e, failure)},
	}
	if e.record != nil && !e.dryRun { // what was only asked for is no state of the service
		batch.Metrics = metrics(x.began, *e.record)
	}
	done := make(chan error, 1)
	go func() { done <- x.settings.Export(ctx, batch) }()
	return func() error { return <-done }
}

// decide is the span of the run.
func (x *exporter) decide(cfg *config.Config, e outcome, failure error) telemetry.Span {
	span := telemetry.Span{
		Context: x.span, Parent: x.parent, Name: "decide", Start: x.began, End: time.Now(),
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
	for _, reading := range distinct(e.record.Observation.Readings) {
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

// mostTargets are how many targets are told, as by the dashboard.
const mostTargets = 32

// distinct are the readings of targets that differ in more than their limit, up to a number of them: the same metric twice would
// be none.
func distinct(readings []scaling.Reading) []scaling.Reading {
	var few []scaling.Reading
	seen := map[scaling.Target]bool{}
	for _, r := range readings {
		key := r.Target
		key.Limit = 0
		if !seen[key] && len(few) < mostTargets {
			few = append(few, r)
		}
		seen[key] = true
	}
	return few
}
