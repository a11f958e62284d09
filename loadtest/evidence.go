package loadtest

import (
	"math"
	"time"
)

// Evidence is what the samples of one request name say beside their quantiles. Times are in milliseconds. Requests that were
// cut off count as those that took longer, as in the quantiles.
type Evidence struct {
	Count int // of all requests
	// Over is how many took longer than the limit, or would have: failed ones did, and so did those that were cut off when
	// they had taken longer than any that finished.
	Over int
	// Mean and Deviation are of all requests, failed ones counted as the timeout. They are nil without requests, and where
	// some failed after a time that is not known.
	Mean, Deviation *float64
	// MeanLow and MeanHigh are the interval, at Confidence, of the mean of the requests that did not fail, by Student's t.
	// They are nil if fewer than two of them finished.
	MeanLow, MeanHigh *float64
}

// Evidence is what the samples say about a limit. The timeout is what a failed request counts as; 0 if it is not known.
func (s Samples) Evidence(limit, timeout time.Duration) (Evidence, error) {
	d, err := s.decode()
	if err != nil {
		return Evidence{}, err
	}
	e := Evidence{Count: d.count()}
	e.Over = int(math.Round(d.weigh(limit, func(time.Duration, float64) {}) * float64(e.Count)))
	if e.Count > 0 && (d.failed == 0 || timeout > 0) {
		rest := d.tail()
		if d.failed > 0 {
			rest = []time.Duration{timeout}
		}
		mean, deviation := d.moments(rest)
		e.Mean, e.Deviation = &mean, &deviation
	}
	d.failed = 0
	mean, deviation := d.moments(d.tail())
	e.MeanLow, e.MeanHigh = MeanInterval(d.finished.len(), mean, deviation)
	return e, nil
}

// moments are the mean and the standard deviation in milliseconds, where the requests of which the latency is not known have
// the latencies of rest, each the same share.
func (d distribution) moments(rest []time.Duration) (mean, deviation float64) {
	type part struct{ value, share float64 }
	var parts []part
	left := d.weigh(math.MaxInt64, func(latency time.Duration, share float64) {
		parts = append(parts, part{milliseconds(latency), share})
	})
	for _, latency := range rest {
		parts = append(parts, part{milliseconds(latency), left / float64(len(rest))})
	}
	for _, p := range parts {
		mean += p.value * p.share
	}
	variance := 0.0
	for _, p := range parts {
		variance += (p.value - mean) * (p.value - mean) * p.share
	}
	if n := d.count(); n > 1 {
		variance *= float64(n) / float64(n-1)
	}
	return mean, math.Sqrt(variance)
}

// MeanInterval is the interval, at Confidence, of the true mean of n independent latencies with this mean and this standard
// deviation, by Student's t; nil if there are fewer than two.
func MeanInterval(n int, mean, deviation float64) (low, high *float64) {
	if n < 2 {
		return nil, nil
	}
	half := student95(n-1) * deviation / math.Sqrt(float64(n))
	below, above := max(0, mean-half), mean+half
	return &below, &above
}

// student95 is the 95 % quantile of Student's t with so many degrees of freedom, at least one: exact for the first two, then
// by the expansion in Abramowitz and Stegun, 26.7.5, which is at most 0.05 % off.
func student95(freedom int) float64 {
	switch freedom {
	case 1:
		return 6.313752
	case 2:
		return 2.919986
	}
	const z = 1.644854 // the normal distribution's
	z2 := z * z
	v := float64(freedom)
	return z * (1 + (z2+1)/(4*v) + (5*z2*z2+16*z2+3)/(96*v*v) +
		(3*z2*z2*z2+19*z2*z2+17*z2-15)/(384*v*v*v) +
		(79*z2*z2*z2*z2+776*z2*z2*z2+1482*z2*z2-1920*z2-945)/(92160*v*v*v*v))
}
