package report

import (
	"bytes"
	"encoding/json"
	"flag"
	"math"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/latency-pod-autoscaler/lpa/internal/gate"
	"github.com/latency-pod-autoscaler/lpa/loadtest"
	"github.com/stretchr/testify/require"
	"golang.org/x/net/html"
)

var update = flag.Bool("update", false, "write the pages that others are compared with")

func ms(value float64) *float64 { return &value }

func summaryOf(name loadtest.RequestName, requests, failures int) loadtest.RequestSummary {
	q := loadtest.RequestSummary{Method: name.Method, Name: name.Name, NumRequests: requests, NumFailures: failures, TotalRPS: float64(requests) / 4,
		Failures: map[string]int{}, Min: ms(2), Max: ms(900), AtLeast: []string{"max_response_time"},
		Percentiles: map[string]loadtest.Percentile{
			"p50": {Value: ms(12.4), Low: ms(11), High: ms(13)}, "p95": {Value: ms(310), Low: ms(280), High: ms(350)}, "p99": {Failed: true},
		},
		// 2 ms once, 12 ms five times, 310 ms once; cut off after 900 ms.
		Samples: &loadtest.Samples{Finished: "0A8BkE4F0JgSAQ==", Unfinished: "oPc2AQ==", Failed: failures},
	}
	if failures > 0 {
		q.Failures["5xx"] = failures
		q.Examples = map[string]loadtest.Example{"5xx": {Reason: "expected status 2xx, got 503", Status: 503, Body: `<script>alert("x")</script>` + "\x1b[31m\u202e"}}
	}
	return q
}

// sample is a short run with everything that there may be in one, whose second name is hostile.
func sample(t *testing.T) *Report {
	t.Helper()
	hostile := loadtest.RequestName{Method: "GET", Name: `/<script>alert("x")</script>"'&` + "\x1b[31m"}
	series := NewSeries([]loadtest.RequestName{items, hostile})
	series.Add(second(0, true, took(items, 100)))
	series.Add(second(1, false, took(items, 3, 12, 12, 310), failed(items, 2), took(hostile, 5)))
	series.Add(second(2, false, failed(items, 3)))
	series.Add(second(3, false, took(items, 12)))
	rules, err := gate.ParseRules("--fail-on", []string{"p95 > 200ms", "p99(GET /items) > 1s", "rps > 100"})
	require.NoError(t, err)
	r := &Report{
		Script: "tasks.yaml", Host: "http://shop:8080", Settings: []Setting{{"users", "10"}}, Series: series,
		Overall: summaryOf(loadtest.RequestName{}, 12, 5),
		Summary: &loadtest.Summary{StartTime: 1_700_000_000.25, EndTime: 1_700_000_004.25, NumRequests: 12, NumFailed: 5, Unfinished: 1,
			Requests:  map[string]loadtest.RequestSummary{items.Key(): summaryOf(items, 11, 5), hostile.Key(): summaryOf(hostile, 1, 0)},
			Generator: loadtest.GeneratorSummary{Version: "v1.2.3", Users: 10, Started: 10}, Connections: loadtest.ConnectionSummary{Opened: 7, Connect: &loadtest.Timing{P50: 0.1, P95: 0.2, P99: 0.3, Max: 1}},
			Quality: loadtest.Quality{Verdict: loadtest.VerdictOverloadErrors, Reasons: []string{"5 of 12 requests failed: 5xx (mostly GET /items)"}}},
	}
	r.Outcomes = gate.Check(rules, r.Summary, r.Overall)
	return r
}

func write(t *testing.T, r *Report) string {
	t.Helper()
	var b bytes.Buffer
	require.NoError(t, r.WriteHTML(&b))
	return b.String()
}

func TestPageIsTheOneThatWasLookedAt(t *testing.T) {
	got := write(t, sample(t))
	golden := filepath.Join("testdata", "page.html")
	if *update {
		require.NoError(t, os.WriteFile(golden, []byte(got), 0o644))
	}
	want, err := os.ReadFile(golden)
	require.NoError(t, err)
	require.Equal(t, string(want), got)
}

// walk visits every element of a page.
func walk(t *testing.T, page string, visit func(*html.Node)) {
	t.Helper()
	root, err := html.Parse(strings.NewReader(page))
	require.NoError(t, err)
	for n := range root.Descendants() {
		if n.Type == html.ElementNode {
			visit(n)
		}
	}
}

func text(n *html.Node) string {
	var b strings.Builder
	for d := range n.Descendants() {
		if d.Type == html.TextNode && (d.Parent.Data != "script" || d.Parent == n) {
			b.WriteString(d.Data + " ")
		}
	}
	return strings.Join(strings.Fields(b.String()), " ")
}

func attribute(n *html.Node, key string) string {
	for _, a := range n.Attr {
		if a.Key == key {
			return a.Val
		}
	}
	return ""
}

func TestPageNeedsNothingElse(t *testing.T) {
	page := write(t, sample(t))
	walk(t, page, func(n *html.Node) {
		require.NotContains(t, []string{"link", "img", "iframe", "object", "embed", "base", "form"}, n.Data)
		for _, a := range n.Attr {
			require.NotContains(t, []string{"src", "href", "srcset", "action", "onmouseover", "onload", "onclick"}, a.Key)
		}
	})
	require.NotContains(t, page, "url(")
	require.NotContains(t, page, "@import")
	require.NotContains(t, page, "https://")
	require.Contains(t, page, `content="default-src 'none'; style-src 'unsafe-inline'; script-src 'unsafe-inline'"`)
	require.Contains(t, page, "prefers-color-scheme: dark")
}

func TestHostileNamesAreText(t *testing.T) {
	scripts, cells := 0, []string{}
	walk(t, write(t, sample(t)), func(n *html.Node) {
		switch {
		case n.Data == "script":
			scripts++
			require.NotContains(t, text(n), "alert(")
		case n.Data == "td" && attribute(n, "class") == "name":
			cells = append(cells, text(n))
		}
	})
	require.Equal(t, 6, scripts, "one for each chart, and the page's own")
	require.Contains(t, cells, `GET /<script>alert("x")</script>"'&·[31m`)
	require.NotContains(t, write(t, sample(t)), "\x1b")
}

func TestPageSaysWhatThereIs(t *testing.T) {
	var sections []string
	walk(t, write(t, sample(t)), func(n *html.Node) {
		if n.Data == "section" || n.Data == "header" {
			sections = append(sections, text(n))
		}
	})
	all := strings.Join(sections, "\n")
	for _, want := range []string{
		"tasks.yaml load test of http://shop:8080 14 November 2023, 22:13:20 UTC overload-errors 0 of 3 rules passed",
		"Verdict overload-errors : many requests fail, perhaps of overload. 5 of 12 requests failed: 5xx (mostly GET /items)",
		"requests 12 3/s failed 41.7 % 5 requests p50 12.4 ms 11–13 ms p95 310 ms 280–350 ms p99 failed",
		"failed p95 > 200ms 310 ms (280–350 ms)",
		"unknown rps > 100 3/s the measurement cannot be trusted: overload-errors",
		"cut off by the end: its age",
		"Not in the chart: 5 failed requests.",
		"GET /items 11 2.75/s 5 45.5 % 0 12.4 ms 11–13 ms 310 ms 280–350 ms failed > 900 ms",
		"5xx GET /items 5",
		"new connections connect 100 µs 200 µs 300 µs 1 ms",
		"connections opened 7",
		"users started 10",
	} {
		require.Contains(t, all, want)
	}
}

// TestChartsStayWithinTheirFrames holds for every place in every drawing.
func TestChartsStayWithinTheirFrames(t *testing.T) {
	for name, r := range map[string]*Report{"sample": sample(t), "nothing": nothing(), "long": long()} {
		page := write(t, r)
		require.NotContains(t, page, "NaN", name)
		require.NotContains(t, page, "Inf", name)
		require.NotContains(t, page, "ZgotmplZ", name)
		walk(t, page, func(n *html.Node) {
			for _, key := range []string{"x", "y", "width", "height", "x1", "x2", "y1", "y2"} {
				if value := attribute(n, key); value != "" {
					place, err := strconv.ParseFloat(value, 64)
					require.NoError(t, err)
					require.True(t, place >= 0 && place <= 100, "%s: %s=%s", n.Data, key, value)
				}
			}
			if d := attribute(n, "d"); d != "" {
				for _, field := range strings.FieldsFunc(d, func(c rune) bool { return strings.ContainsRune("MLH ", c) }) {
					place, err := strconv.ParseFloat(field, 64)
					require.NoError(t, err)
					require.True(t, place >= 0 && place <= 100, d)
				}
			}
			if n.Data == "script" && attribute(n, "type") == "application/json" {
				var hovers []hover
				require.NoError(t, json.Unmarshal([]byte(n.FirstChild.Data), &hovers))
			}
		})
	}
}

// nothing is a run that was interrupted before it began.
func nothing() *Report {
	return &Report{Script: "tasks.yaml", Host: "http://shop", Series: NewSeries(nil),
		Summary: &loadtest.Summary{Quality: loadtest.Quality{Verdict: loadtest.VerdictTooFew}}}
}

// long is one of many hours, with latencies from microseconds to minutes.
func long() *Report {
	r := nothing()
	r.Overall = summaryOf(loadtest.RequestName{}, 100_000, 3)
	r.Series = NewSeries([]loadtest.RequestName{items})
	for n := range 4_000 {
		r.Series.Add(second(n, n < 100, took(items, 0.001*math.Pow(10, float64(n%8))), failed(cart, 1+n%3)))
	}
	return r
}

func TestALongRunMakesNoLargePage(t *testing.T) {
	require.Less(t, len(write(t, long())), 400_000)
}

func TestManyNamesMakeNoLargePage(t *testing.T) {
	r := nothing()
	r.Summary.Requests = map[string]loadtest.RequestSummary{}
	var names []loadtest.RequestName
	var requests []loadtest.IntervalRequest
	for i := range 1000 {
		name := loadtest.RequestName{Method: "GET", Name: "/items/" + strconv.Itoa(i)}
		names = append(names, name)
		requests = append(requests, took(name, float64(i)))
		r.Summary.Requests[name.Key()] = summaryOf(name, 7, 1)
	}
	r.Series = NewSeries(names)
	for n := range 100 {
		r.Series.Add(second(n, false, requests...))
	}
	page := write(t, r)
	require.Less(t, len(page), 3_000_000)
	require.Contains(t, page, "/items/999")
}

func TestUsersAreThoseBeforeTheEnd(t *testing.T) {
	r := nothing()
	r.Summary.Generator.Started = 8
	r.Series.Add(second(5, false, took(items, 1)))
	last := second(6, false, took(items, 1))
	last.Users = 0
	r.Series.Add(last)
	r.Series.Add(loadtest.Interval{Start: last.End, End: last.End.Add(3 * time.Second)})
	points := r.points()
	require.Len(t, points, 2, "what comes after the end is not shown")
	require.Equal(t, []int{5, 8}, []int{points[0].Users, points[1].Users})
}
