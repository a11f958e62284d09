package loadtest

import (
	"math"
	"time"
)

// Stage is a part of a run in which the load stays the same, or changes evenly from one value to another. The load is users
// in the closed model and iterations per second in the open one.
type Stage struct {
	For      time.Duration
	From, To float64
}

// schedule is the load over the time of a run, from its start: the warm-up with the first stage's load, then the stages.
type schedule []Stage

func newSchedule(warmup time.Duration, stages []Stage) schedule {
	s := schedule{}
	if warmup > 0 {
		s = append(s, Stage{For: warmup, From: stages[0].From, To: stages[0].From})
	}
	return append(s, stages...)
}

// at is the load at a time after the start.
func (s schedule) at(t time.Duration) float64 {
	for _, stage := range s {
		if t < stage.For {
			return stage.From + (stage.To-stage.From)*float64(t)/float64(stage.For)
		}
		t -= stage.For
	}
	return 0
}

// nextAtLeast is when, from t on, the load is next at least so much; false if it never is.
func (s schedule) nextAtLeast(load float64, t time.Duration) (time.Duration, bool) {
	begin := time.Duration(0)
	for _, stage := range s {
		if end := begin + stage.For; t < end {
			from := max(t, begin)
			if now := s.at(from); now >= load {
				return from, true
			}
			if stage.To >= load && stage.To > stage.From {
				share := (load - stage.From) / (stage.To - stage.From)
				return begin + time.Duration(math.Ceil(share*float64(stage.For))), true
			}
		}
		begin += stage.For
	}
	return 0, false
}

// arrival is when the n-th iteration of the open model is due, n counted from 0 and not necessarily whole: when the integral
// of the load reaches n. It is false if that is after the end.
func (s schedule) arrival(n float64) (time.Duration, bool) {
	begin := time.Duration(0)
	for _, stage := range s {
		seconds := stage.For.Seconds()
		if all := (stage.From + stage.To) / 2 * seconds; n >= all {
			n -= all
			begin += stage.For
			continue
		}
		// The integral of a load that changes by slope is from·t + slope·t²/2; this form of its root has no cancellation and
		// holds for a slope of 0 as well.
		slope := (stage.To - stage.From) / seconds
		t := 0.0
		if n > 0 {
			t = 2 * n / (stage.From + math.Sqrt(max(0, stage.From*stage.From+2*slope*n)))
		}
		return begin + time.Duration(t*float64(time.Second)), true
	}
	return 0, false
}

// sum is the load's integral over the seconds of the schedule.
func (s schedule) sum() float64 {
	total := 0.0
	for _, stage := range s {
		total += (stage.From + stage.To) / 2 * stage.For.Seconds()
	}
	return total
}

// length is how long the schedule is.
func (s schedule) length() time.Duration {
	var length time.Duration
	for _, stage := range s {
		length += stage.For
	}
	return length
}

// most is the highest load.
func (s schedule) most() float64 {
	highest := 0.0
	for _, stage := range s {
		highest = max(highest, stage.From, stage.To)
	}
	return highest
}

// steady says that the load never changes.
func (s schedule) steady() bool {
	for _, stage := range s {
		if stage.From != s[0].From || stage.To != s[0].From {
			return false
		}
	}
	return true
}
