package compare

import (
	"testing"
	"time"

	"github.com/latency-pod-autoscaler/lpa/internal/scaling"
	"github.com/latency-pod-autoscaler/lpa/internal/simulate"
	"github.com/stretchr/testify/require"
)

var p95 = scaling.Target{Method: "GET", Endpoint: "/", Statistic: scaling.Statistic{Kind: scaling.Percentile, Quantile: 0.95}, Limit: 200}

// saw is what a run saw: n replicas, all of them ready, and a latency in milliseconds.
func saw(n int, latency float64) scaling.Observation {
	return scaling.Observation{Replicas: n, Ready: &n, Verdict: scaling.Trusted, Timeout: 10_000,
		Readings: []scaling.Reading{{Target: p95, Value: latency}}}
}

// answers plays latencies to a law, a minute apart, whose every answer comes true, and returns the replicas after each.
func answers(law simulate.Law, n int, latencies ...float64) []int {
	var all []int
	now := time.Unix(0, 0)
	for _, latency := range latencies {
		now = now.Add(time.Minute)
		n = law.Decide(saw(n, latency), now).Desired
		all = append(all, n)
	}
	return all
}

func TestRivals(t *testing.T) {
	for _, test := range []struct {
		name      string
		law       simulate.Law
		n         int
		latencies []float64
		want      []int
	}{
		{"ratio: within its tolerance", newRatioRule(1), 10, []float64{181, 219, 200}, []int{10, 10, 10}},
		{"ratio: up by the ratio", newRatioRule(1), 10, []float64{260}, []int{13}},
		{"ratio: up by the ratio to its aim", newRatioRule(0.5), 10, []float64{150}, []int{15}},
		{"ratio: at most twice as many", newRatioRule(1), 10, []float64{2000}, []int{20}},
		{"ratio: or four more", newRatioRule(1), 2, []float64{2000}, []int{6}},
		{"ratio: down to the most of five minutes", newRatioRule(1), 10, []float64{100, 100, 100, 100, 120, 100, 120, 100, 100}, []int{10, 10, 10, 10, 10, 10, 6, 6, 6}},
		{"watermarks: between them", newWatermarks(0.8, 0.4), 10, []float64{100, 170, 75}, []int{10, 10, 10}},
		{"watermarks: up by the ratio", newWatermarks(0.8, 0.4), 10, []float64{200}, []int{13}},
		{"watermarks: up by at most half", newWatermarks(0.8, 0.4), 10, []float64{2000}, []int{15}},
		{"watermarks: down by at most a fifth, after a pause", newWatermarks(0.8, 0.4), 10, []float64{60, 20, 20, 20, 20, 20}, []int{8, 8, 8, 8, 8, 7}},
		{"panic: begins so, and takes nothing away", newPanicRule(0.5), 10, []float64{50, 50, 50}, []int{10, 10, 5}},
		{"panic: jumps and keeps the most", newPanicRule(0.5), 10, []float64{100, 100, 300, 50, 50}, []int{10, 10, 30, 30, 15}},
	} {
		t.Run(test.name, func(t *testing.T) { require.Equal(t, test.want, answers(test.law, test.n, test.latencies...)) })
	}
}

func TestRivalsHoldWithoutMeasurement(t *testing.T) {
	for name, law := range map[string]simulate.Law{"ratio": newRatioRule(1), "watermarks": newWatermarks(0.8, 0.4), "panic": newPanicRule(0.5)} {
		t.Run(name, func(t *testing.T) {
			untrusted := saw(7, 900)
			untrusted.Verdict = "generator-limited"
			require.Equal(t, 7, law.Decide(untrusted, time.Unix(0, 0)).Desired)
			nothing := saw(7, 0)
			nothing.Readings[0].Missing = true
			require.Equal(t, 7, law.Decide(nothing, time.Unix(60, 0)).Desired)
			failed := saw(7, 0)
			failed.Readings[0].Failed = true
			require.Greater(t, law.Decide(failed, time.Unix(120, 0)).Desired, 7, "a failure is as slow as the timeout")
		})
	}
}
