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
	GoalExceeded     Reason = "GoalExceeded" // knee: not over the target yet, but too near to it
	BelowGoal        Reason = "BelowGoal"    // knee: fewer do
	Decayed          Reason = "Decayed"
	WithinTarget     Reason = "WithinTarget"
	TooFewReplicas   Reason = "TooFewReplicas"  // minReplicas
	TooManyReplicas  Reason = "TooManyReplicas" // maxReplicas
	TooFewSamples    Reason = "TooFewSamples"
	RequestsFail     Reason = "RequestsFail" // fewer would do, or some more if it were proven, but for requests that fail
	ClientsWait      Reason = "ClientsWait"  // fewer would do, but for what clients wait for and no latency shows
	Settling         Reason = "Settling"     // fewer would do, but pods are starting, ending, or being replaced
	PodsStarting     Reason = "PodsStarting" // more are needed and on their way
	QueuesDraining   Reason = "QueuesDraining"
	SharedDependency Reason = "SharedDependency" // more pods did not help in a breach
	NoImprovement    Reason = "NoImprovement"    // more pods did not help below the target
	FloorHolds       Reason = "FloorHolds"       // fewer failed some runs ago
	Untrusted        Reason = "Untrusted"
	FallbackUsed     Reason = "Fallback"
	AtLeastUsed      Reason = "AtLeast"
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

// Direction is where the decision goes: up, down or hold.
func (d Decision) Direction() string {
	switch {
	case d.Desired > d.Current:
		return "up"
	case d.Desired < d.Current:
		return "down"
	}
	return "hold"
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
	var r record
	d, next := decide(&policy, state, &observed, now, &r)
	d.Text, d.Steps = r.sentence(&policy, &observed, d), r.steps(&policy, &observed, d)
	return d, next
}

// Decide is the decision for one run and the state to remember for the next. Its decision has no Text and no Steps: those
// cost more than the decision itself, and a simulation makes millions of them. Explain gives them.
//
// A run whose measurement cannot be trusted changes nothing: it neither breaches nor counts as a run without a change.
// The exception is a service that answers with errors of overload, which is a breach.
func Decide(policy Policy, state State, observed Observation, now time.Time) (Decision, State) {
	return decide(&policy, state, &observed, now, nil)
}

func decide(policy *Policy, state State, o *Observation, now time.Time, record *record) (Decision, State) {
	switch {
	case o.Replicas <= 0:
		return Decision{Current: o.Replicas, Desired: o.Replicas, Reason: ScalingDisabled}, state
	case o.Verdict != Trusted && o.Verdict != OverloadErrors:
		d := policy.untrusted(&state, o, record)
		policy.bound(&d, o, record)
		return d, state
	}
	fresh := state.Fresh
	next := observe(state, o)
	var d Decision
	if policy.Knee != nil {
		d = policy.knee(&next, o, now, record)
	} else {
		d = policy.decay(&next, fresh, o, record)
	}
	policy.bound(&d, o, record)
	if policy.Knee != nil && d.Desired != d.Current {
		next.Knee.Answer = answer{Run: next.Knee.Run, From: d.Current, To: d.Desired}
	}
	return d, next
}

// bound keeps the answer within the bounds, a hold too. None at all is never asked for: a service without pods cannot be
// measured, so nothing would ever bring them back.
func (p *Policy) bound(d *Decision, o *Observation, record *record) {
	record.unbounded(*d)
	if d.Desired < d.Current && len(o.HiddenWaits) > 0 {
		d.Desired, d.Reason = d.Current, ClientsWait
	}
	most := math.MaxInt32
	if p.MaxReplicas > 0 {
		most = p.MaxReplicas
	}
	switch {
	case d.Desired > most:
		d.Desired, d.Reason = most, TooManyReplicas
	case d.Desired < min(p.floor(), most):
		d.Desired, d.Reason = min(p.floor(), most), TooFewReplicas
	}
}

// more is one replica more than n, as far as Kubernetes can count them. One further would be a negative number there, and
// so the fewest replicas allowed.
func more(n int) int { return min(n, math.MaxInt32-1) + 1 }

// floor is the fewest replicas to ask for.
func (p *Policy) floor() int { return max(1, p.MinReplicas) }

// NotSaved is the decision if the state of its run could not be saved: none to take replicas away, as that could not be
// remembered and so could be repeated without end.
func (d Decision) NotSaved() Decision {
	d.Text = sentenceNotSaved(d)
	if d.Desired < d.Current {
		d.Desired, d.Reason = d.Current, StateNotSaved
	}
	return d
}
