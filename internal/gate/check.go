package gate

import (
	"fmt"
	"math"
	"slices"
	"strings"
	"time"

	"github.com/latency-pod-autoscaler/lpa/internal/words"
	"github.com/latency-pod-autoscaler/lpa/loadtest"
	"github.com/latency-pod-autoscaler/lpa/loadtest/strictyaml"
)

// State is what became of a rule.
type State string

// The states. Only a rule that has passed lets anything go on.
const (
	Passed  State = "passed"
	Failed  State = "failed"  // the comparison is true
	Unknown State = "unknown" // whether it is cannot be known
)

// Outcome is a rule beside what was measured.
type Outcome struct {
	Rule  Rule
	State State
	Value string // such as 45.2 ms (41–50 ms); empty if there is none
	Why   string // why it is unknown, or what else there is to say; may be empty
}

// Unmeasured are the rules about requests that the script does not make, as far as it says which ones it makes.
func Unmeasured(source string, rules []Rule, names []loadtest.RequestName) error {
	var problems strictyaml.Problems
	var known []string
	for _, name := range names {
		known = append(known, name.Method+" "+name.Name)
	}
	for _, r := range rules {
		if r.Request == nil || slices.Contains(names, *r.Request) {
			continue
		}
		problems = append(problems, strictyaml.Problem{File: place(source, r.Text), Line: 1, Column: r.column,
			Rule: "must be a request of the script, which has " + strings.Join(known, ", "), Got: fmt.Sprintf("%q", r.Request.Method+" "+r.Request.Name)})
	}
	return problems.Err()
}

// Asks are the quantiles that a summary needs for the rules, by RequestName.Key; "" stands for all requests together.
func Asks(rules []Rule) map[string]loadtest.Ask {
	asks := map[string]loadtest.Ask{}
	for _, r := range rules {
		if r.Statistic.quantile > 0 {
			ask := asks[r.key()]
			ask.Quantiles = append(ask.Quantiles, r.Statistic.quantile)
			asks[r.key()] = ask
		}
	}
	return asks
}

// Tightest is the least latency that a rule compares with, 0 if there is none.
func Tightest(rules []Rule) time.Duration {
	tightest := time.Duration(0)
	for _, r := range rules {
		limit := time.Duration(r.Limit * float64(time.Millisecond))
		if r.Statistic.unit == milliseconds && (tightest == 0 || limit < tightest) {
			tightest = limit
		}
	}
	return tightest
}

func (r Rule) key() string {
	if r.Request == nil {
		return ""
	}
	return r.Request.Key()
}

// Check compares the rules with what was measured. Both summaries must have been made with Asks.
func Check(rules []Rule, summary *loadtest.Summary, overall loadtest.RequestSummary) []Outcome {
	outcomes := make([]Outcome, len(rules))
	for i, r := range rules {
		request, known := overall, true
		if r.Request != nil {
			request, known = summary.Requests[r.Request.Key()]
		}
		if !known {
			outcomes[i] = Outcome{Rule: r, State: Unknown, Why: "no such request was made"}
			continue
		}
		outcomes[i] = r.check(request, summary.Quality)
	}
	return outcomes
}

// reading is the value of a statistic.
type reading struct {
	value   float64 // +Inf if the requests failed
	atLeast bool    // the true value is larger, by an unknown amount
	missing bool
	text    string
	note    string // why the value says too little; empty if it does not
}

func (r Rule) check(request loadtest.RequestSummary, quality loadtest.Quality) Outcome {
	v := r.Statistic.of(request)
	o := Outcome{Rule: r, State: Unknown, Value: v.text}
	isTrue, certain := r.compare(v)
	switch {
	case v.missing:
		o.Why = "there were no requests"
	case isTrue && certain:
		o.State, o.Why = Failed, v.note
	case !certain:
		o.Why = "the true value is larger, as requests were cut off by the end of the run"
	case v.note != "":
		o.Why = v.note
	case quality.Verdict != loadtest.VerdictOK:
		o.Why = "the measurement cannot be trusted: " + string(quality.Verdict)
	default:
		o.State = Passed
	}
	return o
}

// compare says whether the comparison is true, and whether that is certain: a value that is known to be larger than
// 100 ms is certainly larger than 80 ms, but may be smaller or larger than 200 ms.
func (r Rule) compare(v reading) (isTrue, certain bool) {
	switch r.Operator {
	case ">":
		isTrue = v.value > r.Limit
	case ">=":
		isTrue = v.value >= r.Limit
	case "<":
		return v.value < r.Limit, !v.atLeast || v.value >= r.Limit
	case "<=":
		return v.value <= r.Limit, !v.atLeast || v.value > r.Limit
	}
	return isTrue, isTrue || !v.atLeast
}

// of reads the statistic of some requests.
func (s Statistic) of(q loadtest.RequestSummary) reading {
	switch s.name {
	case "mean":
		return latency(q, q.Average, "avg_response_time")
	case "median":
		return latency(q, q.Median, "median_response_time")
	case "min":
		return latency(q, q.Min, "min_response_time")
	case "max":
		return latency(q, q.Max, "max_response_time")
	case "failures":
		return reading{value: float64(q.NumFailures), text: fmt.Sprint(q.NumFailures)}
	case "failureRatio":
		return failureRatio(q)
	case "rps":
		return reading{value: q.TotalRPS, text: words.Rate(q.TotalRPS)}
	}
	return s.percentile(q)
}

// latency is a statistic of the requests that did not fail; if all failed, it is as slow as can be.
func latency(q loadtest.RequestSummary, value *float64, key string) reading {
	switch {
	case value != nil:
		atLeast := slices.Contains(q.AtLeast, key)
		return reading{value: *value, atLeast: atLeast, text: words.LatencyAtLeast(*value, atLeast)}
	case q.NumFailures > 0:
		return reading{value: math.Inf(1), text: "all requests failed"}
	}
	return reading{missing: true}
}

func failureRatio(q loadtest.RequestSummary) reading {
	if q.NumRequests == 0 {
		return reading{missing: true}
	}
	ratio := float64(q.NumFailures) / float64(q.NumRequests)
	return reading{value: ratio, text: fmt.Sprintf("%s (%d of %d)", words.Share(ratio), q.NumFailures, q.NumRequests)}
}

func (s Statistic) percentile(q loadtest.RequestSummary) reading {
	p := q.Percentiles[s.name]
	r := reading{text: words.Percentile(p)}
	switch {
	case p.Failed:
		r.value, r.text = math.Inf(1), "it falls on a failed request"
	case p.Value == nil:
		return reading{missing: true}
	default:
		r.value, r.atLeast = *p.Value, p.AtLeast
	}
	if need, have := loadtest.SamplesFor(s.quantile), q.NumRequests+q.Unfinished; have < need {
		r.note = fmt.Sprintf("%s says little with fewer than %d requests, and there were %d", s.name, need, have)
	}
	return r
}
