package scaling

import "math"

// finding is what the samples of a target prove.
type finding string

// The findings. A grey one proves neither of the others.
const (
	isBreach finding = "breach"
	isClear  finding = "clear"
	isGrey   finding = "grey"
)

// basis is what a finding is made of.
type basis uint8

const (
	byCount   basis = iota // how many samples are over the target
	byMean                 // the samples' mean and deviation
	byValue                // the value itself, as the samples are not known
	byExtreme              // the value itself, as it speaks of these requests and of no others
	byBound                // the value is only a lower bound, within the limit
	byNothing              // there is no value
)

// evidence is a finding, with the numbers that it is made of.
type evidence struct {
	finding finding
	basis   basis
	alpha   float64 // the largest chance of being wrong
	allowed float64 // share of the samples that may be over the target
	pool    pool    // what the finding is of: this run, or this run and the grey ones before it
	chance  float64 // of as many or more over, or as few or fewer, if the target were only just met
	above   bool    // chance is of as many or more, or of a mean as large or larger
	within  bool    // it would be a breach, but the value, of the requests that did not fail, is within the target
	needed  int     // samples without which it cannot be clear, however fast they are; 0 if there are enough
}

// weigh is the evidence of a reading and of the grey runs before it, which it adds to the pool or ends.
//
// A run that proves something by itself is taken at its word. Only grey runs are added up, until together they prove
// something or are too many, so that what was seen long ago never outvotes what is seen now.
func (r *Reading) weigh(before *pool, confidence float64) evidence {
	if confidence <= 0 {
		confidence = usualConfidence
	}
	e := evidence{alpha: fine(1 - confidence), allowed: r.Target.allowed()}
	run, basis := r.samples()
	e.basis = basis
	switch basis {
	case byNothing, byBound:
		e.finding = isGrey
		return e
	case byValue, byExtreme:
		e.finding = r.finding()
		return e
	}
	e.judge(run, r.Target.Limit)
	if e.finding == isGrey && before.Samples > 0 {
		e.judge(before.join(run), r.Target.Limit)
	}
	if e.finding == isClear && r.Breached() {
		e.finding = isGrey // earlier runs never make a run that is over its target a good one
	}
	if e.finding == isBreach && basis == byMean && !r.Breached() {
		e.finding, e.within = isGrey, true // failed requests count as the timeout here, and not in the value: they keep replicas, and add none
	}
	*before = pool{}
	if e.finding == isGrey && e.pool.Runs < poolRuns {
		*before = e.pool
	}
	return e
}

// samples are those of the reading, as far as its statistic can use them.
func (r *Reading) samples() (pool, basis) {
	switch kind := r.Target.Statistic.Kind; {
	case r.Missing:
		return pool{}, byNothing
	case r.unknown():
		// What was cut off early is neither over the limit nor within it, though Over has it and Mean takes its age.
		return pool{}, byBound
	case kind == Min || kind == Max:
		return pool{}, byExtreme
	case kind == Mean && (r.Mean == nil || r.Deviation == nil):
		return pool{}, byValue
	case kind == Mean:
		// Those that were cut off have the times of others, so that they add nothing to what is known of the spread.
		n := max(0, min(r.Samples-r.Unfinished, mostSamples))
		mean, deviation := sane(*r.Mean), sane(*r.Deviation)
		return pool{Runs: 1, Samples: n, Mean: mean, Spread: deviation * deviation * float64(max(0, n-1))}, byMean
	case r.Over == nil:
		return pool{}, byValue
	}
	n := max(0, min(r.Samples, mostSamples))
	return pool{Runs: 1, Samples: n, Over: max(0, min(*r.Over, n))}, byCount
}

// finding is by the value itself.
func (r *Reading) finding() finding {
	switch {
	case r.Breached():
		return isBreach
	case r.unknown():
		return isGrey
	}
	return isClear
}

// allowed is the share of the samples that may be over the limit.
func (t Target) allowed() float64 {
	switch t.Statistic.Kind {
	case Percentile:
		return fine(1 - t.Statistic.Quantile)
	case Median:
		return 0.5
	case FailureRatio:
		return t.Limit
	}
	return 0
}

// judge is the finding of the samples in p.
func (e *evidence) judge(p pool, limit float64) {
	e.pool, e.needed = p, 0
	if e.basis == byMean {
		e.judgeMean(limit)
	} else {
		e.judgeCount()
	}
	switch {
	case e.chance > e.alpha:
		e.finding = isGrey
	case e.above:
		e.finding = isBreach
	default:
		e.finding = isClear
	}
}

func (e *evidence) judgeCount() {
	n, over := e.pool.Samples, e.pool.Over
	e.above = float64(over) > float64(n)*e.allowed
	switch {
	case e.above:
		e.chance = atLeast(over, n, e.allowed)
	case e.allowed == 0 && n > 0:
		e.chance = 0 // where nothing may be over, as little as that is all that can be seen
	default:
		e.chance = atMost(over, n, e.allowed)
		if needed := samplesFor(e.allowed, e.alpha); n < needed {
			e.needed = needed
		}
	}
}

// samplesFor is how many samples, none of them over the target, it takes to prove that less than the allowed share is:
// (1 − allowed)^n ≤ alpha. For a p95 and 95 % these are 59, for a p99 299.
func samplesFor(allowed, alpha float64) int {
	if allowed <= 0 || allowed >= 1 {
		return 1
	}
	return int(min(math.MaxInt32, math.Ceil(math.Log(alpha)/math.Log1p(-allowed)-1e-9)))
}

func (e *evidence) judgeMean(limit float64) {
	n := e.pool.Samples
	e.above = e.pool.Mean > limit
	if n < 2 {
		e.chance, e.needed = 1, 2
		return
	}
	deviation := math.Sqrt(e.pool.Spread / float64(n-1))
	away := math.Abs(e.pool.Mean - limit)
	e.chance = 0 // all of them are the same, and where that is the limit itself it is within the target
	if deviation > 0 {
		e.chance = studentAbove(away/deviation*math.Sqrt(float64(n)), float64(n-1))
	}
}
