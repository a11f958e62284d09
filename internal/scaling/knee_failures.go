package scaling

// failureRatio is the law for a target of the failure ratio, which has no idle latency and so no goal. It goes up when more
// requests than allowed surely fail, as many as it takes to serve those that were turned away. It never asks for fewer:
// it only agrees, once it is surely met.
func (k *kneeRun) failureRatio(m *memory, w *work) {
	w.breach = w.evidence.finding == isBreach
	w.failures = fine(min(1, sane(w.reading.Value)))
	if w.reading.Failed {
		w.failures = 1
	}
	m.Breach = w.breach
	if !w.breach {
		m.Began = breach{}
		w.outcome = abstains
		if w.evidence.finding != isClear {
			w.outcome = unproven
		}
		return
	}
	if m.Began.Replicas == 0 {
		m.Began = breach{Replicas: k.n, Mean: w.failures}
	}
	w.began = m.Began
	switch {
	case k.starting():
		w.outcome = isStarting
	case k.futileFailures(w):
		w.outcome = isFutile
	default:
		k.invert(w)
	}
}

// futileFailures says that the replicas were doubled and as good as the same share fails: then it is not for want of pods.
func (k *kneeRun) futileFailures(w *work) bool {
	return w.began.Ups > 0 && k.r == k.n && k.n >= failuresTimes*w.began.Replicas && w.failures > futileLeft*w.began.Mean
}

// invert is how many replicas serve those who were turned away too: of a load of 1, 1 − f was served.
func (k *kneeRun) invert(w *work) {
	w.queue = 1
	if w.failures > failuresNoticed {
		w.queue = round(1 / (1 - min(w.failures, failuresMost)))
	}
	w.byQueue = ceiling(float64(k.r) * w.queue)
	w.outcome, w.want = goesUp, k.limitUp(w.byQueue, w)
}

// overload is the answer to a service that answers with errors of overload, whatever its targets say: a breach of all.
func (k *kneeRun) overload(targets []memory) work {
	w := work{breach: true}
	for i := range k.o.Readings {
		targets[i].Clear = 0
		w.failures = max(w.failures, fine(min(1, sane(k.o.Readings[i].FailureShare))))
	}
	if k.starting() {
		w.outcome = isStarting
	} else {
		k.invert(&w)
	}
	return w
}
