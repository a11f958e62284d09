package scaling_test

import (
	"math/rand/v2"
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

// partlyFailing is a p95 of 120 requests of which so many failed at once, and so many of the others took 300 ms instead of 80 ms.
func partlyFailing(failed, slow int) scaling.Reading {
	const samples = 120
	r := measured(80)
	r.Samples, r.FailureShare, r.Over = samples, float64(failed)/samples, ptr(failed+slow)
	r.Mean = ptr((80*float64(samples-failed-slow) + 300*float64(slow) + 10_000*float64(failed)) / samples)
	r.High = nil
	switch {
	case failed > samples/20:
		r.Value, r.Failed = 0, true
	case failed+slow > samples/20:
		r.Value = 300
	}
	return r
}

// TestFailuresByChanceAddNoReplicas: of a service that fails in 3 % of its requests, whatever the load, some 4 in a hundred p95 of 120 fall
// on one that failed.
func TestFailuresByChanceAddNoReplicas(t *testing.T) {
	random := rand.New(rand.NewPCG(1, 2))
	p := play(t, 3)
	fell := 0
	for range 1000 {
		failed := 0
		for range 120 {
			if random.Float64() < 0.03 {
				failed++
			}
		}
		r := partlyFailing(failed, 0)
		d := p.see(r)
		p.follow()
		require.Equal(t, 3, d.Desired, d.Text)
		if !r.Failed {
			continue
		}
		fell++
		require.Equal(t, scaling.RequestsFail, d.Reason)
	}
	require.Greater(t, fell, 20)

	d := p.see(partlyFailing(7, 0))
	require.Contains(t, d.Text, "p95 of GET /items falls on a failed request (120 samples) against 200 ms; ")
	require.Contains(t, d.Text, ": hold 3, as 5.83 % of GET /items fail, not surely more than the 5 % that may miss the target, and the others meet it")
	require.Equal(t, "5.83 % of GET /items fail: not surely more than the 5 % that may be over the target, and the others surely meet it", steps(d)["compared"])
	require.NotContains(t, steps(d), "expected", "the timeout rises to nothing")
}

// TestFailuresThatAddReplicas: it is proven, the others are slow too, or too few to tell.
func TestFailuresThatAddReplicas(t *testing.T) {
	for name, r := range map[string]scaling.Reading{"proven": partlyFailing(14, 0), "the others are slow": partlyFailing(7, 2)} {
		p := learned(t, 3)
		d := p.see(r)
		require.Equal(t, scaling.TargetBreached, d.Reason, name)
		require.Greater(t, d.Desired, 3, name)
	}
	p := learned(t, 3)
	few := partlyFailing(7, 0)
	few.Samples, few.FailureShare, few.Over = 50, 4.0/50, ptr(4)
	require.Equal(t, scaling.TargetBreached, p.see(few).Reason)

	p = learned(t, 3)
	require.Equal(t, scaling.RequestsFail, p.see(partlyFailing(10, 0)).Reason)
	d := p.see(partlyFailing(10, 0))
	require.Equal(t, scaling.TargetBreached, d.Reason, "two such runs together are a proof")
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
