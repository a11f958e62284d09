package simulate

import (
	"github.com/latency-pod-autoscaler/lpa/internal/scaling"
)

// target is what is looked for in the service's latencies. Times are in seconds.
type target struct {
	limit    float64
	quantile float64 // 0 for the mean
	// succeeded says that failed requests do not count, as in a mean and a median.
	succeeded bool
}

func newTarget(t scaling.Target) target {
	switch t.Statistic.Kind {
	case scaling.Median:
		return target{limit: t.Limit / 1000, quantile: 0.5, succeeded: true}
	case scaling.Percentile:
		return target{limit: t.Limit / 1000, quantile: t.Statistic.Quantile}
	}
	return target{limit: t.Limit / 1000, succeeded: true}
}

// allowed is the share of all requests that may be over the limit, or have failed.
func (t target) allowed(failed float64) float64 {
	if t.succeeded {
		return failed + (1-failed)*(1-t.quantile)
	}
	return 1 - t.quantile
}

// violated says whether the statistic is over the limit, from the share of requests that are over it or failed, the share
// that failed, and the mean of those that did not. A service all of whose requests fail violates every target.
func (t target) violated(over, failed, mean float64) bool {
	switch {
	case failed >= 1:
		return true
	case t.quantile == 0:
		return mean > t.limit
	}
	return over > t.allowed(failed)
}
