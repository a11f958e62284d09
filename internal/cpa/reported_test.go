package cpa_test

import (
	"bytes"
	"testing"
	"time"

	"github.com/latency-pod-autoscaler/lpa/internal/cpa"
	"github.com/latency-pod-autoscaler/lpa/internal/measurement"
	"github.com/latency-pod-autoscaler/lpa/internal/scaling"
	"github.com/latency-pod-autoscaler/lpa/loadtest"
	"github.com/stretchr/testify/require"
)

// invokust is a measurement in the form of the Locust Pod Autoscaler's metric.
const invokust = `{
  "requests": {"GET_/a_b": {"request_type": "GET", "num_requests": 29, "min_response_time": 3, "median_response_time": 8,
    "avg_response_time": 7.25, "max_response_time": 12.5, "response_times": {"8": 20}, "total_rps": 1.4, "total_rpm": 84,
    "response_time_percentiles": {"55": 8, "65": 9, "75": 9, "85": 10, "95": 11}}},
  "failures": {"x": {"name": "/a_b", "method": "GET", "error": "ConnectionError", "occurrences": 2}},
  "num_requests": 29, "num_requests_fail": 0, "start_time": 1.5, "end_time": 21.5, "current_replicas": 3}`

func reading(t *testing.T, value, statistic string) scaling.Reading {
	t.Helper()
	m, err := cpa.ParseReported(value)
	require.NoError(t, err)
	s, err := scaling.ParseStatistic(statistic)
	require.NoError(t, err)
	r, known, err := m.Reading(scaling.Target{Method: "GET", Endpoint: "/a_b", Statistic: s})
	require.NoError(t, err)
	require.True(t, known)
	return r
}

func TestOriginalsMeasurement(t *testing.T) {
	for statistic, want := range map[string]float64{"mean": 7.25, "median": 8, "max": 12.5, "min": 3, "p95": 11, "failureRatio": 0} {
		r := reading(t, invokust, statistic)
		require.Equal(t, want, r.Value, statistic)
		require.Equal(t, 29, r.Samples, statistic)
		require.False(t, r.Missing || r.AtLeast, statistic)
	}
	m, err := cpa.ParseReported(invokust)
	require.NoError(t, err)
	require.Equal(t, 3, *m.CurrentReplicas)
	require.Equal(t, []string{"GET /a_b"}, m.Names())
	require.Equal(t, loadtest.VerdictOK, m.Verdict().Verdict)
	_, _, err = m.Reading(scaling.Target{Method: "GET", Endpoint: "/a_b", Statistic: scaling.Statistic{Kind: scaling.Percentile, Quantile: 0.99}})
	require.EqualError(t, err, `metrics[0].value: requests["GET_/a_b"]: has no p99`)
}

func TestAveragesOfNothingAreNotFast(t *testing.T) {
	r := reading(t, `{"requests": {"GET_/a_b": {"num_requests": 0, "avg_response_time": 0}}}`, "mean")
	require.True(t, r.Missing)
}

func TestReadings(t *testing.T) {
	const value = `{"schema": 1, "requests": {"GET_/a_b": {"num_requests": 8, "num_failures": 8, "unfinished": 2,
	  "avg_response_time": 5, "at_least": ["avg_response_time"], "median_response_time": null, "max_response_time": 9,
	  "percentiles": {"p50": {"value": 7, "low": 6, "high": null, "atLeast": true}, "p95": {"value": null, "failed": true}, "p10": {"value": null}},
	  "samples": {"finished": "AQE=", "unfinished": "", "failed": 1}}}}`
	r := reading(t, value, "mean")
	require.Equal(t, []any{5.0, true, 10}, []any{r.Value, r.AtLeast, r.Samples})
	require.True(t, reading(t, value, "median").Failed, "all failed")
	require.Equal(t, 1.0, reading(t, value, "failureRatio").Value)
	r = reading(t, value, "p50")
	require.Equal(t, []any{7.0, true, 6.0, true}, []any{r.Value, r.AtLeast, *r.Low, r.High == nil})
	require.True(t, reading(t, value, "p95").Failed)
	require.True(t, reading(t, value, "p10").Missing)
	require.Equal(t, 0.001, reading(t, value, "p25").Value, "from the samples")
	require.True(t, reading(t, value, "p75").Failed, "from the samples")
}

// TestCutOffRequestsMayHaveFailed has a service that answers one request and hangs on the next.
func TestCutOffRequestsMayHaveFailed(t *testing.T) {
	const value = `{"requests": {"GET_/a_b": {"num_requests": 4, "num_failures": 0, "unfinished": 4}}}`
	m, err := cpa.ParseReported(value)
	require.NoError(t, err)
	ratio := func(limit float64) scaling.Reading {
		r, _, err := m.Reading(scaling.Target{Method: "GET", Endpoint: "/a_b", Statistic: scaling.Statistic{Kind: scaling.FailureRatio}, Limit: limit})
		require.NoError(t, err)
		return r
	}
	require.True(t, ratio(0.05).AtLeast)
	require.False(t, ratio(0.5).AtLeast, "half at most, and half is allowed")
}

func TestBadMeasurements(t *testing.T) {
	for value, want := range map[string]string{
		`{"fib":"55\n"}`:                                                                   "metrics[0].value: requests: is missing, so this is not a measurement",
		`{"schema": 2, "requests": {}}`:                                                    "metrics[0].value: schema: must be at most 1, got 2; metric is newer than evaluate",
		`{"current_replicas": -3, "requests": {}}`:                                         "metrics[0].value: current_replicas: must be a whole number of at least 0, got -3",
		`{"current_replicas": "3", "requests": {}}`:                                        "metrics[0].value: must be a measurement: line 1, column 24: current_replicas has the wrong kind, got string",
		`{"requests": {"GET_/a": {"num_requests": -1}}}`:                                   `metrics[0].value: requests["GET_/a"]: has a count that cannot be`,
		`{"requests": {"GET_/a": {"num_requests": 1, "unfinished": 9223372036854775807}}}`: `metrics[0].value: requests["GET_/a"]: has a count that cannot be`,
		`{"requests": {"GET_/a": {"percentiles": {"p95": {"value": 5, "low": -1}}}}}`:      `metrics[0].value: requests["GET_/a"]: has a negative latency`,
		`{"requests": {}, "quality": {}}`:                                                  "metrics[0].value: quality.verdict: is missing",
		`[]`:                                                                               "metrics[0].value: must be a measurement: line 1, column 1: the document has the wrong kind, got array",
		`{"requests": {"GET_/a_b": {"avg_response_time": -1}}}`:                            `metrics[0].value: requests["GET_/a_b"]: has a negative latency`,
		`{`: "metrics[0].value: must be a measurement: line 1, column 1: unexpected end of JSON input",
	} {
		_, err := cpa.ParseReported(value)
		require.EqualError(t, err, want, value)
	}
}

// TestWhatIsWrittenIsRead holds that evaluate understands what metric prints.
func TestWhatIsWrittenIsRead(t *testing.T) {
	plan, err := loadtest.ParseYAML("tasks.yaml", []byte("tasks: [{get: /a_b}]"), func(string) (string, bool) { return "", false })
	require.NoError(t, err)
	summary := loadtest.NotRun(plan, at1970()).Summarise("v1", nil)
	summary.Quality = loadtest.Quality{Verdict: loadtest.VerdictBusy, Reasons: []string{"x"}}
	var out bytes.Buffer
	require.NoError(t, measurement.Write(&out, measurement.Resource{Replicas: at(3), Ready: at(2)}, summary, ""))
	m, err := cpa.ParseReported(out.String())
	require.NoError(t, err)
	require.Equal(t, 3, *m.CurrentReplicas)
	require.Equal(t, summary.Quality, m.Verdict())
	require.True(t, reading(t, out.String(), "p95").Missing)
}

func at1970() time.Time { return time.Unix(0, 0) }
