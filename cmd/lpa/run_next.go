package main

import (
	"fmt"
	"math"
	"strings"

	"github.com/latency-pod-autoscaler/lpa/internal/report"
	"github.com/latency-pod-autoscaler/lpa/internal/words"
	"github.com/latency-pod-autoscaler/lpa/loadtest"
)

// nextStep is what somebody may want to do who has read a result.
func nextStep(r *report.Report) string {
	switch r.Summary.Quality.Verdict {
	case loadtest.VerdictTooFew:
		if g := r.Summary.Generator; g.Started < g.Users {
			return "let it run to its end, with a --spawn-rate that starts all users in time"
		}
		return "let it run to its end, and long enough for some requests"
	case loadtest.VerdictGenerator:
		advice := "use less load, or a machine with more to give (CPU, ulimit -n)"
		if r.Summary.NumFailed > 0 {
			advice += "; and see why requests fail: " + curl(r)
		}
		return advice
	case loadtest.VerdictSuspect:
		return "run it again on a quieter machine, or with less load"
	case loadtest.VerdictTargetDown:
		return "see whether the service is up: " + curl(r)
	case loadtest.VerdictOverloadErrors:
		return "use less load, to find how much the service can take"
	case loadtest.VerdictClientError, loadtest.VerdictMixed:
		advice := "look at what the service answers: " + curl(r) + ", and mend the script"
		if failuresOf(r, loadtest.FailureAssertion) > 0 {
			advice += "; lpa check --dry-run shows what it expects beside what comes"
		}
		return advice
	}
	if r.Overall.Percentiles["p50"].AtLeast {
		return "see why the service does not answer, or use a longer --run-time: most requests were cut off by the end"
	}
	busiest := busiestRequest(r)
	count := busiest.NumRequests + busiest.Unfinished
	if need := loadtest.SamplesFor(0.95); count < need {
		return fmt.Sprintf("p95 says little with fewer than %d requests, and %s has %d: use a longer --run-time or more load", need, report.Name(busiest), count)
	}
	p95 := busiest.Percentiles["p95"]
	if p95.Value == nil {
		return "see why requests fail: a percentile that falls on one has no value"
	}
	return fmt.Sprintf("as a target with room for load: {method: %s, endpoint: %q, type: p95, target: %s}",
		busiest.Method, words.Printable(busiest.Name), roundTarget(2**p95.Value))
}

// curl is the command that sends the request which failed most often.
func curl(r *report.Report) string {
	command, url := "curl -i ", r.Host
	var worst loadtest.RequestSummary
	for _, q := range r.Requests() {
		if q.NumFailures > worst.NumFailures {
			worst = q
		}
	}
	switch name := words.Printable(worst.Name); {
	case strings.HasPrefix(name, "/"):
		url = strings.TrimRight(r.Host, "/") + name
	case strings.Contains(name, "://"):
		url = name
	default: // a name that the script gave says nothing of the address
		return command + words.Shell(url)
	}
	switch worst.Method {
	case "GET":
	case "HEAD":
		command = "curl -I "
	default:
		command += "-X " + words.Shell(worst.Method) + " "
	}
	return command + words.Shell(url)
}

// failuresOf is how many requests failed in one way.
func failuresOf(r *report.Report, class loadtest.Failure) int {
	count := 0
	for _, q := range r.Requests() {
		count += q.Failures[class.String()]
	}
	return count
}

// busiestRequest is the one with the most requests.
func busiestRequest(r *report.Report) loadtest.RequestSummary {
	var busiest loadtest.RequestSummary
	for _, q := range r.Requests() {
		if q.NumRequests+q.Unfinished > busiest.NumRequests+busiest.Unfinished || busiest.Method == "" {
			busiest = q
		}
	}
	return busiest
}

// roundTarget is a latency rounded up to two digits, in whole milliseconds, as people write targets.
func roundTarget(ms float64) string {
	unit := 1.0
	for ms >= 100*unit {
		unit *= 10
	}
	return fmt.Sprintf("%.0fms", max(math.Ceil(ms/unit)*unit, 1))
}
