package main

import (
	"bytes"
	"syscall"
	"testing"

	"github.com/latency-pod-autoscaler/lpa/internal/gate"
	"github.com/latency-pod-autoscaler/lpa/internal/report"
	"github.com/latency-pod-autoscaler/lpa/loadtest"
	"github.com/stretchr/testify/require"
)

func number(value float64) *float64 { return &value }

func measuredRequest(name loadtest.RequestName, requests, failures int) loadtest.RequestSummary {
	q := loadtest.RequestSummary{Method: name.Method, Name: name.Name, NumRequests: requests, NumFailures: failures, TotalRPS: float64(requests) / 20,
		Failures: map[string]int{}, Max: number(900), Percentiles: map[string]loadtest.Percentile{
			"p50": {Value: number(12.4), Low: number(11), High: number(13)}, "p95": {Value: number(310), AtLeast: true}, "p99": {Failed: true},
		}}
	if failures > 0 {
		q.Failures = map[string]int{"5xx": failures - 1, "timeout": 1}
		q.Statuses = map[string]int{"503": failures - 1}
	}
	return q
}

// measured is a report of two names, the second with a long name.
func measuredReport(t *testing.T, verdict loadtest.Verdict) *report.Report {
	t.Helper()
	items, long := names(1)[0], loadtest.RequestName{Method: "DELETE", Name: "/a/name/that/is/too/long/for/the/table/and/stands/above"}
	rules, err := gate.ParseRules("--fail-on", []string{"p50 > 200ms", "p95(GET /items) > 1s", "failures > 0"})
	require.NoError(t, err)
	r := &report.Report{Script: "tasks.yaml", Host: "http://shop:8080", Load: "20 users", Series: report.NewSeries([]loadtest.RequestName{items, long}),
		Overall: measuredRequest(loadtest.RequestName{}, 12_345, 6),
		Summary: &loadtest.Summary{NumRequests: 12_345, Unfinished: 2, StartTime: 1000, EndTime: 1020, Connections: loadtest.ConnectionSummary{Opened: 7},
			Requests:  map[string]loadtest.RequestSummary{items.Key(): measuredRequest(items, 12_000, 6), long.Key(): measuredRequest(long, 345, 0)},
			Generator: loadtest.GeneratorSummary{Users: 20, Started: 20}, Quality: loadtest.Quality{Verdict: verdict, Reasons: []string{"so it is"}}},
	}
	r.Outcomes = gate.Check(rules, r.Summary, r.Overall)
	r.Summary.Connections.Connect = &loadtest.Timing{P50: 0.1, P95: 0.2}
	r.Summary.Generator.Dropped, r.Summary.Generator.Missed = 3, 1
	q := r.Summary.Requests[items.Key()]
	q.Timings = &loadtest.RequestTimings{FirstByte: &loadtest.Timing{P50: 12, P95: 300}, Receive: &loadtest.Timing{P50: 0.1, P95: 2}}
	r.Summary.Requests[items.Key()] = q
	return r
}

func TestResult(t *testing.T) {
	for name, width := range map[string]int{"result-80": 80, "result-50": 50, "result-unlimited": unlimited} {
		var out bytes.Buffer
		resultPrinter{w: &out, width: width}.result(measuredReport(t, loadtest.VerdictOK))
		requireGolden(t, "run/"+name+".txt", out.String())
	}
}

func TestResultInColour(t *testing.T) {
	var out bytes.Buffer
	resultPrinter{w: &out, width: 80, coloured: true}.result(measuredReport(t, loadtest.VerdictOverloadErrors))
	require.Contains(t, out.String(), "\x1b[31moverload-errors\x1b[0m: many requests fail, perhaps of overload\n")
	require.Contains(t, out.String(), "\x1b[31mfailed   \x1b[0mfailures > 0")
}

func TestNextStep(t *testing.T) {
	for verdict, want := range map[loadtest.Verdict]string{
		loadtest.VerdictOK:             `as a target with room for load: {method: GET, endpoint: "/items", type: p95, target: 620ms}`,
		loadtest.VerdictTooFew:         "let it run to its end, and long enough for some requests",
		loadtest.VerdictGenerator:      "use less load, or a machine with more to give (CPU, ulimit -n)",
		loadtest.VerdictTargetDown:     "see whether the service is up: curl -i http://shop:8080/items",
		loadtest.VerdictOverloadErrors: "use less load, to find how much the service can take",
		loadtest.VerdictSuspect:        "run it again on a quieter machine, or with less load",
		loadtest.VerdictMixed:          "look at what the service answers: curl -i http://shop:8080/items, and mend the script",
		loadtest.VerdictClientError:    "look at what the service answers: curl -i http://shop:8080/items, and mend the script",
	} {
		require.Equal(t, want, nextStep(measuredReport(t, verdict)))
	}
	both := measuredReport(t, loadtest.VerdictGenerator)
	both.Summary.NumFailed = 1
	require.Equal(t, "use less load, or a machine with more to give (CPU, ulimit -n); and see why requests fail: curl -i http://shop:8080/items", nextStep(both))
	for command, failing := range map[string]loadtest.RequestSummary{
		"curl -i -X POST 'http://shop:8080/items?a=1&b=2'": {Method: "POST", Name: "/items?a=1&b=2"},
		"curl -I http://shop:8080/":                        {Method: "HEAD", Name: "/"},
		"curl -i https://cdn/logo.png":                     {Method: "GET", Name: "https://cdn/logo.png"},
		"curl -i http://shop:8080":                         {Method: "POST", Name: "log in"},
	} {
		failing.NumFailures = 1000
		r := measuredReport(t, loadtest.VerdictTargetDown)
		r.Summary.Requests = map[string]loadtest.RequestSummary{"failing": failing}
		require.Equal(t, command, curl(r))
	}
	few := measuredReport(t, loadtest.VerdictOK)
	few.Summary.Requests = map[string]loadtest.RequestSummary{"GET_/items": measuredRequest(names(1)[0], 58, 0)}
	require.Equal(t, "p95 says little with fewer than 59 requests, and GET /items has 58: use a longer --run-time or more load", nextStep(few))
	late := measuredReport(t, loadtest.VerdictTooFew)
	late.Summary.Generator.Started = 19
	require.Equal(t, "let it run to its end, with a --spawn-rate that starts all users in time", nextStep(late))
	hangs := measuredReport(t, loadtest.VerdictOK)
	hangs.Overall.Percentiles["p50"] = loadtest.Percentile{Value: number(4000), AtLeast: true}
	require.Contains(t, nextStep(hangs), "see why the service does not answer")
	failing := measuredReport(t, loadtest.VerdictOK)
	failing.Summary.Requests["GET_/items"].Percentiles["p95"] = loadtest.Percentile{Failed: true}
	require.Contains(t, nextStep(failing), "see why requests fail")
}

func TestTargetsAreRoundedUp(t *testing.T) {
	for ms, want := range map[float64]string{0.2: "1ms", 1: "1ms", 12.1: "13ms", 99: "99ms", 101: "110ms", 1234: "1300ms"} {
		require.Equal(t, want, roundTarget(ms))
	}
}

// broken is a writer that fails in one way.
type broken struct{ error }

func (b broken) Write([]byte) (int, error) { return 0, b.error }

func TestAResultThatCannotBePrinted(t *testing.T) {
	for cause, want := range map[error]error{syscall.ENOSPC: syscall.ENOSPC, syscall.EPIPE: nil} {
		printer := newResultPrinter(broken{cause})
		printer.result(measuredReport(t, loadtest.VerdictOK))
		require.ErrorIs(t, printer.err(), want)
	}
	require.NoError(t, newResultPrinter(&bytes.Buffer{}).err())
}
