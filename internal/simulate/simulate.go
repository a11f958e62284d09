// Package simulate plays the decisions of package scaling, or of any other law, against a model of a service, so that a
// policy can be judged before it meets real users: hours or days of traffic, a service of pods with workers and queues, and
// a load test that measures it now and then with the noise that so few samples have.
//
//	Run(setup) -> result
//
// Two models stand behind it. Fluid follows the mean wait of groups of pods and is fast; Events follows every request. The
// second one is held to queueing theory, and the first one to the second.
package simulate

import (
	"errors"
	"math/rand/v2"
	"time"

	"github.com/latency-pod-autoscaler/lpa/internal/scaling"
)

// Law decides how many replicas there should be. It may remember what it saw, so each run needs a new one.
type Law interface {
	// Decide is called once a probe, at its end. Only the decision's Desired counts; a Reason and a Text are kept for the
	// timeline.
	Decide(observed scaling.Observation, now time.Time) scaling.Decision
}

// Setup is everything that a simulation depends on.
type Setup struct {
	Trace   Trace
	Service Service
	Probe   Probe
	Target  scaling.Target // of a mean, a median or a percentile
	Law     Law
	// MinReplicas and MaxReplicas bound what the law asks for, as the framework does it. A MaxReplicas of 0 means
	// MostReplicas.
	MinReplicas, MaxReplicas int
	// StartReplicas are there, ready and warm, when the simulation begins; 0 means as many as the load then needs.
	StartReplicas int
	Model         Model
	Seed          uint64 // decides all that is random
	// Timeline asks for Result.Timeline, which takes some memory and time.
	Timeline bool
}

// Model is how the service is computed.
type Model int

// The models.
const (
	Fluid  Model = iota // mean waits of groups of pods: a day takes milliseconds
	Events              // every request by itself: exact, and as slow as there are requests
)

// MostReplicas is the largest number of pods that a simulation follows.
const MostReplicas = 100_000

// epoch is when every simulation begins, for laws that look at the clock: a Monday.
var epoch = time.Date(2024, 1, 1, 0, 0, 0, 0, time.UTC)

// longestStep is how far the fluid model goes at once, and how long the windows are in which a violation is looked for.
const longestStep = 5 * time.Second

// Run simulates. The same setup, with a new law, gives the same result.
func Run(s Setup) (Result, error) {
	if err := s.Check(); err != nil {
		return Result{}, err
	}
	if s.Law == nil {
		return Result{}, errors.New("law: is required")
	}
	r := newRunner(s)
	for r.now < r.end {
		r.probe()
	}
	return r.meter.result(), nil
}

// runner is a simulation under way.
type runner struct {
	Setup
	random *rand.Rand
	engine engine
	meter  *meter
	now    time.Duration
	end    time.Duration
	wanted int
	oracle oracle
	reader reader
}

// engine is a model of the service.
type engine interface {
	// scale makes n pods be wanted from now on.
	scale(now time.Duration, n int)
	// pods are all that were created and not yet removed, and how many of them answer requests at a time.
	pods(now time.Duration) (created, ready int)
	// nextReady is when the next pods become ready, or never.
	nextReady(now time.Duration) time.Duration
	// pass lets time go on from now for h, with so many requests per second and so many of the load test, whose latencies in
	// seconds are appended to samples, one that failed as +Inf.
	pass(now, h time.Duration, rate float64, probes int, samples []float64) (Latency, []float64)
	// statistic is the present value of the target's statistic, in seconds.
	statistic() float64
}

const never = time.Duration(1<<63 - 1)

func newRunner(s Setup) *runner {
	if s.MaxReplicas == 0 {
		s.MaxReplicas = MostReplicas
	}
	random := rand.New(rand.NewPCG(s.Seed, 0x5ea1))
	t := newTarget(s.Target)
	r := &runner{
		Setup: s, random: random, end: s.Trace.Duration(),
		oracle: newOracle(s.Trace, s.Service, t, s.MinReplicas, s.MaxReplicas),
		reader: newReader(s.Target, s.Service.Timeout, s.Probe.Samples),
	}
	r.wanted = s.StartReplicas
	if r.wanted == 0 {
		r.wanted = r.oracle.pods(0)
	}
	r.wanted = r.bounded(r.wanted)
	switch s.Model {
	case Events:
		r.engine = newEvents(s.Service, t, random, r.wanted)
	default:
		r.engine = newFluid(s.Service, t, random, r.wanted)
	}
	r.meter = newMeter(s.Timeline, r.end)
	return r
}

func (r *runner) bounded(n int) int { return max(1, r.MinReplicas, min(n, r.MaxReplicas)) }

// probe is one run of the load test, the decision after it, and the time until the next one. The replicas are read when it
// begins. A run that takes longer than the interval is followed by the next one at once.
func (r *runner) probe() {
	begin := r.now
	_, ready := r.engine.pods(begin)
	observed := scaling.Observation{Replicas: r.wanted, Ready: &ready}
	r.reader.begin()
	r.pass(begin+r.Probe.RunTime, true)
	if r.now < begin+r.Probe.RunTime {
		return // the simulation ended before the load test did
	}
	r.reader.observe(&observed, r.random.Float64() < r.Probe.Untrusted)
	decision := r.Law.Decide(observed, epoch.Add(r.now))
	desired := r.bounded(decision.Desired)
	r.meter.decided(r.now, observed, decision, r.wanted, desired)
	if desired != r.wanted {
		r.wanted = desired
		r.engine.scale(r.now, desired)
	}
	r.pass(max(begin+r.Probe.Interval, r.now), false)
}

// pass lets time go on, in steps that end where something changes.
func (r *runner) pass(until time.Duration, probing bool) {
	until = min(until, r.end)
	begin, taken := r.now, 0
	for r.now < until {
		h := min(longestStep, until-r.now, r.engine.nextReady(r.now)-r.now)
		probes := 0
		if probing {
			share := float64(r.now+h-begin) / float64(r.Probe.RunTime)
			probes = int(share*float64(r.Probe.Samples)+0.5) - taken
			taken += probes
		}
		rate := r.Trace.Mean(r.now, r.now+h)
		var latency Latency
		latency, r.reader.samples = r.engine.pass(r.now, h, rate, probes, r.reader.samples)
		created, ready := r.engine.pods(r.now)
		r.meter.passed(interval{
			at: r.now, length: h, rate: rate, created: created, ready: ready, wanted: r.wanted,
			oracle: r.oracle.pods(r.now), latency: latency, statistic: r.engine.statistic,
		})
		r.now += h
	}
}

// Latency is how requests fare in a stretch of time.
type Latency struct {
	Over     float64 // share of the requests that take longer than the target, or fail
	Failed   float64 // share of the requests that fail
	Violated bool    // the target's statistic is over the target
}
