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

// TestMoreFailuresAreNoRisingLoad: in the mean a failed request counts as the timeout of 10 s, so that one in a hundred more triples
// it. The latency is far within the target, and no more of the others arrive.
func TestMoreFailuresAreNoRisingLoad(t *testing.T) {
	failing := func(share, served float64) scaling.Reading {
		r := measured(80)
		r.FailureShare, r.Over, r.Mean = share, ptr(int(900*share)), ptr(share*10_000+(1-share)*served)
		return r
	}
	p := learned(t, 10)
	p.see(failing(0, 40))
	for _, share := range []float64{0.01, 0, 0.005, 0.01, 0.002} {
		d := p.see(failing(share, 40))
		require.LessOrEqual(t, d.Desired, 10, d.Text)
	}
	p.see(failing(0.01, 40))
	d := p.see(failing(0.005, 80))
	require.Equal(t, scaling.GoalExceeded, d.Reason, "the mean of the others has doubled")
	require.Contains(t, d.Text, ": 29 % of the time is waiting, 44 % is allowed, and the mean rises, from 40 ms to 80 ms: 10 → 11")
	require.Equal(t, "80 ms; the mean without the requests that failed", steps(d)["served"])
	require.Equal(t, "40 ms", steps(d)["served before"])

	p = learned(t, 10)
	unknown := measured(80)
	unknown.FailureShare, unknown.Mean, unknown.Deviation = 0.005, nil, nil
	p.see(unknown)
	require.LessOrEqual(t, p.see(unknown).Desired, 10, "where there is no mean, the latency takes its place, failures or not")
}

// TestWhyItIsOpen: the upper end of the interval is not known, though nothing was cut off.
func TestWhyItIsOpen(t *testing.T) {
	p := learned(t, 10)
	r := measured(80)
	r.High, r.FailureShare = nil, 0.008
	require.Contains(t, p.see(r).Text, ": how slow it may be is open, as some requests failed: hold 10")
	r.FailureShare = 0
	require.Contains(t, p.see(r).Text, ": how slow it may be is open, as too few requests finished: hold 10")
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
