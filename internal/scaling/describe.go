package scaling

import (
	"fmt"
	"math"
	"strconv"
	"strings"
)

// describe is such as `p95 of GET /items is 172 ms (150–190 ms, 900 samples) against 200 ms`.
func describe(r Reading) string {
	limit := quantity(r.Target, r.Target.Limit)
	switch {
	case r.Unknown:
		return fmt.Sprintf("%s has no value, as the measurement has no request of this name, against %s", r.Target, limit)
	case r.Missing:
		return fmt.Sprintf("%s has no value, as no request of it finished, against %s", r.Target, limit)
	case r.Failed:
		return fmt.Sprintf("%s falls on a failed request%s against %s", r.Target, details(r), limit)
	case r.AtLeast && r.Target.Statistic.Kind == FailureRatio: // it would be less if those that were cut off succeeded
		return fmt.Sprintf("%s is %s%s, and more if unfinished requests failed too, against %s", r.Target, quantity(r.Target, r.Value), details(r), limit)
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

func because(o *Observation) string {
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
