package main

import (
	"errors"
	"fmt"
	"io"
	"strings"
	"syscall"

	"github.com/latency-pod-autoscaler/lpa/internal/gate"
	"github.com/latency-pod-autoscaler/lpa/internal/report"
	"github.com/latency-pod-autoscaler/lpa/internal/words"
	"github.com/latency-pod-autoscaler/lpa/loadtest"
)

// resultPrinter prints what came of a load test, for people.
type resultPrinter struct {
	w        io.Writer
	failed   *error // the first one of writing, if anybody wants to know
	coloured bool
	width    int // that texts are wrapped to
}

// unlimited is the width of what is no terminal.
const unlimited = 1 << 16

func newResultPrinter(w io.Writer) resultPrinter {
	p := resultPrinter{w: w, failed: new(error), width: unlimited}
	if terminal, ok := openTerminal(w); ok {
		p.coloured = terminal.coloured
		p.width, _ = terminal.size()
	}
	return p
}

func (p resultPrinter) line(spans ...span) {
	_, err := fmt.Fprintln(p.w, strings.TrimRight(screenLine(spans).text(p.coloured), " "))
	if err != nil && p.failed != nil && *p.failed == nil {
		*p.failed = err
	}
}

// err is what kept the result from being printed. That nobody reads on, as with `| head`, is no failure.
func (p resultPrinter) err() error {
	if p.failed == nil || *p.failed == nil || errors.Is(*p.failed, syscall.EPIPE) {
		return nil
	}
	return fmt.Errorf("writing the result: %w", *p.failed)
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
	p.fact("next", span{}, nextStep(r))
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
	percentiles, longest := p.fitting(width)
	header := fmt.Sprintf("%s  %8s %7s", fit("request", width), "requests", "failed")
	for _, name := range percentiles {
		header += fmt.Sprintf(" %*s", percentileWidth, name)
	}
	if longest {
		header += fmt.Sprintf(" %*s", maxWidth, "max")
	}
	p.line(span{header, faint})
	for _, q := range requests {
		name := fit(report.Name(q), width)
		if cells(report.Name(q)) > width {
			p.line(span{report.Name(q), bold})
			name = fit("", width)
		}
		p.request(name, q, percentiles, longest)
	}
}

const (
	countsWidth     = 2 + 8 + 1 + 7
	percentileWidth = 12
	maxWidth        = 10
)

// fitting are the columns that a narrow terminal has room for beside names of some width; p95 is always shown.
func (p resultPrinter) fitting(name int) (percentiles []string, longest bool) {
	room := p.width - name - countsWidth
	switch each := percentileWidth + 1; {
	case room >= 3*each+maxWidth+1:
		return []string{"p50", "p95", "p99"}, true
	case room >= 3*each:
		return []string{"p50", "p95", "p99"}, false
	case room >= 2*each:
		return []string{"p50", "p95"}, false
	}
	return []string{"p95"}, false
}

func (p resultPrinter) request(name string, q loadtest.RequestSummary, percentiles []string, longest bool) {
	failed := span{fmt.Sprintf(" %7d", q.NumFailures), plain}
	if q.NumFailures > 0 {
		failed.colour = bad
	}
	values, intervals := "", ""
	for _, name := range percentiles {
		values += fmt.Sprintf(" %*s", percentileWidth, words.Value(q.Percentiles[name]))
		intervals += fmt.Sprintf(" %*s", percentileWidth, words.Interval(q.Percentiles[name]))
	}
	if longest {
		values += fmt.Sprintf(" %*s", maxWidth, words.Max(q))
	}
	p.line(span{name, bold}, span{fmt.Sprintf("  %8d", q.NumRequests), plain}, failed, span{values, plain})
	if strings.TrimSpace(intervals) != "" {
		p.line(span{fit("", cells(name)+countsWidth) + intervals, faint})
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
		p.rule(label, o, colour, width)
		label = ""
	}
}

// rule is what became of one: on a line, or on more where that is too long.
func (p resultPrinter) rule(label string, o gate.Outcome, colour string, width int) {
	const states = 9
	start := []span{{fmt.Sprintf("%-*s", factWidth, label), faint}, {fmt.Sprintf("%-*s", states, o.State), colour}}
	room := p.width - factWidth - states
	text := fit(words.Printable(o.Rule.Text), width) + "  " + measured(o)
	if cells(text) <= room {
		p.line(append(start, span{text, plain})...)
		return
	}
	p.line(append(start, span{words.Printable(o.Rule.Text), plain})...)
	for _, part := range wrap(measured(o), max(room, 20), 1<<10) {
		p.line(span{fit("", factWidth+states) + part, plain})
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
