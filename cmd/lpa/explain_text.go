package main

import (
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/latency-pod-autoscaler/lpa/internal/config"
	"github.com/latency-pod-autoscaler/lpa/internal/explain"
	"github.com/latency-pod-autoscaler/lpa/internal/scaling"
	"github.com/latency-pod-autoscaler/lpa/internal/words"
)

// explainText shows decisions to people.
type explainText struct {
	w        io.Writer
	width    int // 0 for lines of any length
	coloured bool
	// lastChange is the command that explains the last change.
	lastChange string

	shown   int
	changed bool // one that was shown is a change
}

// newExplainText shows decisions as text: coloured and within the width where it is a terminal.
func newExplainText(w io.Writer) *explainText {
	text := &explainText{w: w}
	if terminal, ok := openTerminal(w); ok {
		text.width, _ = terminal.size()
		text.coloured = terminal.coloured
	}
	return text
}

func (t *explainText) decision(d explain.Run) error {
	var lines []screenLine
	if t.shown++; t.shown > 1 {
		lines = append(lines, screenLine{})
	}
	t.changed = t.changed || changes(d.Record)
	lines = append(lines, headline(d))
	lines = append(lines, t.paragraph("", sentence(d), plain)...)
	for _, note := range d.Notes() {
		lines = append(lines, t.paragraph("", note, notable)...)
	}
	lines = append(lines, t.steps(d.Decision.Steps)...)
	if changes := d.Changes(); len(changes) > 0 {
		lines = append(lines, screenLine{}, screenLine{{"what would change it", bold}})
		for _, c := range changes {
			lines = append(lines, t.paragraph("  ", c.String(), plain)...)
		}
	}
	return t.print(lines)
}

// headline is such as `2026-03-01 10:42:00 UTC  4 → 5  TargetBreached`.
func headline(d explain.Run) screenLine {
	colour := plain
	switch {
	case d.Decision.Desired > d.Decision.Current:
		colour = bad
	case d.Decision.Desired < d.Decision.Current:
		colour = good
	}
	return screenLine{
		{shownTime(d.Time), bold}, {"  ", plain},
		{words.Answer(d.Decision.Current, d.Decision.Desired), colour}, {"  ", plain}, {words.Printable(string(d.Decision.Reason)), plain},
	}
}

func sentence(d explain.Run) string {
	if d.Mode == string(config.Observe) {
		return "observing only: " + d.Decision.Text
	}
	return d.Decision.Text
}

// steps are the arithmetic, below the target that it is about.
func (t *explainText) steps(steps []scaling.Step) []screenLine {
	longest := 0
	for _, step := range steps {
		longest = max(longest, min(cells(step.Name), longestStep))
	}
	var lines []screenLine
	target := "\x00"
	for _, step := range steps {
		if step.Target != target {
			target = step.Target
			lines = append(lines, screenLine{}, screenLine{{stepsHeading(target), bold}})
		}
		lines = append(lines, t.hanging(words.Printable(step.Name), longest, step.Text)...)
	}
	return lines
}

func stepsHeading(target string) string {
	if target == "" {
		return "answer"
	}
	return words.Printable(target)
}

// longestStep is that of a step; ours are shorter.
const longestStep = 30

// narrowest is the width below which names and texts no longer stand side by side.
const narrowest = 60

// hanging is a name with its text beside it, or below it where there is no room.
func (t *explainText) hanging(name string, longest int, text string) []screenLine {
	if t.width > 0 && t.width < narrowest {
		return append([]screenLine{{{"  " + name, faint}}}, t.paragraph("    ", text, plain)...)
	}
	indent := strings.Repeat(" ", longest+4)
	lines := t.paragraph(indent, text, plain)
	if len(lines) == 0 {
		lines = []screenLine{{{"", plain}}}
	}
	lines[0] = screenLine{{"  " + fit(name, longest) + "  ", faint}, {strings.TrimPrefix(lines[0][0].text, indent), plain}}
	return lines
}

// paragraph is a text broken at the width, each line behind an indent.
func (t *explainText) paragraph(indent, text, colour string) []screenLine {
	text = words.Printable(text)
	parts := []string{text}
	if t.width > 0 {
		parts = wrap(text, max(t.width-len(indent), 20), 1000)
	}
	var lines []screenLine
	for _, part := range parts {
		lines = append(lines, screenLine{{indent + part, colour}})
	}
	return lines
}

func (t *explainText) observed(o observedRuns) error {
	const form = "2006-01-02 15:04"
	text := fmt.Sprintf("mode observe, %s from %s to %s: asked for more in %d, for fewer in %d; %s asked for where there were %s (%+.3g), at most %s at once. "+
		"Each run starts from the replicas that there really were, so its steps do not add up.",
		words.Plural(o.Runs, "run"), o.From.Local().Format(form), o.To.Local().Format(form+" MST"), o.Ups, o.Downs,
		podHours(o.Asked), podHours(o.PodHours), o.Asked-o.PodHours, words.Plural(o.Highest, "replica"))
	return t.print(append([]screenLine{{}}, t.paragraph("", text, plain)...))
}

// end leads from holds to the last change, which is what most people who ask want to know of.
func (t *explainText) end(c counted) error {
	if t.changed {
		return nil
	}
	text := "last change: none since the log begins, " + shownTime(c.began)
	if c.changed != nil {
		d := c.changed.Decision
		text = fmt.Sprintf("last change: %s  %s  %s; explained by %s", shownTime(c.changed.Time), words.Answer(d.Current, d.Desired), d.Reason, t.lastChange)
	}
	return t.print(append([]screenLine{{}}, t.paragraph("", text, plain)...))
}

func shownTime(at time.Time) string { return at.Local().Format("2006-01-02 15:04:05 MST") }

func podHours(hours float64) string { return fmt.Sprintf("%.3g pod-hours", hours) }

func (t *explainText) print(lines []screenLine) error {
	for _, line := range lines {
		if _, err := fmt.Fprintln(t.w, line.text(t.coloured)); err != nil {
			return err
		}
	}
	return nil
}
