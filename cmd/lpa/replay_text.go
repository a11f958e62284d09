package main

import (
	"fmt"
	"io"

	"github.com/latency-pod-autoscaler/lpa/internal/words"
)

// replayText shows a replay to people, with the means of explainText.
type replayText struct{ *explainText }

func newReplayText(w io.Writer) replayText { return replayText{newExplainText(w)} }

// difference is such as
//
//	2026-03-01 10:42:00 UTC  4 replicas: 4 → 5, would be 4 → 6
func (t replayText) difference(d difference) error {
	lines := []screenLine{{
		{d.Time.Local().Format("2006-01-02 15:04:05 MST"), bold}, {"  ", plain},
		{words.Answer(d.Replicas, d.Was.Desired), plain}, {", would be ", plain}, {words.Answer(d.Replicas, d.Would.Desired), notable},
	}}
	lines = append(lines, t.hanging("was", len("would"), fmt.Sprintf("%s: %s", d.Was.Reason, d.Was.Text))...)
	lines = append(lines, t.hanging("would", len("would"), fmt.Sprintf("%s: %s", d.Would.Reason, d.Would.Text))...)
	return t.print(append(lines, screenLine{}))
}

func (t replayText) summary(s replaySummary) error {
	const form = "2006-01-02 15:04"
	lines := []screenLine{
		{{fmt.Sprintf("%s from %s to %s, %d of them with another answer", words.Plural(s.Runs, "run"),
			s.From.Local().Format(form), s.To.Local().Format(form+" MST"), s.Differ), bold}},
		{{fmt.Sprintf("       %6s %6s %10s  pod-hours asked for", "ups", "downs", "reversals"), faint}},
		{{fmt.Sprintf("was    %6d %6d %10d  %.4g", s.Was.Ups, s.Was.Downs, s.Was.Reversals, s.Was.PodHours), plain}},
		{{fmt.Sprintf("would  %6d %6d %10d  %.4g", s.Would.Ups, s.Would.Downs, s.Would.Reversals, s.Would.PodHours), plain}},
	}
	if s.Resumed > 0 {
		lines = append(lines, t.paragraph("", fmt.Sprintf("What the autoscaler remembered was %s not what the run before had left: it was lost, runs are missing, or another version decided.", times(s.Resumed)), plain)...)
	}
	if s.Skipped > 0 {
		lines = append(lines, t.paragraph("", fmt.Sprintf("%s left out, as the measurement was not recorded.", words.Plural(s.Skipped, "run")), plain)...)
	}
	lines = append(lines, t.paragraph("", "The measurements are those of the replicas that really ran, and each run starts from them: this is what would have been "+
		"answered to what was seen, not what the service would have been like.", faint)...)
	return t.print(lines)
}

func times(n int) string {
	if n == 1 {
		return "once"
	}
	return fmt.Sprintf("%d times", n)
}
