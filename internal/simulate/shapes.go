package simulate

import (
	"fmt"
	"math"
	"math/rand/v2"
	"strings"
	"time"
)

// shapes are the traffic that is built in, by name. Each is made of a function of the time, of which Shape makes the mean 1.
var shapes = []struct {
	name, about string
	make        func(g *shapeMaker)
}{
	{"steady", "the same all the time, half a pod below the edge of ten", (*shapeMaker).steady},
	{"edge", "the same all the time, just what a whole number of pods can take", (*shapeMaker).steady},
	{"diurnal", "days with a quiet night and a busy evening", (*shapeMaker).diurnal},
	{"weekly", "days, with a quiet weekend", (*shapeMaker).weekly},
	{"flash", "flash crowds: four times as much within a minute, for a quarter of an hour", (*shapeMaker).flash},
	{"bursts", "two to four times as much for one to ten minutes, now and then", (*shapeMaker).bursts},
	{"ramps", "up and down in straight lines of 10 to 60 minutes", (*shapeMaker).ramps},
	{"levels", "jumps from level to level every 10 to 60 minutes", (*shapeMaker).levels},
	{"walk", "a random walk", (*shapeMaker).walk},
}

// Shapes are the names of the built-in traffic.
func Shapes() []string {
	var names []string
	for _, s := range shapes {
		names = append(names, s.name)
	}
	return names
}

// AboutShape says what a shape is like.
func AboutShape(name string) string {
	for _, s := range shapes {
		if s.name == name {
			return s.about
		}
	}
	return ""
}

// ShapeStep is how finely the shapes are drawn.
const ShapeStep = 10 * time.Second

// Shape is built-in traffic of a mean rate of 1 per second, or a little less if it is steady; ForPods gives it its size. The
// seed decides what is random in it.
func Shape(name string, duration time.Duration, seed uint64) (Trace, error) {
	if duration < time.Minute || duration > MostDuration {
		return Trace{}, fmt.Errorf("duration: must be from 1m to %d days, got %s", int(MostDuration.Hours()/24), duration)
	}
	for _, s := range shapes {
		if s.name != name {
			continue
		}
		step := ShapeStep
		for duration/step > 100_000 {
			step *= 2
		}
		g := &shapeMaker{step: step.Seconds(), rates: make([]float64, duration/step), random: rand.New(rand.NewPCG(seed, 0x5a9e))}
		s.make(g)
		t := NewTrace(name, step, g.rates)
		t = t.Scaled(1 / t.Average())
		if name == "steady" {
			t = t.Scaled(0.95)
		}
		t.relative = true
		return t, nil
	}
	return Trace{}, fmt.Errorf("shape: must be one of %s, got %q", strings.Join(Shapes(), ", "), name)
}

// ForPods is the trace in the size that keeps about so many pods busy on average, each of which can take capacity requests
// per second.
func (t Trace) ForPods(pods, capacity float64) (Trace, error) {
	mean := t.Average()
	switch {
	case t.relative:
		mean = 1
	case mean <= 0:
		return Trace{}, fmt.Errorf("%s: has no traffic", t.Name)
	}
	scaled := t.Scaled(pods * capacity / mean)
	scaled.relative = false
	return scaled, nil
}

// shapeMaker draws a shape.
type shapeMaker struct {
	step   float64 // in seconds
	rates  []float64
	random *rand.Rand
}

const hour, aDay = 3600.0, 24 * 3600.0

// draw makes the rates by a function of the time in seconds.
func (g *shapeMaker) draw(rate func(at float64) float64) {
	for i := range g.rates {
		g.rates[i] = max(0, rate((float64(i)+0.5)*g.step))
	}
}

// between is a random number.
func (g *shapeMaker) between(low, high float64) float64 { return low + (high-low)*g.random.Float64() }

func (g *shapeMaker) steady() { g.draw(func(float64) float64 { return 1 }) }

// ofDay is the course of a day: a first harmonic with its peak in the evening and a second one for the noon.
func ofDay(at float64) float64 {
	phase := 2 * math.Pi * at / aDay
	return 1 + 0.6*math.Cos(phase-2*math.Pi*20/24) + 0.2*math.Cos(2*phase-4*math.Pi*13/24)
}

// diurnal has some noise, which follows itself over about ten minutes.
func (g *shapeMaker) diurnal() {
	noise := g.noise(600, 0.04)
	g.draw(func(at float64) float64 { return ofDay(at) * (1 + noise()) })
}

func (g *shapeMaker) weekly() {
	noise := g.noise(600, 0.04)
	g.draw(func(at float64) float64 {
		rate := ofDay(at) * (1 + noise())
		if day := int(at/aDay) % 7; day >= 5 {
			rate *= 0.55
		}
		return rate
	})
}

// noise is a first-order autoregression with a deviation, drawn once a step.
func (g *shapeMaker) noise(memory, deviation float64) func() float64 {
	keep := math.Exp(-g.step / memory)
	value := 0.0
	return func() float64 {
		value = keep*value + deviation*math.Sqrt(1-keep*keep)*g.random.NormFloat64()
		return value
	}
}

// flash has one crowd in six hours, at least one.
func (g *shapeMaker) flash() {
	const rise, stay, fall = 60, 900, 900
	total := float64(len(g.rates)) * g.step
	crowds := max(1, math.Floor(total/(6*hour)))
	part := total / crowds
	var begins []float64
	for i := range int(crowds) {
		begins = append(begins, (float64(i)+g.between(0.25, 0.45))*part)
	}
	g.draw(func(at float64) float64 {
		rate := 1.0
		for _, begin := range begins {
			switch since := at - begin; {
			case since < 0 || since >= rise+stay+fall:
			case since < rise:
				rate = 1 + 3*since/rise
			case since < rise+stay:
				rate = 4
			default:
				rate = 4 - 3*(since-rise-stay)/fall
			}
		}
		return rate
	})
}

func (g *shapeMaker) bursts() {
	noise := g.noise(300, 0.05)
	height, until, next := 1.0, 0.0, g.between(600, 2400)
	g.draw(func(at float64) float64 {
		if at >= until {
			height = 1
		}
		if at >= next {
			height, until = g.between(2, 4), at+g.between(60, 600)
			next = until + g.between(600, 3600)
		}
		return height * (1 + noise())
	})
}

// levels are between a third and five thirds.
func (g *shapeMaker) levels() {
	level, next := 1.0, 0.0
	g.draw(func(at float64) float64 {
		if at >= next {
			level, next = g.between(1.0/3, 5.0/3), at+g.between(600, 3600)
		}
		return level
	})
}

func (g *shapeMaker) ramps() {
	from, to, begin, end := 1.0, 1.0, 0.0, 0.0
	g.draw(func(at float64) float64 {
		if at >= end {
			from, to, begin = to, g.between(1.0/4, 7.0/4), at
			end = at + g.between(600, 3600)
		}
		return from + (to-from)*(at-begin)/(end-begin)
	})
}

// walk is one of the logarithm, held back towards 0 within hours.
func (g *shapeMaker) walk() {
	noise := g.noise(2*hour, 0.4)
	g.draw(func(float64) float64 { return math.Exp(noise()) })
}
