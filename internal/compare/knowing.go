package compare

import (
	"math"
	"time"

	"github.com/latency-pod-autoscaler/lpa/internal/scaling"
	"github.com/latency-pod-autoscaler/lpa/internal/simulate"
)

// knowingReserve is what the law that knows the load keeps beyond it.
const knowingReserve = 1.2

// knowing is a law that nobody can have: it knows the load of the moment and how much of it a pod takes. What is left between
// it and a law that measures latency is what knowing the load would be worth.
type knowing struct {
	trace    simulate.Trace
	capacity float64 // requests per second of a pod
	begin    time.Time
	runTime  time.Duration
}

func newKnowing(c Case) simulate.Law {
	return &knowing{trace: c.Setup.Trace, capacity: c.Capacity, runTime: c.Setup.Probe.RunTime}
}

// Decide looks at the load of the last seconds before now. The first decision falls when the first load test has ended.
func (l *knowing) Decide(observed scaling.Observation, now time.Time) scaling.Decision {
	const moment = 5 * time.Second
	if l.begin.IsZero() {
		l.begin = now.Add(-l.runTime)
	}
	at := now.Sub(l.begin)
	rate := l.trace.Mean(at-moment, at)
	want := max(1, int(math.Ceil(knowingReserve*rate/l.capacity-1e-9)))
	return scaling.Decision{Current: observed.Replicas, Desired: want, Reason: scaling.WithinTarget}
}
