package loadtest

import (
	"context"
	"math"
	"runtime"
	"slices"
	"time"

	"github.com/latency-pod-autoscaler/lpa/loadtest/internal/machine"
)

// ownRecords is what the engine notes of itself during a run, beside the requests. What it does not note stays zero, which
// means unknown.
type ownRecords struct {
	lags    []time.Duration // of each request sent: how late it was, through no fault of the service
	canary  []time.Duration // latencies of the requests to the responder of startCanary
	dropped int             // iterations of the open model left out because every user was busy
	missed  int             // iterations left out although a user was free: the generator came too late to start them
	// busy is how long counted requests were under way, in sum: the number under way, integrated over time. A request
	// counts from its send to its end or to that of the run, whatever came of it, as its latency or age does. It must not be
	// made of latencies, as it is there to check them.
	busy time.Duration
}

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
	busy     time.Duration // see ownRecords
}

// facts are those of a run with so many requests, of which some were cut off.
func (r *Result) facts(total, cutOff int) generatorFacts {
	return generatorFacts{
		machine: r.machine, lag: newSpread(r.own.lags), canary: newSpread(r.own.canary), target: r.target,
		users: r.Users, iterations: r.Iterations, dropped: r.own.dropped, missed: r.own.missed,
		counted: r.End.Sub(r.Start), requests: total, finished: total - cutOff, flight: r.flight, busy: r.own.busy,
	}
}

// watchMachine reports what the machine gives until ctx ends; how users take their leave is no part of what is measured. The
// report is to be asked for once.
func watchMachine(ctx context.Context) (report func() machine.Report) {
	watch := machine.Start()
	reports := make(chan machine.Report, 1)
	stop := context.AfterFunc(ctx, func() { reports <- watch.Stop() })
	return func() machine.Report {
		if stop() {
			return watch.Stop()
		}
		return <-reports
	}
}

// spread describes many durations.
type spread struct{ p50, p99, max time.Duration }

// newSpread sorts the durations. Of fewer than 100 the 99th percentile would be the largest, which may be one piece of bad
// luck, so then it is the second largest.
func newSpread(durations []time.Duration) *spread {
	n := len(durations)
	if n == 0 {
		return nil
	}
	slices.Sort(durations)
	rank := func(q float64) int { return int(math.Ceil(q * float64(n))) }
	return &spread{
		p50: durations[rank(0.5)-1],
		p99: durations[max(1, min(rank(0.99), n-1))-1],
		max: durations[n-1],
	}
}

// generator is the JSON form of what the load generator did and was given.
func (r *Result) generator(version string) GeneratorSummary {
	m := r.machine
	s := GeneratorSummary{
		Version: version, Users: r.Users, Started: r.Started, Iterations: r.Iterations, Processors: runtime.GOMAXPROCS(0),
		Dropped: r.own.dropped, Missed: r.own.missed,
	}
	if lag := newSpread(r.own.lags); lag != nil {
		s.LagP50, s.LagP99, s.LagMax = inMilliseconds(lag.p50), inMilliseconds(lag.p99), inMilliseconds(lag.max)
	}
	if canary := newSpread(r.own.canary); canary != nil {
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
