package cpa

import (
	"time"

	"github.com/latency-pod-autoscaler/lpa/internal/scaling"
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
	e, err := q.Samples.Evidence(time.Duration(r.Target.Limit*float64(time.Millisecond)), timeout)
	if err != nil || e.Count != r.Samples {
		return err // samples of other requests than those counted are no evidence
	}
	r.Over, r.Mean, r.Deviation = &e.Over, e.Mean, e.Deviation
	switch kind {
	case scaling.Mean:
		r.Unfinished = q.Unfinished
		r.Low, r.High = e.MeanLow, e.MeanHigh
		if r.AtLeast {
			r.High = nil // the mean itself is only a lower bound
		}
	case scaling.Median:
		successes := *q.Samples
		successes.Failed = 0 // as in the value
		median, err := successes.Percentile(0.5)
		if err != nil {
			return err
		}
		r.Low, r.High = median.Low, median.High
	}
	return nil
}
