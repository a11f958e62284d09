// Package words is how measured values and verdicts are put for people, the same in tables, pages and rules.
package words

import (
	"cmp"
	"fmt"
	"maps"
	"math"
	"slices"
	"strconv"
	"strings"
	"unicode"

	"github.com/latency-pod-autoscaler/lpa/loadtest"
)

// Latency is a time in milliseconds with three digits, such as 1.25 ms, 312 ms or 4.2 s.
func Latency(ms float64) string {
	number, unit := latency(ms)
	return number + " " + unit
}

func latency(ms float64) (number, unit string) {
	switch {
	case ms < 0.9995:
		return digits(ms * 1000), "µs"
	case ms < 999.5:
		return digits(ms), "ms"
	}
	return digits(ms / 1000), "s"
}

// digits is a number with three digits, or all those before the point; trailing zeros after the point are left out.
func digits(value float64) string {
	precision := 0
	for bound := 99.95; precision < 2 && value < bound; bound = 9.995 {
		precision++
	}
	text := strconv.FormatFloat(value, 'f', precision, 64)
	if strings.Contains(text, ".") {
		text = strings.TrimRight(strings.TrimRight(text, "0"), ".")
	}
	return text
}

// LatencyAtLeast is a latency of which may be known only that it is larger, such as > 4.2 s.
func LatencyAtLeast(ms float64, atLeast bool) string {
	if atLeast {
		return "> " + Latency(ms)
	}
	return Latency(ms)
}

// Value is a percentile without its interval; failed is a percentile that falls on a failed request.
func Value(p loadtest.Percentile) string {
	switch {
	case p.Failed:
		return "failed"
	case p.Value == nil:
		return "–"
	}
	return LatencyAtLeast(*p.Value, p.AtLeast)
}

// Max is the longest latency of the requests that did not fail.
func Max(q loadtest.RequestSummary) string {
	if q.Max == nil {
		return "–"
	}
	return LatencyAtLeast(*q.Max, slices.Contains(q.AtLeast, "max_response_time"))
}

// Interval is a percentile's confidence interval, such as 41–50 ms; empty where an end is not known.
func Interval(p loadtest.Percentile) string {
	if p.Low == nil || p.High == nil {
		return ""
	}
	low, lowUnit := latency(*p.Low)
	high, highUnit := latency(*p.High)
	if lowUnit != highUnit {
		low += " " + lowUnit
	}
	return low + "–" + high + " " + highUnit
}

// Percentile is a percentile with its interval, such as 45.2 ms (41–50 ms).
func Percentile(p loadtest.Percentile) string {
	if interval := Interval(p); interval != "" {
		return Value(p) + " (" + interval + ")"
	}
	return Value(p)
}

// Share is a share from 0 to 1 in percent; one that is not nothing does not look like it.
func Share(share float64) string {
	switch percent := share * 100; {
	case percent == 0:
		return "0 %"
	case percent < 0.01:
		return "< 0.01 %"
	default:
		return digits(math.Min(percent, 100)) + " %"
	}
}

// Rate is a number of requests per second.
func Rate(perSecond float64) string { return digits(perSecond) + "/s" }

// Count is a number for a page, with a thin gap between thousands. Plain text is without it, so that it can be searched.
func Count(n int) string {
	text := strconv.Itoa(n)
	for i := len(text) - 3; i > 0 && text[i-1] != '-'; i -= 3 {
		text = text[:i] + "\u202f" + text[i:]
	}
	return text
}

// Plural is a count with its noun, such as 1 request or 2 requests.
func Plural(n int, noun string) string {
	if n == 1 {
		return "1 " + noun
	}
	return fmt.Sprintf("%d %ss", n, noun)
}

// Answer is a decision in short, such as 4 → 5 or hold 4.
func Answer(current, desired int) string {
	if current == desired {
		return fmt.Sprintf("hold %d", current)
	}
	return fmt.Sprintf("%d → %d", current, desired)
}

// Printable is a text from elsewhere, such as a request's name, on one line and without anything that a terminal would
// obey. Every character has a width, so that columns stay columns. program.Harmless leaves more as it is.
func Printable(text string) string {
	return strings.Map(func(c rune) rune {
		if !unicode.IsPrint(c) {
			return '·'
		}
		return c
	}, text)
}

// verdicts are the sentences of Verdict.
var verdicts = map[loadtest.Verdict]string{
	loadtest.VerdictOK:             "the measurement can be trusted",
	loadtest.VerdictTooFew:         "this is not the load that was asked for, so the numbers say too little",
	loadtest.VerdictGenerator:      "this machine was at its limits, so the numbers are its own and not the service's",
	loadtest.VerdictTargetDown:     "the service could hardly be reached",
	loadtest.VerdictOverloadErrors: "many requests fail, perhaps of overload",
	loadtest.VerdictClientError:    "the service refuses what the script sends, or answers otherwise than the script expects",
	loadtest.VerdictMixed:          "many requests fail, some perhaps of overload, and some as the service does not accept what the script sends",
	loadtest.VerdictSuspect:        "there are signs that this machine's own delays are in the numbers",
}

// Verdict is a verdict as a sentence.
func Verdict(v loadtest.Verdict) string {
	if sentence, known := verdicts[v]; known {
		return sentence
	}
	return "the measurement cannot be trusted"
}

// ByCount are the keys of counts, the greatest count first.
func ByCount(counts map[string]int) []string {
	return slices.SortedFunc(maps.Keys(counts), func(a, b string) int {
		return cmp.Or(counts[b]-counts[a], strings.Compare(a, b))
	})
}
