package scaling

import (
	"fmt"
	"math"
	"strconv"
)

// evidence says what the samples prove, and how.
func (s *sheet) evidence(w *work) {
	e := &w.evidence
	switch e.basis {
	case byNothing:
		s.note("evidence", "grey; nothing was measured")
	case byBound:
		s.note("evidence", "grey; the value is only a lower bound, and within the target")
	case byValue:
		s.notef("evidence", "%s, by the value itself; the samples are not known", e.finding)
	case byExtreme:
		s.notef("evidence", "%s, by the value itself; it speaks of these requests only", e.finding)
	case byMean:
		s.note("evidence", e.aboutMean(w.reading.Target.Limit)+e.verdict())
	default:
		s.note("evidence", e.aboutCount()+e.verdict())
	}
}

func (e *evidence) aboutCount() string {
	side := "or fewer"
	if e.above {
		side = "or more"
	}
	return fmt.Sprintf("%d of %d samples%s are over the target, where %s may be; the chance of %d %s, if %s were: %s",
		e.pool.Over, e.pool.Samples, e.runs(), inPercent(e.allowed), e.pool.Over, side, inPercent(e.allowed), chance(e.chance))
}

func (e *evidence) aboutMean(limit float64) string {
	deviation := 0.0
	if e.pool.Samples > 1 {
		deviation = math.Sqrt(e.pool.Spread / float64(e.pool.Samples-1))
	}
	return fmt.Sprintf("the mean of %d %s%s is %s ms, their deviation %s ms: the chance of one this far from %s ms is %s",
		e.pool.Samples, plural(e.pool.Samples, "sample", "samples"), e.runs(), digits(round(e.pool.Mean)), digits(round(deviation)), digits(limit), chance(e.chance))
}

func (e *evidence) runs() string {
	if e.pool.Runs <= 1 {
		return ""
	}
	return fmt.Sprintf(" of %d runs", e.pool.Runs)
}

func (e *evidence) verdict() string {
	text := fmt.Sprintf("; at most %s is proof: %s", inPercent(e.alpha), e.finding)
	if e.within {
		text += ", as the mean of those that did not fail is within the target"
	}
	if e.needed > 0 {
		text += fmt.Sprintf("; it takes %d samples", e.needed)
	}
	return text
}

func inPercent(share float64) string { return digits(round(share*100)) + " %" }

func chance(p float64) string { return strconv.FormatFloat(p, 'g', 4, 64) }
