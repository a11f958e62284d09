package report

import (
	"fmt"
	"math"
	"strconv"
	"strings"
	"time"

	"github.com/latency-pod-autoscaler/lpa/internal/scaling"
	"github.com/latency-pod-autoscaler/lpa/internal/simulate"
	"github.com/latency-pod-autoscaler/lpa/internal/words"
)

// latency is the true statistic over time against its target, with what was measured and the times of violation.
func (s *Simulation) latency(moments []simulate.Moment) chart {
	least, greatest := s.Target.Limit, s.Target.Limit*1.2
	for _, m := range moments {
		if m.Latency > 0 {
			least, greatest = min(least, m.Latency), max(greatest, m.Latency)
		}
	}
	x, y := timeAxis(total(moments)), latencyAxis(least, greatest)
	c := chart{Label: s.Target.Statistic.String() + " over time against the target", Log: y.log, X: x.ticks, Y: fromTop(y.ticks)}
	target := round(100 - y.at(s.Target.Limit))
	var course pathMaker
	for _, m := range moments {
		left, right := x.at(m.At.Seconds()), x.at((m.At + m.Length).Seconds())
		if m.Violated > 0 { // as wide as it was long, but never too narrow to be seen
			share := min(1, float64(m.Violated)/float64(m.Length))
			c.Bars = append(c.Bars, bar{"violation", left, 0, round(max(0.06, share*(right-left))), 100})
		}
		course.to((left+right)/2, 100-y.at(m.Latency))
		c.Hovers = append(c.Hovers, hover{round((left + right) / 2), s.momentText(m)})
	}
	c.Lines = []line{{"measured", s.dots(x, y)}, {"p50", course.String()}, {"goal", s.goal(x, y)}, {"target", fmt.Sprintf("M0 %gH100", target)}}
	return c
}

// goal is what policy knee aims at; empty if no decision says.
func (s *Simulation) goal(x, y axis) string {
	var path pathMaker
	every := 1 + len(s.Result.Decisions)/mostBins
	for i, d := range s.Result.Decisions {
		if goal, ok := goalOf(d.Decision); ok && i%every == 0 {
			path.to(x.at(d.At.Seconds()), 100-y.at(goal))
		}
	}
	return path.String()
}

// goalOf is the goal in milliseconds, which is the end of a step of the arithmetic: … = 130 ms.
func goalOf(d scaling.Decision) (float64, bool) {
	for _, step := range d.Steps {
		if step.Name == "goal" {
			result := step.Text[strings.LastIndex(step.Text, "=")+1:]
			value, err := strconv.ParseFloat(strings.TrimSpace(strings.TrimSuffix(result, "ms")), 64)
			return value, err == nil
		}
	}
	return 0, false
}

// mostDots are as many as can be told apart.
const mostDots = 1500

// dots are the measured values, as a path of points.
func (s *Simulation) dots(x, y axis) string {
	var b strings.Builder
	every := 1 + len(s.Result.Decisions)/mostDots
	for i, d := range s.Result.Decisions {
		if i%every != 0 || len(d.Observed.Readings) == 0 {
			continue
		}
		if r := d.Observed.Readings[0]; !r.Failed && !r.Missing {
			fmt.Fprintf(&b, "M%g %gh0", x.at(d.At.Seconds()), round(100-y.at(r.Value)))
		}
	}
	return b.String()
}

func (s *Simulation) momentText(m simulate.Moment) string {
	text := fmt.Sprintf("%s · %s\n%s %s\n%s\n%d ready of %d, %d needed", clock(m.At), words.Rate(m.Rate),
		s.Target.Statistic, words.Latency(m.Latency), overFor(m.Violated), m.Ready, m.Wanted, m.Oracle)
	if m.Failed > 0.0001 {
		text += "\n" + words.Share(m.Failed) + " of the requests failed"
	}
	return text
}

// overFor says how long the target was missed.
func overFor(violated time.Duration) string {
	if violated == 0 {
		return "within the target"
	}
	return "over the target for " + Span(violated.Seconds())
}

// replicas are those that were wanted, ready and needed.
func (s *Simulation) replicas(moments []simulate.Moment) chart {
	most := 1
	for _, m := range moments {
		most = max(most, m.Wanted, m.Oracle)
	}
	x, y := timeAxis(total(moments)), countAxis(most)
	c := chart{Label: "replicas over time", X: x.ticks, Y: fromTop(y.ticks)}
	var wanted, ready, needed pathMaker
	moves := s.moves()
	for _, m := range moments {
		left, right := x.at(m.At.Seconds()), x.at((m.At + m.Length).Seconds())
		for _, course := range []struct {
			path *pathMaker
			n    int
		}{{&needed, m.Oracle}, {&ready, m.Ready}, {&wanted, m.Wanted}} {
			course.path.step(left, right, 100-y.at(float64(course.n)))
		}
		text := fmt.Sprintf("%s · %d ready of %d, %d needed", clock(m.At), m.Ready, m.Wanted, m.Oracle)
		for moves.next(m.At + m.Length) {
			text += "\n\n" + moves.text()
		}
		c.Hovers = append(c.Hovers, hover{round((left + right) / 2), text})
	}
	c.Lines = []line{{"needed", needed.area()}, {"wanted", wanted.String()}, {"ready", ready.String()}}
	return c
}

// moveList walks over the moves.
type moveList struct {
	list []simulate.ProbeDecision
	each int // of how many moves the text may be shown in one place
	said int
	at   int
}

func (s *Simulation) moves() *moveList {
	list := &moveList{each: 2}
	for _, d := range s.Result.Decisions {
		if d.From != d.To {
			list.list = append(list.list, d)
		}
	}
	return list
}

// next says whether there is a move until a time that is not yet told. Of more than a few, only the first are.
func (m *moveList) next(until time.Duration) bool {
	m.said++
	if m.at < len(m.list) && m.list[m.at].At <= until && m.said <= m.each {
		m.at++
		return true
	}
	for m.at < len(m.list) && m.list[m.at].At <= until {
		m.at++
	}
	m.said = 0
	return false
}

func (m *moveList) text() string {
	d := m.list[m.at-1]
	return clock(d.At) + " " + broken(words.Printable(d.Decision.Text), 64)
}

// broken is a text in lines of about so many characters.
func broken(text string, width int) string {
	var b strings.Builder
	length := 0
	for _, word := range strings.Fields(text) {
		if length += len([]rune(word)) + 1; length > width {
			b.WriteString("\n")
			length = len([]rune(word)) + 1
		} else if b.Len() > 0 {
			b.WriteString(" ")
		}
		b.WriteString(word)
	}
	return b.String()
}

// load is the traffic.
func (s *Simulation) load(moments []simulate.Moment) chart {
	greatest := 0.0
	for _, m := range moments {
		greatest = max(greatest, m.Rate)
	}
	x, y := timeAxis(total(moments)), linearAxis(greatest, 0, words.Rate)
	c := chart{Label: "requests per second over time", X: x.ticks, Y: fromTop(y.ticks)}
	var all, failed pathMaker
	for _, m := range moments {
		left, right := x.at(m.At.Seconds()), x.at((m.At + m.Length).Seconds())
		all.step(left, right, 100-y.at(m.Rate))
		failed.step(left, right, 100-y.at(m.Rate*m.Failed))
		c.Hovers = append(c.Hovers, hover{round((left + right) / 2), s.momentText(m)})
	}
	c.Lines = []line{{"answered", all.area()}, {"failing", failed.area()}}
	return c
}

// pathMaker writes a path as SVG has it.
type pathMaker struct {
	strings.Builder
	y float64
}

func (p *pathMaker) to(x, y float64) {
	fmt.Fprintf(p, "%s%g %g", command(p.Len() == 0), round(x), round(y))
	p.y = y
}

// step is a level from one place to another; equal ones become one.
func (p *pathMaker) step(from, to, y float64) {
	switch {
	case p.Len() == 0:
		p.to(from, y)
	case math.Abs(y-p.y) > 1e-9:
		fmt.Fprintf(p, "H%gV%g", round(from), round(y))
		p.y = y
	}
	if to >= 100 {
		fmt.Fprintf(p, "H%g", round(to))
	}
}

// area closes the path along the ground.
func (p *pathMaker) area() string {
	if p.Len() == 0 {
		return ""
	}
	return p.String() + "V100H0Z"
}
