package simulate

import (
	"fmt"
	"math"
	"testing"
	"time"

	"github.com/latency-pod-autoscaler/lpa/internal/scaling"
	"github.com/stretchr/testify/require"
)

// standard is a service with a target of five times its service time.
func standard(trace Trace) Setup {
	return Setup{
		Trace:   trace,
		Service: Service{Workers: 4, Time: Distribution{Kind: Exponential, Mean: 20 * time.Millisecond}, StartUp: 20 * time.Second, Timeout: 10 * time.Second},
		Probe:   Probe{Interval: time.Minute, RunTime: 20 * time.Second, Samples: 300},
		Target:  scaling.Target{Method: "GET", Endpoint: "/", Statistic: scaling.Statistic{Kind: scaling.Percentile, Quantile: 0.95}, Limit: 100},
		Law:     decay(10),
		Seed:    1,
	}
}

func decay(runs int) *Policy {
	return NewPolicy(scaling.Policy{Decay: &scaling.Decay{Replicas: 1, UnchangedRuns: runs}})
}

// sized is a shape in the size of so many pods.
func sized(t testing.TB, s Setup, shape string, duration time.Duration, pods float64) Trace {
	trace, err := Shape(shape, duration, 3)
	require.NoError(t, err)
	capacity, err := Capacity(s.Service, s.Target)
	require.NoError(t, err)
	trace, err = trace.ForPods(pods, capacity)
	require.NoError(t, err)
	return trace
}

// TestFluidAgreesWithEvents plays the same hours to both models, each with several seeds: noise decides about single decisions,
// and with them about what comes after. The event model judges violations by the requests of half a minute, so near the target
// chance makes some more of them there.
func TestFluidAgreesWithEvents(t *testing.T) {
	for _, workers := range []int{1, 4} {
		for _, shape := range []string{"flash", "levels"} {
			for _, form := range []Distribution{{Kind: Exponential}, {Kind: Deterministic}, {Kind: Lognormal, CV: 1.5}} {
				t.Run(fmt.Sprintf("%d workers, %s, %s", workers, shape, form.Kind), func(t *testing.T) {
					t.Parallel()
					form.Mean = 50 * time.Millisecond
					s := standard(Trace{})
					s.Service.Workers, s.Service.Time, s.Target.Limit = workers, form, 250
					s.Trace = sized(t, s, shape, 3*time.Hour, 12/math.Sqrt(float64(workers)))
					fluid, events := averaged(t, s, Fluid), averaged(t, s, Events)
					require.InDelta(t, events.BadRequests, fluid.BadRequests, 0.02+0.15*events.BadRequests, "bad requests")
					require.InDelta(t, events.FailedRequests, fluid.FailedRequests, 0.02, "failed requests")
					require.InDelta(t, events.Violation, fluid.Violation, 0.06+0.1*events.Violation, "violation")
					require.InEpsilon(t, events.PodHours, fluid.PodHours, 0.1, "pods")
				})
			}
		}
	}
}

// averaged is the mean of some numbers over a few seeds.
func averaged(t *testing.T, s Setup, model Model) (mean Result) {
	t.Helper()
	const seeds = 3
	for seed := range uint64(seeds) {
		s.Law, s.Model, s.Seed = decay(5), model, seed
		r, err := Run(s)
		require.NoError(t, err)
		mean.BadRequests += r.BadRequests / seeds
		mean.FailedRequests += r.FailedRequests / seeds
		mean.Violation += r.Violation / seeds
		mean.PodHours += r.PodHours / seeds
	}
	return mean
}

func BenchmarkDay(b *testing.B) {
	for b.Loop() {
		s := standard(Trace{})
		s.Trace = sized(b, s, "diurnal", 24*time.Hour, 10)
		_, err := Run(s)
		require.NoError(b, err)
	}
}

func BenchmarkWeekOfAThousandPods(b *testing.B) {
	for b.Loop() {
		s := standard(Trace{})
		s.Trace = sized(b, s, "weekly", 7*24*time.Hour, 1000)
		s.MaxReplicas = 5000
		_, err := Run(s)
		require.NoError(b, err)
	}
}
