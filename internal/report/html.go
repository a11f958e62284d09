package report

import (
	_ "embed"
	"encoding/json"
	"fmt"
	"html/template"
	"io"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/latency-pod-autoscaler/lpa/internal/gate"
	"github.com/latency-pod-autoscaler/lpa/internal/wholefile"
	"github.com/latency-pod-autoscaler/lpa/internal/words"
	"github.com/latency-pod-autoscaler/lpa/loadtest"
)

//go:embed page.html
var pageText string

// partsText is what all pages have in common: their style, charts, and what is said under the pointer.
//
//go:embed parts.html
var partsText string

var pageTemplate = newPage("page", pageText)

func newPage(name, text string) *template.Template {
	return template.Must(template.Must(template.New(name).Parse(partsText)).New(name).Parse(text))
}

// WriteHTML writes a page that needs nothing else: no other file, no network, and without scripts it loses only what is
// said under the pointer.
func (r *Report) WriteHTML(w io.Writer) error {
	return pageTemplate.Execute(w, r.page())
}

// WriteFile writes the page into a file, which is replaced as a whole if there is one.
func (r *Report) WriteFile(path string) error { return wholefile.Write(path, r.WriteHTML) }

// A page with hundreds of requests would be many megabytes large if it had all of their drawings.
const (
	mostCourses       = 100
	mostDistributions = 30
)

// page is what the template shows.
type page struct {
	Script, Host, When, Version string
	Verdict                     loadtest.Verdict
	OK                          bool
	Gate                        string // how the rules fared; empty if there are none
	Passed                      bool   // all of them
	Sentence                    string
	Reasons                     []string
	Figures                     []figure
	Rules                       []ruleRow
	Latency, Load               chart
	Distribution                *chart
	Beyond                      string // what the distribution does not show
	Requests                    []requestRow
	Failures                    []failureRow
	Examples                    bool // the failures have some
	Timings                     []timingRow
	Settings, Generator         []Setting
}

// figure is one of the great numbers at the top.
type figure struct{ Label, Value, Note, Class string }

type ruleRow struct {
	State            gate.State
	Text, Value, Why string
}

type requestRow struct {
	Name                                           string
	Requests, Rate, Failed, Ratio, Unfinished, Max string
	Bad, All                                       bool
	Percentiles                                    []percentileCell
	Course                                         chart
	Distribution                                   *chart
}

type percentileCell struct {
	Value, Interval string
	Failed          bool
}

type failureRow struct{ Class, Name, Count, Example string }

func (r *Report) page() page {
	s := r.Summary
	p := page{
		Script: words.Printable(r.Script), Host: r.Host, Version: s.Generator.Version,
		When:    time.UnixMilli(int64(s.StartTime * 1000)).UTC().Format("2 January 2006, 15:04:05 UTC"),
		Verdict: s.Quality.Verdict, OK: s.Quality.Verdict == loadtest.VerdictOK,
		Sentence: words.Verdict(s.Quality.Verdict), Reasons: s.Quality.Reasons,
		Figures: r.figures(), Latency: r.latencyChart(), Load: r.loadChart(),
		Distribution: histogram(r.Overall), Beyond: beyond(r.Overall),
		Failures: r.failures(), Examples: len(r.Examples()) > 0, Timings: r.timingRows(), Settings: r.Settings, Generator: generator(s),
	}
	passed := 0
	for _, o := range r.Outcomes {
		if o.State == gate.Passed {
			passed++
		}
		p.Rules = append(p.Rules, ruleRow{o.State, words.Printable(o.Rule.Text), o.Value, o.Why})
	}
	if p.Passed = passed == len(r.Outcomes); len(r.Outcomes) > 0 {
		p.Gate = fmt.Sprintf("%d of %s passed", passed, words.Plural(len(r.Outcomes), "rule"))
	}
	requests := r.Requests()
	for i, q := range requests {
		row := newRequestRow(q)
		if i < mostCourses {
			row.Course = r.sparkline(loadtest.RequestName{Method: q.Method, Name: q.Name})
		}
		if len(requests) > 1 && i < mostDistributions {
			row.Distribution = histogram(q)
		}
		p.Requests = append(p.Requests, row)
	}
	if len(requests) > 1 {
		row := newRequestRow(r.Overall)
		row.All = true
		p.Requests = append(p.Requests, row)
	}
	return p
}

func (r *Report) figures() []figure {
	q := r.Overall
	failed := figure{Label: "failed", Value: words.Share(failureRatio(q)), Note: words.Plural(q.NumFailures, "request")}
	if q.NumFailures > 0 {
		failed.Class = "bad"
	}
	figures := []figure{
		{Label: "requests", Value: words.Count(q.NumRequests), Note: words.Rate(q.TotalRPS)},
		failed,
	}
	for _, name := range []string{"p50", "p95", "p99"} {
		f := figure{Label: name, Value: words.Value(q.Percentiles[name]), Note: words.Interval(q.Percentiles[name])}
		if q.Percentiles[name].Failed {
			f.Class = "bad"
		}
		figures = append(figures, f)
	}
	return figures
}

// beyond is what has no place in a distribution of latencies.
func beyond(q loadtest.RequestSummary) string {
	var parts []string
	if q.NumFailures > 0 {
		parts = append(parts, words.Plural(q.NumFailures, "failed request"))
	}
	if q.Unfinished > 0 {
		parts = append(parts, words.Plural(q.Unfinished, "unfinished request"))
	}
	if len(parts) == 0 {
		return ""
	}
	return "Not in the chart: " + strings.Join(parts, " and ") + ". In percentiles a failed request is infinitely slow, and an unfinished one slower than it had become."
}

func newRequestRow(q loadtest.RequestSummary) requestRow {
	row := requestRow{
		Name: Name(q), Requests: words.Count(q.NumRequests), Rate: words.Rate(q.TotalRPS),
		Failed: words.Count(q.NumFailures), Bad: q.NumFailures > 0, Unfinished: words.Count(q.Unfinished), Max: words.Max(q),
	}
	if q.NumFailures > 0 {
		row.Ratio = words.Share(failureRatio(q))
	}
	for _, name := range []string{"p50", "p95", "p99"} {
		p := q.Percentiles[name]
		row.Percentiles = append(row.Percentiles, percentileCell{words.Value(p), words.Interval(p), p.Failed})
	}
	return row
}

// failures are a row for each class and name, the most frequent first.
func (r *Report) failures() []failureRow {
	var rows []failureRow
	for _, class := range words.ByCount(r.Overall.Failures) {
		for _, q := range r.Requests() {
			if n := q.Failures[class]; n > 0 {
				rows = append(rows, failureRow{class, Name(q), words.Count(n), example(q, class)})
			}
		}
	}
	return rows
}

// Example is an answer that was not what the script expects, of a request, for people.
type Example struct{ Name, Text string }

// Examples are those of all requests, the most frequent class first.
func (r *Report) Examples() []Example {
	var all []Example
	for _, class := range words.ByCount(r.Overall.Failures) {
		for _, q := range r.Requests() {
			if text := example(q, class); text != "" {
				all = append(all, Example{Name(q), text})
			}
		}
	}
	return all
}

// example is that of a class; nothing if there is none.
func example(q loadtest.RequestSummary, class string) string {
	if e, ok := q.Examples[class]; ok {
		return words.Printable(e.String())
	}
	return ""
}

// generator is what the load generator says of itself: all of it, whatever it says.
func generator(s *loadtest.Summary) []Setting {
	connections := s.Connections
	connections.DNS, connections.Connect, connections.TLS = nil, nil, nil // they have a table
	encoded, err := json.Marshal(map[string]any{"connections": connections, "": s.Generator})
	if err != nil {
		return nil
	}
	var tree map[string]any
	if err := json.Unmarshal(encoded, &tree); err != nil {
		return nil
	}
	return flatten("", tree)
}

// flatten is a tree of JSON as a list, whose names are the paths.
func flatten(prefix string, value any) []Setting {
	switch v := value.(type) {
	case map[string]any:
		var all []Setting
		for _, key := range slices.Sorted(maps.Keys(v)) {
			all = append(all, flatten(strings.TrimSpace(prefix+" "+strings.ReplaceAll(key, "_", " ")), v[key])...)
		}
		return all
	case float64:
		return []Setting{{prefix, number(v)}}
	}
	return []Setting{{prefix, fmt.Sprint(value)}}
}
