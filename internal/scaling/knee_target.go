package scaling

import "math"

// work is the arithmetic for one target in one run: all numbers that enter its outcome, rounded as they are shown.
type work struct {
	reading  *Reading
	evidence evidence
	outcome  outcome
	want     int
	breach   bool
	strays   bool // it falls on a failed request, perhaps by chance
	begins   bool // the breach does

	// What was measured.
	limit                float64
	latency, width, mean float64 // width is the upper half of the interval, -1 if that is open
	failures             float64
	guessed              guesses

	// The goal.
	lowest, highest    float64 // the lowest ends of the intervals of 24 hours
	idle, goal, mark   float64
	shareBefore, share float64
	waiting, allowed   float64 // shares of the latency
	same               bool    // the replicas are as last time, and so the mean's rise is the load's
	served, servedLast float64 // the means of this run and of the last one, without the requests that failed
	trended            float64 // the latency, with the mean's rise
	last               last
	growth             float64 // of the mean since the last run, in milliseconds for each
	queue, deltaT      float64 // the load that the growth of the mean or the failures speak of; the milliseconds of that growth

	// More, or fewer.
	byShare, byQueue int
	capped, steep    bool
	began            breach
	above            above
	waits            int
	clear, pooled    int
	pooledLatency    float64
	pooledWidth      float64
	upper, need      float64
	fewest           int // by the limit of a step down
	floor            int // 0 if there is none
}

// guesses are the parts of a reading that were not measured.
type guesses struct{ mean, low, width, timeout bool }

// target decides for one target. It changes only what is remembered of that one.
func (k *kneeRun) target(m *memory, w *work) {
	r := w.reading
	switch {
	case r.Missing || math.IsNaN(r.Value):
		w.outcome = isUnknown
	case r.Target.Statistic.Kind == FailureRatio:
		k.failureRatio(m, w)
	case !(r.Target.Limit > 0):
		k.impossible(w)
	default:
		k.latency(m, w)
	}
}

// impossible is a latency that may not be: no number of replicas meets that.
func (k *kneeRun) impossible(w *work) {
	w.breach = w.reading.Breached()
	if w.breach {
		w.outcome, w.want = goesUp, more(k.n)
	}
}

// latency is the law for one latency.
func (k *kneeRun) latency(m *memory, w *work) {
	if k.now.UnixMilli()-m.Last.At > lastCounts*1000 {
		m.Clear, m.Last = 0, last{} // what was seen so long ago is no reading before this one
	}
	k.measure(w)
	k.learn(m, w)
	k.aim(m, w)
	switch {
	case w.strays:
		m.Clear = 0
		w.outcome = isFailing
	case w.breach || w.trended > w.mark:
		m.Clear = 0
		k.up(m, w)
	default:
		k.down(m, w)
		k.calm(m, w)
	}
	k.remember(m, w)
}

// calm ends what began above the mark. A breach is over after two clear runs with the latency where it should be: else noise
// around the target would make it begin anew each time, and more pods would be tried without end.
func (k *kneeRun) calm(m *memory, w *work) {
	m.Above = above{}
	if m.Clear >= clearRuns && w.latency <= w.goal {
		m.Began = breach{}
	}
}

// measure takes the latency, the upper half of its interval, and the mean of the samples.
func (k *kneeRun) measure(w *work) {
	r := w.reading
	w.limit = sane(r.Target.Limit)
	w.strays = r.strays(&w.evidence)
	w.breach = r.Breached() && !w.strays
	w.latency = round(sane(r.Value))
	if r.Failed {
		w.latency = round(k.timeout(w))
	}
	if w.breach {
		w.latency = max(w.latency, round(w.limit)) // rounding must not undo it
	}
	w.width = k.width(w)
	w.mean, w.guessed.mean = w.latency, r.Mean == nil
	if r.Mean != nil {
		w.mean = round(sane(*r.Mean))
	}
	w.failures = fine(min(1, sane(r.FailureShare)))
	w.guessed.low = r.Low == nil
}

// timeout is what a failed request counts as: its timeout, but never less than the target that it misses.
func (k *kneeRun) timeout(w *work) float64 {
	if !(k.o.Timeout > 0) {
		w.guessed.timeout = true
		return sane(unknownTimeout * w.limit)
	}
	return max(sane(k.o.Timeout), w.limit)
}

// width is the upper half of the interval. It is open, -1, where the samples do not say how slow the service may be.
func (k *kneeRun) width(w *work) float64 {
	r := w.reading
	switch {
	case r.AtLeast, r.Failed:
		return -1
	case r.High != nil:
		return round(max(0, sane(*r.High)-w.latency))
	case w.evidence.basis == byValue || w.evidence.basis == byExtreme:
		w.guessed.width = true
		return round(unknownWidth * w.latency)
	}
	return -1
}

// learn moves the share of the room: down when a breach begins, up in every run without one.
func (k *kneeRun) learn(m *memory, w *work) {
	if m.Share == 0 {
		m.Share = shareFirst
	}
	w.shareBefore = m.Share
	w.begins = w.breach && !m.Breach
	switch {
	case w.begins:
		m.Share = max(shareLeast, fine(shareAfterBreach*m.Share))
	case !w.breach:
		m.Share = min(shareMost, fine(m.Share+shareGrowth/float64(max(1, k.law.BreachEvery))))
	}
	m.Breach = w.breach
	w.share = m.Share
	w.began, w.waits, w.last = m.Began, m.Waits, m.Last
}

// remember keeps the reading for the next run.
func (k *kneeRun) remember(m *memory, w *work) {
	m.Last = last{
		Replicas: k.n, Ready: k.r, Generation: k.o.Generation, At: max(0, min(k.now.UnixMilli(), latestTime*1000)),
		Latency: w.latency, Width: w.width, Mean: w.mean,
		Failures: w.meanFailures(),
	}
	k.rememberIdle(m, w)
}
