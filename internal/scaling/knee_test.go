package scaling_test

import (
	"testing"
	"time"

	"github.com/latency-pod-autoscaler/lpa/internal/scaling"
	"github.com/stretchr/testify/require"
)

var p95 = scaling.Target{Method: "GET", Endpoint: "/items", Statistic: scaling.Statistic{Kind: scaling.Percentile, Quantile: 0.95}, Limit: 200}

func knee() scaling.Policy {
	return scaling.Policy{Knee: &scaling.Knee{BreachEvery: 60}, MinReplicas: 1, MaxReplicas: 1000}
}

func ptr[T any](v T) *T { return &v }

// measured is a p95 of 900 samples with an interval of 5 %, and a mean of half of it.
func measured(latency float64) scaling.Reading {
	over := 0
	switch {
	case latency > p95.Limit:
		over = 450
	case latency > 0.9*p95.Limit:
		over = 40
	}
	return scaling.Reading{Target: p95, Value: latency, Low: ptr(0.95 * latency), High: ptr(1.05 * latency), Samples: 900,
		Over: ptr(over), Mean: ptr(latency / 2), Deviation: ptr(latency / 4)}
}

// player plays a cluster that does as it is told, a minute for each run.
type player struct {
	t      *testing.T
	policy scaling.Policy
	state  scaling.State
	now    time.Time
	n      int
	ready  *int
	last   scaling.Decision
}

func play(t *testing.T, n int) *player {
	return &player{t: t, policy: knee(), state: scaling.State{Fresh: true}, now: now, n: n}
}

func (p *player) see(readings ...scaling.Reading) scaling.Decision {
	p.t.Helper()
	return p.observe(scaling.Observation{Replicas: p.n, Ready: p.ready, Verdict: scaling.Trusted, Timeout: 10_000, Readings: readings})
}

func (p *player) observe(o scaling.Observation) scaling.Decision {
	p.t.Helper()
	p.last, p.state = scaling.Explain(p.policy, p.state, o, p.now)
	require.NoError(p.t, p.state.Problem())
	p.now = p.now.Add(time.Minute)
	return p.last
}

// follow does what the decision said.
func (p *player) follow() { p.n = p.last.Desired }

func (p *player) run(latency float64) scaling.Decision {
	p.t.Helper()
	d := p.see(measured(latency))
	p.follow()
	return d
}
