package simulate

import (
	"math"
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"github.com/latency-pod-autoscaler/lpa/internal/scaling"
	"github.com/stretchr/testify/require"
)

func read(t *testing.T, statistic string, limit float64, samples ...float64) scaling.Observation {
	t.Helper()
	kind, err := scaling.ParseStatistic(statistic)
	require.NoError(t, err)
	r := newReader(scaling.Target{Method: "GET", Endpoint: "/", Statistic: kind, Limit: limit}, 10*time.Second, len(samples))
	r.samples = append(r.samples, samples...)
	var o scaling.Observation
	r.observe(&o, false)
	return o
}

func TestObservation(t *testing.T) {
	samples := make([]float64, 100)
	for i := range samples {
		samples[i] = float64((i*37)%100+1) / 1000 // 1 to 100 ms in some order
	}
	o := read(t, "p95", 90, samples...)
	r := o.Readings[0]
	require.Equal(t, scaling.Trusted, o.Verdict)
	require.Equal(t, 10_000.0, o.Timeout)
	require.InDelta(t, 95, r.Value, 1e-9)
	require.Equal(t, 10, *r.Over)
	require.Equal(t, 100, r.Samples)
	require.InDelta(t, 50.5, *r.Mean, 1e-9)
	require.InDelta(t, math.Sqrt(8332.5/9.9), *r.Deviation, 0.01)
	require.InDelta(t, 91, *r.Low, 1e-9)
	require.InDelta(t, 99, *r.High, 1e-9)

	r = read(t, "median", 90, samples...).Readings[0]
	require.InDelta(t, 50, r.Value, 1e-9)
	require.InDelta(t, 42, *r.Low, 1.1)
	require.InDelta(t, 59, *r.High, 1.1)

	r = read(t, "mean", 90, samples...).Readings[0]
	require.InDelta(t, 50.5, r.Value, 1e-9)
	require.InDelta(t, 50.5+1.660391*29.011/10, *r.High, 0.01)
}

func TestObservationOfFailures(t *testing.T) {
	failed := math.Inf(1)
	o := read(t, "p50", 90, 0.1, 0.02, failed, 0.01)
	r := o.Readings[0]
	require.Equal(t, scaling.OverloadErrors, o.Verdict)
	require.Equal(t, []string{"1 of 4 requests failed: timeout"}, o.Reasons)
	require.InDelta(t, 20, r.Value, 1e-9)
	require.Equal(t, 2, *r.Over)
	require.InDelta(t, (100+20+10+10_000)/4.0, *r.Mean, 1e-9, "a failed request counts as the timeout")
	require.Equal(t, 0.25, r.FailureShare)

	r = read(t, "p95", 90, 0.1, failed).Readings[0]
	require.True(t, r.Failed)
	require.Zero(t, r.Value)
	r = read(t, "mean", 90, 0.1, failed).Readings[0]
	require.InDelta(t, 100, r.Value, 1e-9, "of those that did not fail")
	require.True(t, read(t, "mean", 90, failed, failed).Readings[0].Failed)
}

func TestSelected(t *testing.T) {
	random := rand.New(rand.NewPCG(1, 2))
	for range 200 {
		values := make([]float64, 1+random.IntN(50))
		for i := range values {
			values[i] = float64(random.IntN(20))
			if random.IntN(10) == 0 {
				values[i] = math.Inf(1)
			}
		}
		want := slices.Sorted(slices.Values(values))
		for _, k := range random.Perm(len(values)) {
			require.Equal(t, want[k], selected(values, k))
		}
	}
}
