package scaling

// decay is the law of the Locust Pod Autoscaler: one more on a breach, fewer after enough runs without a change. A breach is
// a value over its target or, where the policy asks for confidence, a proof that it is.
//
// A step down further waits while pods are starting or being replaced, and while requests surely fail: the original saw
// neither, and what it would measure with fewer pods then says nothing. Both leave the count as it would be.
func (p *Policy) decay(state *State, fresh bool, o *Observation, record *record) Decision {
	n := o.Replicas
	d := Decision{Current: n, Desired: n}
	found := p.findings(state, o, record)
	waited := state.RunsSinceChange
	record.hasWaited(waited)
	switch {
	case o.Verdict == OverloadErrors:
		d.Desired, d.Reason = more(n), OverloadObserved
		state.RunsSinceChange = 0
		return d
	case found == isBreach:
		d.Desired, d.Reason = more(n), TargetBreached
		state.RunsSinceChange = 0
		return d
	case found == isGrey:
		d.Reason = TooFewSamples
		return d
	case waited < p.Decay.UnchangedRuns, p.Decay.Replicas == 0:
		d.Reason = WithinTarget
	case fresh:
		d.Reason = FreshState
	case n <= p.floor():
		d.Reason = TooFewReplicas
	case o.ready() < n || o.RollingOut:
		d.Reason = Settling
	case failing(o.Readings) != nil:
		d.Reason = RequestsFail
	default:
		// The counter stays until fewer replicas are seen, so that the answer is repeated if it had no effect.
		d.Desired, d.Reason = max(n-p.Decay.Replicas, p.floor()), Decayed
		return d
	}
	state.RunsSinceChange = min(waited+1, mostRuns)
	return d
}

// findings is what all targets say together: a breach if one is, clear if all are. Of the targets, only what is added up
// for their evidence is remembered.
func (p *Policy) findings(state *State, o *Observation, record *record) finding {
	state.Knee = kneeMemory{}
	all := isClear
	kept := state.Targets[:0]
	for i := range o.Readings {
		r := &o.Readings[i]
		m := memory{Target: r.Target, Pool: state.Targets[i].Pool}
		e := r.weigh(&m.Pool, p.Decay.Confidence)
		record.keep(&work{reading: r, evidence: e})
		found := e.finding
		if p.Decay.Confidence <= 0 {
			found = r.finding()
		}
		if found == isBreach || all == isClear {
			all = found
		}
		if m.Pool.Samples > 0 {
			kept = append(kept, m)
		}
	}
	state.Targets = kept
	if len(kept) == 0 {
		state.Targets = nil
	}
	return all
}
