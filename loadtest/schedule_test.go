package loadtest

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

var ramp = newSchedule(10*time.Second, []Stage{
	{For: 10 * time.Second, From: 5, To: 5},
	{For: 10 * time.Second, From: 5, To: 25},
	{For: 10 * time.Second, From: 0, To: 0},
	{For: 10 * time.Second, From: 2, To: 0},
})

func TestScheduleAt(t *testing.T) {
	for at, want := range map[time.Duration]float64{
		0: 5, 15 * time.Second: 5, 20 * time.Second: 5, 25 * time.Second: 15, 30 * time.Second: 0, 45 * time.Second: 1, 50 * time.Second: 0,
	} {
		require.InDelta(t, want, ramp.at(at), 1e-9, "%s", at)
	}
	require.InDelta(t, 25.0, ramp.most(), 0)
	require.False(t, ramp.steady())
	require.True(t, newSchedule(time.Second, []Stage{{For: time.Second, From: 3, To: 3}}).steady())
}

func TestScheduleNextAtLeast(t *testing.T) {
	for _, test := range []struct {
		load     float64
		from, at time.Duration
		ok       bool
	}{
		{5, 0, 0, true},
		{6, 0, 20*time.Second + 500*time.Millisecond, true},
		{15, 22 * time.Second, 25 * time.Second, true},
		{15, 27 * time.Second, 27 * time.Second, true},
		{25, 0, 30 * time.Second, true},
		{26, 0, 0, false},
		{2, 31 * time.Second, 40 * time.Second, true},
		{1, 46 * time.Second, 0, false},
		{1, 60 * time.Second, 0, false},
	} {
		at, ok := ramp.nextAtLeast(test.load, test.from)
		require.Equal(t, test.ok, ok, "%v", test)
		require.InDelta(t, test.at.Seconds(), at.Seconds(), 1e-6, "%v", test)
	}
}

// TestScheduleArrivals counts the arrivals of each part: there are as many as its load's integral.
func TestScheduleArrivals(t *testing.T) {
	counts := make([]int, 5)
	last := time.Duration(-1)
	for n := 0.0; ; n++ {
		at, ok := ramp.arrival(n)
		if !ok {
			break
		}
		require.Greater(t, at, last)
		last = at
		counts[int(at/(10*time.Second))]++
	}
	require.Equal(t, []int{50, 50, 150, 0, 10}, counts)
	at, ok := ramp.arrival(100 + 150*0.25)
	require.True(t, ok)
	require.InDelta(t, 37.5, 5*(at.Seconds()-20)+(at.Seconds()-20)*(at.Seconds()-20), 1e-6, "5t + t², the integral of 5 + 2t")
}
