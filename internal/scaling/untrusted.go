package scaling

// untrusted is the answer to a run whose measurement says nothing. It holds, or does what the user wants after a number of
// such runs in a row; only then are they counted. A run that was left out for another load test is none: it says nothing of
// the service.
func (p *Policy) untrusted(state *State, o *Observation, record *record) Decision {
	d := Decision{Current: o.Replicas, Desired: o.Replicas, Reason: Untrusted}
	u := &p.Untrusted
	if u.Action != Fallback && u.Action != AtLeast || o.Verdict == Busy {
		return d
	}
	state.UntrustedRuns = min(state.UntrustedRuns+1, mostRuns)
	record.distrusted(state.UntrustedRuns)
	switch {
	case state.UntrustedRuns < u.After:
	case u.Action == AtLeast, state.Fresh:
		// The present replicas may all be needed where nothing is remembered.
		d.Desired, d.Reason = max(o.Replicas, u.Replicas), AtLeastUsed
	default:
		d.Desired, d.Reason = u.Replicas, FallbackUsed
	}
	return d
}
