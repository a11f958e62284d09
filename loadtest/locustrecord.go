package loadtest

import (
	"fmt"
	"slices"
	"time"

	"github.com/latency-pod-autoscaler/lpa/loadtest/internal/locust"
	"github.com/latency-pod-autoscaler/lpa/loadtest/internal/machine"
)

// foreignRun is what only a run of another program can have.
type foreignRun struct {
	err        error
	limits     []string // how that program was at the limits of this machine, as it says itself
	left       int      // users that were gone before the end
	exceptions int      // that the script raised
	exception  string   // one of them
	notes      []string
}

func (f *foreignRun) note(format string, values ...any) {
	f.notes = append(f.notes, fmt.Sprintf(format, values...))
}

// remarks are what else there is to know, whatever the verdict.
func (f *foreignRun) remarks() []string {
	if f.exceptions == 0 {
		return f.notes
	}
	return append([]string{fmt.Sprintf("exceptions that the script's tasks raised: %d, such as %s", f.exceptions, f.exception)}, f.notes...)
}

// Err is why there is no result: another program that the plan needs is missing, or did not run the script. An error that
// is strictyaml.Problems says what a person has to mend. It is nil for plans that this package runs itself.
func (r *Result) Err() error { return r.foreign.err }

// recordResult is the result of a run of which every request is known.
func recordResult(report *locust.Report, options Options) *Result {
	record := report.Record
	result := &Result{
		Begin: record.Start, Users: options.Users, Started: min(options.Users, record.Users),
		Connections: ConnectionSummary{Opened: record.Connections},
		target:      options.TightestTarget, mostUsers: options.Users, lag: newSpread(inOrder(slices.Clone(record.Lags))),
		foreign: foreignRun{limits: limits(report), exceptions: record.Exceptions, exception: record.Exception},
	}
	wanted := record.Start.Add(options.Warmup + options.RunTime)
	end := record.End
	if end.IsZero() { // Locust did not live to say so
		end = earlier(report.Ended, wanted)
	}
	result.End = earlier(end, wanted)
	result.Start = earlier(record.Start.Add(options.Warmup), result.End)
	result.cutShort(report, wanted)
	if record.Shape != "" {
		result.Users = result.Started
		result.foreign.note("the locustfile's %s decides how many users there are, not loadTest.users", record.Shape)
	}
	if record.AtTheEnd < record.Users {
		result.foreign.left = record.Users - record.AtTheEnd
	}
	result.machine = watched(record, end.Sub(record.Start))
	result.count(record)
	return result
}

// watched is what is known of the machine: what Locust itself noticed during the test.
func watched(record *locust.Record, elapsed time.Duration) machine.Report {
	if elapsed <= 0 {
		return machine.Report{}
	}
	cpu := time.Duration(record.CPUShare * float64(elapsed))
	report := machine.Report{Elapsed: elapsed, CPU: &cpu, Cores: 1} // all users share one thread
	for _, lag := range record.Lags {
		report.Stall = max(report.Stall, lag)
	}
	return report
}

// endTolerance is how much earlier than planned a test may end without a word.
const endTolerance = 500 * time.Millisecond

// cutShort says why a test ended before its time, if it did.
func (r *Result) cutShort(report *locust.Report, wanted time.Time) {
	early := wanted.Sub(r.End)
	died := report.Exit
	if report.Record.End.IsZero() && report.Forced {
		died = fmt.Errorf("it did not end when it was asked to")
	}
	switch {
	case report.Cancelled:
		r.interrupted = true
	case report.Record.End.IsZero():
		r.interrupted = true
		r.foreign.note("Locust was lost on the way: %v", died)
	case early <= endTolerance:
	case report.Asked:
		r.foreign.note("shortened by %.1f s, as Locust took %.1f s to start",
			early.Seconds(), report.Record.Start.Sub(report.Began).Seconds())
	default:
		r.interrupted = true
		r.foreign.note("Locust ended %.1f s before its time", early.Seconds())
	}
}

// count sorts the requests of the counted time by name and outcome, as the requests of our own users are.
func (r *Result) count(record *locust.Record) {
	names := r.locustNames(record)
	answered := false
	finished := make([][]time.Duration, len(r.requests))
	cutOff := make([][]time.Duration, len(r.requests))
	for _, request := range record.Requests {
		i := names.index(request)
		outcome := NoFailure
		if request.Error != "" {
			outcome = classifyLocust(request.Error, request.Status)
		}
		answered = answered || !outcome.neverSent()
		r.Busy += max(0, min(request.Took, r.End.Sub(request.Sent)))
		switch {
		case !request.Sent.Before(r.End):
		case request.Sent.Add(request.Took).After(r.End):
			cutOff[i] = append(cutOff[i], r.End.Sub(request.Sent))
		case request.Sent.Before(r.Start):
		case outcome == NoFailure:
			finished[i] = append(finished[i], request.Took)
		default:
			r.requests[i].addLocustFailure(outcome, request.Error, 1)
			if request.Status != 0 {
				r.requests[i].statuses[request.Status]++
			}
		}
	}
	for _, request := range record.Unfinished {
		if i := names.index(request); request.Sent.Before(r.End) {
			cutOff[i] = append(cutOff[i], r.End.Sub(request.Sent))
			r.Busy += r.End.Sub(request.Sent)
		}
	}
	for i := range r.requests {
		failed := 0
		for _, n := range r.requests[i].failures {
			failed += n
		}
		r.requests[i].distribution = newDistribution(finished[i], cutOff[i], failed)
	}
	if answered { // by a client whose connections cannot be counted
		r.Connections.Opened = max(r.Connections.Opened, 1)
	}
}

// nameIndex finds the requests of a name, or of all those that have none of their own.
type nameIndex struct {
	of    map[RequestName]int
	other int
}

func (n nameIndex) index(request locust.Request) int {
	if i, ok := n.of[RequestName{request.Method, request.Name}]; ok {
		return i
	}
	return n.other
}

// locustNames makes a place for each name: for the most frequent ones, if there are too many.
func (r *Result) locustNames(record *locust.Record) nameIndex {
	counts := map[RequestName]int{}
	var names []RequestName
	for _, requests := range [][]locust.Request{record.Requests, record.Unfinished} {
		for _, request := range requests {
			name := RequestName{request.Method, request.Name}
			if counts[name]++; counts[name] == 1 {
				names = append(names, name)
			}
		}
	}
	if all := len(names); all > maxNames {
		slices.SortStableFunc(names, func(a, b RequestName) int { return counts[b] - counts[a] })
		r.foreign.note("the locustfile gave %d names to requests, of which the %d most frequent are told apart; "+
			"give requests whose paths differ in data one name=", all, maxNames)
	}
	if all := len(names); all > maxNames || slices.ContainsFunc(names, RequestName.long) {
		names = slices.DeleteFunc(names, RequestName.long)
		names = append(names[:min(len(names), maxNames)], otherName)
	}
	index := nameIndex{of: map[RequestName]int{}, other: len(names) - 1}
	for i, name := range names {
		index.of[name] = i
		r.requests = append(r.requests, requestResult{name: name, failures: map[Failure]int{}, statuses: map[int]int{}, places: map[Failure]place{}})
	}
	return index
}

// limits is Locust's own warning of its processor, of which its CPU share in the whole test may know nothing.
func limits(report *locust.Report) []string {
	if !report.Busy {
		return nil
	}
	return []string{"Locust warned that it was at the limit of the one processor that it uses"}
}

// addLocustFailure counts failures with an exception's text.
func (r *requestResult) addLocustFailure(outcome Failure, text string, n int) {
	r.failures[outcome] += n
	if !outcome.withoutConnection() {
		return
	}
	if !locustTimedOut(text) {
		r.sure += n
	}
	if where := locustPlace(outcome, text); where != "" {
		r.places[outcome] = r.places[outcome].add(where)
	}
}
