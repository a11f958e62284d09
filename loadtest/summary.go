package loadtest

import (
	"math"
	"slices"
	"strconv"
	"time"
)

// Summary is a result as JSON: the keys of the Locust Pod Autoscaler's metric (from invokust) under their old names and
// in their old unit, milliseconds, and beside them what makes the numbers trustworthy.
type Summary struct {
	Requests    map[string]RequestSummary `json:"requests"` // by RequestName.Key, every name of the script
	Failures    map[string]FailureSummary `json:"failures"` // by RequestName.Key and failure class
	NumRequests int                       `json:"num_requests"`
	NumFailed   int                       `json:"num_requests_fail"`
	Unfinished  int                       `json:"unfinished"`
	StartTime   float64                   `json:"start_time"` // seconds since 1970
	EndTime     float64                   `json:"end_time"`
	Connections ConnectionSummary         `json:"connections"`
	Generator   GeneratorSummary          `json:"generator"`
	Quality     Quality                   `json:"quality"`
	// HiddenWaits are what users waited for although hardly any number shows it, a sentence each; only in a result that can be
	// trusted. Fewer replicas are no conclusion from it.
	HiddenWaits []string `json:"hidden_waits,omitempty"`
}

// RequestSummary is what became of the requests of one name. Times are in milliseconds, null where there is none.
type RequestSummary struct {
	Method      string         `json:"method"`
	Name        string         `json:"name"`
	RequestType string         `json:"request_type"` // the method, under its old name
	NumRequests int            `json:"num_requests"` // finished ones, failed ones included
	NumFailures int            `json:"num_failures"`
	Unfinished  int            `json:"unfinished"`                // cut off by the end of the run
	Failures    map[string]int `json:"failures"`                  // by class
	Statuses    map[string]int `json:"failed_statuses,omitempty"` // of failed requests that were answered

	Examples map[string]Example `json:"examples,omitempty"` // by class, of answers that were not what the script expects; see Result.Exemplify

	// Of the requests that did not fail. AtLeast lists those of these keys whose true value is larger.
	Average *float64 `json:"avg_response_time"`
	Median  *float64 `json:"median_response_time"`
	Min     *float64 `json:"min_response_time"`
	Max     *float64 `json:"max_response_time"`
	AtLeast []string `json:"at_least,omitempty"`

	// Of all requests: a failed one is infinitely slow, an unfinished one slower than its age.
	Percentiles map[string]Percentile `json:"percentiles"`
	Over        map[string]int        `json:"over,omitempty"` // by limit in milliseconds: how many took longer

	TotalRPS          float64         `json:"total_rps"`
	TotalRPM          float64         `json:"total_rpm"`
	Timings           *RequestTimings `json:"timings,omitempty"`
	OldPercentiles    map[string]int  `json:"response_time_percentiles"` // 55 to 95, whole milliseconds
	ResponseHistogram map[string]int  `json:"response_times"`            // whole milliseconds: count
	Samples           *Samples        `json:"samples,omitempty"`         // nil if another program told no more than statistics
}

// Percentile is a quantile with its confidence interval, in milliseconds.
type Percentile struct {
	Value   *float64 `json:"value"`             // null if the quantile falls on a failed request
	AtLeast bool     `json:"atLeast,omitempty"` // it falls on an unfinished request: the true value is larger
	Failed  bool     `json:"failed,omitempty"`
	Low     *float64 `json:"low"`  // null if there are too few requests to say
	High    *float64 `json:"high"` // null if there are too few, or if it falls on a failed request
}

// FailureSummary counts one class of failures of one name, as invokust lists errors.
type FailureSummary struct {
	Method      string `json:"method"`
	Name        string `json:"name"`
	Error       string `json:"error"`
	Occurrences int    `json:"occurrences"`
}

// GeneratorSummary is what the load generator did, and what the machine gave it during the run, warm-up included. Times are
// in milliseconds. What could not be found out is left out.
type GeneratorSummary struct {
	Version    string  `json:"version"`
	Users      int     `json:"users"`
	Started    int     `json:"users_started"` // fewer than users if the run ended while they were being started
	Model      string  `json:"model"`         // closed or open
	Iterations int     `json:"iterations"`
	Dropped    int     `json:"dropped_iterations,omitempty"` // of the open model: left out, as every user was busy
	Missed     int     `json:"missed_iterations,omitempty"`  // left out although a user was free
	InFlight   float64 `json:"in_flight"`                    // requests under way on average
	Processors int     `json:"processors"`

	Cores            *float64 `json:"cores,omitempty"`  // that it may keep busy
	CPU              *float64 `json:"cpu_ms,omitempty"` // used by the whole process
	Throttled        *float64 `json:"throttled_ms,omitempty"`
	ThrottledPeriods *int     `json:"throttled_periods,omitempty"`
	Periods          *int     `json:"periods,omitempty"`
	Stall            *float64 `json:"stall_ms,omitempty"`
	SchedulerP99     *float64 `json:"scheduler_p99_ms,omitempty"`
	SchedulerMax     *float64 `json:"scheduler_max_ms,omitempty"`
	GCPauseP99       *float64 `json:"gc_pause_p99_ms,omitempty"`
	GCPauseMax       *float64 `json:"gc_pause_max_ms,omitempty"`
	LagP50           *float64 `json:"lag_p50_ms,omitempty"` // how late requests were sent, by its own fault
	LagP99           *float64 `json:"lag_p99_ms,omitempty"`
	LagMax           *float64 `json:"lag_max_ms,omitempty"`
	CanaryP50        *float64 `json:"canary_p50_ms,omitempty"` // of requests that it answers itself
	CanaryP99        *float64 `json:"canary_p99_ms,omitempty"`
	Descriptors      *int     `json:"descriptors,omitempty"` // open at the end
	DescriptorLimit  *int     `json:"descriptor_limit,omitempty"`
	Ports            *int     `json:"ports,omitempty"`
}

// Ask is what a summary should contain beyond what every summary has, for one request name.
type Ask struct {
	Quantiles []float64       // in (0, 1]
	Limits    []time.Duration // latencies over which to count
}

// standardQuantiles are in every summary.
var standardQuantiles = []float64{0.5, 0.75, 0.9, 0.95, 0.99, 0.999}

// Summarise makes the JSON form of a result; asks, by RequestName.Key, may be nil.
func (r *Result) Summarise(version string, asks map[string]Ask) *Summary {
	s := &Summary{
		Requests: map[string]RequestSummary{}, Failures: map[string]FailureSummary{},
		StartTime: unixSeconds(r.Start), EndTime: unixSeconds(r.End),
		Connections: r.Connections,
		Generator:   r.generator(version),
	}
	failures := map[Failure]int{}
	for _, request := range r.requests {
		key := request.name.Key()
		rs := request.summarise(r.End.Sub(r.Start), asks[key])
		s.Requests[key] = rs
		s.NumRequests += rs.NumRequests
		s.NumFailed += rs.NumFailures
		s.Unfinished += rs.Unfinished
		for class, n := range request.failures {
			failures[class] += n
			s.Failures[key+" "+class.String()] = FailureSummary{Method: rs.Method, Name: rs.Name, Error: class.String(), Occurrences: n}
		}
	}
	waits := r.hiddenWaits()
	s.Quality = r.assess(failures, s.NumRequests+s.Unfinished, s.Unfinished, waits)
	if s.Quality.Verdict == VerdictOK {
		s.HiddenWaits = waits
	}
	s.Quality.Reasons = append(s.Quality.Reasons, r.foreign.remarks()...)
	return s
}

func (r *requestResult) summarise(elapsed time.Duration, ask Ask) RequestSummary {
	if r.told != nil {
		return r.tell(elapsed)
	}
	samples := encodeSamples(r.distribution)
	s := RequestSummary{
		Method: r.name.Method, RequestType: r.name.Method, Name: r.name.Name,
		NumRequests: r.finished.len() + r.failed, NumFailures: r.failed, Unfinished: len(r.unfinished),
		Failures: map[string]int{}, Percentiles: map[string]Percentile{},
		OldPercentiles: map[string]int{}, ResponseHistogram: r.histogram(),
		Samples: &samples, Timings: r.timings(),
	}
	for class, n := range r.failures {
		s.Failures[class.String()] = n
	}
	for status, n := range r.statuses {
		if s.Statuses == nil {
			s.Statuses = map[string]int{}
		}
		s.Statuses[strconv.Itoa(status)] = n
	}
	r.centre(&s)
	for _, q := range append(slices.Clone(standardQuantiles), ask.Quantiles...) {
		s.Percentiles[percentileName(q)] = r.percentile(q)
	}
	for _, q := range []float64{0.55, 0.65, 0.75, 0.85, 0.95} {
		if value := r.quantile(q); !value.Failed && !value.Missing {
			s.OldPercentiles[strconv.Itoa(int(math.Round(q*100)))] = int(math.Round(milliseconds(value.Value)))
		}
	}
	for _, limit := range ask.Limits {
		if s.Over == nil {
			s.Over = map[string]int{}
		}
		s.Over[strconv.FormatFloat(milliseconds(limit), 'f', -1, 64)] = r.over(limit)
	}
	s.setRate(elapsed)
	return s
}

func (s *RequestSummary) setRate(elapsed time.Duration) {
	if elapsed > 0 {
		s.TotalRPS = math.Round(1000*float64(s.NumRequests)/elapsed.Seconds()) / 1000
		s.TotalRPM = math.Round(60000*float64(s.NumRequests)/elapsed.Seconds()) / 1000
	}
}

// centre fills in mean, median, minimum and maximum, which are of the requests that did not fail.
func (r *requestResult) centre(s *RequestSummary) {
	set := func(to **float64, key string, value time.Duration, atLeast bool) {
		ms := milliseconds(value)
		*to = &ms
		if atLeast {
			s.AtLeast = append(s.AtLeast, key)
		}
	}
	if mean, atLeast, ok := r.mean(); ok {
		set(&s.Average, "avg_response_time", mean, atLeast)
	}
	successes := distribution{finished: r.finished, unfinished: r.unfinished}
	if median := successes.quantile(0.5); !median.Missing {
		set(&s.Median, "median_response_time", median.Value, median.AtLeast)
	}
	if r.finished.len() > 0 {
		set(&s.Min, "min_response_time", r.finished.at(0), false)
	}
	if longest, atLeast, ok := r.max(); ok {
		set(&s.Max, "max_response_time", longest, atLeast)
	}
}

func (d distribution) percentile(q float64) Percentile {
	value := d.quantile(q)
	low, high := d.interval(q)
	return Percentile{Value: known(value), AtLeast: value.AtLeast, Failed: value.Failed, Low: known(low), High: known(high)}
}

func known(q quantile) *float64 {
	if q.Failed || q.Missing {
		return nil
	}
	ms := milliseconds(q.Value)
	return &ms
}

// histogram counts the finished requests by their latency as Locust rounds it: to the millisecond below 100, to two
// digits above.
func (r *requestResult) histogram() map[string]int {
	histogram := map[string]int{}
	r.finished.groups(r.finished.len(), func(latency time.Duration, count int) {
		ms := milliseconds(latency)
		unit := 1.0
		for ms >= 100*unit {
			unit *= 10
		}
		histogram[strconv.Itoa(int(math.Round(ms/unit)*unit))] += count
	})
	return histogram
}

// percentileName is a quantile as keys and targets write it, such as p95 or p99.9.
func percentileName(q float64) string {
	return "p" + strconv.FormatFloat(math.Round(q*1e8)/1e6, 'f', -1, 64)
}

// milliseconds rounds to the microsecond: finer than any clock involved, and short to read.
func milliseconds(d time.Duration) float64 {
	return math.Round(float64(d)/float64(time.Microsecond)) / 1000
}

func unixSeconds(t time.Time) float64 {
	return math.Round(float64(t.UnixMicro())/1000) / 1000
}
