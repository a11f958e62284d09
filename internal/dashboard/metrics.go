package dashboard

import (
	"math"
	"slices"
	"strings"

	"github.com/latency-pod-autoscaler/lpa/internal/scaling"
	"github.com/latency-pod-autoscaler/lpa/internal/state"
	"github.com/prometheus/client_golang/prometheus"
)

// counters count the decisions of the log from its oldest one on.
type counters struct {
	decisions map[decisionKind]int
	verdicts  map[string]int
	reasons   names
	judged    names
}

type decisionKind struct{ reason, direction string }

func newCounters() counters {
	return counters{decisions: map[decisionKind]int{}, verdicts: map[string]int{}}
}

func (c *counters) count(r *state.Record) {
	c.decisions[decisionKind{c.reasons.bounded(string(r.Decision.Reason)), r.Decision.Direction()}]++
	c.verdicts[c.judged.bounded(r.Observation.Verdict)]++
}

// bounded is the word, or another one for those that there are too many of.
func (n *names) bounded(word string) string { return (*n)[n.index(word)] }

// The metrics, without the library's shorter forms: each is one fact of the latest decision, or a count of all.
var (
	targetLabels = []string{"method", "endpoint", "statistic"}

	buildInfo       = describe("lpa_build_info", "The version of the dashboard; always 1.", "version")
	resourceInfo    = describe("lpa_resource_info", "The resource that is scaled, and whether the autoscaler acts or observes; always 1.", "kind", "namespace", "name", "mode", "policy")
	replicasCurrent = describe("lpa_replicas_current", "Replicas that there were before the latest decision.")
	replicasReady   = describe("lpa_replicas_ready", "Replicas that were ready before the latest decision.")
	replicasWanted  = describe("lpa_replicas_wanted", "Replicas that the latest decision asked for.")
	replicasMin     = describe("lpa_replicas_min", "The least replicas that the autoscaler asks for.")
	replicasMax     = describe("lpa_replicas_max", "The most replicas that the autoscaler asks for.")
	latency         = describe("lpa_target_latency_seconds", "What was measured last of a target; +Inf if it falls on a failed request.", targetLabels...)
	latencyLow      = describe("lpa_target_latency_low_seconds", "The lower end of its 90 % confidence interval.", targetLabels...)
	latencyHigh     = describe("lpa_target_latency_high_seconds", "The upper end of its 90 % confidence interval.", targetLabels...)
	latencyLimit    = describe("lpa_target_latency_limit_seconds", "What a target allows.", targetLabels...)
	targetFailures  = describe("lpa_target_failure_ratio", "What was measured last of a target of the type failureRatio, from 0 to 1.", "method", "endpoint")
	failureLimit    = describe("lpa_target_failure_ratio_limit", "What a target of the type failureRatio allows, from 0 to 1.", "method", "endpoint")
	failures        = describe("lpa_failure_ratio", "Share of the load test's requests that failed last, from 0 to 1.")
	probe           = describe("lpa_probe_in_flight_per_replica", "The load test's own requests that each ready replica had under way, on average.")
	lastDecision    = describe("lpa_last_decision_timestamp_seconds", "When the latest decision was made, in seconds since 1970.")
	decisions       = describe("lpa_decisions_total", "Decisions of the log, by reason and direction: up, down or hold.", "reason", "direction")
	verdicts        = describe("lpa_measurements_total", "Measurements of the log's decisions, by verdict.", "verdict")
	damagedLines    = describe("lpa_log_damaged_lines", "Lines of the log that are no records.")
	readable        = describe("lpa_log_readable", "1 if the decision log can be read, else 0.")
)

// descriptions are those of all metrics.
var descriptions []*prometheus.Desc

func describe(name, help string, labels ...string) *prometheus.Desc {
	d := prometheus.NewDesc(name, help, labels, nil)
	descriptions = append(descriptions, d)
	return d
}

// collector makes the metrics from the history when they are asked for, so that what the latest decision does not have is not
// shown with an old value.
type collector struct {
	history *history
	version string
}

func (c *collector) Describe(all chan<- *prometheus.Desc) {
	for _, d := range descriptions {
		all <- d
	}
}

func (c *collector) Collect(all chan<- prometheus.Metric) {
	for _, m := range c.collect() {
		all <- m
	}
}

// sample writes metrics one after the other.
type sample []prometheus.Metric

func (s *sample) gauge(d *prometheus.Desc, value float64, labels ...string) {
	*s = append(*s, prometheus.MustNewConstMetric(d, prometheus.GaugeValue, value, valid(labels)...))
}

func (s *sample) counter(d *prometheus.Desc, value int, labels ...string) {
	*s = append(*s, prometheus.MustNewConstMetric(d, prometheus.CounterValue, float64(value), valid(labels)...))
}

// valid are label values as they may be exposed.
func valid(labels []string) []string {
	labels = slices.Clone(labels)
	for i := range labels {
		labels[i] = strings.ToValidUTF8(labels[i], "\ufffd")
	}
	return labels
}

// collect does not wait for who reads the metrics while it holds the lock.
func (c *collector) collect() []prometheus.Metric {
	h := c.history
	h.mu.RLock()
	defer h.mu.RUnlock()
	var s sample
	s.gauge(buildInfo, 1, c.version)
	s.gauge(readable, one(h.status.Problem == ""))
	s.gauge(damagedLines, float64(h.status.Damaged))
	for kind, n := range h.counted.decisions {
		s.counter(decisions, n, kind.reason, kind.direction)
	}
	for verdict, n := range h.counted.verdicts {
		s.counter(verdicts, n, verdict)
	}
	if h.latest != nil {
		s.latest(*h.latest, h.entries[len(h.entries)-1])
	}
	return s
}

func (s *sample) latest(r state.Record, e entry) {
	s.gauge(resourceInfo, 1, r.Resource.Kind, r.Resource.Namespace, r.Resource.Name, r.Mode, r.Policy.Name())
	s.gauge(replicasCurrent, float64(r.Decision.Current))
	if r.Observation.Ready != nil {
		s.gauge(replicasReady, float64(*r.Observation.Ready))
	}
	s.gauge(replicasWanted, float64(r.Decision.Desired))
	s.gauge(replicasMin, float64(r.Policy.MinReplicas))
	s.gauge(replicasMax, float64(r.Policy.MaxReplicas))
	s.gauge(lastDecision, float64(r.Time.UnixMilli())/1000)
	s.known(failures, e.failures)
	s.known(probe, e.probe)
	for _, reading := range scaling.Distinct(r.Observation.Readings) {
		s.target(reading)
	}
}

// known shows a value that there is.
func (s *sample) known(d *prometheus.Desc, value float64) {
	if !math.IsNaN(value) {
		s.gauge(d, value)
	}
}

func (s *sample) target(r scaling.Reading) {
	t := r.Target
	value := r.Value
	if r.Failed {
		value = math.Inf(1)
	}
	if t.Statistic.Kind == scaling.FailureRatio {
		if !r.Missing {
			s.gauge(targetFailures, value, t.Method, t.Endpoint)
		}
		s.gauge(failureLimit, t.Limit, t.Method, t.Endpoint)
		return
	}
	labels := []string{t.Method, t.Endpoint, t.Statistic.String()}
	if !r.Missing {
		s.gauge(latency, value/1000, labels...)
	}
	if r.Low != nil {
		s.gauge(latencyLow, *r.Low/1000, labels...)
	}
	if r.High != nil {
		s.gauge(latencyHigh, *r.High/1000, labels...)
	}
	s.gauge(latencyLimit, t.Limit/1000, labels...)
}
