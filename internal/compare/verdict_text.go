package compare

import (
	"fmt"
	"strings"

	"github.com/latency-pod-autoscaler/lpa/internal/words"
)

// Lines say in words how knee fares beside the others.
func (v Verdict) Lines() []string {
	lines := []string{fmt.Sprintf("At equal pods %s is over the target %.2f times as long as the best decay setting%s; in hours %.1f against %.1f, %.2f times.",
		v.Setting, v.All.Ratio(), v.byWorkers(), v.All.KneeTime.Hours(), v.All.DecayTime.Hours(), v.All.TimeRatio())}
	if v.All.NeverReached > 0 {
		lines = append(lines, fmt.Sprintf("In %s no decay setting takes as few pods; the cheapest counts there.", words.Plural(v.All.NeverReached, "case")))
	}
	if v.LongCases > 0 {
		lines = append(lines, fmt.Sprintf("In %d of %s of 6 h and more another law is clearly better, by more than 0.2 points of time, without more pods.",
			len(v.Dominated), words.Plural(v.LongCases, "case")))
	}
	return lines
}

func (v Verdict) byWorkers() string {
	if len(v.Workers) < 2 {
		return ""
	}
	var parts []string
	for _, w := range v.Workers {
		parts = append(parts, fmt.Sprintf("%.2f with %s", w.Ratio(), words.Plural(w.Workers, "worker")))
	}
	return ", " + strings.Join(parts, ", ")
}

// Missed are the goals that are not met.
func (v Verdict) Missed() []string {
	var missed []string
	miss := func(bad bool, format string, args ...any) {
		if bad {
			missed = append(missed, fmt.Sprintf(format, args...))
		}
	}
	miss(v.All.Ratio() > GoalAll, "over all cases at most %.2f times decay's violation, is %.2f", GoalAll, v.All.Ratio())
	for _, w := range v.Workers {
		miss(w.Ratio() > GoalWorkers, "with %s at most %.2f times, is %.2f", words.Plural(w.Workers, "worker"), GoalWorkers, w.Ratio())
	}
	miss(float64(len(v.Dominated)) > GoalDominated*float64(v.LongCases), "at most %.0f %% of the cases of 6 h and more in which another law is clearly better, are %d of %d",
		100*GoalDominated, len(v.Dominated), v.LongCases)
	return missed
}

// String is such as bursts, 1 worker: knee 60 1.5 % @ 1.40, decay 60 1.1 % @ 1.38.
func (l Loss) String() string {
	return fmt.Sprintf("%s: %s %% @ %.2f, %s %s %% @ %.2f", l.Case.Name(), percent(l.Knee.Violation), l.Knee.Pods(), l.Setting, percent(l.Theirs.Violation), l.Theirs.Pods())
}
