package scaling

import "math"

// down is the answer of a target that is met with room to spare: fewer replicas, if that is certain enough.
func (k *kneeRun) down(m *memory, w *work) {
	if k.ready {
		m.Clear = min(m.Clear+1, clearRuns)
	}
	w.clear = m.Clear
	switch {
	case !k.ready:
		w.outcome = settling
	case w.evidence.finding != isClear || w.width < 0:
		w.outcome = unproven
	case w.reading.failing() && !permitted(k.o.Readings, w.reading.Target):
		w.outcome = isFailing
	case m.Clear < clearRuns:
		w.outcome = secondRun
	default:
		k.fewer(m, w)
	}
}

// fewer is how few replicas would do by the upper end of what the last readings leave open.
func (k *kneeRun) fewer(m *memory, w *work) {
	k.join(m, w)
	w.upper = waiting(w.idle, round(w.pooledLatency+w.pooledWidth))
	w.need = round(float64(k.n) * math.Pow(w.upper/w.allowed, 1.0/downPower))
	w.fewest = k.n - max(1, k.n/downPart)
	if k.memory.Run <= k.memory.Floor.Until {
		w.floor = k.memory.Floor.Replicas
	}
	without := max(ceiling(w.need), w.fewest, 1)
	w.want = max(without, w.floor)
	switch {
	case w.want < k.n:
		w.outcome = goesDown
	case without < k.n:
		w.outcome = floored
	default:
		w.outcome = holds
	}
}

// join is the mean of the last two readings with these replicas. Both are as uncertain, so the mean's interval is narrower
// by the root of two.
func (k *kneeRun) join(m *memory, w *work) {
	w.pooled, w.pooledLatency, w.pooledWidth = 1, w.latency, w.width
	if m.Last.Replicas == k.n && m.Last.Generation == k.o.Generation && m.Last.Width >= 0 {
		w.pooled = 2
		w.pooledLatency = round((w.latency + m.Last.Latency) / 2)
		w.pooledWidth = round((w.width + m.Last.Width) / 2 / math.Sqrt2)
	}
}
