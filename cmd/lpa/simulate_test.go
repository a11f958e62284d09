package main

import (
	"context"
	"testing"
	"time"

	"github.com/latency-pod-autoscaler/lpa/internal/scaling"
	"github.com/latency-pod-autoscaler/lpa/internal/simulate"
	"github.com/stretchr/testify/require"
)

// blocked is a law that decides nothing until it is let go.
type blocked chan struct{}

func (b blocked) Decide(o scaling.Observation, _ time.Time) scaling.Decision {
	<-b
	return scaling.Decision{Current: o.Replicas, Desired: o.Replicas}
}

func TestASimulationCanBeInterrupted(t *testing.T) {
	law := make(blocked)
	defer close(law)
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	_, err := untilInterrupted(ctx, simulate.Setup{
		Trace:   simulate.NewTrace("constant", time.Hour, []float64{1}),
		Service: simulate.Service{Workers: 1, Time: simulate.Distribution{Kind: simulate.Deterministic, Mean: time.Millisecond}, Timeout: time.Second},
		Probe:   simulate.Probe{Interval: time.Minute, RunTime: time.Second, Samples: 1},
		Target:  scaling.Target{Statistic: scaling.Statistic{Kind: scaling.Mean}, Limit: 100},
		Law:     law,
	})
	require.ErrorIs(t, err, context.Canceled)
}

func TestParseDistributions(t *testing.T) {
	for text, want := range map[string]simulate.Distribution{
		"exponential":   {Kind: simulate.Exponential},
		"deterministic": {Kind: simulate.Deterministic},
		"lognormal:1.5": {Kind: simulate.Lognormal, CV: 1.5},
		"bimodal:5%:10": {Kind: simulate.Bimodal, Slow: 0.05, SlowFactor: 10},
	} {
		got, err := parseDistribution(text)
		require.NoError(t, err)
		require.Equal(t, want, got)
	}
	for _, text := range []string{"", "lognormal", "lognormal:a", "lognormal:1:2", "bimodal:5%", "bimodal:a:b", "exponential:1"} {
		_, err := parseDistribution(text)
		require.ErrorContains(t, err, "--distribution: must ", text)
	}
}
