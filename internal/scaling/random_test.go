package scaling_test

import (
	"encoding/json"
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/latency-pod-autoscaler/lpa/internal/scaling"
	"github.com/stretchr/testify/require"
)

// situation is a random policy with targets, in which random runs are decided.
type situation struct {
	random  *rand.Rand
	policy  scaling.Policy
	targets []scaling.Target
}

func newSituation(random *rand.Rand) *situation {
	s := &situation{random: random}
	kinds := []scaling.Kind{scaling.Percentile, scaling.Percentile, scaling.Percentile, scaling.Mean, scaling.Median, scaling.Max, scaling.Min, scaling.FailureRatio}
	for i := range 1 + random.IntN(3) {
		t := scaling.Target{Method: "GET", Endpoint: fmt.Sprintf("/%d", i), Statistic: scaling.Statistic{Kind: kinds[random.IntN(len(kinds))]}, Limit: 50 + float64(random.IntN(500))}
		switch t.Statistic.Kind {
		case scaling.Percentile:
			t.Statistic.Quantile = []float64{0.5, 0.9, 0.95, 0.99}[random.IntN(4)]
		case scaling.FailureRatio:
			t.Limit = []float64{0, 0.01, 0.1}[random.IntN(3)]
		}
		s.targets = append(s.targets, t)
	}
	s.policy = scaling.Policy{MinReplicas: random.IntN(4), MaxReplicas: []int{0, 5, 50, 1000}[random.IntN(4)]}
	if random.IntN(3) == 0 {
		s.policy.Decay = &scaling.Decay{Replicas: random.IntN(3), UnchangedRuns: random.IntN(4), Confidence: []float64{0, 0.95, 0.8}[random.IntN(3)]}
	} else {
		s.policy.Knee = &scaling.Knee{BreachEvery: 1 + random.IntN(200), Baseline: float64(random.IntN(2) * random.IntN(100))}
	}
	s.policy.Untrusted = scaling.OnUntrusted{Action: []scaling.UntrustedAction{"", scaling.Hold, scaling.AtLeast}[random.IntN(3)], Replicas: random.IntN(20), After: random.IntN(4)}
	return s
}

// observation is a random one of n replicas.
func (s *situation) observation(n int) scaling.Observation {
	r := s.random
	o := scaling.Observation{Replicas: n, Verdict: scaling.Trusted, Timeout: []float64{0, 5000}[r.IntN(2)], Generation: int64(r.IntN(20) / 19), RollingOut: r.IntN(20) == 0}
	switch r.IntN(20) {
	case 0:
		o.Verdict = "too-few"
	case 1:
		o.Verdict = scaling.OverloadErrors
	}
	switch r.IntN(10) {
	case 0:
		o.Ready = ptr(r.IntN(n + 2))
	case 1, 2, 3, 4, 5:
		o.Ready = ptr(n)
	}
	speed := math.Exp(r.NormFloat64()*0.8 - 1.2)
	for _, t := range s.targets {
		o.Readings = append(o.Readings, s.reading(t, speed))
	}
	return o
}

func (s *situation) reading(t scaling.Target, speed float64) scaling.Reading {
	r := s.random
	reading := scaling.Reading{Target: t, Samples: 1 + r.IntN(1000), FailureShare: max(0, r.Float64()*4-3) * r.Float64()}
	if t.Statistic.Kind == scaling.FailureRatio {
		reading.Over = ptr(int(reading.FailureShare * float64(reading.Samples)))
		reading.Value = float64(*reading.Over) / float64(reading.Samples)
		return reading
	}
	reading.Value = t.Limit * speed * (1 + 0.1*r.Float64())
	reading.Missing, reading.AtLeast = r.IntN(40) == 0, r.IntN(30) == 0
	if reading.Missing {
		reading.Value = 0
	} else if r.IntN(40) == 0 {
		reading.Failed, reading.Value = true, 0
	}
	if r.IntN(6) > 0 {
		reading.Low, reading.High = ptr(reading.Value*(0.8+0.2*r.Float64())), ptr(reading.Value*(1+0.2*r.Float64()))
	}
	if r.IntN(6) > 0 {
		share := 0.02 * r.Float64()
		if reading.Value > t.Limit || reading.Failed {
			share = r.Float64()
		}
		reading.Over = ptr(int(share * float64(reading.Samples)))
		reading.Mean, reading.Deviation = ptr(reading.Value*0.5), ptr(reading.Value*0.3)
	}
	return reading
}

// walk decides random runs in random situations.
func walk(t *testing.T, seed uint64, situations, runs int, each func(s *situation, state scaling.State, o scaling.Observation, at time.Time)) {
	t.Helper()
	random := rand.New(rand.NewPCG(seed, 1))
	for range situations {
		s := newSituation(random)
		state, at, n := scaling.State{Fresh: true}, now, 1+random.IntN(40)
		for range runs {
			o := s.observation(n)
			each(s, state, o, at)
			var d scaling.Decision
			d, state = scaling.Decide(s.policy, state, o, at)
			require.NoError(t, state.Problem())
			if random.IntN(10) > 0 { // else the answer is lost
				n = d.Desired
			}
			if random.IntN(30) == 0 { // somebody else moves the replicas
				n = 1 + random.IntN(40)
			}
			at = at.Add(time.Duration(random.IntN(120)) * time.Second)
		}
	}
}

func TestAnswersAreWithinTheBounds(t *testing.T) {
	walk(t, 1, 400, 100, func(s *situation, state scaling.State, o scaling.Observation, at time.Time) {
		d, _ := scaling.Decide(s.policy, state, o, at)
		require.GreaterOrEqual(t, d.Desired, min(max(1, s.policy.MinReplicas), max(s.policy.MaxReplicas, 1)))
		if s.policy.MaxReplicas > 0 {
			require.LessOrEqual(t, d.Desired, s.policy.MaxReplicas)
		}
		o.Replicas = 0
		d, next := scaling.Decide(s.policy, state, o, at)
		require.Equal(t, scaling.Decision{Reason: scaling.ScalingDisabled}, d)
		require.Equal(t, state, next)
	})
}

// TestNeverDownWithoutProof: nothing but maxReplicas takes replicas away in a run that is not trusted, not settled, or grey
// for a policy that looks for proof.
func TestNeverDownWithoutProof(t *testing.T) {
	downs := 0
	walk(t, 2, 80, 100, func(s *situation, state scaling.State, o scaling.Observation, at time.Time) {
		d, _ := scaling.Explain(s.policy, state, o, at)
		if d.Desired >= o.Replicas || d.Reason == scaling.TooManyReplicas {
			return
		}
		downs++
		require.Equal(t, scaling.Trusted, o.Verdict)
		require.False(t, o.RollingOut)
		require.False(t, o.Ready != nil && *o.Ready < o.Replicas)
		require.False(t, state.Fresh)
		for _, r := range o.Readings {
			require.False(t, r.Missing || r.Failed)
			require.False(t, r.AtLeast && r.Value <= r.Target.Limit && r.Over == nil)
		}
		if s.policy.Knee != nil || s.policy.Decay.Confidence > 0 {
			for _, step := range d.Steps {
				if step.Name == "evidence" {
					require.Regexp(t, `clear`, step.Text)
				}
			}
		}
	})
	require.Greater(t, downs, 200)
}

// slower is the same observation with everything slower, and the same requests failing.
func slower(random *rand.Rand, o scaling.Observation) scaling.Observation {
	o.Readings = slices.Clone(o.Readings)
	for i := range o.Readings {
		r := &o.Readings[i]
		if r.Missing || r.Failed {
			continue
		}
		factor := 1 + 2*random.Float64()*float64(random.IntN(2))
		if r.Target.Statistic.Kind == scaling.FailureRatio {
			r.Over = ptr(min(r.Samples, *r.Over+random.IntN(10)))
			r.Value = float64(*r.Over) / float64(r.Samples)
			continue
		}
		r.Value *= factor
		for _, v := range []**float64{&r.Low, &r.High, &r.Mean} {
			if *v != nil {
				*v = ptr(**v * factor)
			}
		}
		if r.Over != nil {
			r.Over = ptr(min(r.Samples, *r.Over+int(float64(r.Samples-*r.Over)*random.Float64()*(1-1/factor))))
		}
	}
	return o
}

// TestSlowerNeverGetsFewer: in the same state, a slower observation never gives fewer replicas, but where the law waits for
// pods or queues, or sees that more pods do not help.
func TestSlowerNeverGetsFewer(t *testing.T) {
	random := rand.New(rand.NewPCG(9, 9))
	compared, waited := 0, 0
	walk(t, 3, 400, 100, func(s *situation, state scaling.State, o scaling.Observation, at time.Time) {
		fast, _ := scaling.Decide(s.policy, state, o, at)
		late := slower(random, o)
		slow, _ := scaling.Decide(s.policy, state, late, at)
		compared++
		if slow.Desired < fast.Desired {
			slow, _ = scaling.Explain(s.policy, state, late, at)
			require.True(t, waits(slow), "%s %s", fast.Reason, slow.Text)
			waited++
		}
	})
	require.Greater(t, compared, 20_000)
	require.Less(t, waited, compared/50)
}

// waits says that at least one target waits, or knows that more pods do not help.
func waits(d scaling.Decision) bool {
	return slices.ContainsFunc(d.Steps, func(step scaling.Step) bool {
		return step.Name == "outcome" && (strings.HasPrefix(step.Text, "wait") || strings.HasSuffix(step.Text, "more pods do not help"))
	})
}

// TestTheSameInputGivesTheSameAnswer, whether the state was saved in between, and leaves what it was given as it was.
func TestTheSameInputGivesTheSameAnswer(t *testing.T) {
	walk(t, 4, 30, 100, func(s *situation, state scaling.State, o scaling.Observation, at time.Time) {
		before, err := json.Marshal([]any{s.policy, state, o})
		require.NoError(t, err)
		d, next := scaling.Decide(s.policy, state, o, at)
		saved, err := json.Marshal(state)
		require.NoError(t, err)
		restored := scaling.State{Fresh: state.Fresh}
		require.NoError(t, json.Unmarshal(saved, &restored))
		require.Equal(t, state, restored)
		again, nextAgain := scaling.Explain(s.policy, restored, o, at)
		again.Text, again.Steps = "", nil
		require.Equal(t, d, again)
		require.Equal(t, next, nextAgain)
		// A decision on top of the next state must not reach back into this one's.
		scaling.Decide(s.policy, next, s.observation(o.Replicas), at)
		_, third := scaling.Decide(s.policy, state, o, at)
		require.Equal(t, next, third)
		after, err := json.Marshal([]any{s.policy, state, o})
		require.NoError(t, err)
		require.Equal(t, string(before), string(after))
	})
}
