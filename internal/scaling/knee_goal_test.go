package scaling_test

import (
	"strings"
	"testing"
	"time"

	"github.com/latency-pod-autoscaler/lpa/internal/scaling"
	"github.com/stretchr/testify/require"
)

func TestTheShareIsLearned(t *testing.T) {
	p := learned(t, 8)
	share := func() float64 { return p.state.Targets[0].Share }
	require.InDelta(t, 0.301, share(), 1e-9)
	for range 99 {
		p.see(measured(100))
	}
	require.InDelta(t, 0.4, share(), 1e-9, "0.06/60 for each run without a breach")
	p.see(measured(300))
	require.InDelta(t, 0.34, share(), 1e-9, "0.85 × 0.4 when a breach begins")
	p.see(measured(300))
	require.InDelta(t, 0.34, share(), 1e-9, "once for each breach")
	for range 20 {
		p.see(measured(100))
		p.see(measured(300))
	}
	require.InDelta(t, 0.2, share(), 1e-9, "no less than a fifth")
	for range 1000 {
		p.see(measured(100))
	}
	require.InDelta(t, 0.6, share(), 1e-9, "no more than 0.6")
}

func TestTheIdleLatencyIsForgottenAfterADay(t *testing.T) {
	p := learned(t, 8)
	p.quick = true
	low := func() string { return p.idle() }
	for range 24 * 60 {
		p.see(measured(90))
		require.Equal(t, "57 ms", low())
	}
	for range 3 * 60 {
		p.see(measured(90))
	}
	require.Equal(t, "85.5 ms", low(), "a day later, what is seen now counts")
}

// idle is the idle latency of the next decision.
func (p *player) idle() string {
	d, _ := scaling.Explain(p.policy, p.state, scaling.Observation{Replicas: p.n, Verdict: scaling.Trusted, Readings: []scaling.Reading{measured(90)}}, p.now)
	for _, step := range d.Steps {
		if step.Name == "idle" {
			return step.Text[strings.LastIndex(step.Text, "= ")+len("= "):]
		}
	}
	return ""
}

// TestALowerReadingIsNearerToIdle: what was first seen under load, or is all that is left of 24 hours, gives way to whatever is
// lower, however much load there still is. A reading of which only a lower bound is known does not.
func TestALowerReadingIsNearerToIdle(t *testing.T) {
	p := play(t, 8)
	p.run(180)
	require.Equal(t, "160 ms", p.idle(), "0.8 × target at most")
	p.see(measured(160))
	require.Equal(t, "152 ms", p.idle())
	p.see(measured(170))
	require.Equal(t, "152 ms", p.idle())
	bound := measured(120)
	bound.AtLeast = true
	p.see(bound)
	require.Equal(t, "152 ms", p.idle())
	p.see(measured(120))
	require.Equal(t, "114 ms", p.idle())
}

// TestClockJumps: neither a clock that is set back nor one that leaps ahead loses the idle latency or keeps it for ever.
func TestClockJumps(t *testing.T) {
	p := learned(t, 8)
	p.quick = true
	p.now = p.now.AddDate(-20, 0, 0)
	for range 24 * 60 {
		p.see(measured(90))
	}
	require.Equal(t, "57 ms", p.idle())
	for range 3 * 60 {
		p.see(measured(90))
	}
	require.Equal(t, "85.5 ms", p.idle(), "it counts as seen when the clock was set back")
	p.now = p.now.AddDate(40, 0, 0)
	require.Equal(t, "85.5 ms", p.idle())
	p.see(measured(90))
	require.Equal(t, "85.5 ms", p.idle())
	p.now = time.Time{}
	p.see(measured(90))
	require.Equal(t, "85.5 ms", p.idle())
}

func TestTheConfiguredBaseline(t *testing.T) {
	p := learned(t, 8)
	p.policy.Knee.Baseline = 40
	require.Equal(t, "40 ms", p.idle())
	p.policy.Knee.Baseline = 120
	require.Equal(t, "57 ms", p.idle(), "the smaller of configured and seen")
	require.Contains(t, p.see(measured(90)).Text, "; idle 57 ms (seen; the baseline of 120 ms is too high); goal ")
	require.Contains(t, steps(p.last)["baseline"], "120 ms; configured, but the service was seen to be faster, so that counts")
}

func TestAnotherConfigurationStartsAfresh(t *testing.T) {
	p := learned(t, 10)
	o := scaling.Observation{Replicas: 10, Verdict: scaling.Trusted, Configuration: "other", Readings: []scaling.Reading{measured(100)}}
	require.Equal(t, 10, p.observe(o).Desired)
	require.Equal(t, "95 ms", steps(p.observe(o))["idle"][len("max(0.1 × target, min(lowest, 0.8 × target)) = max(0.1 × 200, min(95, 0.8 × 200)) = "):])
}

// TestATargetFarAboveTheIdleLatency holds that a service which answers in a hundredth of its target comes down, although
// some milliseconds of noise are most of such an answer.
func TestATargetFarAboveTheIdleLatency(t *testing.T) {
	p := learned(t, 4)
	fast := func() scaling.Reading {
		r := measured(3)
		low, high := 2.6, 7.0
		r.Low, r.High = &low, &high
		return r
	}
	for range 2 {
		p.see(fast())
	}
	require.Equal(t, 3, p.see(fast()).Desired)
	require.Contains(t, p.last.Text, "idle 2.6 ms, which counts as 20 ms")
}
