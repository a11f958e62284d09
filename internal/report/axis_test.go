package report

import (
	"testing"
	"time"

	"github.com/latency-pod-autoscaler/lpa/internal/words"
	"github.com/stretchr/testify/require"
)

func labels(a axis) []string {
	var all []string
	for _, t := range a.ticks {
		all = append(all, t.Label)
	}
	return all
}

func TestAxes(t *testing.T) {
	for _, test := range []struct {
		name string
		axis axis
		log  bool
		want []string
	}{
		{"latencies", latencyAxis(12, 180), false, []string{"0", "50 ms", "100 ms", "150 ms", "200 ms"}},
		{"one latency", latencyAxis(7, 7), false, []string{"0", "2 ms", "4 ms", "6 ms", "8 ms"}},
		{"none", latencyAxis(0, 0), false, nil},
		{"far apart", latencyAxis(3, 900), true, []string{"2 ms", "5 ms", "10 ms", "20 ms", "50 ms", "100 ms", "200 ms", "500 ms", "1 s"}},
		{"very far apart", latencyAxis(0.05, 9000), true, []string{"10 µs", "100 µs", "1 ms", "10 ms", "100 ms", "1 s", "10 s"}},
		{"exactly at powers of ten", latencyAxis(1, 1000), true, []string{"1 ms", "2 ms", "5 ms", "10 ms", "20 ms", "50 ms", "100 ms", "200 ms", "500 ms", "1 s"}},
		{"counts", countAxis(3), false, []string{"0", "1", "2", "3"}},
		{"one", countAxis(1), false, []string{"0", "1"}},
		{"nobody", countAxis(0), false, []string{"0", "1"}},
		{"rates", linearAxis(950, 0, words.Rate), false, []string{"0", "500/s", "1000/s"}},
		{"seconds", timeAxis(22 * time.Second), false, []string{"0:00", "0:05", "0:10", "0:15", "0:20"}},
		{"an hour", timeAxis(time.Hour), false, []string{"0:00", "10:00", "20:00", "30:00", "40:00", "50:00", "1:00:00"}},
		{"no time", timeAxis(0), false, []string{"0:00"}},
	} {
		require.Equal(t, test.want, labels(test.axis), test.name)
		require.Equal(t, test.log, test.axis.log, test.name)
		for i, tick := range test.axis.ticks {
			require.True(t, tick.At >= 0 && tick.At <= 100, test.name)
			require.True(t, i == 0 || tick.At > test.axis.ticks[i-1].At, test.name)
		}
	}
}

func TestAxisPlaces(t *testing.T) {
	linear := latencyAxis(12, 180)
	require.Equal(t, []float64{0, 25, 100, 100}, []float64{linear.at(-5), linear.at(50), linear.at(200), linear.at(1e9)})
	log := latencyAxis(1, 1000)
	require.Equal(t, []float64{0, 0, 33.33, 100}, []float64{log.at(0), log.at(1), log.at(10), log.at(1000)})
	for _, a := range []axis{linear, log} {
		for _, value := range []float64{1, 7, 150} {
			require.InEpsilon(t, value, a.value(a.at(value)), 0.01)
		}
	}
}
