package scaling

import "fmt"

// knee is the arithmetic of one target under the policy knee.
func (s *sheet) knee(w *work, p *Policy, o *Observation) {
	s.note("measured", describe(*w.reading))
	s.evidence(w)
	s.input("ready", float64(o.ready()), "")
	switch {
	case w.outcome == isUnknown:
		s.note("outcome", "nothing is known: no more, and no fewer")
	case w.reading.Target.Statistic.Kind == FailureRatio:
		s.failureRatio(w)
	case w.goal == 0:
		s.notef("outcome", "a target of %s ms cannot be met; breached: %t", digits(w.reading.Target.Limit), w.breach)
	default:
		s.input("target", w.limit, " ms")
		s.readings(w)
		s.goal(w, p)
		s.compared(w)
	}
}

// readings are the numbers that were measured.
func (s *sheet) readings(w *work) {
	said := []string(nil)
	if w.reading.Failed {
		said = append(said, "what a failed request counts as")
		if w.guessed.timeout {
			said = append(said, "the timeout is not known, so it is three times the target")
		}
	}
	s.input("latency", w.latency, " ms", said...)
	switch {
	case w.width < 0:
		s.note("upper half", "open; the samples do not say how slow it may be")
	case w.guessed.width:
		s.result("upper half", digits(unknownWidth)+" × latency", w.width, " ms", "the interval is not known")
	default:
		s.input("upper half", w.width, " ms", "from the latency to the upper end of its interval")
	}
	if w.guessed.mean {
		s.input("mean", w.mean, " ms", "the latency, as the mean of the samples is not known")
	} else {
		s.input("mean", w.mean, " ms")
	}
}

// goal is what the latency should be.
func (s *sheet) goal(w *work, p *Policy) {
	said := "the lowest lower end of 24 hours"
	if w.guessed.low {
		said += "; today's lower end is not known, so its value will count"
	}
	s.input("lowest", w.lowest, " ms", said)
	if base := p.Knee.Baseline; base > 0 {
		said := "configured"
		if round(base) > w.lowest {
			said += ", but the service was seen to be faster, so that counts"
		}
		s.input("baseline", round(base), " ms", said)
		s.result("idle", fmt.Sprintf("max(%s × target, min(lowest, baseline, %s × target))", digits(idleLeast), digits(baselineMost)), w.idle, " ms")
	} else {
		s.result("idle", fmt.Sprintf("max(%s × target, min(lowest, %s × target))", digits(idleLeast), digits(baselineMost)), w.idle, " ms")
	}
	s.shares(w, p)
	s.input("lowest upper end", w.highest, " ms", "of 24 hours")
	s.result("goal", fmt.Sprintf("min(%s × target, max(idle + share × (target − idle), %s × lowest upper end))", digits(goalMost), digits(goalOverIdle)), w.goal, " ms")
	s.result("mark", fmt.Sprintf("min(target, idle + %s × (goal − idle))", digits(markOverGoal)), w.mark, " ms")
	if w.latency > 0 {
		s.result("waiting", "max(0, 1 − idle / latency)", w.waiting, "")
	} else {
		s.input("waiting", 0, "")
	}
	if w.goal > 0 {
		s.result("allowed", "max(0.0001, 1 − idle / goal)", w.allowed, "")
	}
}

// shares is how the share of the room is learned.
func (s *sheet) shares(w *work, p *Policy) {
	s.input("share before", w.shareBefore, "", "of the room between idle and target")
	s.input("breachEvery", float64(max(1, p.Knee.BreachEvery)), "")
	switch {
	case !w.breach:
		s.result("share", fmt.Sprintf("min(%s, share before + %s / breachEvery)", digits(shareMost), digits(shareGrowth)), w.share, "", "no breach")
	case w.begins:
		s.result("share", fmt.Sprintf("max(%s, %s × share before)", digits(shareLeast), digits(shareAfterBreach)), w.share, "", "a breach begins")
	default:
		s.result("share", "share before", w.share, "", "the breach goes on")
	}
}

// compared is what follows from the latency.
func (s *sheet) compared(w *work) {
	if w.trended != w.latency {
		s.trend(w)
	}
	switch {
	case w.strays:
		s.notef("compared", "%s: not surely more than the %s that may be over the target, and the others surely meet it", fails(w.reading),
			inPercent(w.evidence.allowed))
		s.note("outcome", "hold: more replicas take proof that it is not by chance")
	case w.breach:
		s.notef("compared", "%s ms is over the target of %s ms: more", digits(w.latency), digits(w.limit))
		s.up(w)
	case w.trended > w.mark:
		s.notef("compared", "%s ms is above the mark of %s ms: more", digits(w.trended), digits(w.mark))
		s.up(w)
	default:
		s.notef("compared", "%s ms is not above the mark of %s ms", digits(w.trended), digits(w.mark))
		s.down(w)
	}
}

// trend is the latency that a rising mean lets expect.
func (s *sheet) trend(w *work) {
	now, before := "mean", "mean before"
	s.input(before, w.last.Mean, " ms")
	if w.served != w.mean || w.servedLast != w.last.Mean {
		now, before = "served", "served before"
		s.input(now, w.served, " ms", "the mean without the requests that failed")
		s.input(before, w.servedLast, " ms")
	}
	s.result("expected", fmt.Sprintf("latency × (1 + %s × max(0, %s / %s − 1))", digits(trendWeight), now, before), w.trended, " ms", "the mean goes on to rise")
}

// down is how few would do.
func (s *sheet) down(w *work) {
	switch w.outcome {
	case settling:
		s.note("outcome", "hold: pods are starting, ending, or being replaced")
		return
	case unproven:
		s.note("outcome", "hold: it is not proven that the target is met")
		return
	case isFailing:
		s.notef("outcome", "hold: %s", fails(w.reading))
		return
	case secondRun:
		s.notef("outcome", "hold: clear run %d of %d", w.clear, clearRuns)
		return
	}
	if w.pooled > 1 {
		s.input("latency before", w.last.Latency, " ms")
		s.input("upper half before", w.last.Width, " ms")
		s.result("middle", "(latency + latency before) / 2", w.pooledLatency, " ms")
		s.result("margin", "(upper half + upper half before) / 2 / √2", w.pooledWidth, " ms")
	} else {
		s.result("middle", "latency", w.pooledLatency, " ms")
		s.result("margin", "upper half", w.pooledWidth, " ms")
	}
	if w.pooledLatency+w.pooledWidth > 0 {
		s.result("at most waiting", "max(0, 1 − idle / (middle + margin))", w.upper, "")
	} else {
		s.input("at most waiting", w.upper, "")
	}
	s.result("need", fmt.Sprintf("replicas × (at most waiting / allowed)^(1 / %d)", downPower), w.need, "")
	formula := fmt.Sprintf("max(⌈need⌉, replicas − max(1, ⌊replicas / %d⌋), 1)", downPart)
	if w.floor > 0 {
		s.input("fewest", float64(w.floor), "", "the floor, as fewer failed some runs ago")
		formula = fmt.Sprintf("max(⌈need⌉, replicas − max(1, ⌊replicas / %d⌋), fewest, 1)", downPart)
	}
	s.result("wanted", capped(formula, w.want), float64(w.want), "", "fewer than replicas, or hold")
}
