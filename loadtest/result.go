package loadtest

import (
	"time"

	"github.com/latency-pod-autoscaler/lpa/loadtest/internal/machine"
)

// Result is what a run observed: every counted request.
type Result struct {
	Start, End  time.Time // of the time that was counted
	Users       int       // asked for
	Started     int       // that had the time to do anything
	Broken      int       // whose onStart failed
	Iterations  int
	Connections int
	requests    []requestResult
	interrupted bool  // by the caller, before its time
	broken      error // why there was no run at all

	// What the verdict on the generator itself follows from, beside the above.
	machine machine.Report
	own     ownRecords
	target  time.Duration // the tightest of the run; 0 if unknown
	flight  time.Duration // the sum of the counted requests' latencies, or ages
}

// requestResult is what became of the requests of one name.
type requestResult struct {
	name RequestName
	distribution
	failures map[Failure]int
	statuses map[int]int // of those that failed with an answer
}

func newResult(names []RequestName, users []*user, options Options, start, end time.Time) *Result {
	result := &Result{Start: start, End: end, Users: options.Users, target: options.TightestTarget, requests: make([]requestResult, len(names))}
	finished := make([][]time.Duration, len(names))
	cutOff := make([][]time.Duration, len(names))
	for i, name := range names {
		result.requests[i] = requestResult{name: name, failures: map[Failure]int{}, statuses: map[int]int{}}
	}
	for _, u := range users {
		if u.started {
			result.Started++
		}
		if u.broken {
			result.Broken++
		}
		result.Iterations += u.iteration
		result.Connections += u.client.connections()
		for _, s := range u.samples {
			result.flight += s.latency
			switch s.outcome {
			case NoFailure:
				finished[s.name] = append(finished[s.name], s.latency)
			case unfinished:
				cutOff[s.name] = append(cutOff[s.name], s.latency)
			default:
				result.requests[s.name].failures[s.outcome]++
				if s.status != 0 {
					result.requests[s.name].statuses[s.status]++
				}
			}
		}
	}
	for i := range result.requests {
		failed := 0
		for _, n := range result.requests[i].failures {
			failed += n
		}
		result.requests[i].distribution = newDistribution(finished[i], cutOff[i], failed)
	}
	return result
}

// NotRun is the result of a run that did not take place: every name of the plan, and nothing seen.
func NotRun(plan *Plan, now time.Time) *Result {
	return newResult(plan.names, nil, Options{}, now, now)
}
