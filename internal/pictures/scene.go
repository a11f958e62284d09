package main

import (
	"cmp"
	"fmt"
	"math"
	"time"

	"github.com/latency-pod-autoscaler/lpa/internal/report"
	"github.com/latency-pod-autoscaler/lpa/internal/scaling"
	"github.com/latency-pod-autoscaler/lpa/internal/simulate"
)

// scene is a load under which policies are shown beside each other.
type scene struct {
	title    string
	shape    string
	duration time.Duration
	from, to time.Duration // what is shown; all if to is 0
	shared   []simulate.Slowdown
	rivals   []rival
	latency  bool // the latency is shown too
	seed     uint64
	workers  int // in each pod; 0 means 4
}

// rival is a policy with its name and its colour.
type rival struct {
	name   string
	policy scaling.Policy
}

var (
	decay10 = rival{"decay with unchangedRuns: 10", scaling.Policy{Decay: &scaling.Decay{Replicas: 1, UnchangedRuns: 10}}}
	knee    = rival{"knee", scaling.Policy{Knee: &scaling.Knee{BreachEvery: 60}}}
)

var (
	day = scene{
		title: "A day", shape: "diurnal", duration: 48 * time.Hour, from: 24 * time.Hour, rivals: []rival{knee, decay10}, seed: 1,
	}
	flash = scene{
		title: "A flash crowd: four times the load within a minute", shape: "flash", duration: 6 * time.Hour,
		from: 95 * time.Minute, to: 200 * time.Minute, rivals: []rival{knee, decay10}, seed: 1, latency: true,
	}
	edge = scene{
		title: "A constant load that ten pods of 8 workers can just take", shape: "edge", duration: 16 * time.Hour,
		from: 4 * time.Hour, rivals: []rival{knee, decay10}, seed: 2, workers: 8,
	}
	dependency = scene{
		title: "A dependency that makes every request 300 ms slower for an hour", shape: "steady", duration: 7 * time.Hour,
		from: 3 * time.Hour, shared: []simulate.Slowdown{{From: 4 * time.Hour, To: 5 * time.Hour, Added: 300 * time.Millisecond}},
		rivals: []rival{knee, decay10}, seed: 1, latency: true,
	}
)

// service is the one in all scenes: four workers of 20 ms in each pod, which is ready after 20 s.
func (s scene) service() simulate.Service {
	return simulate.Service{
		Workers: cmp.Or(s.workers, 4), Time: simulate.Distribution{Kind: simulate.Exponential, Mean: 20 * time.Millisecond},
		StartUp: 20 * time.Second, Shared: s.shared, Timeout: 10 * time.Second,
	}
}

var probe = simulate.Probe{Interval: time.Minute, RunTime: 20 * time.Second, Samples: 300}

var target = scaling.Target{Method: "GET", Endpoint: "/items", Statistic: scaling.Statistic{Kind: scaling.Percentile, Quantile: 0.95}, Limit: 200}

// play is what becomes of a policy in the scene.
func (s scene) play(law simulate.Law) (simulate.Result, error) {
	capacity, err := simulate.Capacity(s.service(), target)
	if err != nil {
		return simulate.Result{}, err
	}
	trace, err := simulate.Shape(s.shape, s.duration, s.seed)
	if err != nil {
		return simulate.Result{}, err
	}
	if trace, err = trace.ForPods(10, capacity); err != nil {
		return simulate.Result{}, err
	}
	return simulate.Run(simulate.Setup{
		Trace: trace, Service: s.service(), Probe: probe, Target: target, Law: law, MinReplicas: 1, Seed: s.seed, Timeline: true,
	})
}

// draw shows replicas, times over the target and, if wanted, the latency.
func (s scene) draw() (report.Panels, error) {
	to := cmp.Or(s.to, s.duration)
	drawn := report.Panels{Title: s.title, X: timeScale(to - s.from), XTitle: "hours and minutes"}
	rows := float64(len(s.rivals))
	replicas := report.Panel{Title: "replicas (shaded: what the load needs)", Height: 190}
	over := report.Panel{Title: "over the target", Height: 18 * rows, Y: report.PanelScale{High: rows}}
	latency := report.Panel{Title: "p95 of all requests", Height: 150, Levels: []report.Level{{At: target.Limit, Label: "target"}}}
	most, highest := 0, 0.0
	for i, r := range s.rivals {
		result, err := s.play(simulate.NewPolicy(r.policy))
		if err != nil {
			return drawn, err
		}
		shown := within(result.Timeline, s.from, to)
		for _, m := range shown {
			most, highest = max(most, m.Wanted, m.Oracle), max(highest, m.Latency)
		}
		drawn.Names = append(drawn.Names, r.name+": "+cost(shown))
		if i == 0 {
			replicas.Areas = append(replicas.Areas, report.Area{Colour: -1, Below: points(shown, func(m simulate.Moment) int { return m.Oracle })})
		}
		replicas.Courses = append(replicas.Courses, report.Course{Colour: i, Steps: true, Points: points(shown, func(m simulate.Moment) int { return m.Wanted })})
		latency.Courses = append(latency.Courses, report.Course{Colour: i, Points: latencies(shown)})
		over.Areas = append(over.Areas, violations(shown, i, rows-float64(i))...)
	}
	replicas.Y, latency.Y = countScale(most), latencyScale(highest)
	drawn.Panels = []report.Panel{replicas, over}
	if s.latency {
		drawn.Panels = append(drawn.Panels, latency)
	}
	return drawn, nil
}

// cost is how long a policy was over the target in what is shown, and how many pods it kept.
func cost(shown []simulate.Moment) string {
	var over time.Duration
	pods, needed := 0.0, 0.0
	for _, m := range shown {
		over += m.Violated
		pods += float64(m.Wanted) * m.Length.Hours()
		needed += float64(m.Oracle) * m.Length.Hours()
	}
	return fmt.Sprintf("%s over the target, %.2f times the pods that the load needs", report.Span(over.Seconds()), pods/needed)
}

// within is what is shown, with times from its beginning.
func within(moments []simulate.Moment, from, to time.Duration) []simulate.Moment {
	var shown []simulate.Moment
	for _, m := range moments {
		if m.At >= from && m.At < to {
			m.At -= from
			shown = append(shown, m)
		}
	}
	return shown
}

// points are those of a number of pods.
func points(moments []simulate.Moment, count func(simulate.Moment) int) []report.PanelPoint {
	var drawn []report.PanelPoint
	for _, m := range moments {
		drawn = append(drawn, report.PanelPoint{X: m.At.Seconds(), Y: float64(count(m))})
	}
	return drawn
}

// mostPoints is about one for each two pixels.
const mostPoints = 400

// latencies are, of several moments in one place, the highest.
func latencies(moments []simulate.Moment) []report.PanelPoint {
	every := 1 + len(moments)/mostPoints
	var drawn []report.PanelPoint
	for i, m := range moments {
		if i%every == 0 {
			drawn = append(drawn, report.PanelPoint{X: m.At.Seconds()})
		}
		last := &drawn[len(drawn)-1]
		last.Y = max(last.Y, m.Latency)
	}
	return drawn
}

// violations are bars in a row of the panel, a little below y.
func violations(moments []simulate.Moment, colour int, y float64) []report.Area {
	var bars []report.Area
	for _, m := range moments {
		if m.Violated == 0 {
			continue
		}
		from, to := m.At.Seconds(), (m.At + m.Length).Seconds()
		if n := len(bars); n > 0 && bars[n-1].To >= from-1 {
			bars[n-1].To = to
			continue
		}
		bars = append(bars, report.Area{Colour: colour, Strong: true, From: from, To: to, Y1: y - 0.15, Y2: y - 0.85})
	}
	return bars
}

// timeScale has about eight ticks.
func timeScale(length time.Duration) report.PanelScale {
	scale := report.PanelScale{High: length.Seconds()}
	step := 15 * time.Minute
	for _, longer := range []time.Duration{30 * time.Minute, time.Hour, 2 * time.Hour, 3 * time.Hour} {
		if length/step > 8 {
			step = longer
		}
	}
	for at := time.Duration(0); at <= length; at += step {
		scale.Ticks = append(scale.Ticks, report.PanelTick{At: at.Seconds(), Label: fmt.Sprintf("%d:%02d", int(at.Hours()), int(at.Minutes())%60)})
	}
	return scale
}

func countScale(most int) report.PanelScale {
	step := 1
	for _, longer := range []int{2, 5, 10, 20, 50, 100, 200} {
		if most/step > 5 {
			step = longer
		}
	}
	scale := report.PanelScale{High: float64((most/step + 1) * step)}
	for n := 0; float64(n) <= scale.High; n += step {
		scale.Ticks = append(scale.Ticks, report.PanelTick{At: float64(n), Label: fmt.Sprint(n)})
	}
	return scale
}

// latencyScale is a logarithmic one in milliseconds.
func latencyScale(highest float64) report.PanelScale {
	scale := report.PanelScale{Low: 50, High: 500, Log: true}
	for _, v := range []float64{50, 100, 200, 500, 1000, 2000, 5000, 10000} {
		if v <= math.Max(500, highest*1.01) {
			scale.High = v
			scale.Ticks = append(scale.Ticks, report.PanelTick{At: v, Label: milliseconds(v)})
		}
	}
	return scale
}

func milliseconds(v float64) string {
	if v >= 1000 {
		return fmt.Sprintf("%g s", v/1000)
	}
	return fmt.Sprintf("%g ms", v)
}
