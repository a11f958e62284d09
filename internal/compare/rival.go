package compare

import (
	"math"
	"time"

	"github.com/latency-pod-autoscaler/lpa/internal/scaling"
)

// rival is the law of another autoscaler. Those know one number for each run, use: the share of its target that the slowest
// reading takes. They get the same courtesy as ours: a measurement that cannot be trusted holds.
type rival struct {
	decide func(n, ready int, use float64, now time.Time) int
}

func (l rival) Decide(observed scaling.Observation, now time.Time) scaling.Decision {
	n := observed.Replicas
	use, ok := targetUse(observed)
	if !ok || n == 0 {
		return scaling.Decision{Current: n, Desired: n, Reason: scaling.Untrusted}
	}
	want := max(1, l.decide(n, readyOf(observed), use, now))
	reason := scaling.WithinTarget
	switch {
	case want > n:
		reason = scaling.TargetBreached
	case want < n:
		reason = scaling.Decayed
	}
	return scaling.Decision{Current: n, Desired: want, Reason: reason}
}

// targetUse is the greatest share that a reading takes of its limit. A percentile that falls on failed requests is as slow as
// a request may get, its timeout. ok is false if nothing can be said.
func targetUse(o scaling.Observation) (use float64, ok bool) {
	if o.Verdict != scaling.Trusted && o.Verdict != scaling.OverloadErrors {
		return 0, false
	}
	for _, r := range o.Readings {
		value := r.Value
		switch {
		case r.Missing || r.Target.Limit <= 0:
			continue
		case r.Failed:
			value = max(o.Timeout, 2*r.Target.Limit)
		}
		use, ok = max(use, value/r.Target.Limit), true
	}
	return use, ok
}

func readyOf(o scaling.Observation) int {
	if o.Ready == nil {
		return o.Replicas
	}
	return *o.Ready
}

// scaled is ceil(n·factor), without the last bit of a floating-point number making it one more.
func scaled(n int, factor float64) int {
	const most = 1e6 // no service has as many; a law that asks for them has lost its way
	return int(math.Min(math.Ceil(float64(n)*factor-1e-9), most))
}
