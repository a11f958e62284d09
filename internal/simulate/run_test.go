package simulate

import (
	"testing"
	"time"

	"github.com/latency-pod-autoscaler/lpa/internal/scaling"
	"github.com/stretchr/testify/require"
)

// lawFunc is a law in a function.
type lawFunc func(scaling.Observation) int

func (f lawFunc) Decide(o scaling.Observation, _ time.Time) scaling.Decision {
	return scaling.Decision{Current: o.Replicas, Desired: f(o)}
}

func keep(o scaling.Observation) int { return o.Replicas }

func constant(rate float64, d time.Duration) Trace {
	return NewTrace("constant", d/10, []float64{rate, rate, rate, rate, rate, rate, rate, rate, rate, rate})
}

func run(t *testing.T, s Setup) Result {
	t.Helper()
	r, err := Run(s)
	require.NoError(t, err)
	return r
}

func TestASeedDecidesAll(t *testing.T) {
	for _, model := range []Model{Fluid, Events} {
		play := func(seed uint64) Result {
			s := standard(Trace{})
			s.Trace = sized(t, s, "bursts", time.Hour, 5)
			s.Model, s.Seed, s.Timeline = model, seed, true
			s.Probe.Untrusted = 0.2
			return run(t, s)
		}
		require.Equal(t, play(3), play(3))
		require.NotEqual(t, play(3), play(4))
	}
}

// TestTimes follows one decision: the replicas are those of the probe's begin, the decision falls at its end, and its pods are
// ready after the start-up.
func TestTimes(t *testing.T) {
	for _, model := range []Model{Fluid, Events} {
		s := standard(constant(100, 10*time.Minute))
		s.Model, s.Timeline, s.StartReplicas = model, true, 2
		var seen []scaling.Observation
		s.Law = lawFunc(func(o scaling.Observation) int {
			seen = append(seen, o)
			return 5
		})
		r := run(t, s)
		require.Len(t, seen, 10)
		require.Equal(t, 2, seen[0].Replicas)
		require.Equal(t, 2, *seen[0].Ready)
		require.Equal(t, 5, seen[1].Replicas)
		require.Equal(t, 5, *seen[1].Ready)
		for _, m := range r.Timeline {
			switch {
			case m.At < 20*time.Second:
				require.Equal(t, [2]int{2, 2}, [2]int{m.Wanted, m.Ready}, m.At)
			case m.At < 40*time.Second:
				require.Equal(t, [2]int{5, 2}, [2]int{m.Wanted, m.Ready}, m.At)
			default:
				require.Equal(t, [2]int{5, 5}, [2]int{m.Wanted, m.Ready}, m.At)
			}
		}
		require.Equal(t, 20*time.Second, r.Decisions[0].At)
		require.InDelta(t, (2*20+5*580)/3600.0, r.PodHours, 1e-9, "pods count from their creation")
		require.Equal(t, 1, r.Moves)
		require.Zero(t, r.Reversals)
	}
}

func TestALongProbeIsFollowedByTheNext(t *testing.T) {
	s := standard(constant(100, 10*time.Minute))
	s.Probe.Interval, s.Probe.RunTime = 10*time.Second, 25*time.Second
	require.Equal(t, 24, run(t, s).Probes)
	s.Trace = constant(100, 20*time.Second)
	require.Zero(t, run(t, s).Probes, "the trace is shorter than the probe")
}

func TestTheFrameworksBounds(t *testing.T) {
	s := standard(constant(100, 10*time.Minute))
	s.MinReplicas, s.MaxReplicas, s.StartReplicas = 2, 4, 3
	s.Law = lawFunc(func(o scaling.Observation) int { return 1000 })
	require.Equal(t, 4, run(t, s).MostReplicas)
	s.Law = lawFunc(func(o scaling.Observation) int { return 0 })
	r := run(t, s)
	require.Equal(t, 3, r.MostReplicas)
	require.InDelta(t, (3*20+2*580)/3600.0, r.PodHours, 1e-9)
}

// TestOverload begins with more load than the pods can take, in both models.
func TestOverload(t *testing.T) {
	for _, model := range []Model{Fluid, Events} {
		s := standard(constant(1000, 10*time.Minute)) // two pods take 400 at most
		s.Model, s.StartReplicas = model, 2
		var last scaling.Observation
		s.Law = lawFunc(func(o scaling.Observation) int { last = o; return o.Replicas })
		r := run(t, s)
		require.InDelta(t, 1, r.Violation, 0.02)
		require.InDelta(t, 0.9, r.FailedRequests, 0.1, "those that wait for the timeout, and much of the work is done for nobody")
		require.Equal(t, scaling.OverloadErrors, last.Verdict)
		require.True(t, last.Readings[0].Failed)
		require.Equal(t, 1, r.Violations)

		s.Law = NewPolicy(scaling.Policy{Decay: &scaling.Decay{Replicas: 1, UnchangedRuns: 100}})
		s.Trace = constant(1000, time.Hour)
		r = run(t, s)
		require.GreaterOrEqual(t, r.MostReplicas, 6)
		require.Less(t, r.LastViolationEnd, 700.0, "and it comes to rest")
	}
}

func TestPodsThatAreColdAreSlower(t *testing.T) {
	for _, model := range []Model{Fluid, Events} {
		s := standard(constant(300, 20*time.Minute))
		s.Model, s.StartReplicas = model, 4
		s.Law = lawFunc(func(o scaling.Observation) int { return 8 })
		warm := run(t, s)
		require.Zero(t, warm.Violation)
		s.Service.ColdFactor, s.Service.ColdTime = 4, 5*time.Minute
		cold := run(t, s)
		require.InDelta(t, 0.25, cold.Violation, 0.04, "of 20 minutes")
	}
}

func TestASharedBackendIsSlowerForAll(t *testing.T) {
	for _, model := range []Model{Fluid, Events} {
		s := standard(constant(100, 10*time.Minute))
		s.Model, s.Timeline, s.StartReplicas, s.Law = model, true, 50, lawFunc(keep)
		s.Service.Shared = []Slowdown{{From: 2 * time.Minute, To: 4 * time.Minute, Added: 200 * time.Millisecond}}
		r := run(t, s)
		require.InDelta(t, 2, r.ViolationMinutes, 0.5)
		require.InDelta(t, 60, r.Timeline[0].Latency, 15)
		require.InDelta(t, 260, r.Timeline[30].Latency, 15)
		s.Service.Shared[0].Added = 11 * time.Second // longer than any client waits
		r = run(t, s)
		require.InDelta(t, 0.2, r.FailedRequests, 0.01)
		require.Equal(t, scaling.OverloadErrors, r.Decisions[3].Observed.Verdict)
	}
}

func TestUntrustedProbes(t *testing.T) {
	s := standard(constant(100, 24*time.Hour))
	s.Probe.Untrusted, s.Seed = 0.3, 2
	r := run(t, s)
	require.InDelta(t, 0.3*1440, r.Untrusted, 60)
	s.Probe.Untrusted = 1
	r = run(t, s)
	require.Equal(t, r.Probes, r.Untrusted)
	require.Zero(t, r.Moves)
}

// TestSamplesAreOfTheTrueDistribution measures a steady service often and finds its mean and its quantile.
func TestSamplesAreOfTheTrueDistribution(t *testing.T) {
	for _, form := range []Distribution{{Kind: Exponential}, {Kind: Lognormal, CV: 1.5}, {Kind: Bimodal, Slow: 0.1, SlowFactor: 8}, {Kind: Deterministic}} {
		s := standard(constant(0, 2*time.Hour))
		form.Mean = 20 * time.Millisecond
		s.Service.Time, s.Service.Workers = form, 1
		s.Target.Limit = 400
		s.Trace = constant(20, 4*time.Hour)
		s.StartReplicas, s.Timeline = 1, true
		sum, over := 0.0, 0
		s.Law = lawFunc(func(o scaling.Observation) int {
			sum += *o.Readings[0].Mean
			over += *o.Readings[0].Over
			return o.Replicas
		})
		r := run(t, s)
		probing := 20.0 + 300/20.0 // the load test's own requests are load, too
		rho := probing * 0.02
		wait := rho / (1 - rho) * 20 * (1 + newServiceTime(form).squared) / 2
		require.InEpsilon(t, 20+wait, sum/float64(r.Probes), 0.03, form.Kind)
		require.InDelta(t, float64(over)/float64(r.Probes*300), r.Timeline[3].Over, 0.01, form.Kind)
	}
}

func TestOracle(t *testing.T) {
	s := standard(NewTrace("step", time.Minute, []float64{100, 100, 1000, 100, 0}))
	capacity, err := Capacity(s.Service, s.Target)
	require.NoError(t, err)
	o := newOracle(s.Trace, s.Service, newTarget(s.Target), 0, 100)
	require.InDelta(t, 163, capacity, 1)
	for at, want := range map[time.Duration]int{0: 1, time.Minute: 1, 61 * time.Second: 7, 3 * time.Minute: 1, 5 * time.Minute: 1} {
		require.Equal(t, want, o.pods(at), at)
	}
	// The capacity of one worker is known: p95 = ln 20 · S/(1 − ρ).
	s.Service.Workers = 1
	capacity, err = Capacity(s.Service, s.Target)
	require.NoError(t, err)
	require.InDelta(t, (1-2.995732*0.02/0.1)/0.02, capacity, 1e-3)
}

func TestViolationsAndTheirRecovery(t *testing.T) {
	m := newMeter(false, time.Hour)
	step := func(minute int, over float64, violated bool) {
		m.passed(interval{at: time.Duration(minute) * time.Minute, length: time.Minute, rate: 1, created: 2, ready: 1, oracle: 1,
			latency: Latency{Over: over, Failed: over / 2, Violated: violated}})
	}
	for minute := range 60 {
		switch minute {
		case 10, 11, 13, 30: // 12 is one minute without a violation, which is not enough
			step(minute, 0.5, true)
		default:
			step(minute, 0, false)
		}
	}
	r := m.result()
	require.Equal(t, 2, r.Violations)
	require.InDelta(t, 4.0/60, r.Violation, 1e-9)
	require.InDelta(t, 240, r.LongestViolation, 1e-9)
	require.InDelta(t, 150, r.Recovery, 1e-9)
	require.InDelta(t, 31*60, r.LastViolationEnd, 1e-9)
	require.InDelta(t, 2.0/60, r.BadRequests, 1e-9)
	require.InDelta(t, 1.0/60, r.FailedRequests, 1e-9)
	require.InDelta(t, 0.3, r.Worst5Minutes, 1e-9)
	require.InDelta(t, 2, r.PodHours, 1e-9)
	require.InDelta(t, 2, r.Pods, 1e-9)
}

func TestTimelineOfAYear(t *testing.T) {
	s := standard(constant(10, 366*24*time.Hour))
	s.Probe.Interval, s.Probe.Samples, s.Timeline = 5*time.Minute, 10, true
	moves := 0
	s.Law = lawFunc(func(o scaling.Observation) int { moves++; return 1 + moves%5/4 })
	r := run(t, s)
	require.Less(t, len(r.Timeline), MostMoments+1)
	require.LessOrEqual(t, len(r.Decisions), MostDecisions)
	for _, d := range r.Decisions {
		require.NotEqual(t, d.From, d.To, "of so many only moves are kept")
	}
	length := time.Duration(0)
	for _, m := range r.Timeline {
		length += m.Length
	}
	require.InDelta(t, r.Duration.Hours(), length.Hours(), 1)
}

func TestWhatIsWrongWithASetup(t *testing.T) {
	s := standard(Trace{})
	s.Service = Service{Time: Distribution{Kind: "square", Mean: -1}, StartUp: -1, ColdFactor: 0.5, ColdTime: -1, Shared: []Slowdown{{Added: -1}}}
	s.Probe = Probe{Untrusted: 2}
	s.Target.Statistic.Kind = scaling.FailureRatio
	s.MinReplicas, s.MaxReplicas, s.StartReplicas = -1, MostReplicas+1, -1
	_, err := Run(s)
	require.EqualError(t, err, `trace: must have some duration
minReplicas: must be at least 0, got -1
maxReplicas: must be from 0 to 100000, got 100001
replicas: must be from 0 to 100000, got -1
target: must be of a mean, a median or a percentile, got failureRatio
service-time: must be more than 0 and at most an hour, got -1ns
workers: must be from 1 to 10000, got 0
start-up: must be from 0 to 24h, got -1ns
cold: the time must be from 0 to 24h, got -1ns
cold: the factor must be from 1 to 1000, got 0.5
timeout: must be more than 0 and at most 1h, got 0s
shared: must add at least 0, from a time until a later one, got -1ns from 0s to 0s
interval: must be from 1s to 24h, got 0s
run-time: must be from 1s to 24h, got 0s
samples: must be from 1 to 1000000, got 0
untrusted: must be from 0 to 1, got 2`)

	s = standard(constant(1e9, time.Minute))
	s.Model, s.Service.Workers, s.MaxReplicas = Events, 10_000, MostReplicas
	_, err = Run(s)
	require.EqualError(t, err, `every-request: must be at most 1e+10 requests in all, got 6e+10
every-request: must be at most 100000000 workers of all pods, got 10000 of 100000 pods`)

	s = standard(constant(1, time.Minute))
	s.Law = nil
	_, err = Run(s)
	require.EqualError(t, err, "law: is required")
	s = standard(constant(1, time.Minute))
	s.Target.Limit = 50
	_, err = Run(s)
	require.EqualError(t, err, "target: must be met by a pod without load, but p95 is to be 50 ms and a request takes 20ms (exponential)")
}

// TestManyPodsForLong has more pod-hours than a time.Duration.
func TestManyPodsForLong(t *testing.T) {
	s := standard(constant(1e7, 30*24*time.Hour))
	s.Probe.Interval, s.Probe.Samples = 24*time.Hour, 10
	s.StartReplicas, s.Law = MostReplicas, lawFunc(keep)
	r := run(t, s)
	require.InDelta(t, 30*24*float64(MostReplicas), r.PodHours, 1)
	require.Zero(t, r.Violation)
}
