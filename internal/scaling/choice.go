package scaling

// outcome is what one target asks for.
type outcome uint8

// The outcomes. But for goesUp, goesDown and abstains, they speak against fewer replicas.
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
