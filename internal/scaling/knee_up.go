package scaling

import "math"

// up is the answer of a target that is breached or nearly so: more replicas, unless more are on their way or would not help.
func (k *kneeRun) up(m *memory, w *work) {
	k.climb(m, w)
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

// climb remembers where a latency that is not breached went above the mark.
func (k *kneeRun) climb(m *memory, w *work) {
	if w.breach {
		m.Above = above{}
	} else if m.Above.Replicas == 0 {
		m.Above = above{Replicas: k.n, Latency: w.latency}
	}
	w.above = m.Above
}

// size is how many replicas would bring the share of waiting to the allowed one, or serve a load that is turned away or
// grows a queue.
func (k *kneeRun) size(m *memory, w *work) {
	w.byShare = ceiling(float64(k.r) * w.waiting / w.allowed)
	want := w.byShare
	if w.breach {
		w.queue = k.queue(m, w)
		w.byQueue = ceiling(float64(k.r) * min(w.queue, queueMost) / w.allowed)
		want = max(want, w.byQueue)
	}
	w.want = k.limitUp(want)
}

// limitUp is a step up of at least one, and of no more than the limit of one run.
func (k *kneeRun) limitUp(want int) int { return min(max(want, more(k.n)), k.mostUp()) }

func (k *kneeRun) mostUp() int {
	n := int64(k.n)
	return int(min(max(upTimes*n, n+upPods), math.MaxInt32))
}

// queue is the load in multiples of what the pods can do. A mean that grows by x seconds in each second says that 1 + x
// times as much arrives; requests that fail are load turned away.
func (k *kneeRun) queue(m *memory, w *work) float64 {
	q := 1.0
	elapsed := k.now.UnixMilli() - m.Last.At
	if m.Last.Replicas > 0 && m.Last.Ready == k.r && elapsed > 0 {
		w.deltaT = float64(elapsed)
		q = round(1 + (w.mean-m.Last.Mean)/w.deltaT)
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

// futile says that a breach goes on as if nothing had been done, though the replicas were doubled in several steps.
func (k *kneeRun) futile(w *work) bool {
	return w.breach && w.began.Ups >= futileUps && k.n >= futileTimes*w.began.Replicas && k.r == k.n &&
		w.failures < futileFailures && w.last.Replicas > 0 && math.Abs(w.mean-w.last.Mean) <= futileNoise*w.last.Mean &&
		w.mean > futileLeft*w.began.Mean
}

// futileEarly says that a latency above the mark, though within the target, did not fall with more replicas.
func (k *kneeRun) futileEarly(w *work) bool {
	return !w.breach && float64(k.n) >= futileEarlyTimes*float64(w.above.Replicas) && k.n >= w.above.Replicas+futileEarlyPods &&
		w.latency > futileLeft*w.above.Latency
}

// ceiling is the next whole number of replicas. A rounding error of floating point is no replica.
func ceiling(v float64) int { return int(min(math.Ceil(round(v)), math.MaxInt32)) }
