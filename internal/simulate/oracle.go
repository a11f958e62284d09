package simulate

import (
	"fmt"
	"math"
	"time"

	"github.com/latency-pod-autoscaler/lpa/internal/scaling"
)

// foresight is how far the oracle sees.
const foresight = time.Minute

// oracle is a law that nobody can have: it knows the service and the load of the next minute, and always has just as many
// pods as meet the target in the long run at the highest load of that minute. What is added behind the service it ignores, as
// pods do not help there.
type oracle struct {
	capacity float64 // requests per second that one pod can take
	trace    Trace
	min, max int
}

func newOracle(trace Trace, s Service, t target, fewest, most int) oracle {
	return oracle{capacity: capacity(s, t), trace: trace, min: max(1, fewest), max: most}
}

// pods is how many there are at a time.
func (o *oracle) pods(at time.Duration) int {
	if n := math.Ceil(o.trace.Highest(at, at+foresight)/o.capacity - 1e-9); n < float64(o.max) {
		return max(o.min, int(n))
	}
	return o.max
}

// Capacity is how many requests per second one warm pod can take in the long run such that the target is just met. It is an
// error if not even a pod without load meets it.
func Capacity(s Service, t scaling.Target) (float64, error) {
	if c := capacity(s, newTarget(t)); c > 0 {
		return c, nil
	}
	return 0, TargetError{t, s.Time}
}

// TargetError is a target that not even a pod without load meets.
type TargetError struct {
	Target scaling.Target
	Time   Distribution // of a request
}

func (e TargetError) Error() string {
	return fmt.Sprintf("target: must be met by a pod without load, but %s is to be %g ms and a request takes %s (%s)",
		e.Target.Statistic, e.Target.Limit, e.Time.Mean, e.Time.Kind)
}

func capacity(s Service, t target) float64 {
	service := newServiceTime(s.Time)
	q := newQueue(s.Workers, service, 1)
	meets := func(rho float64) bool {
		n := q.stationary(rho)
		r := response{service: &service, factor: 1, timeout: s.Timeout.Seconds(), share: n.waiting}
		if n.waiting > 0 {
			r.mean = n.wait / n.waiting
		}
		return !t.violated(r.over(t.limit), r.failed(), r.average())
	}
	low, high := 0.0, 1.0
	for range 60 {
		if rho := (low + high) / 2; meets(rho) {
			low = rho
		} else {
			high = rho
		}
	}
	if low < 1e-9 {
		return 0
	}
	return low * float64(s.Workers) / service.mean
}
