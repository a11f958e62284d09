// Package scaling decides how many replicas a service should have. It is pure: everything that a decision depends on is
// an argument, so that decisions can be tested, explained and replayed.
//
//	Decide(policy, state, observation, now) -> decision, next state
package scaling

import (
	"math"
	"time"
)

// Reason is why a decision was made, in one word.
type Reason string

// The reasons. Those that the Horizontal Pod Autoscaler has too bear its words.
const (
	TargetBreached   Reason = "TargetBreached"
	OverloadObserved Reason = "OverloadErrors"
	Decayed          Reason = "Decayed"
	WithinTarget     Reason = "WithinTarget"
	TooFewReplicas   Reason = "TooFewReplicas"
	TooFewSamples    Reason = "TooFewSamples"
	Untrusted        Reason = "Untrusted"
	FreshState       Reason = "FreshState"
	ScalingDisabled  Reason = "ScalingDisabled"
	StateNotSaved    Reason = "StateNotSaved"
)

// Decision is what to do, and why.
type Decision struct {
	Current int    `json:"current"`
	Desired int    `json:"desired"` // equals Current when it is a hold
	Reason  Reason `json:"reason"`
	Text    string `json:"text,omitempty"` // one sentence for people
	// Steps are the arithmetic behind the decision, in the order in which it is done, such that a reader can do it again.
	Steps []Step `json:"steps,omitempty"`
}

// Step is one line of the arithmetic behind a decision, such as
//
//	goal = idle + share × (target − idle) = 60 + 0.5 × (200 − 60) = 130 ms
type Step struct {
	Target string `json:"target,omitempty"` // the target that it is about; empty if it is about all of them
	Name   string `json:"name"`             // goal
	Text   string `json:"text"`             // idle + share × (target − idle) = 60 + 0.5 × (200 − 60) = 130 ms
}

// Explain is Decide with the decision's Text and Steps.
func Explain(policy Policy, state State, observed Observation, now time.Time) (Decision, State) {
	return Decide(policy, state, observed, now)
}

// Decide is the decision for one run and the state to remember for the next. Its decision has no Text and no Steps: those
// cost more than the decision itself, and a simulation makes millions of them. Explain gives them.
//
// A run whose measurement cannot be trusted changes nothing: it neither breaches nor counts as a run without a change.
// The exception is a service that answers with errors of overload, which is a breach.
func Decide(policy Policy, state State, observed Observation, _ time.Time) (Decision, State) {
	n := observed.Replicas
	hold := Decision{Current: n, Desired: n}
	switch {
	case n == 0:
		hold.Reason, hold.Text = ScalingDisabled, sentenceNoReplicas()
		return hold, state
	case observed.Verdict != Trusted && observed.Verdict != OverloadErrors:
		hold.Reason, hold.Text = Untrusted, sentenceUntrusted(observed)
		return hold, state
	}
	return policy.decay(observe(state, n), state.Fresh, observed)
}

// observe is the state once it is known that there are n replicas. The counter follows what is seen, not what was
// answered: an answer can be clamped, overruled or lost.
func observe(state State, n int) State {
	if state.LastReplicas != nil && *state.LastReplicas != n {
		state.RunsSinceChange = 0
	}
	state.LastReplicas = &n
	state.Fresh = false
	return state
}

// decay is the law of the Locust Pod Autoscaler: one more on a breach, fewer after enough runs without a change.
func (p Policy) decay(state State, fresh bool, observed Observation) (Decision, State) {
	n := observed.Replicas
	d := Decision{Current: n, Desired: n}
	waited := state.RunsSinceChange
	breached := worst(observed.Readings, Reading.breached)
	switch {
	case observed.Verdict == OverloadErrors:
		d.Desired, d.Reason, d.Text = more(n), OverloadObserved, sentenceOverload(observed, more(n))
		state.RunsSinceChange = 0
	case breached != nil:
		d.Desired, d.Reason, d.Text = more(n), TargetBreached, sentenceBreach(*breached, observed, more(n))
		state.RunsSinceChange = 0
	case anyReading(observed.Readings, Reading.unknown):
		d.Reason, d.Text = TooFewSamples, sentenceUnknown(observed)
	case waited < p.Decay.UnchangedRuns:
		d.Reason, d.Text = WithinTarget, sentenceWaiting(observed, waited, p.Decay.UnchangedRuns)
		state.RunsSinceChange++
	case p.Decay.Replicas == 0:
		d.Reason, d.Text = WithinTarget, sentenceNoDecay(observed)
		state.RunsSinceChange++
	case fresh:
		d.Reason, d.Text = FreshState, sentenceFresh(observed)
		state.RunsSinceChange++
	case n <= p.floor():
		d.Reason, d.Text = TooFewReplicas, sentenceFloor(observed, p.floor())
		state.RunsSinceChange++
	default:
		// The counter stays until fewer replicas are seen, so that the answer is repeated if it had no effect.
		d.Desired = max(n-p.Decay.Replicas, p.floor())
		d.Reason, d.Text = Decayed, sentenceDecay(observed, waited, d.Desired)
	}
	return d, state
}

// more is one replica more than n, as far as Kubernetes can count them. One further would be a negative number there, and
// so the fewest replicas allowed.
func more(n int) int { return min(n, math.MaxInt32-1) + 1 }

// floor is the fewest replicas to ask for. None at all is never asked for: a service without pods cannot be measured, so
// nothing would ever bring them back.
func (p Policy) floor() int { return max(1, p.MinReplicas) }

func (r Reading) breached() bool { return r.Failed || (!r.Missing && r.Value > r.Target.Limit) }

// unknown says that the reading is neither a breach nor surely within its target.
func (r Reading) unknown() bool { return r.Missing || (r.AtLeast && r.Value <= r.Target.Limit) }

// worst is the reading that is furthest over, or nearest to, its target among those that match; nil if none does.
func worst(readings []Reading, match func(Reading) bool) *Reading {
	var found *Reading
	for i := range readings {
		r := &readings[i]
		if match(*r) && (found == nil || r.use() > found.use()) {
			found = r
		}
	}
	return found
}

// use is the share of its limit that a reading takes.
func (r Reading) use() float64 {
	switch {
	case r.Missing:
		return 0
	case r.Failed:
		return math.Inf(1)
	case r.Target.Limit == 0:
		return r.Value
	}
	return r.Value / r.Target.Limit
}

func anyReading(readings []Reading, match func(Reading) bool) bool {
	return worst(readings, match) != nil
}

// NotSaved is the decision if the state of its run could not be saved: none to take replicas away, as that could not be
// remembered and so could be repeated without end.
func (d Decision) NotSaved() Decision {
	d.Text = sentenceNotSaved(d)
	if d.Desired < d.Current {
		d.Desired, d.Reason = d.Current, StateNotSaved
	}
	return d
}
