package loadtest

import (
	"math"
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

func ms(values ...float64) []time.Duration {
	out := make([]time.Duration, len(values))
	for i, v := range values {
		out[i] = time.Duration(v * float64(time.Millisecond))
	}
	return out
}

func TestQuantileIsNearestRankWhenAllFinished(t *testing.T) {
	var values []float64
	for i := range 100 {
		values = append(values, float64(i+1))
	}
	d := newDistribution(ms(values...), nil, 0)
	for q, want := range map[float64]float64{0.01: 1, 0.07: 7, 0.5: 50, 0.501: 51, 0.95: 95, 0.99: 99, 0.999: 100, 1: 100} {
		require.Equal(t, quantile{Value: ms(want)[0]}, d.quantile(q), "q = %v", q)
	}
}

func TestQuantile(t *testing.T) {
	for name, test := range map[string]struct {
		finished, unfinished []time.Duration
		failed               int
		q                    float64
		want                 quantile
	}{
		"nothing":                               {q: 0.5, want: quantile{Missing: true}},
		"one":                                   {finished: ms(7), q: 0.95, want: quantile{Value: ms(7)[0]}},
		"failures are at the end":               {finished: ms(1, 2, 3, 4, 5, 6, 7, 8, 9), failed: 1, q: 0.9, want: quantile{Value: ms(9)[0]}},
		"a quantile can fall on a failure":      {finished: ms(1, 2, 3, 4, 5, 6, 7, 8, 9), failed: 1, q: 0.95, want: quantile{Failed: true}},
		"all failed":                            {failed: 3, q: 0.01, want: quantile{Failed: true}},
		"a service that hangs":                  {unfinished: ms(9000, 9500, 10000), q: 0.5, want: quantile{Value: ms(9500)[0], AtLeast: true}},
		"cut off early means nothing":           {finished: ms(900, 900), unfinished: ms(100, 100), q: 0.5, want: quantile{Value: ms(900)[0]}},
		"cut off late means slow":               {finished: ms(10, 10), unfinished: ms(5000, 6000), q: 0.9, want: quantile{Value: ms(6000)[0], AtLeast: true}},
		"a tie counts as finished before":       {finished: ms(10), unfinished: ms(10), q: 0.5, want: quantile{Value: ms(10)[0]}},
		"hanging ones come before failed ones":  {finished: ms(1, 2), unfinished: ms(50), failed: 1, q: 0.75, want: quantile{Value: ms(50)[0], AtLeast: true}},
		"failed ones come after hanging ones":   {finished: ms(1, 2), unfinished: ms(50), failed: 1, q: 0.76, want: quantile{Failed: true}},
		"the weight of a cut-off one moves up":  {finished: ms(1, 2, 4), unfinished: ms(3), q: 0.75, want: quantile{Value: ms(4)[0]}},
		"and not further than it has to":        {finished: ms(1, 2, 4), unfinished: ms(3), q: 0.5, want: quantile{Value: ms(2)[0]}},
		"a cut-off one under failures moves up": {unfinished: ms(1), failed: 1, q: 1, want: quantile{Failed: true}},
	} {
		t.Run(name, func(t *testing.T) {
			require.Equal(t, test.want, newDistribution(test.finished, test.unfinished, test.failed).quantile(test.q))
		})
	}
}

// weights computes Efron's redistribution to the right as its definition says: each cut-off request hands its weight, in
// equal parts, to all those on its right, if any of them has finished.
func weights(d distribution) (values []float64, atLeast []bool, weight []float64) {
	type item struct {
		value    float64
		cutOff   bool
		finished bool
	}
	var items []item
	for _, v := range d.finished.values {
		items = append(items, item{value: float64(v), finished: true})
	}
	for _, v := range d.unfinished {
		items = append(items, item{value: float64(v), cutOff: true})
	}
	for range d.failed {
		items = append(items, item{value: math.Inf(1)})
	}
	slices.SortStableFunc(items, func(a, b item) int {
		switch {
		case a.value < b.value:
			return -1
		case a.value > b.value:
			return 1
		}
		return 0
	})
	weight = make([]float64, len(items))
	for i := range weight {
		weight[i] = 1 / float64(len(items))
	}
	for i, it := range items {
		if it.cutOff && slices.ContainsFunc(items[i+1:], func(right item) bool { return right.finished }) {
			for j := i + 1; j < len(items); j++ {
				weight[j] += weight[i] / float64(len(items)-i-1)
			}
			weight[i] = 0
		}
		values, atLeast = append(values, it.value), append(atLeast, it.cutOff)
	}
	return values, atLeast, weight
}

// randomDistribution has few requests of few latencies, so that many are equal.
func randomDistribution(random *rand.Rand) distribution {
	draw := func(n int) []time.Duration {
		var out []time.Duration
		for range random.IntN(n) {
			out = append(out, time.Duration(1+random.IntN(20))*time.Millisecond)
		}
		return out
	}
	return newDistribution(draw(12), draw(6), random.IntN(4))
}

func TestQuantileAndMeanAgreeWithTheDefinition(t *testing.T) {
	random := rand.New(rand.NewPCG(1, 2))
	for range 3000 {
		d := randomDistribution(random)
		values, atLeast, weight := weights(d)
		for _, q := range []float64{0.013, 0.1, 0.5, 0.77, 0.95, 0.999} {
			want, cumulated := quantile{Missing: true}, 0.0
			for i := range values {
				if cumulated += weight[i]; cumulated >= q-1e-9 && weight[i] > 0 {
					want = quantile{Value: time.Duration(values[i]), AtLeast: atLeast[i]}
					if math.IsInf(values[i], 1) {
						want = quantile{Failed: true}
					}
					break
				}
			}
			require.Equal(t, want, d.quantile(q), "%+v at %v", d, q)
		}
		successes := distribution{finished: d.finished, unfinished: d.unfinished}
		values, atLeast, weight = weights(successes)
		sum, bound := 0.0, false
		for i := range values {
			sum += weight[i] * values[i]
			bound = bound || atLeast[i] && weight[i] > 0
		}
		mean, isBound, ok := d.mean()
		require.Equal(t, len(values) > 0, ok)
		require.InDelta(t, sum, float64(mean), 2, "%+v", d)
		require.Equal(t, bound, isBound, "%+v", d)
	}
}

// The estimate from a run that is cut off agrees with the truth that an endless run would show, where leaving the cut-off
// requests out, or counting their age, does not.
func TestCutOffRequestsDoNotBiasTheMedian(t *testing.T) {
	random := rand.New(rand.NewPCG(7, 7))
	const users, end = 20_000, 1.5 // seconds; service times are exponential with mean 1 s, so the median is ln 2
	var finished, unfinished, ages []time.Duration
	for range users {
		now := -2 * random.Float64() // users have been at it for a while
		for now < end {
			service := random.ExpFloat64()
			switch {
			case now < 0: // left out here, though a run counts those that wait to its end: they make it slower, not faster
			case now+service <= end:
				finished = append(finished, time.Duration(service*1e9))
			default:
				unfinished = append(unfinished, time.Duration((end-now)*1e9))
			}
			now += service
		}
	}
	ages = append(slices.Clone(finished), unfinished...)
	median := func(d distribution) float64 { return d.quantile(0.5).Value.Seconds() }
	require.InDelta(t, math.Ln2, median(newDistribution(slices.Clone(finished), slices.Clone(unfinished), 0)), 0.02)
	require.Less(t, median(newDistribution(slices.Clone(finished), nil, 0)), 0.6)
	require.Less(t, median(newDistribution(ages, nil, 0)), 0.6)
}

func TestMaxAndOver(t *testing.T) {
	d := newDistribution(ms(10, 20, 30), ms(5, 25), 2)
	longest, atLeast, ok := d.max()
	require.Equal(t, []any{ms(30)[0], false, true}, []any{longest, atLeast, ok})
	require.Equal(t, 5, d.over(ms(15)[0]), "20, 30, the one cut off at 25 and two failed ones")
	longest, atLeast, _ = newDistribution(ms(10), ms(40), 0).max()
	require.Equal(t, []any{ms(40)[0], true}, []any{longest, atLeast})
	_, _, ok = newDistribution(nil, nil, 3).max()
	require.False(t, ok)
}

// The ranks are those of published tables of distribution-free intervals: for n = 59 and the 95th percentile the largest
// observation is just an upper bound with 95 % confidence, for n = 58 it is not.
func TestOrderStatistics(t *testing.T) {
	for _, test := range []struct {
		n    int
		q    float64
		l, u int
	}{
		{58, 0.95, 52, 59}, {59, 0.95, 53, 59}, {299, 0.99, 293, 299}, {298, 0.99, 292, 299}, {10, 0.5, 2, 9}, {1, 0.5, 0, 2}, {100, 0.5, 42, 59},
	} {
		l, u := OrderStatistics(test.n, test.q, 0.05)
		require.Equal(t, []int{test.l, test.u}, []int{l, u}, "n = %d, q = %v", test.n, test.q)
	}
}

func TestIntervalCoversTheTruth(t *testing.T) {
	random := rand.New(rand.NewPCG(3, 9))
	const trials, n, q = 2000, 150, 0.9
	truth := -math.Log(1 - q)
	for cutOff, least := range map[float64]float64{0: Confidence, 0.1: Confidence - 0.03, 0.3: Confidence - 0.06} {
		covered := 0
		for range trials {
			var finished, unfinished []time.Duration
			for range n {
				service := random.ExpFloat64()
				if end := random.ExpFloat64() / cutOff; cutOff > 0 && end < service {
					unfinished = append(unfinished, time.Duration(end*1e9))
				} else {
					finished = append(finished, time.Duration(service*1e9))
				}
			}
			low, high := newDistribution(finished, unfinished, 0).interval(q)
			if low.Value.Seconds() <= truth && (high.Missing || truth <= high.Value.Seconds()) {
				covered++
			}
		}
		require.GreaterOrEqual(t, float64(covered)/trials, least-0.02, "requests cut off at a rate of %v", cutOff)
	}
}

func TestSamplesSurviveTheirEncoding(t *testing.T) {
	d := newDistribution(ms(0.001, 1, 1, 1, 2.5, 3600000), ms(4, 4), 3)
	decoded, err := encodeSamples(d).decode()
	require.NoError(t, err)
	require.Equal(t, encodeSamples(d), encodeSamples(decoded))
	require.Equal(t, together([]ordered{d.finished}), decoded.finished)
	require.Equal(t, d.unfinished, decoded.unfinished)
	require.Equal(t, d.failed, decoded.failed)

	many := make([]time.Duration, exactSamples+1)
	for i := range many {
		many[i] = time.Duration(i*7+1) * time.Microsecond
	}
	encoded := encodeSamples(newDistribution(many, nil, 0))
	require.True(t, encoded.Rounded)
	require.Less(t, len(encoded.Finished), 10_000, "three digits are few values")
	decoded, err = encoded.decode()
	require.NoError(t, err)
	require.Equal(t, len(many), decoded.finished.len())
	for i := range many {
		require.GreaterOrEqual(t, decoded.finished.at(i), many[i], "rounded up, never down")
		require.LessOrEqual(t, float64(decoded.finished.at(i)), float64(many[i])*1.01)
	}
}

// TestSamplesOfAnyNumber has more requests than could be listed one by one.
func TestSamplesOfAnyNumber(t *testing.T) {
	const n = 10_000_000
	d := distribution{finished: ordered{values: ms(1, 2), upTo: []int{n, 3 * n}}, failed: n}
	p, err := encodeSamples(d).Percentile(0.5)
	require.NoError(t, err)
	require.Equal(t, d.percentile(0.5), p)
	require.Equal(t, 2.0, *p.Value)
}

func TestDamagedSamplesAreRefused(t *testing.T) {
	for _, encoded := range []string{"!", "gA==", "AQ==", "//////////8BAQ==", "Af//////////AQ=="} {
		_, err := Samples{Finished: encoded}.Percentile(0.5)
		require.ErrorIs(t, err, errSamples, encoded)
	}
}

func FuzzSamples(f *testing.F) {
	f.Add("AQE=", "AgI=", 1)
	f.Fuzz(func(t *testing.T, finished, unfinished string, failed int) {
		if len(finished) > 40 || len(unfinished) > 40 {
			return // counts are not bounded by the length; keep the memory small
		}
		d, err := Samples{Finished: finished, Unfinished: unfinished, Failed: failed}.decode()
		if err != nil {
			require.Zero(t, d.finished.len())
			return
		}
		if d.count() > 0 {
			require.False(t, d.quantile(0.5).Missing)
		}
		require.True(t, slices.IsSorted(d.finished.values))
		require.True(t, slices.IsSorted(d.unfinished))
	})
}
