package main

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/latency-pod-autoscaler/lpa/internal/report"
	"github.com/latency-pod-autoscaler/lpa/internal/words"
	"github.com/latency-pod-autoscaler/lpa/loadtest"
)

// factWidth is that of the labels.
const factWidth = 13

// fact is a text with a label before it; its first word, or words, are coloured.
func (p resultPrinter) fact(label string, first span, text string) {
	const everything = 1 << 10
	for i, part := range wrap(first.text+text, max(p.width-factWidth, 20), everything) {
		start := span{}
		if i == 0 && strings.HasPrefix(part, first.text) {
			start, part = first, part[len(first.text):]
		}
		p.line(span{fmt.Sprintf("%-*s", factWidth, label), faint}, start, span{part, plain})
		label = ""
	}
}

// facts are what there is to know beside the latencies.
func (p resultPrinter) facts(r *report.Report) {
	s := r.Summary
	p.fact("script", span{}, words.Printable(r.Script)+" against "+r.Host)
	p.fact("load", span{}, fmt.Sprintf("%s, counted for %s", r.Load, r.Counted()))
	p.fact("requests", span{}, fmt.Sprintf("%d, %s", s.NumRequests, words.Rate(r.Overall.TotalRPS)))
	p.failures(r)
	if s.Unfinished > 0 {
		p.fact("unfinished", span{}, words.Plural(s.Unfinished, "request")+" cut off by the end, counted as slower than that")
	}
	p.dropped(s.Generator)
	p.timings(r)
	p.fact("connections", span{}, report.Connections(s.Connections))
}

// dropped are the iterations of the open model that did not take place.
func (p resultPrinter) dropped(g loadtest.GeneratorSummary) {
	label := "left out"
	if g.Dropped > 0 {
		p.fact(label, span{}, words.Plural(g.Dropped, "iteration")+", as every user was busy")
		label = ""
	}
	if g.Missed > 0 {
		p.fact(label, span{}, words.Plural(g.Missed, "iteration")+", as this machine was too late for them")
	}
}

// mostTimings are those that there is room for; the page has all.
const mostTimings = 10

// timings are where the time of the requests goes.
func (p resultPrinter) timings(r *report.Report) {
	label, shown := "timings", 0
	for _, q := range r.Requests() {
		text := report.Timings(q.Timings)
		if shown++; text == "" || shown > mostTimings {
			continue
		}
		p.fact(label, span{}, report.Name(q)+": "+text)
		label = ""
	}
}

// failures are by class, with the requests that they hit.
func (p resultPrinter) failures(r *report.Report) {
	label := "failures"
	for _, class := range words.ByCount(r.Overall.Failures) {
		var where []string
		for _, q := range r.Requests() {
			if n := q.Failures[class]; n > 0 {
				where = append(where, fmt.Sprintf("%d %s", n, report.Name(q)))
			}
		}
		p.fact(label, span{class, bad}, ": "+strings.Join(where, ", "))
		label = ""
	}
	if len(r.Overall.Statuses) > 0 {
		var statuses []string
		for _, status := range slices.Sorted(maps.Keys(r.Overall.Statuses)) {
			statuses = append(statuses, fmt.Sprintf("%s (%d)", status, r.Overall.Statuses[status]))
		}
		p.fact("statuses", span{}, "of failed requests: "+strings.Join(statuses, ", "))
	}
	p.examples(r)
}

// mostExamples are those that there is room for; the page has all.
const mostExamples = 10

// examples are what was expected, beside an answer that came.
func (p resultPrinter) examples(r *report.Report) {
	all := r.Examples()
	label := "expected"
	for _, e := range all[:min(len(all), mostExamples)] {
		p.fact(label, span{}, e.Name+": "+e.Text)
		label = ""
	}
	if more := len(all) - mostExamples; more > 0 {
		p.fact("", span{}, fmt.Sprintf("and %d more, which --html and --json have", more))
	}
}

func (p resultPrinter) verdict(q loadtest.Quality) {
	colour := bad
	if q.Verdict == loadtest.VerdictOK {
		colour = good
	}
	p.fact("verdict", span{string(q.Verdict), colour}, ": "+words.Verdict(q.Verdict))
	for _, reason := range q.Reasons {
		p.fact("", span{}, words.Printable(reason))
	}
}
