package scaling

import "math"

// failing says that surely more than failuresAllowed of the requests fail.
func (r *Reading) failing() bool {
	if r.Samples <= 0 || !(r.FailureShare > failuresAllowed) {
		return false
	}
	n := min(r.Samples, mostSamples)
	failures := r.failed(n)
	return failures > 1 && atLeast(failures, n, failuresAllowed) <= 1-usualConfidence
}

// failed is how many of so many samples failed.
func (r *Reading) failed(samples int) int {
	return int(math.Round(min(1, sane(r.FailureShare)) * float64(samples)))
}

// strays says that the percentile may fall on a failed request by chance: not surely more of the samples are over the target than may
// be, and those that did not fail surely meet it.
func (r *Reading) strays(e *evidence) bool {
	if !r.Failed || e.finding != isGrey || e.basis != byCount {
		return false
	}
	run, _ := r.samples()
	failures := min(run.Over, r.failed(run.Samples))
	others := evidence{basis: byCount, alpha: e.alpha, allowed: e.allowed}
	others.judge(pool{Samples: run.Samples - failures, Over: run.Over - failures}, r.Target.Limit)
	return others.finding == isClear
}

// failing is the first reading whose requests fail noticeably and have no target of their own for that; nil if there is
// none. A percentile may be met while some of its requests fail, and a mean of those that did not may even be better.
func failing(readings []Reading) *Reading {
	for i := range readings {
		if r := &readings[i]; r.failing() && !permitted(readings, r.Target) {
			return r
		}
	}
	return nil
}

// permitted says that a target of its failure ratio decides how often the request may fail.
func permitted(readings []Reading, t Target) bool {
	for i := range readings {
		other := readings[i].Target
		if other.Statistic.Kind == FailureRatio && other.Method == t.Method && other.Endpoint == t.Endpoint {
			return true
		}
	}
	return false
}
