package scaling

// failureRatio is the arithmetic of a target of the failure ratio.
func (s *sheet) failureRatio(w *work) {
	switch w.outcome {
	case abstains:
		s.note("outcome", "met: fewer are possible, if the latencies say so")
	case unproven:
		s.note("outcome", "hold: it is not proven that the target is met")
	default:
		s.turnedAway(w)
	}
}

// overload is the arithmetic of errors of overload.
func (s *sheet) overload(w *work, o *Observation) {
	s.input("ready", float64(o.ready()), "")
	s.turnedAway(w)
}

func (s *sheet) turnedAway(w *work) {
	switch w.outcome {
	case isStarting:
		s.notef("outcome", "wait: fewer are ready than are wanted, and our own step up was less than %d runs ago", startRuns)
		return
	case isFutile:
		s.notef("outcome", "hold: %s failed with %d replicas, %s fail now: more pods do not help", digits(w.began.Mean), w.began.Replicas, digits(w.failures))
		return
	}
	s.load(w)
	s.result("by load", capped("⌈ready × load⌉", w.byQueue), float64(w.byQueue), "")
	s.wanted(w, "by load")
}
