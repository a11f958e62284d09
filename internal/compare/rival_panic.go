package compare

import (
	"time"

	"github.com/latency-pod-autoscaler/lpa/internal/simulate"
)

// Knative's defaults: the mean of the last minute, or in panic the last six seconds; panic begins where those ask for twice
// the ready pods and ends a minute after it was last so; at most 1,000 times as many up and half as many down at once.
// https://knative.dev/docs/serving/autoscaling/kpa-specific/
const (
	panicStable    = time.Minute
	panicWindow    = 6 * time.Second
	panicThreshold = 2
	panicUp        = 1000
	panicDown      = 2
)

// seen is what was read at some time.
type seen struct {
	at  time.Time
	use float64
}

// panicRule is Knative's rule with latency as its metric, aimed at a share of the target.
type panicRule struct {
	aim     float64
	past    []seen
	started bool
	until   time.Time // the end of the panic
	most    int       // wanted in this panic
}

func newPanicRule(aim float64) simulate.Law {
	p := &panicRule{aim: aim}
	return rival{p.decide}
}

func (l *panicRule) decide(n, ready int, use float64, now time.Time) int {
	if !l.started { // in panic at the present count, so that a restart takes nothing away
		l.started, l.until, l.most = true, now.Add(panicStable), n
	}
	l.past = append(l.past, seen{now, use})
	for now.Sub(l.past[0].at) >= panicStable {
		l.past = l.past[1:]
	}
	ready = max(1, ready)
	limit := func(replicas int) int { return min(max(replicas, ready/panicDown), panicUp*ready) }
	stable := limit(scaled(ready, l.mean(now, panicStable)/l.aim))
	urgent := limit(scaled(ready, l.mean(now, panicWindow)/l.aim))
	switch {
	case urgent >= panicThreshold*ready:
		if now.After(l.until) {
			l.most = 0
		}
		l.until = now.Add(panicStable)
	case now.After(l.until):
		return stable
	}
	l.most = max(l.most, urgent)
	return l.most
}

// mean is that of what was read in a window up to now; the last reading is always in it.
func (l *panicRule) mean(now time.Time, window time.Duration) float64 {
	sum, count := 0.0, 0
	for _, s := range l.past {
		if now.Sub(s.at) < window {
			sum += s.use
			count++
		}
	}
	return sum / float64(count)
}
