package scaling

import (
	"fmt"
	"math"
)

// up is how many more.
func (s *sheet) up(w *work) {
	switch w.outcome {
	case isStarting:
		s.notef("outcome", "wait: fewer are ready than are wanted, our own step up was less than %d runs ago, and %s ms is below %d × target", startRuns, digits(w.latency), startMost)
		return
	case isDraining:
		s.notef("outcome", "wait: the mean fell from %s ms to %s ms, which is below %s of it, after our own step up; wait %d of %d", digits(w.last.Mean), digits(w.mean), digits(drainFall), w.waits+1, drainWaits)
		return
	case isFutile:
		if w.breach {
			s.load(w)
		}
		s.notef("outcome", "hold: the breach began with %d replicas; after %d steps up the mean is %s ms, and was %s ms at the last of them: more pods do not help",
			w.began.Replicas, w.began.Ups, digits(w.mean), digits(w.began.Stepped))
		return
	case futileEarly:
		s.notef("outcome", "hold: it went above the mark with %d replicas and %s ms, and %s ms is above %s of that: more pods do not help",
			w.above.Replicas, digits(w.above.Latency), digits(w.latency), digits(futileLeft))
		return
	}
	s.result("by waiting", capped("⌈ready × waiting / allowed⌉", w.byShare), float64(w.byShare), "")
	by := "by waiting"
	if w.breach {
		s.load(w)
		s.result("by load", capped(fmt.Sprintf("⌈ready × min(load, %s) / allowed⌉", digits(queueMost)), w.byQueue), float64(w.byQueue), "")
		by += ", by load"
	}
	s.wanted(w, by)
}

// load is the load in multiples of what the pods can do.
func (s *sheet) load(w *work) {
	formula := "1"
	if w.deltaT > 0 {
		s.input("mean before", w.last.Mean, " ms")
		s.input("time between", w.deltaT, " ms")
		formula = "1 + (mean − mean before) / time between"
	}
	if w.failures > failuresNoticed {
		s.input("failed", w.failures, "")
		formula = fmt.Sprintf("max(%s, 1 / (1 − min(failed, %s)))", formula, digits(failuresMost))
	}
	s.result("load", formula, w.queue, "")
}

func (s *sheet) wanted(w *work, by string) {
	most := fmt.Sprintf("max(%d × replicas, replicas + %d)", upTimes, upPods)
	if w.steep {
		most = fmt.Sprintf("max(⌊%s × replicas⌋, replicas + %d)", digits(steepTimes), upPods)
	}
	if w.capped {
		s.input("at the beginning", float64(w.began.Replicas), "", "of the breach; nothing says that a queue is the reason")
		most += fmt.Sprintf(", ⌊%s × at the beginning⌋", digits(futileMost))
	}
	formula := fmt.Sprintf("min(max(%s, replicas + 1), %s)", by, most)
	s.result("wanted", capped(formula, w.want), float64(w.want), "")
}

// capped says where a number is as large as Kubernetes can count.
func capped(formula string, value int) string {
	if value < math.MaxInt32 {
		return formula
	}
	return fmt.Sprintf("min(%s, %d)", formula, math.MaxInt32)
}
