package scaling

import (
	"fmt"
	"time"
)

// sentenceKnee is such as
//
//	p95 of GET /items is 172 ms (150–190 ms, 900 samples) against 200 ms; idle 60 ms; goal 130 ms (half of the room, learned:
//	about one breach in 60 runs): 65 % of the time is waiting, 54 % is allowed: 8 → 10
func (r *record) sentenceKnee(p *Policy, o *Observation, d Decision) string {
	w := r.decisive()
	if w == nil {
		return r.describeAny(o) + ": " + move(d) + ", as only a latency says that fewer would do"
	}
	if w.reading == nil {
		return requestsFail(o) + w.why(o, d)
	}
	return describe(*w.reading) + w.aims(p) + w.why(o, d) + r.holdsFloor(w)
}

// decisive is the target that the decision comes from.
func (r *record) decisive() *work {
	c := &r.choice
	for _, i := range []int{c.up, c.against, c.need} {
		if i >= 0 {
			return &r.works[i]
		}
	}
	return nil
}

// aims says what the latency should be.
func (w *work) aims(p *Policy) string {
	if w.goal == 0 {
		return ""
	}
	idle := number(w.idle) + " ms"
	if w.lowest < w.idle {
		idle = fmt.Sprintf("%s ms, which counts as %s ms", number(w.lowest), number(w.idle))
	}
	if base := p.Knee.Baseline; round(base) > w.lowest {
		idle += fmt.Sprintf(" (seen; the baseline of %s ms is too high)", number(base))
	}
	learned := ""
	if w.learned() {
		learned = fmt.Sprintf(", learned: about one breach in %d runs", p.Knee.BreachEvery)
	}
	return fmt.Sprintf("; idle %s; goal %s ms (%s of the room%s)", idle, number(w.goal), part(w.room()), learned)
}

// learned says that the goal comes from the share that was learned, and not from its bounds.
func (w *work) learned() bool { return w.goal == round(w.idle+w.share*(w.limit-w.idle)) }

// room is the share of the room that the goal takes, after its bounds.
func (w *work) room() float64 {
	return (w.goal - w.idle) / (w.limit - w.idle)
}

func part(share float64) string {
	if percent := number(share * 100); percent != "50" {
		return percent + " %"
	}
	return "half"
}

// why says what follows from it.
func (w *work) why(o *Observation, d Decision) string {
	shares := ""
	if w.goal > 0 {
		shares = fmt.Sprintf(": %s %% of the time is waiting, %s %% is allowed", percent(w.waiting), percent(w.allowed)) + w.rises()
	}
	switch w.outcome {
	case goesUp:
		return shares + w.turnedAway(o) + ": " + move(d)
	case isStarting:
		return shares + fmt.Sprintf(": %s, as %d of the pods are ready and the others are starting", move(d), o.ready())
	case isDraining:
		return shares + fmt.Sprintf(": %s, as the queues empty: the mean fell from %s ms to %s ms", move(d), number(w.last.Mean), number(w.mean))
	case isFutile:
		return shares + fmt.Sprintf(": %s, as %s, likely a shared dependency is slow", move(d), w.inVain(o))
	case futileEarly:
		return shares + fmt.Sprintf(": %s, as it was %s ms with %d: more pods do not help", move(d), number(w.above.Latency), w.above.Replicas)
	case isUnknown:
		return fmt.Sprintf(", which says too little: %s", move(d))
	case unproven:
		if w.goal > 0 && (w.evidence.finding == isClear || w.evidence.basis == byBound) {
			return fmt.Sprintf(": how slow it may be is open, as %s: %s", w.open(), move(d))
		}
		return fmt.Sprintf(": that is not surely within the target%s: %s", w.lacks(), move(d))
	case isFailing:
		return fmt.Sprintf(": %s, as %s", move(d), fails(w.reading)) + w.byChance()
	case settling:
		return fmt.Sprintf(": %s, as %s", move(d), unsettled(o))
	case secondRun:
		return fmt.Sprintf(": %s, as fewer need a second run like this", move(d))
	}
	return w.fewerWords(o, d)
}

// rises says that it is what the latency is expected to become that is above the mark, and why: the waiting of now may be less than
// is allowed.
func (w *work) rises() string {
	if w.breach || w.latency > w.mark {
		return ""
	}
	return fmt.Sprintf(", and the mean rises, from %s ms to %s ms", number(w.servedLast), number(w.served))
}

// open says why the upper end of the interval is not known: it falls on a failed request, or on one that was cut off.
func (w *work) open() string {
	if w.failures > 0 && !w.reading.AtLeast {
		return "some requests failed"
	}
	return "too few requests finished"
}

// byChance says why failures add no replicas.
func (w *work) byChance() string {
	if !w.strays {
		return ""
	}
	return fmt.Sprintf(", not surely more than the %s that may miss the target, and the others meet it", inPercent(w.evidence.allowed))
}

// inVain says why a breach is not for want of pods. A failure ratio has no steps up of its own to compare with.
func (w *work) inVain(o *Observation) string {
	if w.goal > 0 && o.Replicas >= w.futileMost() {
		return fmt.Sprintf("it began with %d and no queue grows: more pods do not help", w.began.Replicas)
	}
	return fmt.Sprintf("it was no better with %d: more pods do not help", w.began.Replicas)
}

func (w *work) turnedAway(o *Observation) string {
	if w.byQueue <= w.byShare || w.goal == 0 || w.queue < 1.005 {
		return ""
	}
	return fmt.Sprintf(", and the load is %s times what %d pods can serve", number(w.queue), o.ready())
}

// fewerWords is such as `at most 37 % waiting over two runs, 54 % allowed, so 8 × (37/54)^⅕ = 7.4: hold 8`.
func (w *work) fewerWords(o *Observation, d Decision) string {
	runs := ""
	if w.pooled > 1 {
		runs = " over two runs"
	}
	return fmt.Sprintf(": at most %s %% waiting%s, %s %% allowed, so %d × (%s/%s)^⅕ = %s: %s", percent(w.upper), runs, percent(w.allowed),
		o.Replicas, percent(w.upper), percent(w.allowed), number(w.need), move(d))
}

// holdsFloor is such as `. Floor 8 for 14 more runs: 7 failed at 10:42`; the time is UTC.
func (r *record) holdsFloor(w *work) string {
	f := r.floor
	if w.outcome != floored && w.outcome != goesDown && w.outcome != holds || w.floor == 0 {
		return ""
	}
	left := f.Until - r.run
	return fmt.Sprintf(". Floor %d for %d more %s: %d failed at %s", f.Replicas, left, plural(left, "run", "runs"), f.Failed,
		time.Unix(f.At, 0).UTC().Format("15:04"))
}

// percent keeps as few digits as a sentence needs.
func percent(share float64) string { return fmt.Sprintf("%.0f", share*100) }
