package main

import (
	"bytes"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/prometheus/otlptranslator"
	"github.com/stretchr/testify/require"
	commonpb "go.opentelemetry.io/proto/otlp/common/v1"
	metricspb "go.opentelemetry.io/proto/otlp/metrics/v1"
	tracepb "go.opentelemetry.io/proto/otlp/trace/v1"
	"google.golang.org/protobuf/proto"
)

// collector is a receiver of OpenTelemetry's protocol that keeps what it gets.
type collector struct {
	*httptest.Server
	mu      sync.Mutex
	traces  tracepb.TracesData
	metrics metricspb.MetricsData
}

func startCollector(t *testing.T) *collector {
	t.Helper()
	c := &collector{}
	c.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, err := io.ReadAll(r.Body)
		c.mu.Lock()
		defer c.mu.Unlock()
		into := map[string]proto.Message{"/v1/traces": &c.traces, "/v1/metrics": &c.metrics}[r.URL.Path]
		if err != nil || into == nil || (proto.UnmarshalOptions{Merge: true}).Unmarshal(body, into) != nil {
			w.WriteHeader(http.StatusBadRequest)
		}
	}))
	t.Cleanup(c.Close)
	return c
}

func (c *collector) env() []string {
	return []string{"OTEL_EXPORTER_OTLP_ENDPOINT=" + c.URL, "OTEL_EXPORTER_OTLP_TIMEOUT=60000"}
}

// spans are those that came.
func (c *collector) spans() []*tracepb.Span {
	c.mu.Lock()
	defer c.mu.Unlock()
	var spans []*tracepb.Span
	for _, r := range c.traces.ResourceSpans {
		for _, s := range r.ScopeSpans {
			spans = append(spans, s.Spans...)
		}
	}
	return spans
}

// words are attributes as text.
func words(attributes []*commonpb.KeyValue) string {
	var all []string
	for _, a := range attributes {
		value := fmt.Sprint(a.Value.GetStringValue())
		switch v := a.Value.Value.(type) {
		case *commonpb.AnyValue_IntValue:
			value = fmt.Sprint(v.IntValue)
		case *commonpb.AnyValue_DoubleValue:
			value = fmt.Sprint(v.DoubleValue)
		case *commonpb.AnyValue_BoolValue:
			value = fmt.Sprint(v.BoolValue)
		}
		all = append(all, a.Key+"="+value)
	}
	return strings.Join(all, " ")
}

const manyTargets = `
minReplicas: 2
maxReplicas: 9
targets:
  - {method: GET, endpoint: /a, type: p95, target: 5ms}
  - {method: GET, endpoint: /a, type: p95, target: 7ms}
  - {method: GET, endpoint: /a, type: failureRatio, target: 5%}
  - {method: GET, endpoint: /b, type: p99, target: 5ms}
  - {method: GET, endpoint: /c, type: mean, target: 5ms}
state: {file: state.json}
`

const manyValues = `{"current_replicas": 5, "ready_replicas": 4, "in_flight_per_replica": 0.25, "num_requests": 200, "num_requests_fail": 10,
	"traceparent": "00-0102030405060708090a0b0c0d0e0f10-1112131415161718-01", "requests": {
	"GET_/a": {"num_requests": 100, "num_failures": 2, "percentiles": {"p95": {"value": 9, "low": 8, "high": 11}}},
	"GET_/b": {"num_requests": 100, "num_failures": 8, "percentiles": {"p99": {"value": null, "failed": true}}},
	"GET_/c": {"num_requests": 0}}}`

// evaluateMany runs the real program on a measurement, in a folder of its own.
func evaluateMany(t *testing.T, runType, value string, env []string) (stdout, stderr string, err error) {
	t.Helper()
	dir := t.TempDir()
	require.NoError(t, os.WriteFile(filepath.Join(dir, "config.yaml"), []byte(manyTargets), 0o600))
	cmd := evaluation(t, self(t), dir)
	cmd.Dir = dir
	cmd.Env = append(cmd.Env, env...)
	cmd.Stdin = strings.NewReader(fmt.Sprintf(`{"metrics": [{"value": %q}], "runType": %q,
		"resource": {"apiVersion": "apps/v1", "kind": "Deployment", "metadata": {"namespace": "web", "name": "shop"}, "spec": {"replicas": 5}}}`,
		strings.NewReplacer("\n", " ", "\t", " ").Replace(value), runType))
	var out, said bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &said
	err = cmd.Run()
	return out.String(), said.String(), err
}

// TestARunIsASpanAndMetrics has everything decoded by OpenTelemetry's own types.
func TestARunIsASpanAndMetrics(t *testing.T) {
	c := startCollector(t)
	stdout, stderr, err := evaluateMany(t, "scaler", manyValues, append(c.env(), "mode=observe"))
	require.NoError(t, err, stderr)
	require.Equal(t, "{\"targetReplicas\":5}\n", stdout)
	require.Equal(t, 1, strings.Count(stderr, "\n"), stderr)

	spans := c.spans()
	require.Len(t, spans, 1)
	s := spans[0]
	require.Equal(t, "decide", s.Name)
	require.Equal(t, "0102030405060708090a0b0c0d0e0f10 1112131415161718", fmt.Sprintf("%x %x", s.TraceId, s.ParentSpanId))
	require.Len(t, s.SpanId, 8)
	require.LessOrEqual(t, s.StartTimeUnixNano, s.EndTimeUnixNano)
	require.Nil(t, s.Status)
	require.Equal(t, "lpa.run_type=scaler lpa.dry_run=false lpa.mode=observe lpa.reason=TargetBreached lpa.direction=up "+
		"lpa.sentence=p99 of GET /b falls on a failed request (100 samples) against 5 ms, and 2 more targets are breached: 5 → 6 lpa.replicas.current=5 lpa.replicas.wanted=6 lpa.answer=5 lpa.policy=decay lpa.verdict=ok",
		words(s.Attributes))
	require.Len(t, s.Events, 4)
	require.Equal(t, "method=GET endpoint=/a statistic=p95 lpa.target.latency=0.009 lpa.target.latency.low=0.008 lpa.target.latency.high=0.011 lpa.target.latency.limit=0.005",
		words(s.Events[0].Attributes))

	require.Len(t, c.metrics.ResourceMetrics, 1)
	r := c.metrics.ResourceMetrics[0]
	resource := words(r.Resource.Attributes)
	require.Regexp(t, `^service.name=latency-pod-autoscaler service.version=\S+ service.instance.id=web/Deployment/shop lpa.resource.kind=Deployment `+
		`lpa.resource.namespace=web lpa.resource.name=shop lpa.mode=observe lpa.policy=decay$`, resource)
	require.Equal(t, resource, words(c.traces.ResourceSpans[0].Resource.Attributes))

	page, err := os.ReadFile("../../docs/reference/metrics.md")
	require.NoError(t, err)
	namer := otlptranslator.NewMetricNamer("", otlptranslator.UnderscoreEscapingWithSuffixes)
	var got []string
	for _, m := range r.ScopeMetrics[0].Metrics {
		kind, points := otlptranslator.MetricType(otlptranslator.MetricTypeGauge), m.GetGauge().GetDataPoints()
		if sum := m.GetSum(); sum != nil {
			kind, points = otlptranslator.MetricTypeMonotonicCounter, sum.DataPoints
			require.Less(t, points[0].StartTimeUnixNano, points[0].TimeUnixNano)
		}
		require.NotEmpty(t, m.Description)
		require.Contains(t, string(page), "`"+m.Name+"`")
		name, err := namer.Build(otlptranslator.Metric{Name: m.Name, Unit: m.Unit, Type: kind})
		require.NoError(t, err)
		require.Contains(t, string(page), "| `"+name+"` |", "Prometheus makes the dashboard's name of it")
		for _, p := range points {
			if m.Name == "lpa.last_decision.timestamp" {
				require.InDelta(t, float64(p.TimeUnixNano)/1e9, p.GetAsDouble(), 0.01)
				continue
			}
			got = append(got, strings.TrimSpace(fmt.Sprintf("%s %g %s", m.Name, p.GetAsDouble(), words(p.Attributes))))
		}
	}
	slices.Sort(got)
	require.Equal(t, []string{
		"lpa.decisions 1 reason=TargetBreached direction=up",
		"lpa.failure_ratio 0.05",
		"lpa.measurements 1 verdict=ok",
		"lpa.probe.in_flight_per_replica 0.25",
		"lpa.replicas.current 5",
		"lpa.replicas.max 9",
		"lpa.replicas.min 2",
		"lpa.replicas.ready 4",
		"lpa.replicas.wanted 6",
		"lpa.target.failure_ratio 0.02 method=GET endpoint=/a",
		"lpa.target.failure_ratio.limit 0.05 method=GET endpoint=/a",
		"lpa.target.latency +Inf method=GET endpoint=/b statistic=p99",
		"lpa.target.latency 0.009 method=GET endpoint=/a statistic=p95",
		"lpa.target.latency.high 0.011 method=GET endpoint=/a statistic=p95",
		"lpa.target.latency.limit 0.005 method=GET endpoint=/a statistic=p95",
		"lpa.target.latency.limit 0.005 method=GET endpoint=/b statistic=p99",
		"lpa.target.latency.limit 0.005 method=GET endpoint=/c statistic=mean",
		"lpa.target.latency.low 0.008 method=GET endpoint=/a statistic=p95",
	}, got)
}

// TestADryRunHasNoMetrics tells of it that it was one.
func TestADryRunHasNoMetrics(t *testing.T) {
	c := startCollector(t)
	_, stderr, err := evaluateMany(t, "api_dry_run", manyValues, c.env())
	require.NoError(t, err, stderr)
	require.Len(t, c.spans(), 1)
	require.Contains(t, words(c.spans()[0].Attributes), "lpa.run_type=api_dry_run lpa.dry_run=true lpa.mode=act")
	require.Empty(t, c.metrics.ResourceMetrics)
}

// TestAFailedRunIsASpanWithItsError begins a trace of its own where there is none to go on with.
func TestAFailedRunIsASpanWithItsError(t *testing.T) {
	c := startCollector(t)
	for _, value := range []string{`{"requests": {"GET_/z": {"avg_response_time": 1}}}`, `{"traceparent": "00-x", "requests": 5}`} {
		stdout, _, err := evaluateMany(t, "scaler", value, c.env())
		require.Error(t, err)
		require.Empty(t, stdout)
	}
	require.Len(t, c.spans(), 2)
	for i, want := range []string{"config.yaml:5:", "metrics[0].value: must be a measurement: "} {
		s := c.spans()[i]
		require.Equal(t, tracepb.Status_STATUS_CODE_ERROR, s.Status.GetCode())
		require.Contains(t, s.Status.GetMessage(), want)
		require.Empty(t, s.ParentSpanId)
		require.Len(t, s.TraceId, 16)
	}
	require.NotEqual(t, c.spans()[0].TraceId, c.spans()[1].TraceId)
	require.Empty(t, c.metrics.ResourceMetrics)
}

// TestTelemetryInTroubleChangesNoAnswer has one that refuses, and variables that are wrong: each is a warning.
func TestTelemetryInTroubleChangesNoAnswer(t *testing.T) {
	refuses := httptest.NewServer(http.NotFoundHandler())
	defer refuses.Close()
	for name, test := range map[string]struct{ env, want string }{
		"refused":        {"OTEL_EXPORTER_OTLP_ENDPOINT=" + refuses.URL, "exporting telemetry: traces: " + refuses.URL + ": /v1/traces answers 404; metrics: " + refuses.URL + ": /v1/metrics answers 404"},
		"another kind":   {"OTEL_EXPORTER_OTLP_ENDPOINT=collector:4317", "env OTEL_EXPORTER_OTLP_ENDPOINT: must be an address such as "},
		"off regardless": {"telemetry=off", "p99 of GET /b falls on a failed request"},
	} {
		t.Run(name, func(t *testing.T) {
			stdout, stderr, err := evaluateMany(t, "scaler", manyValues, []string{"OTEL_EXPORTER_OTLP_ENDPOINT=nowhere", "OTEL_EXPORTER_OTLP_TIMEOUT=60000", test.env})
			require.NoError(t, err, stderr)
			require.Equal(t, "{\"targetReplicas\":6}\n", stdout)
			require.Contains(t, stderr, "evaluate: "+test.want)
			require.Equal(t, 2-strings.Count(test.env, "off"), strings.Count(stderr, "\n"), stderr)
		})
	}
}

// TestACollectorThatHangs lets the export take an hour: the program ends by the timeout that the configuration says. The framework
// here is more patient, so that the test does not depend on how busy the machine is.
func TestACollectorThatHangs(t *testing.T) {
	hangs := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		_, _ = io.Copy(io.Discard, r.Body) // only then the server notices that the client has gone
		<-r.Context().Done()
	}))
	defer hangs.Close()
	defer hangs.CloseClientConnections()
	runner := framework(t, configure(t), 60_000, []string{"OTEL_EXPORTER_OTLP_ENDPOINT=" + hangs.URL, "OTEL_EXPORTER_OTLP_TIMEOUT=3600000"})
	run, err := runner.Run(t.Context(), deployment(5), 5)
	require.NoError(t, err, "%s", run.Evaluate.Stderr)
	require.EqualValues(t, 6, run.Answer)
	require.Contains(t, run.Evaluate.Stderr, "evaluate: exporting telemetry: traces and metrics: ")
}
