package loadtest

import (
	"math"
	"math/rand/v2"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// student95 of one, two and three degrees of freedom, from the tables; the quantile of n values has n-1 of them.
const (
	t1 = 6.313752
	t2 = 2.919986
	t3 = 2.353363
)

func TestEvidence(t *testing.T) {
	type numbers struct{ mean, deviation, low, high float64 }
	none := math.NaN() // there is no such number
	for name, test := range map[string]struct {
		finished, unfinished []time.Duration
		failed               int
		timeout              time.Duration
		count, over          int // over 200 ms
		want                 numbers
	}{
		"nothing": {
			want: numbers{none, none, none, none}},
		"one says nothing of the mean of others": {
			finished: ms(10), count: 1,
			want: numbers{10, 0, none, none}},
		"the limit itself is not over it": {
			// Squares of -75, -25, 25 and 75 are 12500 in all; half of the interval is t·√(12500/3)/√4.
			finished: ms(150, 200, 250, 300), count: 4, over: 2,
			want: numbers{225, math.Sqrt(12500. / 3), 225 - t3*math.Sqrt(12500./3)/2, 225 + t3*math.Sqrt(12500./3)/2}},
		"no latency is below nothing": {
			// The deviation is √200 and half of the interval t·√200/√2, which is more than the mean.
			finished: ms(10, 30), count: 2,
			want: numbers{20, math.Sqrt(200), 0, 20 + t1*10}},
		"a failed one counts as the timeout, and is not in the interval": {
			// The mean is 1060/4. Squares of -255, -245, -235 and 735 are 720500 in all. The interval is of 10, 20 and 30.
			finished: ms(10, 20, 30), failed: 1, timeout: time.Second, count: 4, over: 1,
			want: numbers{265, math.Sqrt(720500. / 3), 20 - t2*10/math.Sqrt(3), 20 + t2*10/math.Sqrt(3)}},
		"a failed one has no latency without a timeout": {
			finished: ms(10, 20, 30), failed: 1, count: 4, over: 1,
			want: numbers{none, none, 20 - t2*10/math.Sqrt(3), 20 + t2*10/math.Sqrt(3)}},
		"all failed": {
			failed: 2, timeout: time.Second, count: 2, over: 2,
			want: numbers{1000, 0, none, none}},
		"one that was cut off counts as those that took longer": {
			// Its third goes to 30: 10/3 + 2·30/3. Squares of 40/3 and twice 20/3 are 2400/9, divided by 3-1.
			finished: ms(10, 30), unfinished: ms(20), count: 3,
			want: numbers{70. / 3, math.Sqrt(2400. / 9 / 2), 0, 70./3 + t1*math.Sqrt(2400./9/2)/math.Sqrt2}},
		"those over the limit are rounded": {
			// Of six requests 10 has a sixth, and 100, 300 and 400 have a third of the rest each. Over are 6·2·5/18 = 3.33.
			// The mean is 10/6 + 800·5/18; squares of the differences, times their shares, are 22112.65, times 6/5.
			finished: ms(10, 100, 300, 400), unfinished: ms(20, 30), count: 6, over: 3,
			want: numbers{4030. / 18, 162.8962, 4030./18 - t3*162.8962/2, 4030./18 + t3*162.8962/2}},
		"those that were cut off last have their ages, and are over any limit": {
			// Squares of -100/3, 20/3 and 80/3 are 16800/9, divided by 3-1.
			finished: ms(10), unfinished: ms(50, 70), count: 3, over: 2,
			want: numbers{130. / 3, math.Sqrt(16800. / 9 / 2), none, none}},
		"but they take as long as a failed one, if there is one": {
			// Squares of -660 and twice 330 are 653400, divided by 3-1.
			finished: ms(10), unfinished: ms(50), failed: 1, timeout: time.Second, count: 3, over: 2,
			want: numbers{670, math.Sqrt(653400. / 2), none, none}},
	} {
		t.Run(name, func(t *testing.T) {
			samples := encodeSamples(newDistribution(test.finished, test.unfinished, test.failed))
			e, err := samples.Evidence(200*time.Millisecond, test.timeout)
			require.NoError(t, err)
			require.Equal(t, test.count, e.Count)
			require.Equal(t, test.over, e.Over)
			for _, number := range []struct {
				name   string
				want   float64
				got    *float64
				within float64
			}{
				{"mean", test.want.mean, e.Mean, 1e-9}, {"deviation", test.want.deviation, e.Deviation, 1e-3},
				{"low", test.want.low, e.MeanLow, 0.1}, {"high", test.want.high, e.MeanHigh, 0.1}, // student95 is 0.05 % off
			} {
				if math.IsNaN(number.want) {
					require.Nil(t, number.got, number.name)
					continue
				}
				require.NotNil(t, number.got, number.name)
				require.InDelta(t, number.want, *number.got, number.within, number.name)
			}
		})
	}
}

func TestEvidenceOfDamagedSamples(t *testing.T) {
	for _, samples := range []Samples{{Finished: "?"}, {Unfinished: "?"}, {Failed: -1}} {
		e, err := samples.Evidence(time.Second, time.Second)
		require.EqualError(t, err, "the samples are damaged")
		require.Equal(t, Evidence{}, e)
	}
}

// TestEvidenceAgreesWithTheDefinition: by Efron's redistribution, with those that were cut off last where they are.
func TestEvidenceAgreesWithTheDefinition(t *testing.T) {
	const limit, timeout = 12 * time.Millisecond, 50 * time.Millisecond
	random := rand.New(rand.NewPCG(3, 4))
	for range 3000 {
		d := randomDistribution(random)
		values, cutOff, weight := weights(d)
		over, mean, square := 0.0, 0.0, 0.0
		for i, value := range values {
			if cutOff[i] || value > float64(limit) {
				over += weight[i]
			}
			if math.IsInf(value, 1) || cutOff[i] && d.failed > 0 {
				value = float64(timeout)
			}
			value /= float64(time.Millisecond)
			mean += weight[i] * value
			square += weight[i] * value * value
		}
		e, err := encodeSamples(d).Evidence(limit, timeout)
		require.NoError(t, err)
		require.Equal(t, len(values), e.Count)
		require.InDelta(t, over*float64(e.Count), e.Over, 0.5+1e-9, "%+v", d)
		if e.Count == 0 {
			continue
		}
		require.InDelta(t, mean, *e.Mean, 1e-6, "%+v", d)
		if n := float64(e.Count); n > 1 {
			require.InDelta(t, (square-mean*mean)*n/(n-1), *e.Deviation**e.Deviation, 1e-6, "%+v", d)
		}
	}
}

func TestMeanInterval(t *testing.T) {
	low, high := MeanInterval(1, 10, 3)
	require.Nil(t, low)
	require.Nil(t, high)
	low, high = MeanInterval(4, 10, 3) // 2.353363·3/√4 = 3.530
	require.InDelta(t, 6.470, *low, 0.002)
	require.InDelta(t, 13.530, *high, 0.002)
	low, high = MeanInterval(4, 2, 3)
	require.Zero(t, *low)
	require.InDelta(t, 5.530, *high, 0.002)
}

// TestStudent95 integrates the density of Student's t from the middle up to the quantile, by Simpson's rule, which is to be
// 0.45. What that is off by, divided by the density, is what the quantile is off by.
func TestStudent95(t *testing.T) {
	for freedom := 1; freedom <= 300; freedom++ {
		v := float64(freedom)
		above, _ := math.Lgamma((v + 1) / 2)
		below, _ := math.Lgamma(v / 2)
		density := func(x float64) float64 {
			return math.Exp(above-below-(v+1)/2*math.Log1p(x*x/v)) / math.Sqrt(v*math.Pi)
		}
		const steps = 2000 // even
		q := student95(freedom)
		width := q / steps
		area := density(0) + density(q)
		for i := 1; i < steps; i++ {
			area += float64(2+2*(i%2)) * density(float64(i)*width)
		}
		area *= width / 3
		require.InDelta(t, 0, (area-0.45)/density(q)/q, 0.0005, "%d degrees of freedom", freedom)
	}
}
