package scaling_test

import (
	"testing"

	"github.com/latency-pod-autoscaler/lpa/internal/scaling"
	"github.com/stretchr/testify/require"
)

// TestDecayWithConfidence acts on evidence: grey holds, whatever the value.
func TestDecayWithConfidence(t *testing.T) {
	p := policy(1, 1)
	p.Decay.Confidence = 0.95
	run := func(value float64, samples, over int) scaling.Reading {
		return scaling.Reading{Target: p95, Value: value, Samples: samples, Over: &over}
	}
	state := scaling.State{LastReplicas: at(4), RunsSinceChange: 0}
	for _, step := range []struct {
		reading scaling.Reading
		want    int
		reason  scaling.Reason
		waited  int
		text    string
	}{
		{run(205, 100, 6), 4, scaling.TooFewSamples, 0, "p95 of GET /items is 205 ms (100 samples) against 200 ms, which says too little: hold 4, the counter stays"},
		{run(150, 900, 10), 4, scaling.WithinTarget, 1, "p95 of GET /items is 150 ms (900 samples) against 200 ms: hold 4, run 1 of 1 without a change"},
		{run(150, 50, 0), 4, scaling.TooFewSamples, 1, "p95 of GET /items is 150 ms (50 samples) against 200 ms, which says too little (at least 59 samples are needed, and there are 50): hold 4, the counter stays"},
		{run(150, 50, 0), 3, scaling.Decayed, 1, "p95 of GET /items is 150 ms (50 samples) against 200 ms, 1 run without a change: 4 → 3"}, // both together are enough
		{run(230, 900, 80), 5, scaling.TargetBreached, 0, "p95 of GET /items is 230 ms (900 samples) against 200 ms: 4 → 5"},
	} {
		var d scaling.Decision
		d, state = scaling.Explain(p, state, observed(4, step.reading), now)
		require.Equal(t, scaling.Decision{Current: 4, Desired: step.want, Reason: step.reason}, bare(d))
		require.Equal(t, step.text, d.Text)
		require.Equal(t, step.waited, state.RunsSinceChange)
	}
	// What is added up ends with a change of the replicas, of the pods' template, or of the load test.
	for name, change := range map[string]func(*scaling.Observation){
		"replicas":      func(o *scaling.Observation) { o.Replicas = 5 },
		"generation":    func(o *scaling.Observation) { o.Generation = 7 },
		"configuration": func(o *scaling.Observation) { o.Configuration = "other" },
	} {
		_, state := scaling.Decide(p, scaling.State{LastReplicas: at(4)}, observed(4, run(150, 50, 0)), now)
		o := observed(4, run(150, 50, 0))
		change(&o)
		d, _ := scaling.Decide(p, state, o, now)
		require.Equal(t, scaling.TooFewSamples, d.Reason, name)
	}
}

// TestDecayWaits: a step down waits for pods that start or are replaced, and while requests surely fail. The runs count.
func TestDecayWaits(t *testing.T) {
	failing := reading(4, 5)
	failing.Samples, failing.FailureShare = 1000, 0.03
	starting := observed(4, reading(4, 5))
	starting.Ready = at(3)
	rolling := observed(4, reading(4, 5))
	rolling.RollingOut = true
	waiting := observed(4, reading(4, 5))
	waiting.HiddenWaits = []string{"10 of 10 users were waiting", "and more"}
	for text, o := range map[string]scaling.Observation{
		"mean of GET /x is 4 ms against 5 ms, 3 runs without a change: 4 → 3, but 10 of 10 users were waiting: hold 4": waiting,
		"mean of GET /x is 4 ms against 5 ms: hold 4, as 3 of 4 are ready":                                             starting,
		"mean of GET /x is 4 ms against 5 ms: hold 4, as pods are being replaced":                                      rolling,
		"mean of GET /x is 4 ms (1000 samples) against 5 ms: hold 4, as 3 % of GET /x fail":                            observed(4, failing),
	} {
		d, state := scaling.Explain(policy(1, 3), scaling.State{RunsSinceChange: 3, LastReplicas: at(4)}, o, now)
		require.Equal(t, text, d.Text)
		require.Equal(t, 4, d.Desired)
		require.GreaterOrEqual(t, state.RunsSinceChange, 3)
		d, _ = scaling.Decide(policy(1, 3), state, observed(4, reading(4, 5)), now)
		require.Equal(t, 3, d.Desired, "it comes in the next run that allows it")
	}
}

// TestFailuresAreNoMeanOverItsTarget: with each failed request counted as 10 s, one in twenty makes a mean of 540 ms. That keeps the
// replicas, but what the sentence calls the mean is 40 ms.
func TestFailuresAreNoMeanOverItsTarget(t *testing.T) {
	p := policy(1, 1)
	p.Decay.Confidence = 0.95
	r := reading(40, 200)
	r.Samples, r.Mean, r.Deviation, r.FailureShare = 300, ptr(540.0), ptr(2200.0), 0.05
	d, state := scaling.Explain(p, scaling.State{LastReplicas: at(4)}, observed(4, r), now)
	require.Equal(t, scaling.Decision{Current: 4, Desired: 4, Reason: scaling.TooFewSamples}, bare(d))
	require.Equal(t, "mean of GET /x is 40 ms (300 samples) against 200 ms, which says too little (5 % of GET /x fail): "+
		"hold 4, the counter stays", d.Text)
	require.Contains(t, steps(d)["evidence"], ": grey, as the mean of those that did not fail is within the target")
	d, _ = scaling.Decide(p, state, observed(4, r), now)
	require.Equal(t, 4, d.Desired, "nor do two such runs")
}
