package simulate

import (
	"testing"
	"time"

	"github.com/latency-pod-autoscaler/lpa/internal/scaling"
	"github.com/stretchr/testify/require"
)

// standard is a service of ten pods with four workers and a target of five times its service time.
func standard(trace Trace) Setup {
	return Setup{
		Trace:   trace,
		Service: Service{Workers: 4, Time: Distribution{Kind: Exponential, Mean: 20 * time.Millisecond}, StartUp: 20 * time.Second, Timeout: 10 * time.Second},
		Probe:   Probe{Interval: time.Minute, RunTime: 20 * time.Second, Samples: 300},
		Target:  scaling.Target{Method: "GET", Endpoint: "/", Statistic: scaling.Statistic{Kind: scaling.Percentile, Quantile: 0.95}, Limit: 100},
		Law:     NewPolicy(scaling.Policy{Decay: &scaling.Decay{Replicas: 1, UnchangedRuns: 10}}),
		Seed:    1,
	}
}

func day(rate float64) Trace {
	rates := make([]float64, 24*60)
	for i := range rates {
		rates[i] = rate
	}
	return NewTrace("steady", time.Minute, rates)
}

func TestRun(t *testing.T) {
	for _, model := range []Model{Fluid, Events} {
		s := standard(day(1500))
		s.Model = model
		begin := time.Now()
		r, err := Run(s)
		require.NoError(t, err)
		t.Logf("%v %+v", time.Since(begin), r)
	}
}

func BenchmarkDay(b *testing.B) {
	for b.Loop() {
		s := standard(day(1500))
		_, err := Run(s)
		require.NoError(b, err)
	}
}
