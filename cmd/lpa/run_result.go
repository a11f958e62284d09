package main

import (
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"

	"github.com/latency-pod-autoscaler/lpa/internal/gate"
	"github.com/latency-pod-autoscaler/lpa/internal/report"
	"github.com/latency-pod-autoscaler/lpa/internal/words"
	"github.com/latency-pod-autoscaler/lpa/loadtest"
)

// resultPrinter prints what came of a load test, for people.
type resultPrinter struct {
	w        io.Writer
	coloured bool
}

func newResultPrinter(w io.Writer) resultPrinter {
	terminal, ok := openTerminal(w)
	return resultPrinter{w: w, coloured: ok && terminal.coloured}
}

func (p resultPrinter) line(spans ...span) {
	fmt.Fprintln(p.w, strings.TrimRight(screenLine(spans).text(p.coloured), " "))
}

// result is all of it.
func (p resultPrinter) result(r *report.Report) {
	p.line()
	p.table(r)
	p.line()
	p.facts(r)
	p.line()
	p.verdict(r.Summary.Quality)
	p.rules(r)
	p.line(fact("next"), span{nextStep(r), plain})
}

// longestName is that of a name with its numbers on the same line.
const longestName = 32

// table has two lines for each request: the values, and below them the intervals of the percentiles.
func (p resultPrinter) table(r *report.Report) {
	requests := r.Requests()
	if len(requests) > 1 {
		requests = append(requests, r.Overall)
	}
	width := len("request")
	for _, q := range requests {
		if n := cells(report.Name(q)); n <= longestName {
			width = max(width, n)
		}
	}
	p.line(span{fmt.Sprintf("%s  %8s %7s %12s %12s %12s %10s", fit("request", width), "requests", "failed", "p50", "p95", "p99", "max"), faint})
	for _, q := range requests {
		name := fit(report.Name(q), width)
		if cells(report.Name(q)) > width {
			p.line(span{report.Name(q), bold})
			name = fit("", width)
		}
		p.request(name, q)
	}
}

func (p resultPrinter) request(name string, q loadtest.RequestSummary) {
	failed := span{fmt.Sprintf(" %7s", words.Count(q.NumFailures)), plain}
	if q.NumFailures > 0 {
		failed.colour = bad
	}
	longest := "–"
	if q.Max != nil {
		longest = words.LatencyAtLeast(*q.Max, slices.Contains(q.AtLeast, "max_response_time"))
	}
	values, intervals := "", ""
	for _, name := range []string{"p50", "p95", "p99"} {
		values += fmt.Sprintf(" %12s", words.Value(q.Percentiles[name]))
		intervals += fmt.Sprintf(" %12s", words.Interval(q.Percentiles[name]))
	}
	p.line(span{name, bold}, span{fmt.Sprintf("  %8s", words.Count(q.NumRequests)), plain}, failed, span{values + fmt.Sprintf(" %10s", longest), plain})
	if strings.TrimSpace(intervals) != "" {
		p.line(span{fit("", cells(name)) + strings.Repeat(" ", 18) + intervals, faint})
	}
}

// fact is the label of a line.
func fact(label string) span { return span{fmt.Sprintf("%-13s", label), faint} }

// facts are what there is to know beside the latencies.
func (p resultPrinter) facts(r *report.Report) {
	s := r.Summary
	p.line(fact("load"), span{fmt.Sprintf("%s in %s by %s, %s", words.Plural(s.NumRequests, "request"), r.Counted(), words.Plural(s.Generator.Users, "user"),
		words.Rate(r.Overall.TotalRPS)), plain})
	p.failures(r)
	if s.Unfinished > 0 {
		p.line(fact("unfinished"), span{words.Plural(s.Unfinished, "request") + " cut off by the end, counted as slower than that", plain})
	}
	p.line(fact("connections"), span{words.Count(s.Connections.Opened) + " opened", plain})
}

// failures are by class, with the requests that they hit.
func (p resultPrinter) failures(r *report.Report) {
	label := "failures"
	for _, class := range words.ByCount(r.Overall.Failures) {
		var where []string
		for _, q := range r.Requests() {
			if n := q.Failures[class]; n > 0 {
				where = append(where, fmt.Sprintf("%s %s", words.Count(n), report.Name(q)))
			}
		}
		p.line(fact(label), span{class, bad}, span{": " + strings.Join(where, ", "), plain})
		label = ""
	}
	if len(r.Overall.Statuses) > 0 {
		var statuses []string
		for _, status := range slices.Sorted(maps.Keys(r.Overall.Statuses)) {
			statuses = append(statuses, fmt.Sprintf("%s (%s)", status, words.Count(r.Overall.Statuses[status])))
		}
		p.line(fact("statuses"), span{"of failed requests: " + strings.Join(statuses, ", "), plain})
	}
}

func (p resultPrinter) verdict(q loadtest.Quality) {
	colour := bad
	if q.Verdict == loadtest.VerdictOK {
		colour = good
	}
	p.line(fact("verdict"), span{string(q.Verdict), colour}, span{": " + words.Verdict(q.Verdict), plain})
	for _, reason := range q.Reasons {
		p.line(fact(""), span{words.Printable(reason), plain})
	}
}

// rules are those of --fail-on, each with its value.
func (p resultPrinter) rules(r *report.Report) {
	label, width := "rules", 0
	for _, o := range r.Outcomes {
		width = max(width, cells(o.Rule.Text))
	}
	for _, o := range r.Outcomes {
		colour := bad
		if o.State == gate.Passed {
			colour = good
		}
		p.line(fact(label), span{fmt.Sprintf("%-8s", o.State), colour}, span{" " + fit(words.Printable(o.Rule.Text), width) + "  " + measured(o), plain})
		label = ""
	}
}

// measured is a rule's value and what there is to say about it.
func measured(o gate.Outcome) string {
	switch {
	case o.Why == "":
		return o.Value
	case o.Value == "":
		return o.Why
	}
	return o.Value + "; " + o.Why
}
