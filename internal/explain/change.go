package explain

import (
	"fmt"
	"math"
	"slices"
	"strconv"
	"time"

	"github.com/latency-pod-autoscaler/lpa/internal/cpa"
	"github.com/latency-pod-autoscaler/lpa/internal/scaling"
	"github.com/latency-pod-autoscaler/lpa/internal/words"
)

// Change is something that would have given another answer.
type Change struct {
	Target  string   `json:"target,omitempty"`  // of which the limit would be another
	AtMost  *float64 `json:"atMost,omitempty"`  // the nearest lower limit that gives it, in milliseconds or a share
	AtLeast *float64 `json:"atLeast,omitempty"` // the nearest higher one
	Runs    int      `json:"runs,omitempty"`    // so many more runs that measure the same
	Current int      `json:"current"`
	Desired int      `json:"desired"`

	unit string
}

// String is the change as a sentence.
func (c Change) String() string {
	answer := words.Answer(c.Current, c.Desired)
	switch {
	case c.AtMost != nil:
		return fmt.Sprintf("with a target lowered to %s for %s: %s", c.quantity(*c.AtMost), c.Target, answer)
	case c.AtLeast != nil:
		return fmt.Sprintf("with a target raised to %s for %s: %s", c.quantity(*c.AtLeast), c.Target, answer)
	case c.Runs == 1:
		return "if the next run measures the same: " + answer
	}
	return fmt.Sprintf("if the next %d runs measure the same: %s", c.Runs, answer)
}

func (c Change) quantity(limit float64) string {
	if c.unit == "%" {
		limit *= 100
	}
	return strconv.FormatFloat(limit, 'g', 5, 64) + " " + c.unit
}

// Changes are what is known to give another answer, found by deciding again.
func (r Run) Changes() []Change {
	if !r.Same() {
		return nil
	}
	var found []Change
	for i := range r.Observation.Readings {
		for _, factor := range []float64{1 / 1.05, 1.05} {
			if c, ok := r.otherLimit(i, factor); ok {
				found = append(found, c)
			}
		}
	}
	if c, ok := r.moreRuns(); ok {
		found = append(found, c)
	}
	return found
}

// The search for another limit: so far away from the present one that nobody would set it, and to three digits.
const (
	furthestLimit = 20
	limitDigits   = 3
)

// otherLimit looks for the limit of a target, nearest to the present one, that gives another answer: it goes away in steps
// of the factor, and then halves the last step. Evidence that was pooled from other runs was counted under the present limit,
// so where the policy acts on it nothing is known.
func (r Run) otherLimit(i int, factor float64) (Change, bool) {
	target := r.Observation.Readings[i].Target
	reported, err := Reported(r.Record)
	if err != nil || target.Limit == 0 || r.Policy.Decay != nil && r.Policy.Decay.Confidence > 0 {
		return Change{}, false
	}
	desired := func(limit float64) int {
		decision, _ := r.WithLimit(reported, i, limit).Again()
		return decision.Desired
	}
	const hardly = 1e-6
	if desired(target.Limit*(1+hardly)) != r.Decision.Desired {
		return Change{}, false // it is not about the limit
	}
	most := math.Inf(1)
	if r.isShare(i) {
		most = 1
	}
	limit, ok := turningPoint(target.Limit, factor, most, func(limit float64) bool { return desired(limit) == r.Decision.Desired })
	if !ok {
		return Change{}, false
	}
	c := Change{Target: target.String(), Current: r.Decision.Current, Desired: desired(limit), unit: "ms"}
	if r.isShare(i) {
		c.unit = "%"
	}
	if factor < 1 {
		c.AtMost = &limit
	} else {
		c.AtLeast = &limit
	}
	return c, true
}

// turningPoint is the first limit, away from the present one and below most, under which the answer is not the same.
func turningPoint(present, factor, most float64, same func(limit float64) bool) (limit float64, ok bool) {
	near, far := present, present*factor
	for same(far) {
		near, far = far, far*factor
		if ratio := far / present; ratio > furthestLimit || ratio < 1.0/furthestLimit || far >= most {
			return 0, false
		}
	}
	for range 12 {
		if middle := math.Sqrt(near * far); same(middle) {
			near = middle
		} else {
			far = middle
		}
	}
	if short := rounded(far, factor > 1); !same(short) {
		far = short
	}
	return far, true
}

func (r Run) isShare(i int) bool {
	return r.Observation.Readings[i].Target.Statistic.Kind == scaling.FailureRatio
}

// rounded is a value with three digits, away from what it was found from.
func rounded(value float64, up bool) float64 {
	unit := math.Pow(10, math.Floor(math.Log10(value))-limitDigits+1)
	digits := math.Floor(value / unit)
	if up {
		digits = math.Ceil(value / unit)
	}
	short, err := strconv.ParseFloat(strconv.FormatFloat(digits*unit, 'g', limitDigits, 64), 64)
	if err != nil {
		return value
	}
	return short
}

// WithLimit is the run under another limit: what depends on it is counted anew in the measurement, and what is remembered of
// the target stays.
func (r Run) WithLimit(reported *cpa.Reported, i int, limit float64) Run {
	old := r.Observation.Readings[i].Target
	target := old
	target.Limit = limit
	r.Observation.Readings = slices.Clone(r.Observation.Readings)
	if reading, known, err := reported.Reading(target); known && err == nil {
		r.Observation.Readings[i] = reading
	} else {
		r.Observation.Readings[i].Target = target
	}
	r.State.Targets = slices.Clone(r.State.Targets)
	for j := range r.State.Targets {
		if r.State.Targets[j].Target == old {
			r.State.Targets[j].Target = target
		}
	}
	return r
}

// mostRuns is how far a hold is looked ahead.
const mostRuns = 100

// moreRuns looks for a hold's end while everything stays as it is.
func (r Run) moreRuns() (Change, bool) {
	if r.Decision.Desired != r.Decision.Current {
		return Change{}, false
	}
	interval := r.Since
	if interval <= 0 {
		interval = time.Minute
	}
	_, next := r.Again()
	for run := 1; run <= mostRuns; run++ {
		var decision scaling.Decision
		decision, next = scaling.Decide(r.Policy, next, r.Observation, r.Time.Add(time.Duration(run)*interval))
		next = Saved(next)
		if decision.Desired != decision.Current {
			return Change{Runs: run, Current: decision.Current, Desired: decision.Desired}, true
		}
	}
	return Change{}, false
}
