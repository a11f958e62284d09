package report

import (
	"testing"
	"time"

	"github.com/latency-pod-autoscaler/lpa/loadtest"
	"github.com/stretchr/testify/require"
)

func TestCourseIsInterruptedWhereThereIsNoValue(t *testing.T) {
	s := NewSeries(nil)
	s.Add(second(0, false, took(items, 10)))
	s.Add(second(1, false, took(items, 20)))
	s.Add(second(2, false))
	s.Add(second(3, false, failed(items, 2)))
	s.Add(second(4, false, took(items, 40)))
	s.Add(second(5, false, failed(items, 2)))
	path, alone := course(s.Points, axis{high: 6}, axis{high: 100}, nil, 0.5)
	require.Regexp(t, `^M8.33 \d+(\.\d+)?L25 \d+(\.\d+)?$`, path)
	require.Len(t, alone, 1)
	require.Equal(t, 75.0, alone[0].X)
	require.InDelta(t, 60, alone[0].Y, 1)
}

func TestFailuresAreSeen(t *testing.T) {
	s := NewSeries(nil)
	s.Add(second(0, false, took(items, 10)))
	s.Add(second(1, false, failed(items, 2)))
	var many []float64
	for range 10_000 {
		many = append(many, 5)
	}
	s.Add(second(2, false, took(items, many...), failed(cart, 2)))
	x := axis{high: 3}
	require.Equal(t, []bar{{"failed", 33.33, 0, 33.34, 100}, {"failed", 66.67, 98, 33.33, 2}}, failureBars(s.Points, x, nil))
	require.Equal(t, []bar{{"failed", 66.67, 0, 33.33, 100}}, failureBars(s.Points, x, &cart))
}

func TestHistogram(t *testing.T) {
	q := summaryOf(items, 7, 0)
	c := histogram(q)
	require.True(t, c.Log)
	require.Len(t, c.Bars, 3)
	require.Equal(t, 100.0, c.Bars[1].Height+c.Bars[1].Y)
	require.Greater(t, c.Bars[1].Height, c.Bars[0].Height)
	require.Len(t, c.Hovers, 3, "where there are bars")
	require.Equal(t, []string{"p50 12.4 ms", "p95 310 ms"}, []string{c.Rules[0].Label, c.Rules[1].Label})
	require.True(t, c.Rules[1].Left, "there is no room on the right")

	require.Nil(t, histogram(loadtest.RequestSummary{}))
	q.Samples.Finished = "damaged"
	require.Nil(t, histogram(q))
}

func TestPointsInWords(t *testing.T) {
	s := NewSeries(nil)
	s.Add(second(0, true, took(items, 10, 10), failed(items, 1)))
	require.Equal(t, "0:00 · 0 users · warm-up\np50 10.1 ms\np95 falls on a failed request\n3/s\n1 failed", s.Points[0].text())
	require.Equal(t, "0:00 · 0 users\n0/s", Point{End: time.Second}.text())
}
