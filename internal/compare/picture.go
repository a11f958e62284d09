package compare

import (
	"fmt"
	"math"

	"github.com/latency-pod-autoscaler/lpa/internal/report"
	"github.com/latency-pod-autoscaler/lpa/internal/words"
)

// Picture is the frontier over all cases: what each setting costs in pods, and how long it is over the target.
func (r *Results) Picture() report.Scatter {
	p := r.picture("All loads", func(w row) cell { return w.All })
	p.Width, p.Height, p.Legend = 860, 480, true
	return p
}

// Pictures are smaller ones, for each number of workers in a pod.
func (r *Results) Pictures() []report.Scatter {
	var all []report.Scatter
	for i, n := range r.Workers() {
		p := r.picture(words.Plural(n, "worker")+" in each pod", func(w row) cell { return w.Workers[i] })
		p.Width, p.Height = 420, 320
		for s := range p.Series {
			thin(p.Series[s].Points)
		}
		all = append(all, p)
	}
	return all
}

// thin leaves the labels of a small picture to the settings that people know.
func thin(points []report.ScatterPoint) {
	known := map[string]bool{"knee 60": true, "decay 3": true, "decay 10": true, "decay 60": true}
	for i := range points {
		if !known[points[i].Label] {
			points[i].Label = ""
		}
	}
}

// lawsInPicture are its series in their order.
var lawsInPicture = []Law{Knee, Decay, Ratio, Watermarks, Panic, Knowing}

func (r *Results) picture(title string, of func(row) cell) report.Scatter {
	p := report.Scatter{Title: title, X: podScale(), Y: violationScale()}
	rows := r.rows()
	for _, law := range lawsInPicture {
		series := report.ScatterSeries{Name: string(law), Joined: law == Knee || law == Decay}
		for _, w := range rows {
			if w.Setting.Law != law || w.Setting.steps() > 1 { // decay's settings with two at a time are not on the line
				continue
			}
			c := of(w)
			point := report.ScatterPoint{X: c.Pods, Y: 100 * c.Violation, Label: w.Setting.Name,
				Title: fmt.Sprintf("%s: %s %% of the time over the target, %.2f × the pods", w.Setting.title(), percent(c.Violation), c.Pods)}
			series.Points = append(series.Points, point)
		}
		if len(series.Points) > 0 {
			p.Series = append(p.Series, series)
		}
	}
	return p
}

func podScale() report.Scale {
	return report.Scale{Title: "pod-hours, as a multiple of what the load needs", Low: 0.9, High: 14, Ticks: []float64{1, 1.2, 1.5, 2, 3, 5, 10},
		Label: func(v float64) string { return fmt.Sprint(v) }}
}

func violationScale() report.Scale {
	return report.Scale{Title: "time over the target", Low: 0.05, High: 50, Ticks: []float64{0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10, 20, 50},
		Label: func(v float64) string { return fmt.Sprintf("%g %%", math.Round(v*1000)/1000) }}
}
