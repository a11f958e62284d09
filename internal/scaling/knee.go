package scaling

import (
	"math"
	"time"
)

// kneeRun is one run of the policy knee, which sizes a service from the share of its answer time that is waiting.
//
// Each target is looked at for itself: measure → idle latency → goal → wait, go up, or find how few replicas would do. The
// largest answer counts; a step down needs all targets to agree.
type kneeRun struct {
	law    *Knee
	memory *kneeMemory
	o      *Observation
	n, r   int  // replicas wanted, and ready
	ready  bool // as many are ready as are wanted, and none is being replaced
	now    time.Time
}

// knee makes the decision of the policy knee on a run that is trusted. record, if there is one, takes what Explain shows.
func (p *Policy) knee(state *State, o *Observation, now time.Time, record *record) Decision {
	k := kneeRun{law: p.Knee, memory: &state.Knee, o: o, n: o.Replicas, r: o.ready(), ready: o.settled(), now: now}
	k.memory.Run = min(k.memory.Run+1, mostRuns)
	k.seen(state.Targets)
	d := Decision{Current: k.n, Desired: k.n}
	choice := choice{up: -1, need: -1, against: -1}
	breaching := o.Verdict == OverloadErrors
	for i := range o.Readings {
		w := work{reading: &o.Readings[i], evidence: o.Readings[i].weigh(&state.Targets[i].Pool, 0)}
		k.target(&state.Targets[i], &w)
		breaching = breaching || w.breach
		choice.take(&w, i)
		record.keep(&w)
	}
	if o.Verdict == OverloadErrors {
		w := k.overload(state.Targets)
		choice.take(&w, len(o.Readings))
		record.keep(&w)
	}
	k.blame(breaching)
	state.RunsSinceChange = min(state.RunsSinceChange+1, mostRuns)
	if breaching {
		state.RunsSinceChange = 0
	}
	k.choose(&choice, &d)
	record.chose(&choice, k.memory)
	return d
}

// ready is how many replicas are ready; all of them where the resource does not say.
func (o *Observation) ready() int {
	if o.Ready == nil {
		return o.Replicas
	}
	return max(0, min(*o.Ready, math.MaxInt32))
}

// settled says that no pod is starting, ending, or being replaced.
func (o *Observation) settled() bool { return o.ready() == o.Replicas && !o.RollingOut }

// seen takes what became of the last answer: it counts once the replicas have moved its way, as it can be lost, clamped or
// overruled.
func (k *kneeRun) seen(targets []memory) {
	m, a := k.memory, k.memory.Answer
	m.Answer = answer{}
	switch {
	case a.To > a.From && k.n > a.From:
		m.LastUp = a.Run
		for i := range targets {
			targets[i].Waits = 0
			if targets[i].Began.Replicas > 0 {
				targets[i].Began.Ups = min(targets[i].Began.Ups+1, mostRuns)
			}
		}
	case a.To < a.From && k.n < a.From:
		m.LastDown, m.DownFrom = a.Run, a.From
	}
}

// sinceUp is how many runs ago our own step up was asked for; far more than any rule looks back if there was none.
func (k *kneeRun) sinceUp() int {
	if k.memory.LastUp == 0 {
		return mostRuns
	}
	return k.memory.Run - k.memory.LastUp
}

// outcome is what one target asks for.
type outcome uint8

const (
	holds       outcome = iota // neither more nor fewer
	abstains                   // whatever the others decide
	goesUp                     // want replicas
	goesDown                   // want replicas are enough
	isStarting                 // pods of the last step up are starting
	isDraining                 // the queues empty
	isFutile                   // more pods did not help in a breach
	futileEarly                // more pods did not help below the target
	isUnknown                  // nothing was measured
	unproven                   // below the target, but not surely
	isFailing                  // requests fail
	settling                   // pods are starting, ending, or being replaced
	secondRun                  // the second clear run in a row is waited for
	floored                    // fewer failed some runs ago
)

// choice is what the targets ask for together. Numbers are places in the record, -1 for none.
type choice struct {
	up, want   int // the target that asks for the most, and how many
	need, down int // the target that needs the most of those that would go down, and how many
	against    int // the target that speaks most strongly against fewer
	why        outcome
	breach     bool // up is for a breach
}

// take adds what target i asks for.
func (c *choice) take(w *work, i int) {
	switch w.outcome {
	case goesUp:
		if c.up < 0 || w.want > c.want {
			c.up, c.want, c.breach = i, w.want, w.breach
		}
	case goesDown:
		if c.need < 0 || w.want > c.down {
			c.need, c.down = i, w.want
		}
	case abstains:
	default:
		if c.against < 0 || w.outcome.strength() > c.why.strength() {
			c.against, c.why = i, w.outcome
		}
	}
}

// strength orders what speaks against fewer replicas, for the one sentence there is.
func (o outcome) strength() int {
	switch o {
	case isStarting, isDraining, isFutile, futileEarly:
		return 4
	case isUnknown, unproven, isFailing:
		return 3
	case settling:
		return 2
	case floored:
		return 1
	}
	return 0
}

// choose is the largest answer, and fewer replicas only if no target is against it.
func (k *kneeRun) choose(c *choice, d *Decision) {
	switch {
	case c.up >= 0:
		d.Desired = c.want
		d.Reason = GoalExceeded
		if c.breach {
			d.Reason = TargetBreached
		}
		if c.up == len(k.o.Readings) {
			d.Reason = OverloadObserved
		}
	case c.against >= 0:
		d.Reason = c.why.reason()
	case c.need >= 0:
		d.Desired, d.Reason = c.down, BelowGoal
	default:
		d.Reason = WithinTarget // only targets that never ask for fewer
	}
}

func (o outcome) reason() Reason {
	switch o {
	case isStarting:
		return PodsStarting
	case isDraining:
		return QueuesDraining
	case isFutile:
		return SharedDependency
	case futileEarly:
		return NoImprovement
	case isUnknown, unproven:
		return TooFewSamples
	case isFailing:
		return RequestsFail
	case settling:
		return Settling
	case floored:
		return FloorHolds
	}
	return WithinTarget
}
