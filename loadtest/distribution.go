package loadtest

import (
	"math"
	"slices"
	"sort"
	"time"
)

// distribution is the latencies of one request name: those that are known, those known to be longer than an age, and
// those that are infinite because the request failed.
//
// Requests that the end of a run cut off are right-censored observations. Dropping them would hide a service that hangs;
// counting their age as their latency would make a slow service look fast, as many were only just sent. They are given
// the weight that Kaplan and Meier's estimator gives them (J. Am. Stat. Assoc. 53, 1958), in the equivalent form of
// Efron's redistribution to the right (Proc. 5th Berkeley Symp. 4, 1967): a request cut off at age a counts as one that
// takes as long as those that took longer than a; where nothing is known to have taken longer it keeps its place, as a
// lower bound. Without unfinished requests the quantiles are the nearest-rank ones.
type distribution struct {
	finished   ordered
	unfinished []time.Duration // ages, ascending
	failed     int
}

func newDistribution(finished, unfinished []time.Duration, failed int) distribution {
	slices.Sort(unfinished)
	return distribution{finished: inOrder(finished), unfinished: unfinished, failed: failed}
}

// quantile is a latency that a share of the requests do not exceed.
type quantile struct {
	Value   time.Duration
	AtLeast bool // the request that it falls on is unfinished: the true value is larger than Value
	Failed  bool // the request that it falls on failed: there is no value
	Missing bool // there is no such request
}

func (d distribution) count() int { return d.finished.len() + len(d.unfinished) + d.failed }

// rankTolerance absorbs the rounding of q·n: 0.07 × 100 is 7.000000000000001 in floating point, and rank 7 is meant.
const rankTolerance = 1e-9

// quantile is the smallest latency that a share q, in (0, 1], of the requests do not exceed.
func (d distribution) quantile(q float64) quantile {
	if d.count() == 0 {
		return quantile{Missing: true}
	}
	// survival is the share of requests that take longer than all those passed so far, risk how many of the observed
	// ones that share stands for: each of them carries survival/risk.
	survival, risk := 1.0, d.count()
	rank := func() int {
		return max(1, int(math.Ceil(float64(risk)*(1-(1-q)/survival)-rankTolerance)))
	}
	passed := 0
	for i, age := range d.unfinished {
		upTo := d.finished.notAbove(age)
		if k := rank(); k <= upTo-passed {
			return quantile{Value: d.finished.at(passed + k - 1)}
		}
		survival *= float64(risk-(upTo-passed)) / float64(risk)
		risk -= upTo - passed
		passed = upTo
		if passed == d.finished.len() {
			if k := rank(); k <= len(d.unfinished)-i {
				return quantile{Value: d.unfinished[i+k-1], AtLeast: true}
			}
			return quantile{Failed: true}
		}
		risk--
	}
	if k := rank(); k <= d.finished.len()-passed {
		return quantile{Value: d.finished.at(passed + k - 1)}
	}
	return quantile{Failed: true}
}

// mean is the average of the requests that did not fail; atLeast says that the true one is larger, as some were cut off
// later than the last one that finished. ok is false if there is nothing to average.
func (d distribution) mean() (mean time.Duration, atLeast, ok bool) {
	d.failed = 0
	if d.count() == 0 {
		return 0, false, false
	}
	sum, tail := 0.0, d.tail()
	left := d.weigh(math.MaxInt64, func(latency time.Duration, share float64) { sum += share * float64(latency) })
	for _, age := range tail {
		sum += left / float64(len(tail)) * float64(age)
	}
	return time.Duration(sum), len(tail) > 0, true
}

// weigh walks the latencies that finished requests had, up to a limit, and gives each the share of all requests that it
// stands for. What it returns is the share that takes longer.
func (d distribution) weigh(limit time.Duration, visit func(latency time.Duration, share float64)) (left float64) {
	left, risk, cut := 1.0, d.count(), 0
	d.finished.groups(d.finished.notAbove(limit), func(latency time.Duration, count int) {
		for ; cut < len(d.unfinished) && d.unfinished[cut] < latency; cut++ {
			risk--
		}
		share := left * float64(count) / float64(risk)
		visit(latency, share)
		left = max(0, left-share)
		risk -= count
	})
	return left
}

// tail are the ages of the requests that were cut off when they had taken longer than any that finished: nothing is known of
// how long they would have taken but their age.
func (d distribution) tail() []time.Duration {
	n := d.finished.len()
	if n == 0 {
		return d.unfinished
	}
	longest := d.finished.at(n - 1)
	return d.unfinished[sort.Search(len(d.unfinished), func(i int) bool { return d.unfinished[i] >= longest }):]
}

// max is the longest latency or age of the requests that did not fail.
func (d distribution) max() (longest time.Duration, atLeast, ok bool) {
	if n := d.finished.len(); n > 0 {
		longest, ok = d.finished.at(n-1), true
	}
	if n := len(d.unfinished); n > 0 && d.unfinished[n-1] >= longest {
		return d.unfinished[n-1], true, true
	}
	return longest, false, ok
}

// over is how many requests surely took longer than the limit; failed ones did.
func (d distribution) over(limit time.Duration) int {
	unfinished := ordered{values: d.unfinished}
	return d.finished.len() - d.finished.notAbove(limit) + unfinished.len() - unfinished.notAbove(limit) + d.failed
}

// interval is the distribution-free confidence interval of the quantile q: two order statistics between which it lies
// with a probability of at least Confidence (David and Nagaraja, Order Statistics, 3rd ed., §7.1). An end for which
// there are too few requests is Missing, and so is an upper end that is itself only a lower bound. With requests that
// were cut off it is an approximation: as many observations as ended, at the ranks of the weighted distribution.
func (d distribution) interval(q float64) (low, high quantile) {
	n := d.finished.len() + d.failed
	if n == 0 {
		return quantile{Missing: true}, quantile{Missing: true}
	}
	l, u := OrderStatistics(n, q, (1-Confidence)/2)
	low, high = quantile{Missing: true}, quantile{Missing: true}
	if l >= 1 {
		low = d.quantile(float64(l) / float64(n))
	}
	if u <= n {
		high = d.quantile(float64(u) / float64(n))
	}
	if high.AtLeast {
		high = quantile{Missing: true}
	}
	return low, high
}

// Confidence is that of every interval: 90 %, so that each end alone holds with 95 %.
const Confidence = 0.90

// OrderStatistics are the ranks l and u, from 1, for which P(X(l) > ξ) ≤ alpha and P(X(u) < ξ) ≤ alpha, ξ being the true
// quantile q of n independent observations. l is 0, or u is n+1, where no observation is extreme enough.
func OrderStatistics(n int, q, alpha float64) (l, u int) {
	if q >= 1 { // every observation is below ξ
		return n, n + 1
	}
	// The number of observations up to ξ is binomial(n, q). Both tails are summed inward from where they are nothing, each
	// probability following from the one before: P(B = k+1) = P(B = k) · (n−k)/(k+1) · q/(1−q).
	spread := 10*math.Sqrt(float64(n)*q*(1-q)) + 10
	first := max(0, int(float64(n)*q-spread))
	last := min(n, int(float64(n)*q+spread))
	odds := q / (1 - q)
	l = first
	for tail, p := 0.0, binomial(n, first, q); l <= n; l++ { // P(B ≤ l) ≤ alpha: the rank l+1 is still low enough
		if tail += p; tail > alpha {
			break
		}
		p *= float64(n-l) / float64(l+1) * odds
	}
	u = last + 1
	for tail, p := 0.0, binomial(n, last, q); u > 0; u-- { // P(B ≥ u-1) ≤ alpha: the rank u-1 is still high enough
		if tail += p; tail > alpha {
			break
		}
		p *= float64(u-1) / float64(n-u+2) / odds
	}
	return l, u
}

// binomial is the probability of k successes in n trials, with 0 < p < 1.
func binomial(n, k int, p float64) float64 {
	lgamma := func(x int) float64 { v, _ := math.Lgamma(float64(x) + 1); return v }
	return math.Exp(lgamma(n) - lgamma(k) - lgamma(n-k) + float64(k)*math.Log(p) + float64(n-k)*math.Log1p(-p))
}
