// Package scaling decides how many replicas a service should have. It is pure: everything that a decision depends on is
// an argument, so that decisions can be tested, explained and replayed.
//
//	Decide(policy, state, observation, now) -> decision, next state
package scaling

import (
	"math"
	"time"
)

// Policy is what the user wants beside the targets, which come with their readings: how to come down again.
type Policy struct {
	Decay       Decay
	MinReplicas int // never go below the larger of this and 1
}

// Decay takes replicas away after a number of runs without a change, as long as every target is met.
type Decay struct {
	Replicas      int // how many to take away; 0 never takes any
	UnchangedRuns int // how many runs to wait; the run after them decays
}

// State is what has to be remembered from run to run. Everything else is observed.
type State struct {
	// RunsSinceChange counts the trusted runs in which every target was met since the replicas changed or a target was
	// breached. The name in JSON is that of the Locust Pod Autoscaler's decay file.
	RunsSinceChange int `json:"runs_since_change"`
	// LastReplicas is the count that the last trusted run observed; nil if there was none.
	LastReplicas *int `json:"last_replicas,omitempty"`
	// Fresh says that nothing is remembered: the state was missing or could not be read. Then the present replicas may
	// all be needed, so a fresh state never takes any away.
	Fresh bool `json:"-"`
}

// Observation is what one run saw.
type Observation struct {
	Replicas int // wanted by the resource's spec when the run began
	Verdict  string
	Reasons  []string  // for a verdict other than trusted
	Readings []Reading // one for each target, in their order
}

// Verdicts of a measurement that mean something of their own here; every other one than Trusted holds.
const (
	Trusted        = "ok"
	OverloadErrors = "overload-errors"
)

// Reading is the measured value of one target.
type Reading struct {
	Target  Target
	Value   float64  // in milliseconds, or a ratio; infinite if it falls on a failed request
	AtLeast bool     // the true value is larger, as requests were still under way
	Missing bool     // nothing was measured; Value means nothing
	Low     *float64 // the confidence interval of Value, where it is known
	High    *float64
	Samples int // requests that the value is of
}

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
	Current int
	Desired int // equals Current when it is a hold
	Reason  Reason
	Text    string // one sentence for people
}

// Decide is the decision for one run and the state to remember for the next.
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

func (r Reading) breached() bool { return !r.Missing && r.Value > r.Target.Limit }

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
