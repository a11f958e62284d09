package scaling_test

import (
	"testing"

	"github.com/latency-pod-autoscaler/lpa/internal/scaling"
	"github.com/stretchr/testify/require"
)

func TestRequestsThatFailKeepReplicas(t *testing.T) {
	p := learned(t, 10)
	r := measured(60)
	r.FailureShare = 0.03
	require.Equal(t, scaling.Decision{Current: 10, Desired: 10, Reason: scaling.RequestsFail}, bare(p.see(r)))
	require.Contains(t, p.last.Text, ": hold 10, as 3 % of GET /items fail")
}

func TestErrorsOfOverload(t *testing.T) {
	p := learned(t, 10)
	r := measured(60)
	r.FailureShare = 0.4
	o := scaling.Observation{Replicas: 10, Verdict: scaling.OverloadErrors, Reasons: []string{"400 of 1000 requests failed: 5xx"}, Readings: []scaling.Reading{r}}
	require.Equal(t, scaling.Decision{Current: 10, Desired: 17, Reason: scaling.OverloadObserved}, bare(p.observe(o)), "of 1, 0.6 was served")
	require.Equal(t, "requests fail, perhaps of overload (400 of 1000 requests failed: 5xx): 10 → 17", p.last.Text)
	p.n = 17
	o.Replicas, o.Ready = 17, ptr(10)
	require.Equal(t, scaling.PodsStarting, p.observe(o).Reason)
	require.Equal(t, "requests fail, perhaps of overload (400 of 1000 requests failed: 5xx): hold 17, as 10 of the pods are ready and the others are starting", p.last.Text)
}

// TestFailureRatio: such a target goes up by what was turned away, agrees to fewer only when it is surely met, and never
// asks for fewer itself.
func TestFailureRatio(t *testing.T) {
	ratio := func(over int) scaling.Reading {
		target := scaling.Target{Method: "GET", Endpoint: "/items", Statistic: scaling.Statistic{Kind: scaling.FailureRatio}, Limit: 0.02}
		return scaling.Reading{Target: target, Value: float64(over) / 900, Samples: 900, Over: ptr(over), FailureShare: float64(over) / 900}
	}
	p := play(t, 10)
	p.see(measured(60), ratio(0))
	require.Equal(t, 8, p.see(measured(60), ratio(0)).Desired)
	require.Equal(t, scaling.TooFewSamples, p.see(measured(60), ratio(15)).Reason)
	require.Equal(t, scaling.Decision{Current: 10, Desired: 15, Reason: scaling.TargetBreached}, bare(p.see(measured(60), ratio(300))))
	require.Contains(t, p.last.Text, "failureRatio of GET /items is 33.3 % (900 samples) against 2 %: 10 → 15")

	p = play(t, 10)
	for range 5 {
		require.Equal(t, scaling.Decision{Current: 10, Desired: 10, Reason: scaling.WithinTarget}, bare(p.see(ratio(0))))
	}
	require.Contains(t, p.last.Text, ": hold 10, as only a latency says that fewer would do")
	var path []int
	for range 5 {
		p.see(ratio(300))
		p.follow()
		path = append(path, p.n)
	}
	require.Equal(t, []int{15, 23, 23, 23, 23}, path, "where twice the pods fail as often, it is not for want of pods")
	require.Equal(t, scaling.SharedDependency, p.last.Reason)
}
