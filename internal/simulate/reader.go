package simulate

import (
	"fmt"
	"math"
	"time"

	"github.com/latency-pod-autoscaler/lpa/internal/scaling"
	"github.com/latency-pod-autoscaler/lpa/loadtest"
)

// reader makes of a load test's latencies what evaluate makes of them.
type reader struct {
	target  scaling.Target
	timeout float64   // in milliseconds
	samples []float64 // in seconds; +Inf is a failed request

	size      int // for which the ranks below are
	low, high int
}

func newReader(t scaling.Target, timeout time.Duration, samples int) reader {
	return reader{target: t, timeout: timeout.Seconds() * 1000, samples: make([]float64, 0, samples)}
}

func (r *reader) begin() { r.samples = r.samples[:0] }

// observe fills the observation with what was measured.
func (r *reader) observe(o *scaling.Observation, untrusted bool) {
	n := len(r.samples)
	failed, over := 0, 0
	sum, squares := 0.0, 0.0
	for _, s := range r.samples {
		ms := s * 1000
		if math.IsInf(s, 1) {
			failed++
			ms = r.timeout
		}
		if s*1000 > r.target.Limit {
			over++
		}
		sum += ms
		squares += ms * ms
	}
	reading := scaling.Reading{Target: r.target, Samples: n, Over: &over}
	mean := sum / float64(n)
	deviation := math.Sqrt(max(0, squares-sum*mean) / float64(max(1, n-1)))
	reading.Mean, reading.Deviation = &mean, &deviation
	reading.FailureShare = float64(failed) / float64(n)
	r.value(&reading, failed, (sum-float64(failed)*r.timeout)/float64(max(1, n-failed)))
	o.Timeout, o.Readings, o.Verdict = r.timeout, []scaling.Reading{reading}, string(loadtest.VerdictOK)
	switch {
	case untrusted:
		o.Verdict, o.Reasons = string(loadtest.VerdictGenerator), untrustedReasons
	case reading.FailureShare > loadtest.ErrorShare:
		o.Verdict, o.Reasons = string(loadtest.VerdictOverloadErrors), []string{fmt.Sprintf("%d of %d requests failed: timeout", failed, n)}
	}
}

var untrustedReasons = []string{"simulated: the measurement of this run cannot be trusted"}

// value is the target's statistic with its interval. Those of means and medians are of the requests that did not fail.
func (r *reader) value(reading *scaling.Reading, failed int, mean float64) {
	n := len(r.samples)
	switch kind := r.target.Statistic.Kind; {
	case failed == n:
		reading.Failed = true
	case kind == scaling.Mean:
		reading.Value = mean
	case kind == scaling.Median:
		// Failed requests are infinite and so behind all others.
		reading.Value = r.rank(rank(n-failed, 0.5))
	default:
		q := r.target.Statistic.Quantile
		if r.size != n {
			r.size = n
			r.low, r.high = loadtest.OrderStatistics(n, q, (1-loadtest.Confidence)/2)
		}
		reading.Value = r.rank(rank(n, q))
		if math.IsInf(reading.Value, 1) {
			reading.Value, reading.Failed = 0, true
		}
		reading.Low, reading.High = r.end(r.low), r.end(r.high)
	}
}

// rank is that of the smallest of n values that a share q of them do not exceed. The tolerance absorbs the rounding of q·n.
func rank(n int, q float64) int { return max(1, int(math.Ceil(float64(n)*q-1e-9))) }

// end is an end of the interval in milliseconds; nil if there is none.
func (r *reader) end(rank int) *float64 {
	if rank < 1 || rank > len(r.samples) {
		return nil
	}
	value := r.rank(rank)
	if math.IsInf(value, 1) {
		return nil
	}
	return &value
}

// rank is the value at a rank, from 1, in milliseconds.
func (r *reader) rank(k int) float64 { return selected(r.samples, k-1) * 1000 }
