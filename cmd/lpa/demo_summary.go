package main

import (
	"fmt"
	"io"
	"strings"
	"time"
)

// demoSummary is what a whole demo showed; in JSON, it is the value of `summary` in the last line of `lpa demo --json`.
type demoSummary struct {
	Runs             int            `json:"runs"`
	Seconds          float64        `json:"seconds"`
	Decisions        map[string]int `json:"decisions"` // up, down, hold, failed
	Replicas         []int32        `json:"replicas"`  // every value that they had, in order
	Peak             int32          `json:"peak"`
	RunsOverTarget   int            `json:"runs_over_target"`
	SecondsOver      float64        `json:"seconds_over_target"` // each run stands for the time since the one before
	Greatest         []demoReading  `json:"greatest"`            // of each target, the greatest value of all runs
	Background       demoBackground `json:"background"`
	ScaledUpAndDown  bool           `json:"scaled_up_and_down"`
	StoppedByRequest bool           `json:"stopped"`                // by Ctrl-C
	DecisionLog      string         `json:"decision_log,omitempty"` // a file for lpa explain and lpa replay
}

type demoBackground struct {
	Requests int64 `json:"requests"`
	Failed   int64 `json:"failed"`
}

// summarize counts over all runs.
func summarize(reports []demoReport, start int32, elapsed time.Duration) demoSummary {
	s := demoSummary{
		Runs:      len(reports),
		Seconds:   inSeconds(elapsed),
		Decisions: map[string]int{decisionUp: 0, decisionDown: 0, decisionHold: 0, decisionFailed: 0},
		Replicas:  []int32{start},
		Peak:      start,
		Greatest:  []demoReading{},
	}
	before := 0.0
	for _, report := range reports {
		s.Decisions[report.Decision]++
		if report.Desired != s.last() {
			s.Replicas = append(s.Replicas, report.Desired)
			s.Peak = max(s.Peak, report.Desired)
		}
		if report.overTarget() {
			s.RunsOverTarget++
			s.SecondsOver += report.ElapsedSeconds - before
		}
		before = report.ElapsedSeconds
		s.Greatest = greatestReadings(s.Greatest, report.Targets)
	}
	s.ScaledUpAndDown = s.Peak > start && s.last()-start <= (s.Peak-start)/2
	return s
}

// last is the number of replicas at the end. The demo scaled down when it gave back at least half of what it had added.
func (s demoSummary) last() int32 { return s.Replicas[len(s.Replicas)-1] }

// greatestReadings keeps the greater of two readings for each target; a failed one is greater than any number.
func greatestReadings(so, far []demoReading) []demoReading {
	if len(so) == 0 {
		return far
	}
	greatest := append([]demoReading(nil), so...)
	for i, reading := range far {
		if reading.exceeds(greatest[i]) {
			greatest[i] = reading
		}
	}
	return greatest
}

func (r demoReading) exceeds(other demoReading) bool {
	switch {
	case other.Failed || r.none():
		return false
	case r.Failed || other.none():
		return true
	}
	return *r.ValueMS > *other.ValueMS
}

func inSeconds(d time.Duration) float64 {
	return float64(d.Round(100*time.Millisecond)) / float64(time.Second)
}

// write is the summary for people.
func (s demoSummary) write(w io.Writer) {
	if s.StoppedByRequest {
		fmt.Fprintf(w, "stopped after %.0f s\n", s.Seconds)
	}
	d := s.Decisions
	fmt.Fprintf(w, "runs         %d in %.0f s: %d up, %d down, %d hold, %d failed\n",
		s.Runs, s.Seconds, d[decisionUp], d[decisionDown], d[decisionHold], d[decisionFailed])
	fmt.Fprintf(w, "replicas     %s\n", s.path())
	fmt.Fprintf(w, "over target  %.0f s, in %d of %d runs\n", s.SecondsOver, s.RunsOverTarget, s.Runs)
	for _, reading := range s.Greatest {
		fmt.Fprintf(w, "greatest     %s of %s: %s, against %s\n", reading.Type, reading.Name, reading.value(), inMS(reading.TargetMS))
	}
	fmt.Fprintf(w, "background   %d requests, %d of them failed\n", s.Background.Requests, s.Background.Failed)
	if s.ScaledUpAndDown && !s.StoppedByRequest { // a demo that was stopped has not seen the traffic fall
		fmt.Fprintln(w, "result       it scaled up with the traffic, and down again after it")
	}
	if s.DecisionLog != "" {
		fmt.Fprintf(w, "decisions    lpa explain %s\n", s.DecisionLog)
	}
}

// path is every number of replicas that there was, such as `1 → 2 → 3 → 2 → 1`.
func (s demoSummary) path() string {
	texts := make([]string, len(s.Replicas))
	for i, replicas := range s.Replicas {
		texts[i] = fmt.Sprint(replicas)
	}
	return strings.Join(texts, " → ")
}
