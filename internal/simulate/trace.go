package simulate

import (
	"math"
	"sort"
	"time"
)

// Trace is how many requests per second there are over time. The zero Trace has no traffic and no duration.
type Trace struct {
	Name string
	// at are the times in seconds at which a stretch begins, the last one being the end; rates are those of the stretches.
	at    []float64
	rates []float64
	sums  []float64 // requests from the beginning until at
	// relative says that a rate of 1 stands for the mean, as in shapes.
	relative bool
}

// NewTrace is a trace of stretches of one length.
func NewTrace(name string, step time.Duration, rates []float64) Trace {
	at := make([]float64, len(rates)+1)
	for i := range at {
		at[i] = float64(i) * step.Seconds()
	}
	return newTrace(name, at, rates)
}

func newTrace(name string, at, rates []float64) Trace {
	sums := make([]float64, len(at))
	for i, rate := range rates {
		sums[i+1] = sums[i] + rate*(at[i+1]-at[i])
	}
	return Trace{Name: name, at: at, rates: rates, sums: sums}
}

// Duration is how long the trace is.
func (t Trace) Duration() time.Duration {
	if len(t.rates) == 0 {
		return 0
	}
	return seconds(t.at[len(t.at)-1])
}

func seconds(s float64) time.Duration { return time.Duration(math.Round(s * float64(time.Second))) }

// Mean is the mean rate in [from, to).
func (t Trace) Mean(from, to time.Duration) float64 {
	if to <= from {
		return 0
	}
	return (t.until(to.Seconds()) - t.until(from.Seconds())) / (to - from).Seconds()
}

// until is how many requests there are until a time.
func (t Trace) until(at float64) float64 {
	i := t.stretch(at)
	if i < 0 {
		return 0
	}
	return t.sums[i] + t.rates[i]*(min(at, t.at[i+1])-t.at[i])
}

// stretch is the one that a time falls into, or the last one before it; -1 if there is none.
func (t Trace) stretch(at float64) int {
	i := sort.Search(len(t.rates), func(i int) bool { return t.at[i] > at }) - 1
	return min(i, len(t.rates)-1)
}

// Highest is the highest rate in [from, to).
func (t Trace) Highest(from, to time.Duration) float64 {
	highest := 0.0
	for i := max(0, t.stretch(from.Seconds())); i < len(t.rates) && t.at[i] < to.Seconds(); i++ {
		highest = max(highest, t.rates[i])
	}
	return highest
}

// Average is the mean rate of the whole trace.
func (t Trace) Average() float64 { return t.Mean(0, t.Duration()) }

// Coarsest is the length of the longest stretch.
func (t Trace) Coarsest() time.Duration {
	longest := 0.0
	for i := range t.rates {
		longest = max(longest, t.at[i+1]-t.at[i])
	}
	return seconds(longest)
}

// Scaled is the trace with every rate multiplied.
func (t Trace) Scaled(factor float64) Trace {
	rates := make([]float64, len(t.rates))
	for i, rate := range t.rates {
		rates[i] = rate * factor
	}
	scaled := newTrace(t.Name, t.at, rates)
	scaled.relative = t.relative
	return scaled
}

// Smooth is the trace with stretches of more than a minute replaced by shorter ones, whose rates lead in a straight line from
// the middle of each stretch to that of the next: real traffic does not jump with the hour. The requests of the whole stay
// nearly the same.
func (t Trace) Smooth() Trace {
	const longest = 60.0
	at, rates := []float64{0}, []float64(nil)
	middle := func(i int) float64 { return (t.at[i] + t.at[i+1]) / 2 }
	for i, rate := range t.rates {
		length := t.at[i+1] - t.at[i]
		parts := max(1, int(math.Ceil(length/longest)))
		for k := range parts {
			here := t.at[i] + (float64(k)+0.5)*length/float64(parts)
			value := rate
			if other := i + 1; parts > 1 && here > middle(i) && other < len(t.rates) {
				value += (t.rates[other] - rate) * (here - middle(i)) / (middle(other) - middle(i))
			}
			if other := i - 1; parts > 1 && here < middle(i) && other >= 0 {
				value += (t.rates[other] - rate) * (middle(i) - here) / (middle(i) - middle(other))
			}
			rates = append(rates, value)
			at = append(at, t.at[i]+float64(k+1)*length/float64(parts))
		}
	}
	smooth := newTrace(t.Name, at, rates)
	smooth.relative = t.relative
	return smooth
}
