package scaling_test

import (
	"testing"

	"github.com/latency-pod-autoscaler/lpa/internal/scaling"
	"github.com/stretchr/testify/require"
)

func TestADownAnswerCountsOnceItIsSeen(t *testing.T) {
	p := learned(t, 10)
	require.Equal(t, 8, p.see(measured(60)).Desired)
	require.Equal(t, 8, p.see(measured(60)).Desired, "it is repeated while it has no effect")
	p.see(measured(300))
	require.Zero(t, p.state.Knee.Floor, "no step down happened that could be blamed")

	p = learned(t, 10)
	p.run(60)
	require.Equal(t, 8, p.n)
	require.Equal(t, 16, p.run(300).Desired)
	require.Equal(t, 10, p.state.Knee.Floor.Replicas, "8 failed, so 10 is the floor")
	require.Equal(t, 8, p.state.Knee.Floor.Failed)
}

// TestAClampedAnswerArmsNothing: minReplicas undoes the step down, and a stabilisation window delays it.
func TestAClampedAnswerArmsNothing(t *testing.T) {
	p := learned(t, 10)
	p.policy.MinReplicas = 10
	d := p.see(measured(60))
	require.Equal(t, scaling.TooFewReplicas, d.Reason)
	require.Equal(t, "p95 of GET /items is 60 ms (57–63 ms, 900 samples) against 200 ms; idle 57 ms; goal 100 ms (30.2 % of the room, "+
		"learned: about one breach in 60 runs): at most 8 % waiting over two runs, 43 % allowed, so 10 × (8/43)^⅕ = 7.18: 10 → 8, "+
		"but the fewest there may be is 10: hold 10", d.Text)
	p.see(measured(300))
	require.Zero(t, p.state.Knee.Floor)
}

// TestHiddenWaitsForbidFewer: what comes of them is neither a step down nor what one could be blamed for, and nothing else changes.
func TestHiddenWaitsForbidFewer(t *testing.T) {
	p := learned(t, 10)
	waiting := func(ms float64) scaling.Decision {
		return p.observe(scaling.Observation{Replicas: p.n, Verdict: scaling.Trusted, Timeout: 10_000,
			Readings: []scaling.Reading{measured(ms)}, HiddenWaits: []string{"10 of 10 users were waiting"}})
	}
	d := waiting(60)
	require.Equal(t, []any{10, scaling.ClientsWait}, []any{d.Desired, d.Reason})
	require.Contains(t, d.Text, ": 10 → 8, but 10 of 10 users were waiting: hold 10")
	require.Equal(t, scaling.TargetBreached, p.see(measured(300)).Reason)
	require.Zero(t, p.state.Knee.Floor)

	require.Greater(t, waiting(300).Desired, p.n, "they are no reason against more")
	p.policy.MaxReplicas = 9
	d = waiting(60)
	require.Equal(t, []any{9, scaling.TooManyReplicas}, []any{d.Desired, d.Reason}, "nor against the bounds")
}

// TestAStepDownThatWasUndoneByHandIsNotBlamed would otherwise have a floor of 10 because 12 failed.
func TestAStepDownThatWasUndoneByHandIsNotBlamed(t *testing.T) {
	p := learned(t, 10)
	p.run(60)
	require.Equal(t, 8, p.n)
	p.see(measured(100))
	p.n = 12
	p.see(measured(100))
	require.Equal(t, scaling.TargetBreached, p.see(measured(300)).Reason)
	require.Zero(t, p.state.Knee.Floor)

	p = learned(t, 10)
	p.run(60)
	p.see(measured(100))
	p.n = 9
	p.see(measured(100))
	p.see(measured(300))
	require.Equal(t, []int{10, 9}, []int{p.state.Knee.Floor.Replicas, p.state.Knee.Floor.Failed}, "9 are still fewer than 10")
}

// TestTheEdge: the service needs 8 replicas, whatever happens. Each failure of 7 doubles the runs for which 8 is the floor,
// from 4 to 128.
func TestTheEdge(t *testing.T) {
	p := learned(t, 8)
	p.quick = true
	var floors []int
	breaches := 0
	for range 1500 {
		latency := 62.0
		if p.n < 8 {
			latency = 220
			breaches++
		}
		before := p.state.Knee.Floor
		p.run(latency)
		if f := p.state.Knee.Floor; f.At != before.At {
			floors = append(floors, f.Until-p.state.Knee.Run)
			require.Equal(t, 8, f.Replicas)
		}
	}
	require.Equal(t, []int{4, 8, 16, 32, 64, 128, 128, 128}, floors[:8])
	require.Less(t, breaches, 20)
}

func TestTheFloorIsForgotten(t *testing.T) {
	p := learned(t, 10)
	p.run(60)
	p.run(300)
	require.Equal(t, 8, p.state.Knee.Floor.Wait)
	for range 3 { // the floor holds for four runs, and twenty one calm ones halve what the next will take
		p.see(measured(100))
	}
	for range 21 {
		p.see(measured(100))
		require.Equal(t, 8, p.state.Knee.Floor.Wait)
	}
	p.see(measured(100))
	require.Equal(t, 4, p.state.Knee.Floor.Wait)
}
