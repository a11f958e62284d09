package main

import (
	"fmt"
	"math"
	"strings"
	"time"

	"github.com/latency-pod-autoscaler/lpa/internal/report"
	"github.com/latency-pod-autoscaler/lpa/internal/words"
	"github.com/latency-pod-autoscaler/lpa/loadtest"
)

// drawRun is one frame of a run: at most height lines, none of them wider than width.
func drawRun(s scene, series *report.Series, width, height int) []screenLine {
	roomy := height >= 18
	head := []screenLine{
		ends(" "+words.Printable(s.script), fmt.Sprintf("%s of %s ", minutes(min(series.Elapsed(), s.total())), minutes(s.total())), width),
		progressLine(s, series, width),
	}
	foot := []screenLine{soFar(series), {{" Ctrl-C ends it and prints what there is", faint}}}
	if roomy {
		head = []screenLine{head[0], {{" " + s.host, faint}}, {}, head[1], {}}
		foot = []screenLine{{}, foot[0], {}, foot[1]}
	}
	table := rows(series, columnsFor(series, width), height-len(head)-len(foot))
	lines := append(append(head, table...), foot...)
	for i := range lines {
		lines[i] = lines[i].cut(width)
	}
	return lines[:max(min(len(lines), height), 0)]
}

// ends is a line with a text at either end.
func ends(left, right string, width int) screenLine {
	gap := max(width-cells(left)-cells(right), 2)
	return screenLine{{left, bold}, {strings.Repeat(" ", gap) + right, faint}}
}

// progressLine shows how much of the run is over; the warm-up is set apart.
func progressLine(s scene, series *report.Series, width int) screenLine {
	text := "  " + words.Plural(users(series), "user")
	if series.Elapsed() < s.warmup {
		text += ", warming up"
	}
	bars := min(max(width-28, 8), 60)
	warm := part(s.warmup.Seconds()/s.total().Seconds(), bars)
	full := min(int(series.Elapsed().Seconds()/s.total().Seconds()*float64(bars)), bars)
	return screenLine{
		{" ", plain}, {strings.Repeat("█", min(full, warm)), notable}, {strings.Repeat("█", max(full-warm, 0)), good},
		{strings.Repeat("░", bars-full), faint}, {text, plain},
	}
}

func users(series *report.Series) int {
	if n := len(series.Points); n > 0 {
		return series.Points[n-1].Users
	}
	return 0
}

// columns are those of the table that there is room for. A width of 0 leaves one out.
type columns struct{ name, rate, p50, p95, failed, spark int }

const shortestSpark = 8

func columnsFor(series *report.Series, width int) columns {
	longest := len("last 10 s")
	for _, name := range series.Names {
		longest = max(longest, cells(nameText(name)))
	}
	c := columns{name: min(longest, max(width*3/10, 12)), rate: 9, p50: 10, p95: 10, failed: 8}
	c.spark = width - c.used() - 3
	if c.spark < shortestSpark {
		c.spark = 0
	}
	for _, column := range []*int{&c.p50, &c.rate, &c.failed} {
		if c.used() > width {
			*column = 0
		}
	}
	return c
}

func (c columns) used() int { return 1 + c.name + c.rate + c.p50 + c.p95 + c.failed }

func nameText(name loadtest.RequestName) string {
	return words.Printable(name.Method + " " + name.Name)
}

// rows are the table of what happens now: a line for each name as far as they fit, and one for all.
func rows(series *report.Series, c columns, room int) []screenLine {
	now := series.Recent()
	lines := []screenLine{c.line("last 10 s", "rate", "p50", "p95", "failed", span{"p95 over time", faint}, faint)}
	all := len(series.Names) > 1
	shown := len(series.Names)
	if fixed := len(lines) + 1; all && shown+fixed > room {
		shown = max(room-fixed-1, 0) // one line says how many are left out
	}
	for i := range series.Names[:shown] {
		lines = append(lines, c.row(nameText(series.Names[i]), series, now, &series.Names[i], plain)...)
	}
	if left := len(series.Names) - shown; left > 0 {
		lines = append(lines, screenLine{{fmt.Sprintf(" … %d more, in the table at the end", left), faint}})
	}
	if all {
		lines = append(lines, c.row("all", series, now, nil, bold)...)
	}
	return lines
}

// row is what happens to the requests of a name, or to all.
func (c columns) row(text string, series *report.Series, now report.Point, name *loadtest.RequestName, colour string) []screenLine {
	bin := now.Bin(name)
	failed := series.Counted.Bin(name).Failed
	line := c.line(text, words.Rate(now.Rate(bin)), quantileText(bin, 0.5), quantileText(bin, 0.95), fmt.Sprint(failed), span{}, colour)
	if failed > 0 {
		line[4].colour = bad
	}
	return []screenLine{append(line, sparkline(series.Points, name, c.spark)...)}
}

func (c columns) line(name, rate, p50, p95, failed string, spark span, colour string) screenLine {
	line := screenLine{{" " + fit(name, c.name), colour}}
	for _, cell := range []struct {
		text  string
		width int
	}{{rate, c.rate}, {p50, c.p50}, {p95, c.p95}, {failed, c.failed}} {
		text := ""
		if cell.width > 0 {
			text = fmt.Sprintf("%*s", cell.width, cell.text)
		}
		line = append(line, span{text, colour})
	}
	if c.spark == 0 {
		return line
	}
	return append(line, span{"  ", plain}, spark)
}

// quantileText is a quantile of what happens now.
func quantileText(b report.Bin, q float64) string {
	switch ms, ok := b.Quantile(q); {
	case !ok:
		return "–"
	case math.IsInf(ms, 1):
		return "failed"
	default:
		return words.Latency(ms)
	}
}

// sparkline is the p95 of the last points, from nothing to the greatest of them; a cross is one in which a tenth of the
// requests failed, and red one in which any did.
func sparkline(points []report.Point, name *loadtest.RequestName, width int) screenLine {
	if width == 0 {
		return nil
	}
	points = points[max(len(points)-width, 0):]
	greatest := 0.0
	for _, p := range points {
		if ms, ok := p.Bin(name).Quantile(0.95); ok && !math.IsInf(ms, 1) {
			greatest = max(greatest, ms)
		}
	}
	var line screenLine
	for _, p := range points {
		line = append(line, sparkCell(p, p.Bin(name), greatest))
	}
	return line
}

func sparkCell(p report.Point, b report.Bin, greatest float64) span {
	ms, ok := b.Quantile(0.95)
	colour := plain
	switch {
	case !ok:
		return span{" ", plain}
	case math.IsInf(ms, 1), float64(b.Failed) >= loadtest.ErrorShare*float64(b.Count()):
		return span{"×", bad}
	case b.Failed > 0:
		colour = bad
	case p.Warmup:
		colour = faint
	}
	return column(ms/greatest, 1, colour)
}

// soFar is what will be in the result, as far as it is known.
func soFar(series *report.Series) screenLine {
	counted := series.Counted
	if counted.Warmup || len(series.Points) == 0 {
		return screenLine{{" nothing is counted yet", faint}}
	}
	text := fmt.Sprintf(" counted: %s in %s", words.Plural(counted.All.Count(), "request"), (counted.End - counted.Start).Round(time.Second))
	if failed := counted.All.Failed; failed > 0 {
		return screenLine{{text, plain}, {fmt.Sprintf(", %d of them failed", failed), bad}}
	}
	return screenLine{{text, plain}}
}
