package simulate

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

func TestShapes(t *testing.T) {
	for _, name := range Shapes() {
		for _, duration := range []time.Duration{time.Minute, 6 * time.Hour, 7 * 24 * time.Hour, 366 * 24 * time.Hour} {
			trace, err := Shape(name, duration, 7)
			require.NoError(t, err)
			require.InDelta(t, duration.Seconds(), trace.Duration().Seconds(), 640, "%s %s", name, duration)
			again, _ := Shape(name, duration, 7)
			require.Equal(t, trace, again, "a seed decides")
			sized, err := trace.ForPods(10, 50)
			require.NoError(t, err)
			want := 500.0
			if name == "steady" {
				want = 475
			}
			require.InDelta(t, want, sized.Average(), 1e-6, "%s %s", name, duration)
		}
		require.NotEmpty(t, AboutShape(name))
	}
	_, err := Shape("square", time.Hour, 1)
	require.EqualError(t, err, `shape: must be one of steady, edge, diurnal, weekly, flash, bursts, ramps, levels, walk, got "square"`)
	_, err = Shape("steady", time.Second, 1)
	require.EqualError(t, err, `duration: must be from 1m to 366 days, got 1s`)
}

func TestFlashCrowdIsFourTimesAsMuchWithinAMinute(t *testing.T) {
	trace, err := Shape("flash", 6*time.Hour, 1)
	require.NoError(t, err)
	lowest := trace.rates[0]
	highest, last := 0.0, 0
	for i, rate := range trace.rates {
		if rate <= lowest && highest == 0 {
			last = i
		}
		if rate > lowest {
			highest = max(highest, rate)
		}
	}
	require.InDelta(t, 4, highest/lowest, 1e-9)
	require.InDelta(t, highest, trace.rates[last+7], 1e-9)
}
