package scaling

import "fmt"

// sentence is the decision for people. It describes what decided: the target that asked for most, or the one that speaks
// against fewer.
func (r *record) sentence(p *Policy, o *Observation, d Decision) string {
	text := r.unboundedSentence(p, o)
	switch {
	case d.Reason == ClientsWait:
		return fmt.Sprintf("%s, but %s: %s", text, o.HiddenWaits[0], move(d))
	case d.Reason == TooManyReplicas:
		return fmt.Sprintf("%s, but the most there may be is %d: %s", text, d.Desired, move(d))
	case d.Reason == TooFewReplicas && r.free.Reason != TooFewReplicas:
		return fmt.Sprintf("%s, but the fewest there may be is %d: %s", text, d.Desired, move(d))
	}
	return text
}

func (r *record) unboundedSentence(p *Policy, o *Observation) string {
	switch d := r.free; {
	case o.Replicas <= 0:
		return fmt.Sprintf("the service has %d replicas, so autoscaling is off: hold %d", o.Replicas, o.Replicas)
	case d.Reason == Untrusted || d.Reason == FallbackUsed || d.Reason == AtLeastUsed:
		return r.sentenceUntrusted(p, o, d)
	case d.Reason == OverloadObserved:
		return requestsFail(o) + ": " + move(d)
	case p.Knee != nil:
		return r.sentenceKnee(p, o, d)
	}
	return r.sentenceDecay(p, o, r.free)
}

func requestsFail(o *Observation) string { return "requests fail, perhaps of overload" + because(o) }

func (r *record) sentenceUntrusted(p *Policy, o *Observation, d Decision) string {
	text := fmt.Sprintf("the measurement cannot be trusted, %s%s", o.Verdict, because(o))
	if r.untrusted > 0 {
		text += fmt.Sprintf(", for %d %s in a row", r.untrusted, plural(r.untrusted, "run", "runs"))
	}
	switch {
	case d.Reason == FallbackUsed:
		text += fmt.Sprintf(", so the fallback of %d counts", p.Untrusted.Replicas)
	case d.Reason == AtLeastUsed:
		text += fmt.Sprintf(", so there shall be at least %d", p.Untrusted.Replicas)
	case r.untrusted > 0:
		text += fmt.Sprintf(" of %d", max(1, p.Untrusted.After))
	}
	return text + ": " + move(d)
}

func (r *record) sentenceDecay(p *Policy, o *Observation, d Decision) string {
	switch d.Reason {
	case TargetBreached:
		return fmt.Sprintf("%s%s: %s", r.describeWorst(p, o, isBreach), r.also(p), move(d))
	case TooFewSamples:
		return fmt.Sprintf("%s, which says too little%s: %s, the counter stays", r.describeWorst(p, o, isGrey), r.needed(p, isGrey), move(d))
	case FreshState:
		return fmt.Sprintf("%s: %s, as nothing is remembered of earlier runs", r.describeAny(o), move(d))
	case TooFewReplicas:
		return fmt.Sprintf("%s: %s, the fewest there may be is %d", r.describeAny(o), move(d), p.floor())
	case Settling:
		return fmt.Sprintf("%s: %s, as %s", r.describeAny(o), move(d), unsettled(o))
	case RequestsFail:
		return fmt.Sprintf("%s: %s, as %s", r.describeAny(o), move(d), fails(failing(o.Readings)))
	case Decayed:
		return fmt.Sprintf("%s, %d %s without a change: %s", r.describeAny(o), r.waited, plural(r.waited, "run", "runs"), move(d))
	}
	if r.waited < p.Decay.UnchangedRuns {
		return fmt.Sprintf("%s: %s, run %d of %d without a change", r.describeAny(o), move(d), r.waited+1, p.Decay.UnchangedRuns)
	}
	return fmt.Sprintf("%s: %s, as decay.replicas is 0", r.describeAny(o), move(d))
}

// found is what the policy makes of a target: its evidence or, without a confidence, its value.
func (w *work) found(p *Policy) finding {
	if p.Decay != nil && p.Decay.Confidence <= 0 {
		return w.reading.finding()
	}
	return w.evidence.finding
}

// describeWorst describes the reading nearest to its target, or furthest over it, of those with a finding.
func (r *record) describeWorst(p *Policy, o *Observation, f finding) string {
	return describe(*worst(o.Readings, func(i int, _ *Reading) bool { return r.works[i].found(p) == f }))
}

func (r *record) describeAny(o *Observation) string {
	reading := worst(o.Readings, func(int, *Reading) bool { return true })
	if reading == nil {
		return "there is no target"
	}
	return describe(*reading)
}

// also counts the other breaches.
func (r *record) also(p *Policy) string {
	breaches := -1
	for i := range r.works {
		if r.works[i].found(p) == isBreach {
			breaches++
		}
	}
	if breaches < 1 {
		return ""
	}
	return fmt.Sprintf(", and %d more %s breached", breaches, plural(breaches, "target is", "targets are"))
}

// needed says what a finding lacks, where that is known.
func (r *record) needed(p *Policy, f finding) string {
	for i := range r.works {
		if w := &r.works[i]; w.found(p) == f && w.lacks() != "" {
			return w.lacks()
		}
	}
	return ""
}

// lacks says how many samples it takes where there are too few, and what fails where a mean is good without that.
func (w *work) lacks() string {
	if w.evidence.basis == byMean && w.reading.FailureShare > 0 {
		return " (" + fails(w.reading) + ")"
	}
	return w.evidence.tooFew()
}

func (e *evidence) tooFew() string {
	if e.needed == 0 {
		return ""
	}
	return fmt.Sprintf(" (at least %d samples are needed, and there are %d)", e.needed, e.pool.Samples)
}

// move is such as 4 → 5, or hold 4.
func move(d Decision) string {
	if d.Desired == d.Current && d.Reason != TargetBreached && d.Reason != OverloadObserved && d.Reason != GoalExceeded {
		return fmt.Sprintf("hold %d", d.Current)
	}
	return fmt.Sprintf("%d → %d", d.Current, d.Desired)
}

func unsettled(o *Observation) string {
	if ready := o.ready(); ready != o.Replicas {
		return fmt.Sprintf("%d of %d are ready", ready, o.Replicas)
	}
	return "pods are being replaced"
}

func fails(r *Reading) string {
	return fmt.Sprintf("%s %% of %s %s fail", number(r.FailureShare*100), r.Target.Method, r.Target.Endpoint)
}

func sentenceNotSaved(d Decision) string {
	if d.Desired < d.Current {
		return fmt.Sprintf("%s was due, but the state cannot be saved: hold %d", d.Text, d.Current)
	}
	return d.Text + "; the state cannot be saved, so this run is not counted"
}
