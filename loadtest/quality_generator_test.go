package loadtest

import (
	"slices"
	"testing"
	"time"

	"github.com/latency-pod-autoscaler/lpa/loadtest/internal/machine"
	"github.com/stretchr/testify/require"
)

const milli = time.Millisecond

// sound is a generator on a busy machine with nothing to complain of, in a run of 10 s at 100 requests per second with a
// target of 250 ms.
func sound() *Result {
	start := time.Unix(1000, 0)
	return &Result{
		Start: start, End: start.Add(10 * time.Second), Users: 20, Started: 20, Iterations: 1000, Connections: ConnectionSummary{Opened: 40},
		target:    250 * milli,
		mostUsers: 20, flight: 20 * time.Second, underWay: 20 * time.Second,
		lag: newSpread(durations(1000, 6*milli)), canary: newSpread(durations(100, 12*milli)),
		machine: machine.Report{
			Elapsed: 10 * time.Second, CPU: new(700 * milli), Cores: 1,
			Throttling: &machine.Throttling{Time: 100 * milli, Throttled: 3, Periods: 100},
			Scheduler:  &machine.Waits{P99: 8 * milli, Max: 70 * milli}, GCPauses: &machine.Waits{P99: milli, Max: 12 * milli},
			Stall: 67 * milli, Descriptors: &machine.Descriptors{Used: 48, Limit: 1024}, Ports: new(28232),
		},
	}
}

// durations are n, of which all but two in a hundred are short and those two are long.
func durations(n int, long time.Duration) ordered {
	list := make([]time.Duration, n)
	for i := range list {
		list[i] = milli / 5
		if i%50 == 7 {
			list[i] = long
		}
	}
	return inOrder(list)
}

func TestVerdictOnTheGenerator(t *testing.T) {
	none := map[Failure]int{}
	for name, test := range map[string]struct {
		change   func(r *Result)
		failures map[Failure]int
		want     Quality
	}{
		"a sound one":      {func(*Result) {}, none, Quality{Verdict: VerdictOK}},
		"nothing is known": {func(r *Result) { r.lag, r.canary, r.underWay, r.machine, r.target = nil, nil, 0, machine.Report{}, 0 }, none, Quality{Verdict: VerdictOK}},
		"a machine that says little": {func(r *Result) {
			r.machine = machine.Report{Elapsed: r.machine.Elapsed, Cores: 2, Stall: 20 * milli}
		}, none, Quality{Verdict: VerdictOK}},

		"all of a small limit is used": {func(r *Result) { r.machine.Cores, r.machine.CPU = 0.05, new(490*milli) }, none, Quality{VerdictGenerator,
			[]string{"the load generator used 98 % of the processor time that it may use, which is that of 0.05 cores"}}},
		"most of all processors is used": {func(r *Result) { r.machine.Cores, r.machine.CPU = 2, new(17*time.Second) }, none, Quality{VerdictGenerator,
			[]string{"the load generator used 85 % of the processor time that it may use, which is that of 2 cores"}}},
		"one of two processors is used": {func(r *Result) { r.machine.Cores, r.machine.CPU = 2, new(16*time.Second) }, none, Quality{Verdict: VerdictOK}},
		"the first moments": {func(r *Result) {
			r.machine.Elapsed, r.machine.CPU, r.machine.Throttling = 300*milli, new(290*milli), nil
		}, none, Quality{Verdict: VerdictOK}},
		"throttled often": {func(r *Result) {
			r.machine.Throttling = &machine.Throttling{Time: 200 * milli, Throttled: 11, Periods: 100}
		}, none, Quality{VerdictGenerator,
			[]string{"its CPU limit held the load generator up in 11 of 100 periods, for 200 ms in sum"}}},
		"throttled for long": {func(r *Result) {
			r.machine.Throttling = &machine.Throttling{Time: 510 * milli, Throttled: 6, Periods: 100}
		}, none, Quality{VerdictGenerator,
			[]string{"its CPU limit held the load generator up in 6 of 100 periods, for 510 ms in sum"}}},
		"throttled once in few periods": {func(r *Result) {
			r.machine.Throttling = &machine.Throttling{Time: 90 * milli, Throttled: 1, Periods: 9}
		}, none, Quality{Verdict: VerdictOK}},
		"late": {func(r *Result) { r.lag = newSpread(durations(1000, 51*milli)) }, none, Quality{VerdictGenerator,
			[]string{"the load generator sent 1 % of its requests more than 51 ms late; up to 50 ms is allowed"}}},
		"late for a tight target": {func(r *Result) {
			r.target, r.lag, r.canary = 7*milli, newSpread(durations(1000, 10500*time.Microsecond)), nil
		}, none, Quality{VerdictGenerator,
			[]string{"the load generator sent 1 % of its requests more than 10.5 ms late; up to 10 ms is allowed"}}},
		"a tight target on a busy machine": {func(r *Result) { r.target, r.canary = 7*milli, newSpread(durations(100, 10*milli)) }, none, Quality{Verdict: VerdictOK}},
		"late once":                        {func(r *Result) { r.lag = newSpread(inOrder(append(durations(999, 6*milli).values, time.Second))) }, none, Quality{Verdict: VerdictOK}},
		"one of few was late":              {func(r *Result) { r.lag = newSpread(inOrder([]time.Duration{milli, time.Second, milli})) }, none, Quality{Verdict: VerdictOK}},
		"too late for iterations": {func(r *Result) { r.Missed = 11 }, none, Quality{VerdictGenerator,
			[]string{"the load generator was too late for 11 of 1011 iterations, although users were free"}}},
		"too late for a few": {func(r *Result) { r.Missed = 10 }, none, Quality{Verdict: VerdictOK}},
		"several limits": {func(r *Result) {
			r.machine.CPU = new(10 * time.Second)
			r.lag = newSpread(durations(1000, time.Second))
		}, none, Quality{VerdictGenerator, []string{
			"the load generator used 100 % of the processor time that it may use, which is that of 1 cores",
			"the load generator sent 1 % of its requests more than 1000 ms late; up to 50 ms is allowed"}}},
		"nothing was sent, as it was held up": {func(r *Result) { r.machine.CPU, r.Started = new(9*time.Second), 3 }, none, Quality{VerdictGenerator,
			[]string{"the load generator used 90 % of the processor time that it may use, which is that of 1 cores"}}},
		"something ran out": {func(*Result) {}, map[Failure]int{FailureGenerator: 5}, Quality{VerdictGenerator, []string{
			"5 of 1000 requests failed: generator", "at the end 48 of 1024 file descriptors were in use",
			"there are 28232 local ports for connections to one address"}}},

		"stood still": {func(r *Result) { r.machine.Stall = 1002 * milli }, none, Quality{VerdictSuspect,
			[]string{"the load generator stood still for 1002 ms; up to 100 ms is allowed"}}},
		"stood still, without a target": {func(r *Result) { r.machine.Stall, r.target = 150*milli, 0 }, none, Quality{VerdictSuspect,
			[]string{"the load generator stood still for 150 ms; up to 100 ms is allowed"}}},
		"stood still for a small part of a long run": {func(r *Result) { r.machine.Stall, r.machine.Elapsed = 590*milli, time.Minute }, none, Quality{Verdict: VerdictOK}},
		"stood still for less than matters":          {func(r *Result) { r.machine.Stall, r.target = 900*milli, 5*time.Second }, none, Quality{Verdict: VerdictOK}},
		"slow to answer itself": {func(r *Result) { r.canary = newSpread(durations(100, 60*milli)) }, none, Quality{VerdictSuspect,
			[]string{"a request that the load generator answers itself took, at p99, 60 ms; up to 50 ms is allowed"}}},
		"slow to answer itself, without a target": {func(r *Result) { r.canary, r.target = newSpread(durations(100, 21*milli)), 0 }, none, Quality{VerdictSuspect,
			[]string{"a request that the load generator answers itself took, at p99, 21 ms; up to 20 ms is allowed"}}},
		"slow to answer itself once": {func(r *Result) { r.canary = newSpread(durations(50, 60*milli)) }, none, Quality{Verdict: VerdictOK}},
		"always slower than a tight target allows": {func(r *Result) {
			r.target, r.canary = 7*milli, newSpread(inOrder([]time.Duration{2 * milli, 2 * milli, 2 * milli}))
		}, none, Quality{VerdictSuspect,
			[]string{"a request that the load generator answers itself took, at p50, 2 ms; up to 1.4 ms is allowed"}}},
		"a target below the loopback interface": {func(r *Result) { r.target, r.canary = milli, newSpread(durations(100, 2*milli)) }, none, Quality{Verdict: VerdictOK}},
		"its goroutines wait": {func(r *Result) { r.machine.Scheduler.P99 = 51 * milli }, none, Quality{VerdictSuspect,
			[]string{"the load generator's own work waited for a processor, at p99, for 51 ms; up to 50 ms is allowed"}}},
		"its memory": {func(r *Result) { r.machine.GCPauses.P99 = 62500 * time.Microsecond }, none, Quality{VerdictSuspect,
			[]string{"clearing up its memory stopped the load generator, at p99, for 62.5 ms; up to 50 ms is allowed"}}},
		"the books": {func(r *Result) { r.underWay = 30 * time.Second }, none, Quality{VerdictSuspect,
			[]string{"the books do not balance: on average 3 requests were under way, but rate times latency is 2"}}},
		"the books of nothing": {func(r *Result) { r.underWay, r.flight = 2*time.Second, 0 }, none, Quality{VerdictSuspect,
			[]string{"the books do not balance: on average 0.2 requests were under way, but rate times latency is 0"}}},
		"the books of next to nothing": {func(r *Result) { r.underWay, r.flight = time.Second, 300*milli }, none, Quality{Verdict: VerdictOK}},
		"the edges of the books":       {func(r *Result) { r.underWay = 17 * time.Second }, none, Quality{Verdict: VerdictOK}},

		"limits come before errors of overload": {func(r *Result) { r.machine.CPU = new(9 * time.Second) }, map[Failure]int{Failure5xx: 900}, Quality{VerdictGenerator,
			[]string{"the load generator used 90 % of the processor time that it may use, which is that of 1 cores", "900 of 1000 requests failed: 5xx"}}},
		"limits do not close a port": {func(r *Result) {
			r.machine.CPU = new(9 * time.Second)
			r.requests = []requestResult{{sure: 500}, {sure: 400}}
		}, map[Failure]int{FailureConnect: 700, FailureDNS: 100, FailureTLS: 100, FailureTimeout: 50}, Quality{VerdictTargetDown, []string{
			"100 of 1000 requests failed: dns", "700 of 1000 requests failed: connect", "100 of 1000 requests failed: tls",
			"the load generator used 90 % of the processor time that it may use, which is that of 1 cores"}}},
		"limits make connections time out": {func(r *Result) {
			r.machine.CPU, r.Connections.Opened = new(9*time.Second), 0
			r.requests = []requestResult{{sure: 899}}
		}, map[Failure]int{FailureConnect: 1000}, Quality{VerdictGenerator, []string{
			"the load generator used 90 % of the processor time that it may use, which is that of 1 cores",
			"1000 of 1000 requests failed: connect", "no connection could be made"}}},
		"errors of overload come before doubts": {func(r *Result) { r.machine.Stall = time.Second }, map[Failure]int{Failure5xx: 900},
			Quality{VerdictOverloadErrors, []string{"900 of 1000 requests failed: 5xx"}}},
		"a service that is down comes before doubts": {func(r *Result) { r.machine.Stall = time.Second }, map[Failure]int{FailureConnect: 1000},
			Quality{VerdictTargetDown, []string{"1000 of 1000 requests failed: connect"}}},
		"an interruption comes before limits": {func(r *Result) { r.machine.CPU, r.interrupted = new(9*time.Second), true }, none,
			Quality{VerdictTooFew, []string{"interrupted after 10.0 s of the counted time"}}},
		"both kinds of errors": {func(*Result) {}, map[Failure]int{Failure5xx: 500, Failure4xx: 101},
			Quality{VerdictMixed, []string{"500 of 1000 requests failed: 5xx", "101 of 1000 requests failed: 4xx"}}},
		"errors of overload beside a few others": {func(*Result) {}, map[Failure]int{Failure5xx: 500, Failure4xx: 100},
			Quality{VerdictOverloadErrors, []string{"500 of 1000 requests failed: 5xx"}}},
		"others beside a few errors of overload": {func(*Result) {}, map[Failure]int{Failure5xx: 100, Failure4xx: 500},
			Quality{VerdictClientError, []string{"500 of 1000 requests failed: 4xx"}}},

		"too few users for the rate": {func(r *Result) { r.Dropped = 500 }, none, Quality{VerdictTooFew,
			[]string{"500 of 1500 iterations were left out, as all 20 users were busy; it takes 38 users to make this rate while the service meets its target"}}},
		"a slow service keeps all users busy": {func(r *Result) { r.Dropped, r.mostUsers = 500, 40 }, none, Quality{VerdictOK,
			[]string{"500 of 1500 iterations were left out, as all 40 users were busy"}}},
		"connections that take longer than an answer may": {func(r *Result) {
			r.Connections.Connect, r.Connections.TLS = &Timing{P95: 1040}, &Timing{P95: 251}
		}, none, Quality{VerdictOK, []string{
			"one in twenty connections took 1040 ms or more: clients wait for that, but it is no part of any latency",
			"one in twenty TLS handshakes took 251 ms or more: clients wait for that, but it is no part of any latency"}}},
		"connections as quick as an answer may be": {func(r *Result) {
			r.Connections.Connect, r.Connections.TLS = &Timing{P95: 250, P99: 900}, &Timing{P95: 250}
		}, none, Quality{Verdict: VerdictOK}},
		"slow connections, without a target": {func(r *Result) {
			r.target, r.Connections.Connect, r.Connections.TLS = 0, &Timing{P95: 900}, &Timing{P95: 1010}
		}, none, Quality{VerdictOK, []string{"one in twenty TLS handshakes took 1010 ms or more: clients wait for that, but it is no part of any latency"}}},
		"half of the users wait at the end": {func(r *Result) {
			r.requests = []requestResult{{distribution: distribution{unfinished: slices.Repeat([]time.Duration{251 * milli}, 6)}},
				{distribution: distribution{unfinished: slices.Repeat([]time.Duration{3 * time.Second}, 4)}}}
		}, none, Quality{VerdictOK, []string{"10 of 20 users were waiting for longer than 250 ms, and than any answer took, when the run ended, as if the service, or a replica, had stopped answering"}}},
		"nearly half wait at the end, and others not for long": {func(r *Result) {
			r.requests = []requestResult{{distribution: distribution{unfinished: slices.Concat(slices.Repeat([]time.Duration{250 * milli}, 11), slices.Repeat([]time.Duration{time.Second}, 9))}}}
		}, none, Quality{Verdict: VerdictOK}},
		"all users were busy for a moment": {func(r *Result) { r.Dropped = 5 }, none, Quality{VerdictOK,
			[]string{"5 of 1005 iterations were left out, as all 20 users were busy"}}},
	} {
		t.Run(name, func(t *testing.T) {
			r := sound()
			test.change(r)
			require.Equal(t, test.want, r.assess(test.failures, 1000, 0, r.hiddenWaits()))
		})
	}
}

func TestBooksOfTooFewRequestsAreNotChecked(t *testing.T) {
	r := sound()
	r.underWay = time.Hour
	require.Equal(t, Quality{Verdict: VerdictOK}, r.assess(nil, 99, 0, nil))
	require.Equal(t, Quality{Verdict: VerdictOK}, r.assess(nil, 1000, 901, nil), "most hang, of which little is known")
}

func TestLimitsWithoutARequest(t *testing.T) {
	r := sound()
	r.machine.CPU, r.Connections.Opened = new(9*time.Second), 0
	require.Equal(t, VerdictGenerator, r.assess(nil, 0, 0, nil).Verdict)
	require.Len(t, r.assess(nil, 0, 0, nil).Reasons, 1)
}

func TestSpread(t *testing.T) {
	require.Nil(t, newSpread(ordered{}))
	require.Equal(t, &spread{5, 5, 5}, newSpread(inOrder([]time.Duration{5})))
	require.Equal(t, &spread{1, 1, 9}, newSpread(inOrder([]time.Duration{9, 1})))
	hundred := make([]time.Duration, 100)
	for i := range hundred {
		hundred[i] = time.Duration(100 - i)
	}
	require.Equal(t, &spread{50, 99, 100}, newSpread(inOrder(hundred)))
}

func TestGeneratorSummary(t *testing.T) {
	s := sound().Summarise("v1", nil).Generator
	s.Processors = 2
	require.Equal(t, GeneratorSummary{
		Version: "v1", Users: 20, Started: 20, Model: "closed", Iterations: 1000, Processors: 2,
		Cores: new(1.0), CPU: new(700.0), Throttled: new(100.0), ThrottledPeriods: new(3), Periods: new(100),
		Stall: new(67.0), SchedulerP99: new(8.0), SchedulerMax: new(70.0), GCPauseP99: new(1.0), GCPauseMax: new(12.0),
		LagP50: new(0.2), LagP99: new(6.0), LagMax: new(6.0), CanaryP50: new(0.2), CanaryP99: new(12.0),
		Descriptors: new(48), DescriptorLimit: new(1024), Ports: new(28232),
	}, s)
	unknown := (&Result{machine: machine.Report{Elapsed: time.Second, Cores: 0.05}}).Summarise("v1", nil).Generator
	unknown.Processors = 2
	require.Equal(t, GeneratorSummary{Version: "v1", Model: "closed", Processors: 2, Cores: new(0.05), Stall: new(0.0)}, unknown)
	none := NotRun(&Plan{}, time.Now()).Summarise("v1", nil).Generator
	none.Processors = 2
	require.Equal(t, GeneratorSummary{Version: "v1", Model: "closed", Processors: 2}, none, "what was not measured is not 0")
}
