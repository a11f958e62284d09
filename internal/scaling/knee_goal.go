package scaling

// aim is where the latency should be, and how far it is from there.
//
// The lowest latency of a day counts as that of an idle service. This run's own joins it only afterwards: a slower reading
// must never raise what it is judged by. Only a very first run has nothing else.
func (k *kneeRun) aim(m *memory, w *work) {
	limit := w.limit
	w.lowest, w.highest = m.Lows.least(), m.Highs.least()
	if m.Lows.count == 0 {
		w.lowest = w.low()
	}
	if m.Highs.count == 0 {
		w.highest = w.high()
	}
	w.idle = w.lowest
	if k.law.Baseline > 0 {
		w.idle = min(w.idle, round(k.law.Baseline))
	}
	w.idle = round(max(idleLeast*limit, min(w.idle, baselineMost*limit)))
	w.goal = round(min(goalMost*limit, max(w.idle+w.share*(limit-w.idle), goalOverIdle*w.highest)))
	w.mark = round(min(limit, w.idle+markOverGoal*(w.goal-w.idle)))
	w.waiting = waiting(w.idle, w.latency)
	w.allowed = max(waiting(w.idle, w.goal), 1e-4) // a target of some nanoseconds must not divide by zero
	k.trend(m, w)
}

// waiting is the share of a latency that an idle service does not take.
func waiting(idle, latency float64) float64 {
	if latency <= idle {
		return 0
	}
	return round(1 - idle/latency)
}

// trend is the latency as it will be if the mean goes on to rise, where it is the load that moves it. A failed request counts as
// the timeout in the mean, so that a few more of them, however fast they failed, would look like a load that has doubled: the rise
// is that of the others.
func (k *kneeRun) trend(m *memory, w *work) {
	w.same = k.ready && m.Last.Replicas == k.n && m.Last.Ready == k.n
	w.trended = w.latency
	if !w.same || w.breach || w.strays {
		return
	}
	w.served, w.servedLast = k.served(w.mean, w.meanFailures()), k.served(m.Last.Mean, m.Last.Failures)
	if w.servedLast > 0 {
		w.trended = round(w.latency * (1 + trendWeight*max(0, w.served/w.servedLast-1)))
	}
}

// meanFailures is the share of the mean that failed: none where the latency itself had to do for a mean.
func (w *work) meanFailures() float64 {
	if w.guessed.mean {
		return 0
	}
	return w.failures
}

// served is the mean without the share that failed.
func (k *kneeRun) served(mean, failures float64) float64 {
	if failures <= 0 || failures >= 1 {
		return mean
	}
	return round(max(0, mean-failures*k.o.Timeout) / (1 - failures))
}

// low and high are the ends of the interval, or the value where they are not known.
func (w *work) low() float64 {
	if w.reading.Low == nil {
		return w.latency
	}
	return min(w.latency, round(sane(*w.reading.Low)))
}

func (w *work) high() float64 { return sane(round(w.latency + max(0, w.width))) }

// rememberIdle adds the reading to those of 24 hours if the service may have been idle, or was surely nearer to it than in all
// others. The very first one counts however slow it is, as some idle latency must be assumed; after it, none does that may be
// slower than it seems.
func (k *kneeRun) rememberIdle(m *memory, w *work) {
	idler := w.latency <= idleMost*w.limit || w.low() < m.Lows.least()
	if m.Lows.count > 0 && (w.reading.AtLeast || !idler) {
		return
	}
	now := max(0, min(k.now.Unix(), latestTime))
	m.Lows.add(w.low(), now)
	m.Highs.add(w.high(), now)
}
