package loadtest

import (
	"math"
	"runtime"
	"time"

	"github.com/latency-pod-autoscaler/lpa/loadtest/internal/machine"
)

// generatorFacts is all that the verdict on the load generator itself follows from.
type generatorFacts struct {
	machine machine.Report
	lag     *spread       // nil if unknown
	canary  *spread       // nil if there was none
	target  time.Duration // the tightest of the run; 0 if unknown

	users                       int
	iterations, dropped, missed int

	counted  time.Duration // how long requests were counted
	requests int           // counted, whatever came of them
	finished int           // those of them that were not cut off by the end
	flight   time.Duration // the sum of the requests' latencies, or ages
	underWay time.Duration // how long they were under way by the clock; not made of latencies, as it is there to check them
}

// facts are those of a run with so many requests, of which some were cut off.
func (r *Result) facts(total, cutOff int) generatorFacts {
	return generatorFacts{
		machine: r.machine, lag: r.lag, canary: r.canary, target: r.target,
		users: r.mostUsers, iterations: r.Iterations, dropped: r.Dropped, missed: r.Missed,
		counted: r.End.Sub(r.Start), requests: total, finished: total - cutOff, flight: r.flight, underWay: r.underWay,
	}
}

// spread describes many durations.
type spread struct{ p50, p99, max time.Duration }

// newSpread describes durations, nil if there are none. Of fewer than 100 the 99th percentile would be the largest, which may
// be one piece of bad luck, so then it is the second largest.
func newSpread(durations ordered) *spread {
	n := durations.len()
	if n == 0 {
		return nil
	}
	rank := func(q float64) int { return int(math.Ceil(q * float64(n))) }
	return &spread{
		p50: durations.at(rank(0.5) - 1),
		p99: durations.at(max(1, min(rank(0.99), n-1)) - 1),
		max: durations.at(n - 1),
	}
}

// generator is the JSON form of what the load generator did and was given.
func (r *Result) generator(version string) GeneratorSummary {
	m := r.machine
	s := GeneratorSummary{
		Version: version, Users: r.Users, Started: r.Started, Model: r.model(), Iterations: r.Iterations, Processors: runtime.GOMAXPROCS(0),
		Dropped: r.Dropped, Missed: r.Missed, InFlight: r.inFlight(),
	}
	if lag := r.lag; lag != nil {
		s.LagP50, s.LagP99, s.LagMax = inMilliseconds(lag.p50), inMilliseconds(lag.p99), inMilliseconds(lag.max)
	}
	if canary := r.canary; canary != nil {
		s.CanaryP50, s.CanaryP99 = inMilliseconds(canary.p50), inMilliseconds(canary.p99)
	}
	if m.Elapsed == 0 { // nothing was watched
		return s
	}
	s.Stall, s.Ports = inMilliseconds(m.Stall), m.Ports
	cores := math.Round(1000*m.Cores) / 1000
	s.Cores = &cores
	if m.CPU != nil {
		s.CPU = inMilliseconds(*m.CPU)
	}
	if t := m.Throttling; t != nil {
		s.Throttled, s.ThrottledPeriods, s.Periods = inMilliseconds(t.Time), &t.Throttled, &t.Periods
	}
	if m.Scheduler != nil {
		s.SchedulerP99, s.SchedulerMax = inMilliseconds(m.Scheduler.P99), inMilliseconds(m.Scheduler.Max)
	}
	if m.GCPauses != nil {
		s.GCPauseP99, s.GCPauseMax = inMilliseconds(m.GCPauses.P99), inMilliseconds(m.GCPauses.Max)
	}
	if m.Descriptors != nil {
		s.Descriptors, s.DescriptorLimit = &m.Descriptors.Used, &m.Descriptors.Limit
	}
	return s
}

func inMilliseconds(d time.Duration) *float64 {
	ms := milliseconds(d)
	return &ms
}
