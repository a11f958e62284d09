package loadtest

import (
	"math"
	"time"

	"github.com/latency-pod-autoscaler/lpa/loadtest/internal/machine"
)

// Result is what a run observed: every counted request.
type Result struct {
	Begin       time.Time // of the warm-up
	Start, End  time.Time // of the time that was counted
	Users       int       // asked for
	Started     int       // that had the time to do anything
	Broken      int       // whose onStart failed
	Open        bool      // the model
	Iterations  int
	Dropped     int           // iterations of the open model that no user was free for, up to the end
	Missed      int           // iterations of the open model that the generator itself was too late for
	Busy        time.Duration // that users spent in requests, summed, the warm-up included
	Connections ConnectionSummary
	requests    []requestResult
	interrupted bool       // by the caller, before its time
	broken      error      // why there was no run at all
	foreign     foreignRun // what only a run of another program can have
	crashes     []crash

	// What the verdict on the generator itself follows from, beside the above.
	machine   machine.Report
	atTheEnd  int           // users of Users whose turn came so late that they need not have done anything
	lag       *spread       // how late the generator was; nil if unknown
	canary    *spread       // of the requests that it answers itself; nil if there was none
	mostUsers int           // there could have been
	target    time.Duration // the tightest of the run; 0 if unknown
	flight    time.Duration // the sum of the counted requests' latencies, or ages
	underWay  time.Duration // how long they were under way by the clock, to check that
	answered  time.Time     // when the last answer came, to anyone; zero if none did
}

// requestResult is what became of the requests of one name.
type requestResult struct {
	name RequestName
	distribution
	early    time.Duration // the longest answer of the warm-up
	failures map[Failure]int
	statuses map[int]int     // of those that failed with an answer
	told     *RequestSummary // by another program, in place of the distribution
	sure     int             // of the failures: those that the generator cannot have brought about
	places   map[Failure]place
	examples map[Failure]Example

	firstByte, receive, service *histogram // nil where nothing was recorded
}

func newResult(r *run) *Result {
	names := r.names.list
	result := &Result{Begin: r.start, Start: r.countFrom, End: r.end, Users: r.options.Users, target: r.options.TightestTarget, mostUsers: r.options.MostUsers(),
		lag: newSpread(r.recorder.lag.ordered()), canary: newSpread(inOrder(r.canaryLatencies)), Open: r.options.Open(),
		Connections: r.recorder.connections(), requests: make([]requestResult, len(names))}
	finished := make([][]time.Duration, len(names))
	cutOff := make([][]time.Duration, len(names))
	for i, name := range names {
		result.requests[i] = requestResult{name: name, failures: map[Failure]int{}, statuses: map[int]int{}, early: time.Duration(r.recorder.early[i].Load()),
			places: r.recorder.places.of(i), examples: r.examples.of(i), firstByte: r.recorder.firstByte.of(i), receive: r.recorder.receive.of(i), service: r.recorder.service.of(i)}
	}
	for _, u := range r.users {
		result.addUser(u)
		for _, s := range u.samples {
			switch s.outcome {
			case NoFailure:
				finished[s.name] = append(finished[s.name], s.latency())
			case unfinished:
				cutOff[s.name] = append(cutOff[s.name], s.latency())
			default:
				result.requests[s.name].addFailure(s)
			}
		}
	}
	for _, p := range r.pools {
		result.Dropped += len(p.backlog)
		result.Missed += p.missed
	}
	for i := range result.requests {
		request := &result.requests[i]
		request.distribution = newDistribution(finished[i], cutOff[i], request.failed)
		if overflow := r.recorder.overflow.of(i); overflow != nil {
			for _, latency := range finished[i] {
				overflow.record(latency)
			}
			request.finished = overflow.ordered()
		}
	}
	return result
}

func (r *requestResult) addFailure(s sample) {
	r.failed++
	r.failures[s.outcome]++
	if s.sure {
		r.sure++
	}
	if s.status != 0 {
		r.statuses[int(s.status)]++
	}
}

func (r *Result) addUser(u *user) {
	if u.started {
		r.Started++
	}
	if u.broken {
		r.Broken++
	}
	r.Iterations += u.iteration
	opened, retransmits := u.client.connections()
	r.Connections.Opened += opened
	r.Connections.Retransmits += retransmits
	r.Busy += u.busy
	r.flight += u.flight
	r.underWay += u.underWay
	if u.answered.After(r.answered) {
		r.answered = u.answered
	}
}

// NotRun is the result of a run that did not take place: every name of the plan, and nothing seen.
func NotRun(plan *Plan, now time.Time) *Result {
	r := newRun(plan, Options{})
	r.start, r.countFrom, r.end = now, now, now
	result := newResult(r)
	result.Users = 0
	return result
}

// model is what kind of load there was.
func (r *Result) model() string {
	if r.Open {
		return "open"
	}
	return "closed"
}

// inFlight is how many requests were under way on average, from the start of the warm-up on.
func (r *Result) inFlight() float64 {
	elapsed := r.End.Sub(r.Begin)
	if elapsed <= 0 {
		return 0
	}
	return math.Round(1000*float64(r.Busy)/float64(elapsed)) / 1000
}
