package main

import (
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/latency-pod-autoscaler/lpa/internal/report"
	"github.com/latency-pod-autoscaler/lpa/internal/scaling"
	"github.com/latency-pod-autoscaler/lpa/internal/simulate"
)

// waitingPicture is the idea of policy knee: how latency, and the share of it that is waiting, rise with the load of a pod.
func waitingPicture() (report.Panels, error) {
	aims, err := learned()
	if err != nil {
		return report.Panels{}, err
	}
	drawn := report.Panels{
		Title: "What a latency says of the load", XTitle: "load of a pod, as a share of what its workers can do",
		X: shareScale(0.1), Names: []string{"1 worker in each pod", "4 workers", "8 workers"},
	}
	latency := report.Panel{Title: "p95", Height: 220, Y: report.PanelScale{High: 300}}
	for _, v := range []float64{0, 100, 200, 300} {
		latency.Y.Ticks = append(latency.Y.Ticks, report.PanelTick{At: v, Label: milliseconds(v)})
	}
	aims.mark(&latency)
	waiting := report.Panel{Title: "share of the p95 that is waiting = 1 − idle / p95", Height: 150, Y: shareScale(0.25)}
	allowed := 1 - aims.idle/aims.goal
	waiting.Levels = []report.Level{{At: allowed}}
	waiting.Notes = []report.Note{{X: 0.01, Y: allowed + 0.04, Colour: -1, Text: fmt.Sprintf("allowed = 1 − idle / goal, %.0f %%", 100*allowed)}}
	for i, workers := range []int{1, 4, 8} {
		slow, share, reached, err := rise(workers, aims, latency.Y.High)
		if err != nil {
			return drawn, err
		}
		latency.Courses = append(latency.Courses, report.Course{Colour: i, Points: slow})
		waiting.Courses = append(waiting.Courses, report.Course{Colour: i, Points: share})
		note := report.Note{X: reached - 0.01, Y: allowed + 0.04, Colour: i, Text: fmt.Sprintf("%.0f %% load", 100*reached), Before: true}
		if workers == 8 { // there is no room between it and the one before
			note = report.Note{X: reached + 0.015, Y: allowed - 0.13, Colour: i, Text: note.Text}
		}
		waiting.Notes = append(waiting.Notes, note)
	}
	drawn.Panels = []report.Panel{latency, waiting}
	return drawn, nil
}

// rise is how the p95, and its share of waiting, rise with the load, and at which load the goal is reached.
func rise(workers int, aims aims, highest float64) (slow, share []report.PanelPoint, reached float64, err error) {
	for percent := 1; percent < 99; percent++ {
		load := float64(percent) / 100
		ms, err := steady(workers, load)
		if err != nil {
			return nil, nil, 0, err
		}
		if ms > highest {
			break
		}
		if ms <= aims.goal {
			reached = load
		}
		slow = append(slow, report.PanelPoint{X: load, Y: ms})
		share = append(share, report.PanelPoint{X: load, Y: max(0, 1-aims.idle/ms)})
	}
	return slow, share, reached, nil
}

// steady is the p95 in the long run of a pod under a constant load.
func steady(workers int, load float64) (float64, error) {
	service := scene{}.service()
	service.Workers = workers
	const long = 10 * time.Minute // tens of thousands of requests
	rate := load * float64(workers) / service.Time.Mean.Seconds()
	result, err := simulate.Run(simulate.Setup{
		Trace: simulate.NewTrace("steady", long, []float64{rate}), Service: service, Target: target,
		Probe: simulate.Probe{Interval: long, RunTime: time.Second, Samples: 1}, Law: simulate.NewPolicy(knee.policy),
		MinReplicas: 1, MaxReplicas: 1, StartReplicas: 1, Timeline: true,
	})
	if err != nil {
		return 0, err
	}
	return result.Timeline[len(result.Timeline)-1].Latency, nil
}

// aims are the numbers that policy knee works with, in milliseconds.
type aims struct{ idle, goal, above float64 }

// mark draws them as levels, with their names at the left, where the courses are low.
func (a aims) mark(p *report.Panel) {
	for _, level := range []struct {
		name     string
		at, text float64
	}{{"target", target.Limit, 6}, {"mark", a.above, 6}, {"goal", a.goal, -18}, {"idle", a.idle, -18}} {
		p.Levels = append(p.Levels, report.Level{At: level.at})
		p.Notes = append(p.Notes, report.Note{X: 0.01, Y: level.at + level.text, Colour: -1, Text: fmt.Sprintf("%s, %.0f ms", level.name, level.at)})
	}
}

// learned is what policy knee aims at after two hours.
func learned() (aims, error) {
	morning := day
	morning.duration = 2 * time.Hour
	result, err := morning.play(simulate.NewPolicy(knee.policy).Explained())
	if err != nil {
		return aims{}, err
	}
	found := map[string]float64{}
	for _, step := range result.Decisions[len(result.Decisions)-1].Decision.Steps {
		if value, ok := outcome(step); ok {
			found[step.Name] = value
		}
	}
	return aims{idle: found["idle"], goal: found["goal"], above: found["mark"]}, nil
}

// outcome is what a step comes to: … = 130 ms.
func outcome(s scaling.Step) (float64, bool) {
	text, _, _ := strings.Cut(s.Text[strings.LastIndex(s.Text, "=")+1:], ";")
	value, err := strconv.ParseFloat(strings.TrimSpace(strings.TrimSuffix(text, "ms")), 64)
	return value, err == nil
}

// shareScale is one from 0 to 100 %.
func shareScale(step float64) report.PanelScale {
	scale := report.PanelScale{High: 1}
	for v := 0.0; v <= 1+1e-9; v += step {
		scale.Ticks = append(scale.Ticks, report.PanelTick{At: v, Label: fmt.Sprintf("%.0f %%", 100*v)})
	}
	return scale
}
