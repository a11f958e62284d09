package main

import (
	"log/slog"
	"math"
	"time"

	"github.com/latency-pod-autoscaler/lpa/internal/scaling"
	"github.com/latency-pod-autoscaler/lpa/internal/state"
	"github.com/latency-pod-autoscaler/lpa/internal/telemetry"
)

// sample collects metrics. Their names are those of the dashboard as OpenTelemetry writes names, such that Prometheus makes the
// same of them.
type sample struct {
	began, at time.Time
	metrics   []telemetry.Metric
}

// metrics are the facts of one decision, and the counts of one run.
func metrics(began time.Time, r state.Record) []telemetry.Metric {
	s := sample{began: began, at: r.Time}
	s.replicas("lpa.replicas.current", "Replicas that there were before the decision.", r.Decision.Current)
	if r.Observation.Ready != nil {
		s.replicas("lpa.replicas.ready", "Replicas that were ready before the decision.", *r.Observation.Ready)
	}
	s.replicas("lpa.replicas.wanted", "Replicas that the decision asked for.", r.Decision.Desired)
	s.replicas("lpa.replicas.min", "The least replicas that the autoscaler asks for.", r.Policy.MinReplicas)
	s.replicas("lpa.replicas.max", "The most replicas that the autoscaler asks for.", r.Policy.MaxReplicas)
	s.gauge("lpa.last_decision.timestamp", "s", "When the decision was made, in seconds since 1970.", float64(r.Time.UnixMilli())/1000)
	measured := r.Measured()
	if share := measured.FailureShare(r.Observation); share != nil {
		s.gauge("lpa.failure_ratio", "", "Share of the load test's requests that failed, from 0 to 1.", *share)
	}
	if measured.Probe != nil {
		s.gauge("lpa.probe.in_flight_per_replica", "", "The load test's own requests that each ready replica had under way, on average.", *measured.Probe)
	}
	for _, reading := range scaling.Distinct(r.Observation.Readings) {
		s.target(reading)
	}
	s.count("lpa.decisions", "{decision}", "Decisions, by reason and direction: up, down or hold.",
		slog.String("reason", string(r.Decision.Reason)), slog.String("direction", r.Decision.Direction()))
	s.count("lpa.measurements", "{measurement}", "Measurements, by verdict.", slog.String("verdict", r.Observation.Verdict))
	return s.metrics
}

func (s *sample) gauge(name, unit, description string, value float64, attributes ...slog.Attr) {
	s.add(telemetry.Metric{Name: name, Unit: unit, Description: description}, telemetry.Point{Time: s.at, Value: value, Attributes: attributes})
}

func (s *sample) replicas(name, description string, n int) {
	s.gauge(name, "{replica}", description, float64(n))
}

// count says that something happened once in this run.
func (s *sample) count(name, unit, description string, attributes ...slog.Attr) {
	s.add(telemetry.Metric{Name: name, Unit: unit, Description: description, Count: true},
		telemetry.Point{Start: s.began, Time: s.at, Value: 1, Attributes: attributes})
}

// add puts the points of one name together.
func (s *sample) add(m telemetry.Metric, p telemetry.Point) {
	for i := range s.metrics {
		if s.metrics[i].Name == m.Name {
			s.metrics[i].Points = append(s.metrics[i].Points, p)
			return
		}
	}
	m.Points = []telemetry.Point{p}
	s.metrics = append(s.metrics, m)
}

func (s *sample) target(r scaling.Reading) {
	value := r.Value
	if r.Failed {
		value = math.Inf(1)
	}
	attributes := labels(r.Target)
	if r.Target.Statistic.Kind == scaling.FailureRatio {
		if !r.Missing {
			s.gauge("lpa.target.failure_ratio", "", "What was measured of a target of the type failureRatio, from 0 to 1.", value, attributes...)
		}
		s.gauge("lpa.target.failure_ratio.limit", "", "What a target of the type failureRatio allows, from 0 to 1.", r.Target.Limit, attributes...)
		return
	}
	if !r.Missing {
		s.gauge("lpa.target.latency", "s", "What was measured of a target; infinite if it falls on a failed request.", value/1000, attributes...)
	}
	if r.Low != nil {
		s.gauge("lpa.target.latency.low", "s", "The lower end of its 90 % confidence interval.", *r.Low/1000, attributes...)
	}
	if r.High != nil {
		s.gauge("lpa.target.latency.high", "s", "The upper end of its 90 % confidence interval.", *r.High/1000, attributes...)
	}
	s.gauge("lpa.target.latency.limit", "s", "What a target allows.", r.Target.Limit/1000, attributes...)
}

// labels tell a target from the others.
func labels(t scaling.Target) []slog.Attr {
	labels := []slog.Attr{slog.String("method", t.Method), slog.String("endpoint", t.Endpoint)}
	if t.Statistic.Kind != scaling.FailureRatio {
		labels = append(labels, slog.String("statistic", t.Statistic.String()))
	}
	return labels
}
