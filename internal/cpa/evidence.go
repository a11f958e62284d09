package cpa

import (
	"math"
	"slices"
	"time"

	"github.com/latency-pod-autoscaler/lpa/internal/scaling"
	"github.com/latency-pod-autoscaler/lpa/loadtest"
)

// evidence adds to a reading what the samples say beside its value.
func (q reportedRequest) evidence(r *scaling.Reading, timeout time.Duration) error {
	kind := r.Target.Statistic.Kind
	if kind == scaling.FailureRatio {
		if q.NumRequests != nil && !r.Missing {
			// Those that were cut off are left out: that they were still under way says nothing of how they would have ended.
			over := min(q.NumFailures, r.Samples)
			r.Over = &over
		}
		return nil
	}
	if q.Samples == nil || q.NumRequests == nil || r.Missing {
		return nil
	}
	all, err := readSamples(*q.Samples)
	if err != nil || all.count() != r.Samples {
		return err // samples of other requests than those counted are no evidence
	}
	over := all.over(time.Duration(r.Target.Limit * float64(time.Millisecond)))
	r.Over = &over
	if mean, deviation, ok := all.mean(timeout); ok {
		r.Mean, r.Deviation = &mean, &deviation
	}
	switch kind {
	case scaling.Mean:
		r.Low, r.High = all.meanInterval(r.AtLeast)
	case scaling.Median:
		successes := *q.Samples
		successes.Failed = 0 // as in the value
		r.Low, r.High, err = interval(successes, 0.5)
	}
	return err
}

// interval is the confidence interval of a quantile, in milliseconds; nil where an end is open.
func interval(samples loadtest.Samples, quantile float64) (low, high *float64, err error) {
	l, h, err := samples.Interval(quantile)
	return known(l), known(h), err
}

func known(q loadtest.Quantile) *float64 {
	if q.Failed || q.Missing {
		return nil
	}
	ms := milliseconds(q.Value)
	return &ms
}

func milliseconds(d time.Duration) float64 { return float64(d.Microseconds()) / 1000 }

// samples are the latencies of one request name. Those of the requests that the end of the run cut off have the weight that
// Kaplan and Meier's estimator gives them, as in the values: one that was cut off counts as those that took longer.
type samples struct {
	finished   []group // ascending
	unfinished []group // ages, ascending
	failed     int     // slower than all
}

// group is a latency and how many requests had it.
type group struct {
	latency time.Duration
	count   int
}

func readSamples(encoded loadtest.Samples) (samples, error) {
	s := samples{failed: encoded.Failed}
	err := encoded.Each(
		func(latency time.Duration, count int) { s.finished = append(s.finished, group{latency, count}) },
		func(age time.Duration, count int) { s.unfinished = append(s.unfinished, group{age, count}) })
	return s, err
}

func sum(groups []group) int {
	n := 0
	for _, g := range groups {
		n += g.count
	}
	return n
}

func (s samples) count() int { return sum(s.finished) + sum(s.unfinished) + s.failed }

// survive walks the latencies that finished requests had, up to a limit, and gives each the share of all requests that it
// stands for. What it returns is the share that takes longer.
func (s samples) survive(limit time.Duration, step func(latency time.Duration, share float64)) float64 {
	survival, risk, cut := 1.0, s.count(), 0
	for _, g := range s.finished {
		if g.latency > limit {
			break
		}
		for cut < len(s.unfinished) && s.unfinished[cut].latency < g.latency {
			risk -= s.unfinished[cut].count
			cut++
		}
		share := survival * float64(g.count) / float64(risk)
		step(g.latency, share)
		survival = max(0, survival-share)
		risk -= g.count
	}
	return survival
}

// over is how many of the requests took longer than the limit, or would have: failed ones did, and so did those that were
// cut off when they had taken longer than any that finished.
func (s samples) over(limit time.Duration) int {
	survival := s.survive(limit, func(time.Duration, float64) {})
	return int(math.Round(survival * float64(s.count())))
}

// moments are the mean and the standard deviation in milliseconds, where the requests of which the latency is not known have
// the latencies of rest.
func (s samples) moments(rest []group) (mean, deviation float64) {
	type part struct{ value, share float64 }
	parts := make([]part, 0, len(s.finished)+len(rest))
	left := s.survive(math.MaxInt64, func(latency time.Duration, share float64) {
		parts = append(parts, part{milliseconds(latency), share})
	})
	n := sum(rest)
	for _, g := range rest {
		parts = append(parts, part{milliseconds(g.latency), left * float64(g.count) / float64(n)})
	}
	for _, p := range parts {
		mean += p.value * p.share
	}
	variance := 0.0
	for _, p := range parts {
		variance += (p.value - mean) * (p.value - mean) * p.share
	}
	if n := s.count(); n > 1 {
		variance *= float64(n) / float64(n-1)
	}
	return mean, math.Sqrt(variance)
}

// mean is of all requests, failed ones counted as the timeout. ok is false without requests, and where some failed after a
// time that is not known.
func (s samples) mean(timeout time.Duration) (mean, deviation float64, ok bool) {
	if s.count() == 0 || s.failed > 0 && timeout <= 0 {
		return 0, 0, false
	}
	rest := s.tail()
	if s.failed > 0 {
		rest = []group{{timeout, s.failed}}
	}
	mean, deviation = s.moments(rest)
	return mean, deviation, true
}

// tail are the requests that were cut off when they had taken longer than any that finished: nothing is known of how long
// they would have taken but their age.
func (s samples) tail() []group {
	if len(s.finished) == 0 {
		return s.unfinished
	}
	last := s.finished[len(s.finished)-1].latency
	i, _ := slices.BinarySearchFunc(s.unfinished, last, func(g group, last time.Duration) int {
		if g.latency < last {
			return -1
		}
		return 1
	})
	return s.unfinished[i:]
}

// meanInterval is the 90 % interval of the mean of the requests that did not fail, by Student's t. The upper end is open where
// the mean itself is only a lower bound.
func (s samples) meanInterval(atLeast bool) (low, high *float64) {
	s.failed = 0
	n := sum(s.finished)
	if n < 2 {
		return nil, nil
	}
	mean, deviation := s.moments(s.tail())
	half := student95(n-1) * deviation / math.Sqrt(float64(n))
	below, above := max(0, mean-half), mean+half
	if atLeast {
		return &below, nil
	}
	return &below, &above
}

// student95 is the 95 % quantile of Student's t with so many degrees of freedom, at least one: exact for the first two, then
// by the expansion in Abramowitz and Stegun, 26.7.5, which is right to a thousandth.
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
