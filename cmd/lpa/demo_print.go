package main

import (
	"encoding/json"
	"fmt"
	"io"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/latency-pod-autoscaler/lpa/internal/scaling"
)

// demoPrinter shows a demo to whoever looks: a person at a terminal, a person behind a pipe, or a program.
type demoPrinter interface {
	begin(demoScene)
	frame(demoView) // a few times per second
	run(demoReport) // after each run
	end(demoSummary)
	close() // always called, whatever happened before; may be called again
}

// demoScene is what does not change during a demo.
type demoScene struct {
	URL         string
	Duration    time.Duration
	Interval    time.Duration
	Min, Max    int32
	Targets     []scaling.Target
	Dashboard   string  // its address; empty if there is none
	PeakTraffic float64 // requests per second that the background comes to when nothing is slow
}

// demoView is a moment of a demo.
type demoView struct {
	Elapsed    time.Duration
	Background float64 // requests per second
	Replicas   int
	Ready      int
	Reports    []demoReport // so far
}

// demoLines prints one line per run: for pipes and logs.
type demoLines struct{ w io.Writer }

func (p demoLines) begin(scene demoScene) {
	fmt.Fprintf(p.w, "service on %s, %d to %d replicas, a run every %s for %.0f s\n",
		scene.URL, scene.Min, scene.Max, scene.Interval, scene.Duration.Seconds())
	if scene.Dashboard != "" {
		fmt.Fprintf(p.w, "dashboard on %s\n", scene.Dashboard)
	}
	latencies := ""
	for _, target := range scene.Targets {
		fmt.Fprintf(p.w, "target: %s at most %s\n", target, inMS(target.Limit))
		latencies += "  " + heading(target.Statistic.String(), target.Limit)
	}
	p.line("time", "traffic", latencies, "replicas", "why")
}

// heading is that of a target's column.
func heading(statistic string, limit float64) string { return statistic + " ≤ " + inMS(limit) }

func (p demoLines) frame(demoView) {}

func (p demoLines) run(report demoReport) {
	latencies := ""
	for _, reading := range report.Targets {
		width := utf8.RuneCountInString(heading(reading.Type, reading.TargetMS))
		latencies += fmt.Sprintf("  %*s", width, reading.value())
	}
	p.line(fmt.Sprintf("%.0f s", report.ElapsedSeconds), fmt.Sprintf("%.0f/s", report.BackgroundRPS),
		latencies, report.change(), report.text())
}

func (p demoLines) line(clock, traffic, latencies, change, why string) {
	fmt.Fprintln(p.w, strings.TrimRight(fmt.Sprintf("%5s  %7s%s  %-8s  %s", clock, traffic, latencies, change, why), " "))
}

func (p demoLines) end(summary demoSummary) {
	fmt.Fprintln(p.w)
	summary.write(p.w)
}

func (p demoLines) close() {}

// change is the decision with its replicas, such as `3 → 4`.
func (r demoReport) change() string {
	if r.Desired == r.Replicas {
		return fmt.Sprintf("%s %d", r.Decision, r.Replicas)
	}
	return fmt.Sprintf("%d → %d", r.Replicas, r.Desired)
}

// text is the reason for the decision, or for the lack of one.
func (r demoReport) text() string {
	if r.Error != "" {
		return r.Error
	}
	return r.Sentence
}

// demoJSON prints one JSON document per line: the runs, and at the end the summary.
type demoJSON struct{ encoder *json.Encoder }

func newDemoJSON(w io.Writer) demoJSON {
	encoder := json.NewEncoder(w)
	encoder.SetEscapeHTML(false) // a reader would only see the < and > of a reason as \u003c
	return demoJSON{encoder}
}

func (p demoJSON) begin(scene demoScene) {
	if scene.Dashboard == "" {
		return
	}
	_ = p.encoder.Encode(struct {
		Dashboard string `json:"dashboard"`
	}{scene.Dashboard})
}
func (p demoJSON) frame(demoView)        {}
func (p demoJSON) run(report demoReport) { _ = p.encoder.Encode(report) }
func (p demoJSON) end(summary demoSummary) {
	_ = p.encoder.Encode(struct {
		Summary demoSummary `json:"summary"`
	}{summary})
}
func (p demoJSON) close() {}
