package scaling_test

import (
	"math"
	"math/rand/v2"
	"testing"
	"time"

	"github.com/latency-pod-autoscaler/lpa/internal/scaling"
	"github.com/stretchr/testify/require"
)

var now = time.Date(2030, 1, 2, 3, 4, 5, 0, time.UTC)

func at(n int) *int { return &n }

func target(kind scaling.Kind, limit float64) scaling.Target {
	return scaling.Target{Method: "GET", Endpoint: "/x", Statistic: scaling.Statistic{Kind: kind}, Limit: limit}
}

func reading(value, limit float64) scaling.Reading {
	return scaling.Reading{Target: target(scaling.Mean, limit), Value: value}
}

func policy(replicas, unchangedRuns int) scaling.Policy {
	return scaling.Policy{Decay: &scaling.Decay{Replicas: replicas, UnchangedRuns: unchangedRuns}, MinReplicas: 1}
}

func observed(n int, readings ...scaling.Reading) scaling.Observation {
	return scaling.Observation{Replicas: n, Verdict: scaling.Trusted, Readings: readings}
}

func TestDecide(t *testing.T) {
	waited := func(runs int) scaling.State { return scaling.State{RunsSinceChange: runs, LastReplicas: at(4)} }
	after := func(runs, replicas int) scaling.State {
		return scaling.State{RunsSinceChange: runs, LastReplicas: at(replicas)}
	}
	atLeast := reading(3, 5)
	atLeast.AtLeast = true
	over := reading(6, 5)
	over.AtLeast = true
	missing := reading(0, 5)
	missing.Missing = true
	untrusted := scaling.Observation{Replicas: 4, Verdict: "target-down", Reasons: []string{"40 of 40 requests failed: connect"}, Readings: []scaling.Reading{reading(99, 5)}}
	overload := scaling.Observation{Replicas: 4, Verdict: scaling.OverloadErrors, Reasons: []string{"9 of 40 requests failed: 5xx"}, Readings: []scaling.Reading{reading(1, 5)}}

	for name, test := range map[string]struct {
		policy   scaling.Policy
		state    scaling.State
		observed scaling.Observation
		want     scaling.Decision
		next     scaling.State
	}{
		"within the target": {policy(1, 3), waited(1), observed(4, reading(4, 5)),
			scaling.Decision{Current: 4, Desired: 4, Reason: scaling.WithinTarget, Text: "mean of GET /x is 4 ms against 5 ms: hold 4, run 2 of 3 without a change"}, after(2, 4)},
		"equal to the target is within": {policy(1, 3), waited(0), observed(4, reading(5, 5)),
			scaling.Decision{Current: 4, Desired: 4, Reason: scaling.WithinTarget, Text: "mean of GET /x is 5 ms against 5 ms: hold 4, run 1 of 3 without a change"}, after(1, 4)},
		"breach": {policy(1, 3), waited(3), observed(4, reading(5.1, 5)),
			scaling.Decision{Current: 4, Desired: 5, Reason: scaling.TargetBreached, Text: "mean of GET /x is 5.1 ms against 5 ms: 4 → 5"}, after(0, 4)},
		"two breaches still add one": {policy(1, 3), waited(3), observed(4, reading(6, 5), reading(9, 5), reading(1, 5)),
			scaling.Decision{Current: 4, Desired: 5, Reason: scaling.TargetBreached, Text: "mean of GET /x is 9 ms against 5 ms, and 1 more target is breached: 4 → 5"}, after(0, 4)},
		"decay in the run after unchangedRuns": {policy(2, 3), waited(3), observed(4, reading(4, 5)),
			scaling.Decision{Current: 4, Desired: 2, Reason: scaling.Decayed, Text: "mean of GET /x is 4 ms against 5 ms, 3 runs without a change: 4 → 2"}, after(3, 4)},
		"decay stops at one": {policy(9, 3), waited(3), observed(4, reading(4, 5)),
			scaling.Decision{Current: 4, Desired: 1, Reason: scaling.Decayed, Text: "mean of GET /x is 4 ms against 5 ms, 3 runs without a change: 4 → 1"}, after(3, 4)},
		"decay stops at minReplicas": {scaling.Policy{Decay: &scaling.Decay{Replicas: 1, UnchangedRuns: 3}, MinReplicas: 4}, waited(3), observed(4, reading(4, 5)),
			scaling.Decision{Current: 4, Desired: 4, Reason: scaling.TooFewReplicas, Text: "mean of GET /x is 4 ms against 5 ms: hold 4, the fewest there may be is 4"}, after(4, 4)},
		"no decay": {policy(0, 3), waited(3), observed(4, reading(4, 5)),
			scaling.Decision{Current: 4, Desired: 4, Reason: scaling.WithinTarget, Text: "mean of GET /x is 4 ms against 5 ms: hold 4, as decay.replicas is 0"}, after(4, 4)},
		"a change of the replicas starts the count again": {policy(1, 3), scaling.State{RunsSinceChange: 3, LastReplicas: at(5)}, observed(4, reading(4, 5)),
			scaling.Decision{Current: 4, Desired: 4, Reason: scaling.WithinTarget, Text: "mean of GET /x is 4 ms against 5 ms: hold 4, run 1 of 3 without a change"}, after(1, 4)},
		"a decay file of the original goes on": {policy(1, 3), scaling.State{RunsSinceChange: 3}, observed(4, reading(4, 5)),
			scaling.Decision{Current: 4, Desired: 3, Reason: scaling.Decayed, Text: "mean of GET /x is 4 ms against 5 ms, 3 runs without a change: 4 → 3"}, after(3, 4)},
		"a fresh state holds first": {policy(1, 0), scaling.State{Fresh: true}, observed(4, reading(4, 5)),
			scaling.Decision{Current: 4, Desired: 4, Reason: scaling.FreshState, Text: "mean of GET /x is 4 ms against 5 ms: hold 4, as nothing is remembered of earlier runs"}, after(1, 4)},
		"and then decays": {policy(1, 0), after(1, 4), observed(4, reading(4, 5)),
			scaling.Decision{Current: 4, Desired: 3, Reason: scaling.Decayed, Text: "mean of GET /x is 4 ms against 5 ms, 1 run without a change: 4 → 3"}, after(1, 4)},
		"an untrusted run changes nothing": {policy(1, 3), waited(3), untrusted,
			scaling.Decision{Current: 4, Desired: 4, Reason: scaling.Untrusted, Text: "the measurement cannot be trusted, target-down (40 of 40 requests failed: connect): hold 4"}, waited(3)},
		"an untrusted run leaves a fresh state fresh": {policy(1, 3), scaling.State{Fresh: true}, untrusted,
			scaling.Decision{Current: 4, Desired: 4, Reason: scaling.Untrusted, Text: "the measurement cannot be trusted, target-down (40 of 40 requests failed: connect): hold 4"}, scaling.State{Fresh: true}},
		"errors of overload are a breach": {policy(1, 3), waited(3), overload,
			scaling.Decision{Current: 4, Desired: 5, Reason: scaling.OverloadObserved, Text: "requests fail, perhaps of overload (9 of 40 requests failed: 5xx): 4 → 5"}, after(0, 4)},
		"a lower bound within the target says nothing": {policy(1, 3), waited(3), observed(4, reading(1, 5), atLeast),
			scaling.Decision{Current: 4, Desired: 4, Reason: scaling.TooFewSamples, Text: "mean of GET /x is more than 3 ms against 5 ms, which says too little: hold 4, the counter stays"}, after(3, 4)},
		"a lower bound over the target is a breach": {policy(1, 3), waited(3), observed(4, over),
			scaling.Decision{Current: 4, Desired: 5, Reason: scaling.TargetBreached, Text: "mean of GET /x is more than 6 ms against 5 ms: 4 → 5"}, after(0, 4)},
		"no sample says nothing": {policy(1, 3), waited(3), observed(4, missing),
			scaling.Decision{Current: 4, Desired: 4, Reason: scaling.TooFewSamples, Text: "mean of GET /x has no value, as no request of it finished, against 5 ms, which says too little: hold 4, the counter stays"}, after(3, 4)},
		"a breach elsewhere is one all the same": {policy(1, 3), waited(3), observed(4, missing, reading(6, 5)),
			scaling.Decision{Current: 4, Desired: 5, Reason: scaling.TargetBreached, Text: "mean of GET /x is 6 ms against 5 ms: 4 → 5"}, after(0, 4)},
		"a failed request is slower than any target": {policy(1, 3), waited(3), observed(4, scaling.Reading{Target: target(scaling.Mean, 5), Failed: true}),
			scaling.Decision{Current: 4, Desired: 5, Reason: scaling.TargetBreached, Text: "mean of GET /x falls on a failed request against 5 ms: 4 → 5"}, after(0, 4)},
		"no failure may be": {policy(1, 3), waited(0), observed(4, scaling.Reading{Target: target(scaling.FailureRatio, 0), Value: 0.01, Samples: 100}),
			scaling.Decision{Current: 4, Desired: 5, Reason: scaling.TargetBreached, Text: "failureRatio of GET /x is 1 % (100 samples) against 0 %: 4 → 5"}, after(0, 4)},
		"a failure ratio that may be more or less": {policy(1, 3), waited(3), observed(4, scaling.Reading{Target: target(scaling.FailureRatio, 0.02), Value: 0.01, Samples: 100, AtLeast: true}),
			scaling.Decision{Current: 4, Desired: 4, Reason: scaling.TooFewSamples, Text: "failureRatio of GET /x is 1 % (100 samples), and more if unfinished requests failed too, against 2 %, which says too little: hold 4, the counter stays"}, after(3, 4)},
		"there is a largest number": {policy(1, 3), after(0, math.MaxInt32), observed(math.MaxInt32, reading(6, 5)),
			scaling.Decision{Current: math.MaxInt32, Desired: math.MaxInt32, Reason: scaling.TargetBreached, Text: "mean of GET /x is 6 ms against 5 ms: 2147483647 → 2147483647"}, after(0, math.MaxInt32)},
		"no replicas": {policy(1, 0), waited(3), observed(0, reading(9, 5)),
			scaling.Decision{Current: 0, Desired: 0, Reason: scaling.ScalingDisabled, Text: "the service has 0 replicas, so autoscaling is off: hold 0"}, waited(3)},
	} {
		t.Run(name, func(t *testing.T) {
			decision, next := scaling.Explain(test.policy, test.state, test.observed, now)
			decision.Steps = nil
			require.Equal(t, test.want, decision)
			require.Equal(t, test.next, next)
			decision.Text = ""
			short, next := scaling.Decide(test.policy, test.state, test.observed, now)
			require.Equal(t, decision, short)
			require.Equal(t, test.next, next)
		})
	}
}

func TestSentenceGivesTheEvidence(t *testing.T) {
	low, high := 150.4, 190.2
	p95 := scaling.Reading{
		Target: scaling.Target{Method: "GET", Endpoint: "/items", Statistic: scaling.Statistic{Kind: scaling.Percentile, Quantile: 0.95}, Limit: 200},
		Value:  172.3, Low: &low, High: &high, Samples: 900,
	}
	decision, _ := scaling.Explain(policy(1, 3), scaling.State{}, observed(8, p95), now)
	require.Equal(t, "p95 of GET /items is 172 ms (150–190 ms, 900 samples) against 200 ms: hold 8, run 1 of 3 without a change", decision.Text)
}

// original is the law of the Locust Pod Autoscaler v0.1.0, written anew from its documentation: one more if any target is
// exceeded, else fewer if the counter has reached unchangedRuns; the counter goes up when the answer is the current count
// and back to 0 when not.
type original struct{ counter int }

func (o *original) decide(n int, breached bool, decay scaling.Decay) int {
	answer := n
	switch {
	case breached:
		answer = n + 1
	case o.counter >= decay.UnchangedRuns:
		answer = n - decay.Replicas
	}
	if answer == n {
		o.counter++
	} else {
		o.counter = 0
	}
	return answer
}

// TestDecayIsTheOriginals plays random loads to both laws in a cluster that does as it is told.
func TestDecayIsTheOriginals(t *testing.T) {
	random := rand.New(rand.NewPCG(4, 2))
	for range 500 {
		p := policy(1+random.IntN(3), 1+random.IntN(5))
		law, state := original{}, scaling.State{Fresh: true}
		n := 20
		for range 100 {
			breached := random.IntN(10) < 3
			value := 1.0
			if breached {
				value = 9
			}
			var decision scaling.Decision
			decision, state = scaling.Decide(p, state, observed(n, reading(value, 5)), now)
			want := max(1, law.decide(n, breached, *p.Decay))
			require.Equal(t, want, decision.Desired)
			if n == 1 && want == 1 {
				break // there the original asks for 0, which no cluster should do
			}
			n = decision.Desired
		}
	}
}

// TestAnAnswerThatHasNoEffectIsRepeated plays a cluster with a stabilisation window: it follows the highest answer of the
// last runs. The original never comes down there, as its answer to do so comes once and its counter starts again.
func TestAnAnswerThatHasNoEffectIsRepeated(t *testing.T) {
	p := policy(1, 2)
	state := scaling.State{Fresh: true}
	n := 5
	var window []int
	var path []int
	for range 12 {
		var decision scaling.Decision
		decision, state = scaling.Decide(p, state, observed(n, reading(1, 5)), now)
		window = append(window, decision.Desired)
		highest := 0
		for _, answer := range window[max(0, len(window)-3):] {
			highest = max(highest, answer)
		}
		n = highest
		path = append(path, n)
	}
	require.Equal(t, []int{5, 5, 5, 5, 4, 4, 4, 4, 4, 3, 3, 3}, path)
}

// TestRunsOfAnotherConfigurationDoNotCount holds that other targets, or another load, have to be met as often as the present ones
// before they take a replica away.
func TestRunsOfAnotherConfigurationDoNotCount(t *testing.T) {
	policy := scaling.Policy{Decay: &scaling.Decay{Replicas: 1, UnchangedRuns: 2}, MinReplicas: 1}
	state := scaling.State{RunsSinceChange: 9}
	var answers []int
	for _, configuration := range []string{"a", "a", "b", "b", "b", "a"} {
		var d scaling.Decision
		d, state = scaling.Decide(policy, state, scaling.Observation{Replicas: 5, Verdict: scaling.Trusted, Configuration: configuration}, time.Unix(0, 0))
		answers = append(answers, d.Desired)
	}
	require.Equal(t, []int{4, 4, 5, 5, 4, 5}, answers, "the decay file's count goes on")
}

func TestNotSaved(t *testing.T) {
	down := scaling.Decision{Current: 4, Desired: 3, Reason: scaling.Decayed, Text: "x: 4 → 3"}
	require.Equal(t, scaling.Decision{Current: 4, Desired: 4, Reason: scaling.StateNotSaved,
		Text: "x: 4 → 3 was due, but the state cannot be saved: hold 4"}, down.NotSaved())
	up := scaling.Decision{Current: 4, Desired: 5, Reason: scaling.TargetBreached, Text: "x: 4 → 5"}
	require.Equal(t, scaling.Decision{Current: 4, Desired: 5, Reason: scaling.TargetBreached,
		Text: "x: 4 → 5; the state cannot be saved, so this run is not counted"}, up.NotSaved())
}
