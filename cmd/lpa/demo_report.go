package main

import (
	"fmt"
	"strings"

	"github.com/latency-pod-autoscaler/lpa/internal/cpa"
	"github.com/latency-pod-autoscaler/lpa/internal/scaling"
)

// The decisions of a run: what became of the replicas.
const (
	decisionUp     = "up"
	decisionDown   = "down"
	decisionHold   = "hold"
	decisionFailed = "failed"
)

// demoReport is what one run showed; in JSON, it is a line of `lpa demo --json`.
type demoReport struct {
	Run            int           `json:"run"`             // from 1
	ElapsedSeconds float64       `json:"elapsed_seconds"` // from the start of the demo to the start of the run
	BackgroundRPS  float64       `json:"background_rps"`  // answered per second, since the run before
	Replicas       int32         `json:"replicas"`        // when the run started
	Ready          int32         `json:"ready"`           // when the run started
	Answer         *int32        `json:"answer"`          // as evaluate printed it; null when the run failed
	Desired        int32         `json:"desired"`         // within the framework's limits; the replicas from now on
	Decision       string        `json:"decision"`        // up, down, hold or failed
	Targets        []demoReading `json:"targets"`         // in the order of the configuration
	Verdict        string        `json:"verdict"`         // metric's verdict on its own result
	Sentence       string        `json:"sentence"`        // evaluate's reason
	Error          string        `json:"error,omitempty"` // why the run failed
}

// demoReading is one target beside what was measured.
type demoReading struct {
	Name       string   `json:"name"`
	Type       string   `json:"type"`
	ValueMS    *float64 `json:"value_ms"`           // null when there is none
	AtLeast    bool     `json:"at_least,omitempty"` // the value fell on a request that was cut off at the end
	Failed     bool     `json:"failed,omitempty"`   // the value fell on a failed request, which counts as infinitely slow
	TargetMS   float64  `json:"target_ms"`
	OverTarget bool     `json:"over_target"`
}

// newDemoReport describes a run of the autoscaler. What was the case when it started is filled in by the caller.
func newDemoReport(run cpa.Run, err error, current int32, targets []scaling.Target) demoReport {
	report := demoReport{
		Replicas: current,
		Desired:  run.Replicas,
		Sentence: lastLine(run.Evaluate.Stderr),
		Decision: decisionFailed,
	}
	report.Targets, report.Verdict = readMeasurement(run.Metric.Stdout, targets)
	if err != nil {
		report.Error = failure(run, err)
		return report
	}
	report.Answer = &run.Answer
	switch {
	case report.Desired > current:
		report.Decision = decisionUp
	case report.Desired < current:
		report.Decision = decisionDown
	default:
		report.Decision = decisionHold
	}
	return report
}

func (r demoReport) overTarget() bool {
	for _, reading := range r.Targets {
		if reading.OverTarget {
			return true
		}
	}
	return false
}

// lines are what a process told people, without the process's name.
func lines(stderr string) []string {
	var out []string
	for line := range strings.Lines(stderr) {
		line = strings.TrimSpace(line)
		out = append(out, strings.TrimPrefix(strings.TrimPrefix(line, "evaluate: "), "metric: "))
	}
	return out
}

// lastLine is the reason for evaluate's answer; there may be warnings before it.
func lastLine(stderr string) string {
	all := lines(stderr)
	if len(all) == 0 {
		return ""
	}
	return all[len(all)-1]
}

// failure is the error of a run with what the failed process said about it.
func failure(run cpa.Run, err error) string {
	said := lines(run.Metric.Stderr)
	if run.Metric.Stdout != "" { // so metric was all right
		said = lines(run.Evaluate.Stderr)
	}
	return strings.Join(append([]string{err.Error()}, said...), ": ")
}

// readMeasurement takes the targets' values and the verdict out of what metric printed. Judging that text is evaluate's part;
// here it is only shown, so what cannot be read has no value.
func readMeasurement(stdout string, targets []scaling.Target) (readings []demoReading, verdict string) {
	reported, err := cpa.ParseReported(stdout)
	if err != nil {
		reported = &cpa.Reported{}
	} else {
		verdict = string(reported.Verdict().Verdict)
	}
	for _, target := range targets {
		reading, _, err := reported.Reading(target)
		reading.Missing = reading.Missing || err != nil
		readings = append(readings, newDemoReading(reading))
	}
	return readings, verdict
}

func newDemoReading(r scaling.Reading) demoReading {
	reading := demoReading{
		Name:     r.Target.Method + " " + r.Target.Endpoint,
		Type:     r.Target.Statistic.String(),
		TargetMS: r.Target.Limit,
	}
	if r.Missing {
		return reading
	}
	reading.AtLeast, reading.Failed = r.AtLeast, r.Failed
	reading.OverTarget = r.Breached()
	if !r.Failed {
		reading.ValueMS = &r.Value
	}
	return reading
}

// none says that nothing was measured.
func (r demoReading) none() bool { return r.ValueMS == nil && !r.Failed }

// value is the measured value for people, such as `143 ms`.
func (r demoReading) value() string {
	switch {
	case r.Failed:
		return "failed"
	case r.ValueMS == nil:
		return "no value"
	case r.AtLeast:
		return "≥ " + inMS(*r.ValueMS)
	}
	return inMS(*r.ValueMS)
}

func inMS(ms float64) string {
	if ms < 10 {
		return fmt.Sprintf("%.1f ms", ms)
	}
	return fmt.Sprintf("%.0f ms", ms)
}
