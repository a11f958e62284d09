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

// moments add up latencies in milliseconds.
type moments struct {
	n            float64
	sum, squares float64
}

func (m *moments) add(ms float64) {
	m.n++
	m.sum += ms
	m.squares += ms * ms
}

func (m moments) mean() float64 { return m.sum / max(1, m.n) }

func (m moments) deviation() float64 {
	return math.Sqrt(max(0, m.squares-m.sum*m.mean()) / max(1, m.n-1))
}

// observe fills the observation with what was measured.
func (r *reader) observe(o *scaling.Observation, untrusted bool) {
	over := 0
	var finished moments
	for _, s := range r.samples {
		if s*1000 > r.target.Limit {
			over++
		}
		if !math.IsInf(s, 1) {
			finished.add(s * 1000)
		}
	}
	n := len(r.samples)
	failed := n - int(finished.n)
	all := finished
	for range failed {
		all.add(r.timeout)
	}
	mean, deviation := all.mean(), all.deviation()
	reading := scaling.Reading{
		Target: r.target, Samples: n, Over: &over, Mean: &mean, Deviation: &deviation, FailureShare: float64(failed) / float64(n),
	}
	r.value(&reading, finished)
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
func (r *reader) value(reading *scaling.Reading, finished moments) {
	switch kind := r.target.Statistic.Kind; {
	case finished.n == 0:
		reading.Failed = true
	case kind == scaling.Mean:
		reading.Value = finished.mean()
		reading.Low, reading.High = loadtest.MeanInterval(int(finished.n), finished.mean(), finished.deviation())
	case kind == scaling.Median:
		r.quantile(reading, int(finished.n), 0.5) // failed requests are infinite and so behind all others
	default:
		r.quantile(reading, len(r.samples), r.target.Statistic.Quantile)
	}
}

// quantile is that of the n fastest samples, by the nearest rank, with its interval by order statistics.
func (r *reader) quantile(reading *scaling.Reading, n int, q float64) {
	if r.size != n {
		r.size = n
		r.low, r.high = loadtest.OrderStatistics(n, q, (1-loadtest.Confidence)/2)
	}
	// In ascending order: each selection leaves what is above it behind it, and with high percentiles that is little.
	low := r.end(r.low, 0, n)
	if reading.Value = r.at(rank(n, q), r.low); math.IsInf(reading.Value, 1) {
		reading.Value, reading.Failed = 0, true
	}
	reading.Low, reading.High = low, r.end(r.high, rank(n, q), n)
}

// rank is that of the smallest of n values that a share q of them do not exceed. The tolerance absorbs the rounding of q·n.
func rank(n int, q float64) int { return max(1, int(math.Ceil(float64(n)*q-1e-9))) }

// end is an end of the interval in milliseconds; nil if there is none.
func (r *reader) end(rank, below, n int) *float64 {
	if rank < 1 || rank > n {
		return nil
	}
	value := r.at(rank, below)
	if math.IsInf(value, 1) {
		return nil
	}
	return &value
}

// at is the value at a rank, from 1, in milliseconds. The values up to the rank below, which is not higher, are in place.
func (r *reader) at(rank, below int) float64 {
	first := max(0, below-1)
	return selected(r.samples[first:], rank-1-first) * 1000
}
