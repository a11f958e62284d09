package main

import (
	"fmt"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/latency-pod-autoscaler/lpa/internal/scaling"
)

const labelWidth = 13

// drawScreen is one frame: at most height lines, none of them wider than width.
func drawScreen(scene demoScene, view demoView, width, height int) []screenLine {
	bars := min(max(width-labelWidth-25, 8), 60)
	lines := []screenLine{title(scene, view, width), {}}
	if scene.Dashboard != "" {
		lines = append(lines, screenLine{label("dashboard"), {scene.Dashboard, bold}}, screenLine{})
	}
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
