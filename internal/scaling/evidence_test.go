package scaling

import (
	"math"
	"math/big"
	"testing"

	"github.com/stretchr/testify/require"
)

// sum is the chance of at most k hits, term by term in big numbers.
func sum(k, n int, p float64) float64 {
	total := new(big.Float).SetPrec(400)
	hit, miss := new(big.Float).SetPrec(400).SetFloat64(p), new(big.Float).SetPrec(400)
	miss.Sub(big.NewFloat(1).SetPrec(400), hit)
	for i := range k + 1 {
		term := new(big.Float).SetPrec(400).SetInt(new(big.Int).Binomial(int64(n), int64(i)))
		for range i {
			term.Mul(term, hit)
		}
		for range n - i {
			term.Mul(term, miss)
		}
		total.Add(total, term)
	}
	v, _ := total.Float64()
	return v
}

func TestBinomialTailsAreExact(t *testing.T) {
	for _, n := range []int{1, 2, 10, 59, 60, 299, 1000} {
		for _, p := range []float64{0.001, 0.01, 0.05, 0.1, 0.5, 0.9} {
			for _, k := range []int{0, 1, 2, 3, 5, 17, 50, 59, 120, 500, 999} {
				if k >= n {
					continue
				}
				want := sum(k, n, p)
				require.InDelta(t, want, atMost(k, n, p), 1e-11, "%d of %d at %g", k, n, p)
				require.InDelta(t, 1-want, atLeast(k+1, n, p), 1e-11, "%d of %d at %g", k+1, n, p)
			}
		}
	}
	require.InDelta(t, 1, atLeast(0, 10, 0.5), 0)
	require.InDelta(t, 0, atLeast(11, 10, 0.5), 0)
	require.InDelta(t, 1, atMost(10, 10, 0.5), 0)
	require.InDelta(t, 0, atMost(-1, 10, 0.5), 0)
	// A normal distribution is as good where there are many: a hundred million samples, one deviation below and above.
	n, p := 100_000_000, 0.05
	deviation := math.Sqrt(float64(n) * p * (1 - p))
	require.InDelta(t, 0.158655, atMost(int(float64(n)*p-deviation), n, p), 1e-3)
	require.InDelta(t, 0.158655, atLeast(int(float64(n)*p+deviation)+1, n, p), 1e-3)
}

// TestStudentsTails are quantiles of published tables.
func TestStudentsTails(t *testing.T) {
	for _, row := range []struct{ t, degrees, above float64 }{
		{6.314, 1, 0.05}, {2.015, 5, 0.05}, {1.812, 10, 0.05}, {1.699, 29, 0.05}, {1.6449, 1e7, 0.05}, {63.657, 1, 0.005}, {2.576, 1e7, 0.005}, {0, 7, 0.5}, {-1.812, 10, 0.95},
	} {
		require.InDelta(t, row.above, studentAbove(row.t, row.degrees), 6e-5, row)
	}
}

func TestSamplesFor(t *testing.T) {
	require.Equal(t, []int{5, 29, 59, 299, 2995}, []int{samplesFor(0.5, 0.05), samplesFor(0.1, 0.05), samplesFor(0.05, 0.05), samplesFor(0.01, 0.05), samplesFor(0.001, 0.05)})
	for _, p := range []float64{0.5, 0.1, 0.05, 0.01, 0.001} {
		n := samplesFor(p, 0.05)
		require.LessOrEqual(t, atMost(0, n, p), 0.05)
		require.Greater(t, atMost(0, n-1, p), 0.05)
	}
}

func TestWeigh(t *testing.T) {
	reading := func(kind Kind, quantile, limit, value float64, samples int, over int) Reading {
		return Reading{Target: Target{Statistic: Statistic{Kind: kind, Quantile: quantile}, Limit: limit}, Value: value, Samples: samples, Over: &over}
	}
	mean := func(value, deviation float64, samples int) Reading {
		return Reading{Target: Target{Statistic: Statistic{Kind: Mean}, Limit: 100}, Value: value, Samples: samples, Mean: &value, Deviation: &deviation}
	}
	unknown := Reading{Target: Target{Statistic: Statistic{Kind: Mean}, Limit: 100}, Value: 120}
	atLeast := unknown
	atLeast.AtLeast, atLeast.Value = true, 90
	cutOff, cutOffMean := reading(Percentile, 0.95, 200, 150, 100, 100), mean(50, 10, 100)
	cutOff.AtLeast, cutOffMean.AtLeast = true, true
	cutOffOver := reading(Percentile, 0.95, 200, 220, 100, 100)
	cutOffOver.AtLeast = true
	missing := unknown
	missing.Missing = true
	oneKnown, fewKnown := mean(10, 0, 2), mean(80, 50, 30)
	oneKnown.Unfinished, fewKnown.Unfinished = 1, 22
	failed := mean(540, 2200, 100)
	failed.Value, failed.FailureShare = 40, 0.05
	for name, test := range map[string]struct {
		reading Reading
		want    finding
		needed  int
	}{
		"p95, none over, one sample too few":   {reading(Percentile, 0.95, 200, 100, 58, 0), isGrey, 59},
		"p95, none over":                       {reading(Percentile, 0.95, 200, 100, 59, 0), isClear, 0},
		"p95, one over of as few":              {reading(Percentile, 0.95, 200, 100, 59, 1), isGrey, 0},
		"p99 needs more":                       {reading(Percentile, 0.99, 200, 100, 298, 0), isGrey, 299},
		"p95, as many over as may be":          {reading(Percentile, 0.95, 200, 199, 900, 45), isGrey, 0},
		"p95, some fewer":                      {reading(Percentile, 0.95, 200, 180, 900, 33), isClear, 0},
		"p95, some more":                       {reading(Percentile, 0.95, 200, 220, 900, 58), isBreach, 0},
		"p95, two of three":                    {reading(Percentile, 0.95, 200, 220, 3, 2), isBreach, 0},
		"p95 without samples":                  {reading(Percentile, 0.95, 200, 0, 0, 0), isGrey, 59},
		"median":                               {reading(Median, 0, 200, 190, 100, 41), isClear, 0},
		"median, over":                         {reading(Median, 0, 200, 210, 100, 59), isBreach, 0},
		"failures, none allowed, none":         {reading(FailureRatio, 0, 0, 0, 100, 0), isClear, 0},
		"failures, none allowed, one":          {reading(FailureRatio, 0, 0, 0.01, 100, 1), isBreach, 0},
		"failures, as many as allowed":         {reading(FailureRatio, 0, 0.02, 0.02, 100, 2), isGrey, 149},
		"failures, more than allowed":          {reading(FailureRatio, 0, 0.02, 0.06, 100, 6), isBreach, 149},
		"failures, few":                        {reading(FailureRatio, 0, 0.1, 0.01, 100, 1), isClear, 0},
		"max is a fact":                        {reading(Max, 0, 200, 199, 3, 0), isClear, 0},
		"max, over":                            {reading(Max, 0, 200, 201, 3, 1), isBreach, 0},
		"mean":                                 {mean(80, 50, 30), isClear, 0},
		"mean, near":                           {mean(90, 50, 30), isGrey, 0},
		"mean, over":                           {mean(120, 50, 30), isBreach, 0},
		"mean of one sample":                   {mean(10, 0, 1), isGrey, 2},
		"mean without deviation":               {mean(100, 0, 5), isClear, 0},
		"mean, over without deviation":         {mean(101, 0, 5), isBreach, 0},
		"the samples are not known":            {unknown, isBreach, 0},
		"a lower bound of unknown samples":     {atLeast, isGrey, 0},
		"all cut off before the limit":         {cutOff, isGrey, 0},
		"all cut off after the limit":          {cutOffOver, isBreach, 0},
		"mean of requests that were cut off":   {cutOffMean, isGrey, 0},
		"mean of one and one that was cut off": {oneKnown, isGrey, 2},
		"mean of few, the others cut off":      {fewKnown, isGrey, 0},
		"mean of requests of which some fail":  {failed, isGrey, 0},
		"nothing":                              {missing, isGrey, 0},
	} {
		t.Run(name, func(t *testing.T) {
			var before pool
			e := test.reading.weigh(&before, 0)
			require.Equal(t, test.want, e.finding)
			if test.want == isGrey {
				require.Equal(t, test.needed, e.needed)
			}
			require.Equal(t, test.want == isGrey && (e.basis == byCount || e.basis == byMean), before.Runs == 1)
		})
	}
}

func TestGreyRunsAreAddedUp(t *testing.T) {
	over := 0
	r := Reading{Target: Target{Statistic: Statistic{Kind: Percentile, Quantile: 0.99}, Limit: 200}, Value: 100, Samples: 100, Over: &over}
	var p pool
	var found []finding
	for range 4 {
		found = append(found, r.weigh(&p, 0).finding)
	}
	require.Equal(t, []finding{isGrey, isGrey, isClear, isGrey}, found, "the third has the 299 samples; then it begins again")

	over, r.Value = 1, 150 // as many as may be: never proven
	p = pool{}
	for run := range 25 {
		require.Equal(t, isGrey, r.weigh(&p, 0).finding)
		require.Equal(t, (run+1)%poolRuns, p.Runs, "no more than ten runs are kept")
	}
	over = 10
	require.Equal(t, isBreach, r.weigh(&p, 0).finding, "a run that proves something by itself is taken at its word")
	require.Equal(t, pool{}, p)

	over, r.Value = 2, 201 // many fast runs do not make a slow one good
	p = pool{Runs: 9, Samples: 100_000}
	require.Equal(t, isGrey, r.weigh(&p, 0).finding)
}

func TestMeansArePooledAsOne(t *testing.T) {
	values := [][]float64{{80, 120, 90}, {70, 85, 110, 95, 130}}
	all := pool{}
	var flat []float64
	for _, run := range values {
		flat = append(flat, run...)
		mean, spread := moments(run)
		all = all.join(pool{Runs: 1, Samples: len(run), Mean: mean, Spread: spread})
	}
	mean, spread := moments(flat)
	require.InDelta(t, mean, all.Mean, 1e-9)
	require.InDelta(t, spread, all.Spread, 1e-9)
	require.Equal(t, 8, all.Samples)
	require.Equal(t, 2, all.Runs)
}

func moments(values []float64) (mean, spread float64) {
	for _, v := range values {
		mean += v / float64(len(values))
	}
	for _, v := range values {
		spread += (v - mean) * (v - mean)
	}
	return mean, spread
}

func TestFailing(t *testing.T) {
	get := Target{Method: "GET", Endpoint: "/x", Statistic: Statistic{Kind: Mean}, Limit: 100}
	ratio := get
	ratio.Statistic.Kind = FailureRatio
	few, many := Reading{Target: get, Samples: 100, FailureShare: 0.02}, Reading{Target: get, Samples: 1000, FailureShare: 0.02}
	require.Nil(t, failing([]Reading{few}), "two of a hundred may be chance")
	require.Equal(t, &many, failing([]Reading{few, many}))
	require.Nil(t, failing([]Reading{many, {Target: ratio}}), "a target of the ratio decides")
	require.Nil(t, failing([]Reading{{Target: get, FailureShare: 0.5}}), "of no samples")
}
