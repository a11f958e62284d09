package main

import (
	"encoding/json"
	"fmt"
	"math"
	"slices"
	"strconv"
	"time"

	"github.com/latency-pod-autoscaler/lpa/internal/cpa"
	"github.com/latency-pod-autoscaler/lpa/internal/scaling"
)

// change is something that would have given another answer.
type change struct {
	Target  string   `json:"target,omitempty"` // of which the limit would be another
	AtMost  *float64 `json:"atMost,omitempty"` // the limit, in milliseconds or a share: this or less
	AtLeast *float64 `json:"atLeast,omitempty"`
	Runs    int      `json:"runs,omitempty"` // so many more runs that measure the same
	Current int      `json:"current"`
	Desired int      `json:"desired"`

	unit string
}

// String is the change as a sentence.
func (c change) String() string {
	answer := asked(c.Current, c.Desired)
	switch {
	case c.AtMost != nil:
		return fmt.Sprintf("with a target of %s or less for %s: %s", c.quantity(*c.AtMost), c.Target, answer)
	case c.AtLeast != nil:
		return fmt.Sprintf("with a target of %s or more for %s: %s", c.quantity(*c.AtLeast), c.Target, answer)
	case c.Runs == 1:
		return "if the next run measures the same: " + answer
	}
	return fmt.Sprintf("if the next %d runs measure the same: %s", c.Runs, answer)
}

func (c change) quantity(limit float64) string {
	if c.unit == "%" {
		limit *= 100
	}
	return strconv.FormatFloat(limit, 'g', 5, 64) + " " + c.unit
}

// again makes the recorded decision once more.
func (e explained) again() (scaling.Decision, scaling.State) {
	return decideAgain(e.Record, e.Policy, e.Before(), e.Observation)
}

// same says whether this program still decides as the one that wrote the log; else what it finds out would not be about that
// decision.
func (e explained) same() bool {
	again, _ := e.again()
	return again.Desired == e.Decision.Desired && again.Reason == e.Decision.Reason
}

// changes are what is known to give another answer, found by deciding again.
func (e explained) changes() []change {
	if !e.same() {
		return nil
	}
	var found []change
	for i := range e.Observation.Readings {
		for _, factor := range []float64{1 / 1.05, 1.05} {
			if c, ok := e.otherLimit(i, factor); ok {
				found = append(found, c)
			}
		}
	}
	if c, ok := e.moreRuns(); ok {
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
func (e explained) otherLimit(i int, factor float64) (change, bool) {
	target := e.Observation.Readings[i].Target
	reported, err := readMeasured(e.Record)
	if err != nil || target.Limit == 0 || e.Policy.Decay != nil && e.Policy.Decay.Confidence > 0 {
		return change{}, false
	}
	desired := func(limit float64) int {
		decision, _ := e.withLimit(reported, i, limit).again()
		return decision.Desired
	}
	const hardly = 1e-6
	if desired(target.Limit*(1+hardly)) != e.Decision.Desired {
		return change{}, false // it is not about the limit
	}
	near, far := target.Limit, target.Limit*factor
	for desired(far) == e.Decision.Desired {
		near, far = far, far*factor
		if ratio := far / target.Limit; ratio > furthestLimit || ratio < 1.0/furthestLimit || (e.isShare(i) && far >= 1) {
			return change{}, false
		}
	}
	for range 12 {
		if middle := math.Sqrt(near * far); desired(middle) == e.Decision.Desired {
			near = middle
		} else {
			far = middle
		}
	}
	if short := rounded(far, factor > 1); desired(short) != e.Decision.Desired {
		far = short
	}
	c := change{Target: target.String(), Current: e.Decision.Current, Desired: desired(far), unit: "ms"}
	if e.isShare(i) {
		c.unit = "%"
	}
	if factor < 1 {
		c.AtMost = &far
	} else {
		c.AtLeast = &far
	}
	return c, true
}

func (e explained) isShare(i int) bool {
	return e.Observation.Readings[i].Target.Statistic.Kind == scaling.FailureRatio
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

// withLimit is the run under another limit: what depends on it is counted anew in the measurement, and what is remembered of
// the target stays.
func (e explained) withLimit(reported *cpa.Reported, i int, limit float64) explained {
	old := e.Observation.Readings[i].Target
	target := old
	target.Limit = limit
	e.Observation.Readings = slices.Clone(e.Observation.Readings)
	if reading, known, err := reported.Reading(target); known && err == nil {
		e.Observation.Readings[i] = reading
	} else {
		e.Observation.Readings[i].Target = target
	}
	e.State.Targets = slices.Clone(e.State.Targets)
	for j := range e.State.Targets {
		if e.State.Targets[j].Target == old {
			e.State.Targets[j].Target = target
		}
	}
	return e
}

// mostRuns is how far a hold is looked ahead.
const mostRuns = 100

// moreRuns looks for a hold's end while everything stays as it is.
func (e explained) moreRuns() (change, bool) {
	if e.Decision.Desired != e.Decision.Current {
		return change{}, false
	}
	interval := e.since
	if interval <= 0 {
		interval = time.Minute
	}
	_, next := e.again()
	for run := 1; run <= mostRuns; run++ {
		var decision scaling.Decision
		decision, next = scaling.Decide(e.Policy, next, e.Observation, e.Time.Add(time.Duration(run)*interval))
		next = saved(next)
		if decision.Desired != decision.Current {
			return change{Runs: run, Current: decision.Current, Desired: decision.Desired}, true
		}
	}
	return change{}, false
}

// saved is a state as the next run reads it.
func saved(s scaling.State) scaling.State {
	data, err := json.Marshal(s)
	if err != nil {
		return s
	}
	next := scaling.State{Fresh: s.Fresh}
	if json.Unmarshal(data, &next) != nil {
		return s
	}
	return next
}
