package compare

import (
	"math"
	"time"

	"github.com/latency-pod-autoscaler/lpa/internal/simulate"
)

// The Horizontal Pod Autoscaler's defaults: a tolerance of 0.1, the most replicas that were recommended within five minutes
// for going down, and at most the larger of twice as many and four more for going up.
// https://kubernetes.io/docs/tasks/run-application/horizontal-pod-autoscale/
const (
	ratioTolerance = 0.1
	ratioWindow    = 5 * time.Minute
)

// recommendation is what a law would have had at some time.
type recommendation struct {
	at       time.Time
	replicas int
}

// ratioRule is the Horizontal Pod Autoscaler's rule with latency as its metric, aimed at a share of the target.
type ratioRule struct {
	aim  float64
	past []recommendation
}

func newRatioRule(aim float64) simulate.Law {
	r := &ratioRule{aim: aim}
	return rival{r.decide}
}

func (l *ratioRule) decide(n, ready int, use float64, now time.Time) int {
	want := n
	if ratio := use / l.aim; math.Abs(ratio-1) > ratioTolerance {
		want = scaled(ready, ratio)
	}
	if len(l.past) == 0 {
		l.past = append(l.past, recommendation{now, n}) // after a start, the present count is the first recommendation
	}
	l.past = append(l.past, recommendation{now, want})
	for now.Sub(l.past[0].at) > ratioWindow {
		l.past = l.past[1:]
	}
	if want > n {
		return min(want, max(2*n, n+4))
	}
	most := 0
	for _, r := range l.past {
		most = max(most, r.replicas)
	}
	return min(n, most)
}
