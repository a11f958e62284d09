package main

import (
	"fmt"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/latency-pod-autoscaler/lpa/internal/scaling"
)

// The colours of the screen, as the parameters of the terminal's SGR sequence.
const (
	plain   = ""
	bold    = "1"
	faint   = "2"
	good    = "32"
	bad     = "31"
	notable = "33"
)

// span is a piece of a line in one colour.
type span struct{ text, colour string }

// screenLine is one line of the screen, from left to right.
type screenLine []span

const labelWidth = 13

// drawScreen is one frame: at most height lines, none of them wider than width.
func drawScreen(scene demoScene, view demoView, width, height int) []screenLine {
	bars := min(max(width-labelWidth-25, 8), 60)
	lines := []screenLine{title(scene, view, width), {}}
	lines = append(lines, trafficLine(scene, view, bars), replicasLine(scene, view, bars), screenLine{})
	lines = append(lines, targetLines(scene, view, bars)...)
	lines = append(lines, lastRunLines(view, width)...)
	lines = append(lines, historyLines(scene, view, width-labelWidth-1)...)
	for i := range lines {
		lines[i] = lines[i].cut(width)
	}
	return lines[:min(len(lines), height)]
}

func title(scene demoScene, view demoView, width int) screenLine {
	name := " latency pod autoscaler: demo"
	clock := fmt.Sprintf("%s of %s ", minutes(min(view.Elapsed, scene.Duration)), minutes(scene.Duration))
	gap := max(width-utf8.RuneCountInString(name+clock), 2)
	return screenLine{{name, bold}, {strings.Repeat(" ", gap) + clock, faint}}
}

func minutes(d time.Duration) string {
	return fmt.Sprintf("%d:%02d", int(d.Minutes()), int(d.Seconds())%60)
}

func label(text string) span { return span{fmt.Sprintf(" %-*s", labelWidth-1, text), faint} }

func trafficLine(scene demoScene, view demoView, bars int) screenLine {
	full := part(view.Background/scene.PeakTraffic, bars)
	return screenLine{
		label("traffic"), {strings.Repeat("█", full), plain}, {strings.Repeat("░", bars-full), faint},
		{fmt.Sprintf("  %.0f requests/s", view.Background), plain},
	}
}

// replicasLine shows a box for each replica that there may be: filled when it is ready, open while it starts.
func replicasLine(scene demoScene, view demoView, bars int) screenLine {
	starting := max(view.Replicas-view.Ready, 0)
	unused := max(int(scene.Max)-view.Replicas, 0)
	text := fmt.Sprintf("  %d", view.Replicas)
	if starting > 0 {
		text += fmt.Sprintf(", %d of them starting", starting)
	}
	gap := max(bars-2*(view.Ready+starting+unused), 0)
	return screenLine{
		label("replicas"), {strings.Repeat("■ ", view.Ready), good}, {strings.Repeat("□ ", starting), notable},
		{strings.Repeat("· ", unused), faint}, {strings.Repeat(" ", gap) + text, plain},
	}
}

// targetLines has a bar for each target whose middle is the target's value.
func targetLines(scene demoScene, view demoView, bars int) []screenLine {
	var lines []screenLine
	for i, target := range scene.Targets {
		lines = append(lines, screenLine{{" " + target.String(), bold}})
		lines = append(lines, latencyLine(target, lastReading(view.Reports, i), bars), screenLine{})
	}
	return lines
}

func latencyLine(target scaling.Target, reading demoReading, bars int) screenLine {
	full, colour, text := 0, good, fmt.Sprintf("  %s, target %s", reading.value(), inMS(target.Limit))
	switch {
	case reading.none():
		text = "  not measured yet"
	case reading.Failed:
		full = bars
	default:
		full = part(*reading.ValueMS/target.Limit/2, bars)
	}
	if reading.OverTarget {
		colour, text = bad, fmt.Sprintf("  %s, over %s", reading.value(), inMS(target.Limit))
	}
	bar := []rune(strings.Repeat("█", full) + strings.Repeat("░", bars-full))
	middle := bars / 2
	return screenLine{
		label(""), {string(bar[:middle]), colour}, {"┃", bold}, {string(bar[middle+1:]), colour}, {text, plain},
	}
}

// lastReading is the newest measured value of a target.
func lastReading(reports []demoReport, target int) demoReading {
	for _, report := range slices.Backward(reports) {
		if reading := report.Targets[target]; !reading.none() {
			return reading
		}
	}
	return demoReading{}
}

// part is how many of the cells a share fills; a share above 0 fills at least one.
func part(share float64, cells int) int {
	full := min(max(int(share*float64(cells)+0.5), 0), cells)
	if share > 0 && full == 0 {
		return 1
	}
	return full
}

const reasonLines = 3

// lastRunLines is the decision with its reason. Its height is always the same, so that nothing below it jumps.
func lastRunLines(view demoView, width int) []screenLine {
	lines := make([]screenLine, 1+reasonLines+1)
	if len(view.Reports) == 0 {
		lines[0] = screenLine{label("first run"), {"under way", plain}}
		return lines
	}
	report := view.Reports[len(view.Reports)-1]
	lines[0] = screenLine{label(fmt.Sprintf("run %d", report.Run)), {report.change(), decisionColour(report.Decision)}}
	for i, text := range wrap(report.text(), width-labelWidth-1, reasonLines) {
		lines[1+i] = screenLine{label(""), {text, plain}}
	}
	return lines
}

func decisionColour(decision string) string {
	switch decision {
	case decisionFailed:
		return bad
	case decisionHold:
		return plain
	}
	return bold
}

// wrap breaks a text at blanks; what does not fit into the lines ends in an ellipsis.
func wrap(text string, width, most int) []string {
	var lines []string
	line := ""
	for _, word := range strings.Fields(text) {
		if line != "" && utf8.RuneCountInString(line+" "+word) > width {
			lines, line = append(lines, line), ""
		}
		line = strings.TrimPrefix(line+" "+word, " ")
	}
	if line != "" {
		lines = append(lines, line)
	}
	if len(lines) > most {
		lines = lines[:most]
		lines[most-1] += " …"
	}
	return lines
}

// historyLines has a column for each run, over the whole demo.
func historyLines(scene demoScene, view demoView, width int) []screenLine {
	runs := max(int(scene.Duration/scene.Interval), 1)
	cells := min(max(width/runs, 1), 3)
	shown := view.Reports
	if room := max(width/cells, 1); len(shown) > room {
		shown = shown[len(shown)-room:]
	}
	traffic, replicas := label("traffic"), label("replicas")
	lines := []screenLine{{{" so far", bold}}, {traffic}, {replicas}}
	for _, target := range scene.Targets {
		lines = append(lines, screenLine{label(target.Statistic.String())})
	}
	for _, report := range shown {
		lines[1] = append(lines[1], column(report.BackgroundRPS/scene.PeakTraffic, cells, plain))
		lines[2] = append(lines[2], column(float64(report.Desired)/float64(scene.Max), cells, plain))
		for i := range scene.Targets {
			lines[3+i] = append(lines[3+i], readingColumn(report, i, cells))
		}
	}
	return lines
}

// column is one value of a history, from 0 to 1.
func column(share float64, cells int, colour string) span {
	levels := []rune("▁▂▃▄▅▆▇█")
	level := min(max(int(share*float64(len(levels))), 0), len(levels)-1)
	return span{strings.Repeat(string(levels[level]), cells), colour}
}

// readingColumn is high when the target was missed, and full at twice the target.
func readingColumn(report demoReport, target, cells int) span {
	reading := report.Targets[target]
	if reading.ValueMS == nil {
		return span{strings.Repeat("×", cells), bad}
	}
	colour := good
	if reading.OverTarget {
		colour = bad
	}
	return column(*reading.ValueMS/reading.TargetMS/2, cells, colour)
}

// cut ends a line at the width.
func (l screenLine) cut(width int) screenLine {
	var kept screenLine
	for _, s := range l {
		text := []rune(s.text)
		if len(text) >= width {
			return append(kept, span{string(text[:max(width, 0)]), s.colour})
		}
		width -= len(text)
		kept = append(kept, s)
	}
	return kept
}

// text is the line as the terminal takes it.
func (l screenLine) text(coloured bool) string {
	var b strings.Builder
	for _, s := range l {
		if coloured && s.colour != plain && s.text != "" {
			fmt.Fprintf(&b, "\x1b[%sm%s\x1b[0m", s.colour, s.text)
		} else {
			b.WriteString(s.text)
		}
	}
	return b.String()
}
