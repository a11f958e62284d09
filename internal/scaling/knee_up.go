package scaling

import "math"

// up is the answer of a target that is breached or nearly so: more replicas, unless more are on their way or would not help.
func (k *kneeRun) up(m *memory, w *work) {
	k.climb(m, w)
	if w.breach {
		w.queue = k.queue(m, w)
		m.Began.Queue = m.Began.Queue || k.grows(w)
		w.began = m.Began
	}
	if k.capped(w) && k.n >= w.futileMost() && k.helped(w) {
		m.Began = k.beginning(w)
		w.began = m.Began
	}
	switch {
	case k.starting() && w.latency < startMost*w.limit:
		w.outcome = isStarting
	case k.draining(m, w):
		m.Waits++
		w.outcome = isDraining
	case k.futile(w):
		w.outcome = isFutile
	case k.futileEarly(w):
		w.outcome = futileEarly
	default:
		w.outcome = goesUp
	}
	if w.outcome == goesUp {
		k.size(m, w)
	}
}

// climb remembers where the trouble began, and where a latency that is not breached went above the mark.
func (k *kneeRun) climb(m *memory, w *work) {
	if !w.breach && m.Above.Replicas == 0 {
		m.Above = above{Replicas: k.n, Latency: w.latency}
	}
	if m.Began.Replicas == 0 {
		m.Began = k.beginning(w)
	}
	w.above, w.began = m.Above, m.Began
}

func (k *kneeRun) beginning(w *work) breach {
	return breach{Replicas: k.n, Mean: w.mean, Stepped: w.mean}
}

// size is how many replicas would bring the share of waiting to the allowed one, or serve a load that is turned away or
// grows a queue.
func (k *kneeRun) size(m *memory, w *work) {
	w.byShare = ceiling(float64(k.r) * w.waiting / w.allowed)
	want := w.byShare
	if w.breach {
		w.byQueue = ceiling(float64(k.r) * min(w.queue, queueMost) / w.allowed)
		want = max(want, w.byQueue)
	}
	w.want = k.limitUp(want, w)
	if w.capped = k.capped(w); w.capped {
		w.want = min(w.want, w.futileMost())
	}
	m.Began.Stepped = w.mean
}

// limitUp is a step up of at least one, and of no more than the limit of one run.
func (k *kneeRun) limitUp(want int, w *work) int { return min(max(want, more(k.n)), k.mostUp(w)) }

func (k *kneeRun) mostUp(w *work) int {
	times := float64(upTimes)
	if w.steep = w.overwhelmed(); w.steep {
		times = steepTimes
	}
	return int(min(math.Floor(max(times*float64(k.n), float64(k.n)+upPods)), math.MaxInt32))
}

// overwhelmed says that there is far more load than the pods can take.
func (w *work) overwhelmed() bool {
	return w.failures >= futileFailures || w.breach && w.limit > 0 && w.latency > steepMost*w.limit
}

// queue is the load in multiples of what the pods can do. A mean that grows by x seconds in each second says that 1 + x
// times as much arrives; requests that fail are load turned away.
func (k *kneeRun) queue(m *memory, w *work) float64 {
	q := 1.0
	if elapsed := k.now.UnixMilli() - m.Last.At; m.Last.Replicas > 0 && elapsed > 0 {
		w.growth = (w.mean - m.Last.Mean) / float64(elapsed)
		if m.Last.Ready == k.r {
			w.deltaT = float64(elapsed)
			q = round(1 + w.growth)
		}
	}
	if w.failures > failuresNoticed {
		q = max(q, round(1/(1-min(w.failures, failuresMost))))
	}
	return q
}

// starting says that pods of our own step up are still starting.
func (k *kneeRun) starting() bool { return k.r < k.n && k.sinceUp() < startRuns }

// draining says that the mean falls fast after our own step up: the old pods still empty their queues.
func (k *kneeRun) draining(m *memory, w *work) bool {
	return w.breach && w.mean < drainFall*m.Last.Mean && k.sinceUp() <= drainRuns && m.Waits < drainWaits
}

// futile says that a breach is not for want of pods: it goes on as if nothing had been done, though the replicas have grown,
// or they have grown as far as they may while that is not known.
func (k *kneeRun) futile(w *work) bool {
	if k.r != k.n || w.failures >= futileFailures {
		return false
	}
	flat := w.breach && !k.grows(w) && w.mean > futileLeft*w.began.Stepped && w.mean < futileWorse*w.began.Stepped &&
		float64(k.n) >= futileTimes*float64(w.began.Replicas)
	return flat && !k.unsure(w) || k.capped(w) && k.n >= w.futileMost()
}

// grows says that a queue does: of a load of 1 + x, x waits on.
func (k *kneeRun) grows(w *work) bool { return w.growth > queueGrows-1 || w.queue > queueGrows }

// unsure says that a queue was seen to grow, and that too few steps up were made to tell it from a dependency's jump.
func (k *kneeRun) unsure(w *work) bool {
	return w.began.Queue && w.began.Ups < queueUps && k.n < w.futileMost()
}

// capped says that the replicas must not grow beyond futileMost, as nothing says that a queue is the reason of the breach.
// That holds between the mark and the target too, until the breach is over.
func (k *kneeRun) capped(w *work) bool {
	return w.began.Replicas > 0 && k.r == k.n && w.failures < futileFailures && (!w.began.Queue || k.unsure(w))
}

// helped says that the trouble is another one than that in which the replicas were added: the mean fell nearly as they grew, or
// has risen since the last step up by more than a dependency's noise. Callers that wait for an answer before they ask again make
// no queue that grows; there the mean is as the load for each replica.
func (k *kneeRun) helped(w *work) bool {
	return w.mean*float64(k.n) < futileWorse*w.began.Mean*float64(w.began.Replicas) || w.mean >= futileWorse*w.began.Stepped
}

func (w *work) futileMost() int {
	return int(min(math.MaxInt32, math.Floor(futileMost*float64(w.began.Replicas))))
}

// futileEarly says that a latency above the mark, though within the target, did not fall with more replicas.
func (k *kneeRun) futileEarly(w *work) bool {
	return !w.breach && float64(k.n) >= futileEarlyTimes*float64(w.above.Replicas) && k.n >= w.above.Replicas+futileEarlyPods &&
		w.latency > futileLeft*w.above.Latency
}

// ceiling is the next whole number of replicas. A rounding error of floating point is no replica.
func ceiling(v float64) int { return int(min(math.Ceil(round(v)), math.MaxInt32)) }
