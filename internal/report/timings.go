package report

import (
	"fmt"
	"strings"

	"github.com/latency-pod-autoscaler/lpa/internal/words"
	"github.com/latency-pod-autoscaler/lpa/loadtest"
)

// part is one of those that the time of requests and connections consists of.
type part struct {
	Name   string
	Timing *loadtest.Timing
}

// partsOf are those of a request that was answered.
func partsOf(t *loadtest.RequestTimings) []part {
	if t == nil {
		return nil
	}
	return known(part{"first byte", t.FirstByte}, part{"the rest of the answer", t.Receive}, part{"service time", t.Service})
}

// connectionParts are those of a connection that was made.
func connectionParts(c loadtest.ConnectionSummary) []part {
	return known(part{"DNS", c.DNS}, part{"connect", c.Connect}, part{"TLS", c.TLS})
}

func known(parts ...part) []part {
	var all []part
	for _, p := range parts {
		if p.Timing != nil {
			all = append(all, p)
		}
	}
	return all
}

// Timings are the parts of a request's time as a sentence, empty if there are none that took any.
func Timings(t *loadtest.RequestTimings) string { return sentence(partsOf(t)) }

func sentence(parts []part) string {
	var all []string
	for _, p := range parts {
		if p.Timing.P95 == 0 {
			continue // such as the rest of an answer that came in one piece
		}
		all = append(all, fmt.Sprintf("%s %s, p95 %s", p.Name, words.Latency(p.Timing.P50), words.Latency(p.Timing.P95)))
	}
	return strings.Join(all, "; ")
}

// Connections are how many there were, and what it took to make them, as a sentence.
func Connections(c loadtest.ConnectionSummary) string {
	all := []string{fmt.Sprintf("%d opened", c.Opened)}
	if parts := sentence(connectionParts(c)); parts != "" {
		all = append(all, parts)
	}
	if c.SYNRetransmits > 0 {
		all = append(all, fmt.Sprintf("%d asked for again after a second or more", c.SYNRetransmits))
	}
	return strings.Join(all, "; ")
}

// timingRow is a part for the page.
type timingRow struct{ Of, Part, P50, P95, P99, Max string }

// timingRows are where the time goes: of each request, and of the connections that were made.
func (r *Report) timingRows() []timingRow {
	var rows []timingRow
	add := func(of string, parts []part) {
		for _, p := range parts {
			t := p.Timing
			if t.Max == 0 {
				continue
			}
			rows = append(rows, timingRow{of, p.Name, words.Latency(t.P50), words.Latency(t.P95), words.Latency(t.P99), words.Latency(t.Max)})
		}
	}
	for _, q := range r.Requests() {
		add(Name(q), partsOf(q.Timings))
	}
	add("new connections", connectionParts(r.Summary.Connections))
	return rows
}
