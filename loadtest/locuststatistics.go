package loadtest

import (
	"cmp"
	"math"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/latency-pod-autoscaler/lpa/loadtest/internal/locust"
)

// statisticsResult is the result of a run of which there is no more than Locust's own statistics.
func statisticsResult(report *locust.Report, options Options) *Result {
	statistics := report.Statistics
	result := &Result{
		Begin: report.Began, Start: report.Began, End: report.Ended, Users: options.Users, Started: min(options.Users, statistics.Users),
		target: options.TightestTarget, mostUsers: options.Users,
		interrupted: report.Cancelled || report.Forced || report.Exit != nil,
		foreign:     foreignRun{limits: limits(report), exceptions: statistics.Exceptions, exception: statistics.Exception},
	}
	result.foreign.note("there is no record of each request (%v), so this is what Locust's CSV files say: latencies are rounded, "+
		"include those of failed requests and of the warm-up, and leave out requests that were unfinished at the end", report.NoRecord)
	if report.Ready {
		result.Started = options.Users
	}
	for _, name := range statistics.Names {
		request := statisticsRequest(name)
		if answered := name.Requests - int(sum(request.failures, unreachable)); answered > 0 {
			result.Connections.Opened = result.Started // at least: Locust keeps one for each user
		}
		result.requests = append(result.requests, request)
	}
	return result
}

// statisticsRequest is one name's part of a result.
func statisticsRequest(name locust.NameStatistics) requestResult {
	r := requestResult{name: RequestName{name.Method, name.Name}, failures: map[Failure]int{}, places: map[Failure]place{}}
	r.failed = name.Failures
	left := name.Failures // Locust writes the two files one after the other
	for text, n := range name.Errors {
		n = min(n, left)
		left -= n
		r.addLocustFailure(classifyLocust(text, 0), text, n)
	}
	if left > 0 {
		r.failures[FailureAssertion] += left
	}
	r.told = &RequestSummary{
		Method: name.Method, RequestType: name.Method, Name: name.Name,
		NumRequests: name.Requests, NumFailures: name.Failures,
		Failures: map[string]int{}, Percentiles: map[string]Percentile{},
		OldPercentiles: map[string]int{}, ResponseHistogram: map[string]int{},
	}
	for class, n := range r.failures {
		r.told.Failures[class.String()] = n
	}
	if name.Requests > 0 {
		r.tellLatencies(name)
	}
	return r
}

// tellLatencies takes over Locust's numbers. A percentile that must fall on a failed request, were those counted as
// infinitely slow, is given as such: Locust has them among the fast ones if they failed fast.
func (r *requestResult) tellLatencies(name locust.NameStatistics) {
	r.told.Average, r.told.Median, r.told.Min, r.told.Max = &name.Average, &name.Median, &name.Min, &name.Max
	succeeded := 1 - float64(name.Failures)/float64(name.Requests)
	for q, ms := range name.Percentiles {
		key := percentileName(q)
		if q > succeeded {
			r.told.Percentiles[key] = Percentile{Failed: true}
			continue
		}
		r.told.Percentiles[key] = Percentile{Value: &ms}
		if old := strings.TrimPrefix(key, "p"); slices.Contains([]string{"55", "65", "75", "85", "95"}, old) {
			r.told.OldPercentiles[old] = int(math.Round(ms))
		}
	}
}

// tell completes what another program told of a name.
func (r *requestResult) tell(elapsed time.Duration) RequestSummary {
	s := *r.told
	s.setRate(elapsed)
	return s
}

// Has says that the summary has the quantile q, in (0, 1], or samples to compute it from.
func (s *RequestSummary) Has(q float64) bool {
	_, listed := s.Percentiles[percentileName(q)]
	return listed || s.Samples != nil
}

// PercentileNames are the percentiles that the summary has, in ascending order.
func (s *RequestSummary) PercentileNames() []string {
	var names []string
	for name := range s.Percentiles {
		names = append(names, name)
	}
	slices.SortFunc(names, func(a, b string) int {
		x, _ := strconv.ParseFloat(strings.TrimPrefix(a, "p"), 64)
		y, _ := strconv.ParseFloat(strings.TrimPrefix(b, "p"), 64)
		return cmp.Compare(x, y)
	})
	return names
}
