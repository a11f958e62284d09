package report

import (
	"fmt"
	"math"
	"slices"
	"strings"
	"time"

	"github.com/latency-pod-autoscaler/lpa/internal/words"
	"github.com/latency-pod-autoscaler/lpa/loadtest"
)

// chart is a drawing for the page. All places are in percent from the upper left corner, so that it has any size.
type chart struct {
	Label  string // for those who cannot see it
	Log    bool   // the axis of latencies is logarithmic
	X, Y   []tick
	Right  []tick // of a second axis; empty for none
	Warmup float64
	Bars   []bar
	Lines  []line
	Rules  []rule
	Marks  []mark
	Hovers []hover

	Unfinished bool // there are marks of that kind
}

// bar is a filled rectangle.
type bar struct {
	Class               string
	X, Y, Width, Height float64
}

// line is a path as SVG has it.
type line struct{ Class, Path string }

// rule is a vertical line with a label; Row keeps labels apart.
type rule struct {
	Class, Label string
	X            float64
	Row          int
	Left         bool // the label stands to the left of it
}

// mark is a single point.
type mark struct {
	Class string
	X, Y  float64
}

// hover is what is said about a place.
type hover struct {
	X    float64 `json:"x"`
	Text string  `json:"t"`
}

// points are the part of the series that there is something to say about: the users' last steps come after the end.
func (r *Report) points() []Point {
	points := slices.Clone(r.Series.Points)
	for len(points) > 1 && points[len(points)-1].All.Count() == 0 && points[len(points)-1].Users == 0 {
		points = points[:len(points)-1]
	}
	if n := len(points); n > 0 && points[n-1].Users == 0 { // as they all ended with it
		points[n-1].Users = r.Summary.Generator.Started
	}
	return points
}

// latencyChart is the median and the 95th percentile over time, with the failures and with what was never answered.
func (r *Report) latencyChart() chart {
	points := r.points()
	x := timeAxis(end(points))
	ages := r.ages()
	y := latencyAxis(extremes(points, ages))
	c := chart{Label: "latency over time", Log: y.log, X: x.ticks, Y: fromTop(y.ticks), Warmup: warmup(points, x)}
	c.Bars = failureBars(points, x, nil)
	for _, q := range []struct {
		class string
		q     float64
	}{{"p95", 0.95}, {"p50", 0.5}} {
		path, alone := course(points, x, y, nil, q.q)
		c.Lines = append(c.Lines, line{q.class, path})
		for _, m := range alone {
			c.Marks = append(c.Marks, mark{q.class, m.X, m.Y})
		}
	}
	for _, age := range ages {
		c.Marks = append(c.Marks, mark{"unfinished", 100, round(100 - y.at(age))})
	}
	c.Unfinished = len(ages) > 0
	for _, p := range points {
		c.Hovers = append(c.Hovers, hover{x.at(p.middle()), p.text()})
	}
	return c
}

// loadChart is how many requests were answered per second, and by how many users they were sent.
func (r *Report) loadChart() chart {
	points := r.points()
	greatest, users := 0.0, 0
	for _, p := range points {
		greatest, users = max(greatest, p.Rate(p.All)), max(users, p.Users)
	}
	x, y := timeAxis(end(points)), linearAxis(greatest, 0, words.Rate)
	right := countAxis(users)
	c := chart{Label: "requests per second over time", X: x.ticks, Y: fromTop(y.ticks), Right: fromTop(right.ticks), Warmup: warmup(points, x)}
	var steps strings.Builder
	for _, p := range points {
		left, width := x.at(p.Start.Seconds()), x.at(p.End.Seconds())-x.at(p.Start.Seconds())
		seconds := (p.End - p.Start).Seconds()
		all, failed := y.at(p.Rate(p.All)), y.at(float64(p.All.Failed)/seconds)
		c.Bars = append(c.Bars, bar{"ok", left, 100 - all, round(width * 0.9), round(all - failed)})
		if failed > 0 {
			c.Bars = append(c.Bars, bar{"failed", left, 100 - failed, round(width * 0.9), failed})
		}
		fmt.Fprintf(&steps, "%s%g %gH%g", command(steps.Len() == 0), left, 100-right.at(float64(p.Users)), round(left+width))
		c.Hovers = append(c.Hovers, hover{x.at(p.middle()), p.text()})
	}
	c.Lines = []line{{"users", steps.String()}}
	return c
}

func command(first bool) string {
	if first {
		return "M"
	}
	return "L"
}

// sparkline is the 95th percentile of one name over time, on a scale of its own.
func (r *Report) sparkline(name loadtest.RequestName) chart {
	points := r.points()
	_, greatest := extremesOf(points, &name)
	x, y := timeAxis(end(points)), latencyAxis(0, greatest)
	path, _ := course(points, x, y, &name, 0.95)
	return chart{Bars: failureBars(points, x, &name), Lines: []line{{"p95", path}}}
}

func end(points []Point) time.Duration {
	if len(points) == 0 {
		return 0
	}
	return points[len(points)-1].End
}

// fromTop turns ticks over, as the places of charts are counted from the top.
func fromTop(ticks []tick) []tick {
	for i := range ticks {
		ticks[i].At = round(100 - ticks[i].At)
	}
	return ticks
}

func warmup(points []Point, x axis) float64 {
	until := 0.0
	for _, p := range points {
		if p.Warmup {
			until = x.at(p.End.Seconds())
		}
	}
	return until
}

// ages are those of the requests that were cut off by the end, in milliseconds; of many, the greatest.
func (r *Report) ages() []float64 {
	const most = 100
	var ages []float64
	nothing := func(time.Duration, int) {}
	_ = r.Overall.Samples.Each(nothing, func(age time.Duration, _ int) { ages = append(ages, float64(age)/float64(time.Millisecond)) })
	return ages[max(len(ages)-most, 0):]
}

func extremes(points []Point, ages []float64) (least, greatest float64) {
	least, greatest = extremesOf(points, nil)
	for _, age := range ages {
		greatest = max(greatest, age)
	}
	return least, greatest
}

// extremesOf are the least and the greatest value that is drawn.
func extremesOf(points []Point, name *loadtest.RequestName) (least, greatest float64) {
	least = math.Inf(1)
	for _, p := range points {
		for _, q := range []float64{0.5, 0.95} {
			if ms, ok := p.Bin(name).Quantile(q); ok && !math.IsInf(ms, 1) {
				least, greatest = min(least, ms), max(greatest, ms)
			}
		}
	}
	return min(least, greatest), greatest
}

// course is a path through a quantile of each point, interrupted where there is none. A point with nothing on either side
// would make no line and is listed apart.
func course(points []Point, x, y axis, name *loadtest.RequestName, q float64) (path string, alone []mark) {
	var b strings.Builder
	var open []mark // what is drawn since the last interruption
	flush := func() {
		if len(open) == 1 {
			alone = append(alone, open[0])
			open = nil
		}
		for i, m := range open {
			fmt.Fprintf(&b, "%s%g %g", command(i == 0), m.X, m.Y)
		}
		open = nil
	}
	for _, p := range points {
		ms, ok := p.Bin(name).Quantile(q)
		if !ok || math.IsInf(ms, 1) {
			flush()
			continue
		}
		open = append(open, mark{X: x.at(p.middle()), Y: round(100 - y.at(ms))})
	}
	flush()
	return b.String(), alone
}

// failureBars rise with the share of failures, and are never too small to be seen.
func failureBars(points []Point, x axis, name *loadtest.RequestName) []bar {
	var bars []bar
	for _, p := range points {
		b := p.Bin(name)
		if b.Failed == 0 {
			continue
		}
		left := x.at(p.Start.Seconds())
		height := round(max(100*float64(b.Failed)/float64(b.Count()), 2))
		bars = append(bars, bar{"failed", left, 100 - height, round(x.at(p.End.Seconds()) - left), height})
	}
	return bars
}

func (p Point) middle() float64 { return (p.Start + p.End).Seconds() / 2 }

// text is what there is to say of a point.
func (p Point) text() string {
	lines := []string{fmt.Sprintf("%s · %s", clock(p.Start), words.Plural(p.Users, "user"))}
	if p.Warmup {
		lines[0] += " · warm-up"
	}
	for _, q := range []struct {
		name string
		q    float64
	}{{"p50", 0.5}, {"p95", 0.95}} {
		if ms, ok := p.All.Quantile(q.q); ok && math.IsInf(ms, 1) {
			lines = append(lines, q.name+" falls on a failed request")
		} else if ok {
			lines = append(lines, q.name+" "+words.Latency(ms))
		}
	}
	lines = append(lines, words.Rate(p.Rate(p.All)))
	if p.All.Failed > 0 {
		lines = append(lines, fmt.Sprintf("%s failed", words.Count(p.All.Failed)))
	}
	return strings.Join(lines, "\n")
}
