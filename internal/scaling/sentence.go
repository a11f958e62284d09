package scaling

import (
	"fmt"
	"math"
	"strconv"
	"strings"
)

func sentenceNoReplicas() string {
	return "the service has 0 replicas, so autoscaling is off: hold 0"
}

func sentenceUntrusted(o Observation) string {
	return fmt.Sprintf("the measurement cannot be trusted, %s%s: hold %d", o.Verdict, because(o), o.Replicas)
}

func sentenceOverload(o Observation, desired int) string {
	return fmt.Sprintf("the service answers with errors of overload%s: %d → %d", because(o), o.Replicas, desired)
}

func sentenceBreach(r Reading, o Observation, desired int) string {
	also := ""
	breaches := 0
	for _, other := range o.Readings {
		if other.breached() {
			breaches++
		}
	}
	if breaches > 1 {
		also = fmt.Sprintf(", and %d more %s breached", breaches-1, plural(breaches-1, "target is", "targets are"))
	}
	return fmt.Sprintf("%s%s: %d → %d", describe(r), also, o.Replicas, desired)
}

func sentenceUnknown(o Observation) string {
	r := worst(o.Readings, Reading.unknown)
	return fmt.Sprintf("%s, which says too little: hold %d, the counter stays", describe(*r), o.Replicas)
}

func sentenceWaiting(o Observation, waited, wanted int) string {
	return fmt.Sprintf("%s: hold %d, run %d of %d without a change", describeWorst(o), o.Replicas, waited+1, wanted)
}

func sentenceNoDecay(o Observation) string {
	return fmt.Sprintf("%s: hold %d, as decay.replicas is 0", describeWorst(o), o.Replicas)
}

func sentenceFresh(o Observation) string {
	return fmt.Sprintf("%s: hold %d, as nothing is remembered of earlier runs", describeWorst(o), o.Replicas)
}

func sentenceFloor(o Observation, floor int) string {
	return fmt.Sprintf("%s: hold %d, the fewest there may be is %d", describeWorst(o), o.Replicas, floor)
}

func sentenceDecay(o Observation, waited, desired int) string {
	return fmt.Sprintf("%s, %d %s without a change: %d → %d",
		describeWorst(o), waited, plural(waited, "run", "runs"), o.Replicas, desired)
}

func sentenceNotSaved(d Decision) string {
	if d.Desired < d.Current {
		return fmt.Sprintf("%s was due, but the state cannot be saved: hold %d", d.Text, d.Current)
	}
	return d.Text + "; the state cannot be saved, so this run is not counted"
}

// describeWorst describes the reading nearest to its target.
func describeWorst(o Observation) string {
	r := worst(o.Readings, func(Reading) bool { return true })
	if r == nil {
		return "there is no target"
	}
	return describe(*r)
}

// describe is such as `p95 of GET /items is 172 ms (150–190 ms, 900 samples) against 200 ms`.
func describe(r Reading) string {
	limit := quantity(r.Target, r.Target.Limit)
	switch {
	case r.Missing:
		return fmt.Sprintf("%s has no value, as no request of it finished, against %s", r.Target, limit)
	case r.Failed:
		return fmt.Sprintf("%s falls on a failed request%s against %s", r.Target, details(r), limit)
	case r.AtLeast:
		return fmt.Sprintf("%s is more than %s%s against %s", r.Target, quantity(r.Target, r.Value), details(r), limit)
	}
	return fmt.Sprintf("%s is %s%s against %s", r.Target, quantity(r.Target, r.Value), details(r), limit)
}

func details(r Reading) string {
	var parts []string
	if r.Low != nil && r.High != nil {
		parts = append(parts, number(*r.Low)+"–"+quantity(r.Target, *r.High))
	}
	if r.Samples > 0 {
		parts = append(parts, fmt.Sprintf("%d %s", r.Samples, plural(r.Samples, "sample", "samples")))
	}
	if len(parts) == 0 {
		return ""
	}
	return " (" + strings.Join(parts, ", ") + ")"
}

func because(o Observation) string {
	if len(o.Reasons) == 0 {
		return ""
	}
	return " (" + strings.Join(o.Reasons, "; ") + ")"
}

func quantity(t Target, value float64) string {
	if t.Statistic.Kind == FailureRatio {
		return number(value*100) + " %"
	}
	return number(value) + " ms"
}

// number keeps three digits, which is more than the noise of any measurement leaves.
func number(value float64) string {
	if math.Abs(value) >= 100 {
		return strconv.FormatFloat(math.Round(value), 'f', -1, 64)
	}
	return strconv.FormatFloat(value, 'g', 3, 64)
}

func plural(n int, one, many string) string {
	if n == 1 {
		return one
	}
	return many
}
