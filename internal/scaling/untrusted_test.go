package scaling_test

import (
	"testing"

	"github.com/latency-pod-autoscaler/lpa/internal/scaling"
	"github.com/stretchr/testify/require"
)

// TestWhatToDoWithoutMeasurements plays five untrusted runs, a trusted one, and one more that is untrusted.
func TestWhatToDoWithoutMeasurements(t *testing.T) {
	lost := scaling.Observation{Verdict: "target-down", Reasons: []string{"40 of 40 requests failed: connect"}}
	for name, test := range map[string]struct {
		untrusted scaling.OnUntrusted
		fresh     bool
		answers   []int
		last      string
	}{
		"hold is the default": {scaling.OnUntrusted{}, false, []int{4, 4, 4, 4, 4}, "hold 4"},
		"hold":                {scaling.OnUntrusted{Action: scaling.Hold, Replicas: 9, After: 1}, false, []int{4, 4, 4, 4, 4}, "hold 4"},
		"fallback": {scaling.OnUntrusted{Action: scaling.Fallback, Replicas: 7, After: 3}, false, []int{4, 4, 7, 7, 7},
			"for 5 runs in a row, so the fallback of 7 counts: 4 → 7"},
		"fallback to fewer": {scaling.OnUntrusted{Action: scaling.Fallback, Replicas: 2, After: 4}, false, []int{4, 4, 4, 2, 2},
			"for 5 runs in a row, so the fallback of 2 counts: 4 → 2"},
		"fallback to fewer with nothing remembered": {scaling.OnUntrusted{Action: scaling.Fallback, Replicas: 2, After: 1}, true, []int{4, 2, 2, 2, 2},
			"for 5 runs in a row, so the fallback of 2 counts: 4 → 2"},
		"at least": {scaling.OnUntrusted{Action: scaling.AtLeast, Replicas: 7, After: 2}, false, []int{4, 7, 7, 7, 7},
			"for 5 runs in a row, so there shall be at least 7: 4 → 7"},
		"at least fewer": {scaling.OnUntrusted{Action: scaling.AtLeast, Replicas: 2, After: 2}, false, []int{4, 4, 4, 4, 4},
			"for 5 runs in a row, so there shall be at least 2: hold 4"},
		"at once": {scaling.OnUntrusted{Action: scaling.AtLeast, Replicas: 7}, false, []int{7, 7, 7, 7, 7},
			"for 5 runs in a row, so there shall be at least 7: 4 → 7"},
		"not yet": {scaling.OnUntrusted{Action: scaling.AtLeast, Replicas: 7, After: 6}, false, []int{4, 4, 4, 4, 4},
			"for 5 runs in a row of 6: hold 4"},
		"more than there may be": {scaling.OnUntrusted{Action: scaling.Fallback, Replicas: 99, After: 1}, false, []int{20, 20, 20, 20, 20},
			"for 5 runs in a row, so the fallback of 99 counts: 4 → 99, but the most there may be is 20: 4 → 20"},
	} {
		t.Run(name, func(t *testing.T) {
			for kind, p := range map[string]scaling.Policy{"decay": policy(1, 3), "knee": knee()} {
				p.Untrusted, p.MaxReplicas = test.untrusted, 20
				state := scaling.State{LastReplicas: at(4), Fresh: test.fresh}
				var answers []int
				var d scaling.Decision
				for range 5 {
					o := lost
					o.Replicas = 4
					d, state = scaling.Explain(p, state, o, now)
					answers = append(answers, d.Desired)
					state.Fresh = false // as it is once it was saved
				}
				require.Equal(t, test.answers, answers, kind)
				require.Contains(t, d.Text, "the measurement cannot be trusted, target-down (40 of 40 requests failed: connect)")
				require.Contains(t, d.Text, test.last)
				_, state = scaling.Decide(p, state, observed(4, reading(4, 5)), now)
				require.Zero(t, state.UntrustedRuns, "a trusted run ends the row")
			}
		})
	}
}

// TestABusyRunIsNotCounted: that a load test was left out for another one says nothing of the service.
func TestABusyRunIsNotCounted(t *testing.T) {
	p := policy(1, 3)
	p.Untrusted = scaling.OnUntrusted{Action: scaling.Fallback, Replicas: 1, After: 1}
	d, state := scaling.Decide(p, scaling.State{LastReplicas: at(4)}, scaling.Observation{Replicas: 4, Verdict: scaling.Busy}, now)
	require.Equal(t, 4, d.Desired)
	require.Zero(t, state.UntrustedRuns)
}
