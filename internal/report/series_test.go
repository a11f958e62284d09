package report

import (
	"math"
	"slices"
	"testing"
	"time"

	"github.com/latency-pod-autoscaler/lpa/loadtest"
	"github.com/stretchr/testify/require"
)

var (
	start = time.Unix(1_700_000_000, 0)
	items = loadtest.RequestName{Method: "GET", Name: "/items"}
	cart  = loadtest.RequestName{Method: "POST", Name: "/cart"}
)

// second is the n-th second of a run, from 0, with so many requests of GET /items that take as many milliseconds as given.
func second(n int, warmup bool, requests ...loadtest.IntervalRequest) loadtest.Interval {
	return loadtest.Interval{Start: start.Add(time.Duration(n) * time.Second), End: start.Add(time.Duration(n+1) * time.Second),
		Warmup: warmup, Users: n, Requests: requests}
}

func took(name loadtest.RequestName, ms ...float64) loadtest.IntervalRequest {
	r := loadtest.IntervalRequest{Name: name, Failures: map[loadtest.Failure]int{}}
	for _, m := range ms {
		r.Latencies = append(r.Latencies, time.Duration(m*float64(time.Millisecond)))
	}
	slices.Sort(r.Latencies)
	return r
}

func failed(name loadtest.RequestName, n int) loadtest.IntervalRequest {
	return loadtest.IntervalRequest{Name: name, Failures: map[loadtest.Failure]int{loadtest.Failure5xx: n - 1, loadtest.FailureReset: 1}}
}

func quantile(t *testing.T, b Bin, q float64) float64 {
	t.Helper()
	ms, ok := b.Quantile(q)
	require.True(t, ok)
	return ms
}

func TestBinKeepsLatenciesWithinOnePercent(t *testing.T) {
	for _, ms := range []float64{0.002, 0.5, 1, 1.02, 7, 99.9, 1234, 60_000, 3_600_000} {
		require.InEpsilon(t, ms, quantile(t, newBin(took(items, ms)), 0.5), 0.01, "%v ms", ms)
	}
	require.InDelta(t, 0, quantile(t, newBin(took(items, 0)), 0.5), 0.001)
}

func TestQuantilesCountFailuresAsInfinite(t *testing.T) {
	var ms []float64
	for i := range 95 {
		ms = append(ms, float64(i+1))
	}
	b := newBin(took(items, ms...)).plus(newBin(failed(items, 5)))
	require.Equal(t, []int{100, 5}, []int{b.Count(), b.Failed})
	require.InEpsilon(t, 50, quantile(t, b, 0.5), 0.01)
	require.InEpsilon(t, 95, quantile(t, b, 0.95), 0.01)
	require.Equal(t, math.Inf(1), quantile(t, b, 0.951))
	require.InEpsilon(t, 1, quantile(t, b, 0.001), 0.01)
	_, ok := Bin{}.Quantile(0.5)
	require.False(t, ok)
}

func TestSeries(t *testing.T) {
	s := NewSeries([]loadtest.RequestName{items})
	require.Equal(t, Point{}, s.Recent())
	s.Add(second(0, true, took(items, 100)))
	require.Equal(t, 1, s.Counted.All.Count(), "the warm-up, while it lasts")
	s.Add(second(1, false, took(items, 10, 20), took(cart, 30), failed(items, 2)))
	s.Add(second(2, false))
	require.Len(t, s.Points, 3)
	require.Equal(t, []bool{true, false, false}, []bool{s.Points[0].Warmup, s.Points[1].Warmup, s.Points[2].Warmup})
	require.Equal(t, []loadtest.RequestName{items, cart}, s.Names)
	require.Equal(t, []int{5, 2}, []int{s.Counted.All.Count(), s.Counted.All.Failed})
	require.Equal(t, []int{4, 1}, []int{s.Counted.Bin(&items).Count(), s.Counted.Bin(&cart).Count()})
	recent := s.Recent()
	require.Equal(t, []any{time.Duration(0), 3 * time.Second, 2, 6}, []any{recent.Start, recent.End, recent.Users, recent.All.Count()})
	require.Equal(t, 2.0, recent.Rate(recent.Bin(nil)))
	require.Zero(t, Point{}.Rate(recent.All))
}

func TestRecentForgets(t *testing.T) {
	s := NewSeries(nil)
	for n := range 30 {
		s.Add(second(n, false, took(items, float64(n))))
	}
	recent := s.Recent()
	require.Equal(t, []time.Duration{20 * time.Second, 30 * time.Second}, []time.Duration{recent.Start, recent.End})
	require.InEpsilon(t, 20, quantile(t, recent.All, 0.01), 0.01)
}

func TestAStubJoinsTheLastPoint(t *testing.T) {
	s := NewSeries(nil)
	s.Add(second(0, false, took(items, 1)))
	stub := second(1, false, took(items, 2))
	stub.End = stub.Start.Add(time.Millisecond)
	s.Add(stub)
	require.Len(t, s.Points, 1)
	require.Equal(t, 1001*time.Millisecond, s.Points[0].End)
	require.Equal(t, 2, s.Points[0].All.Count())
}

func TestALongRunIsKeptInWiderPoints(t *testing.T) {
	s := NewSeries(nil)
	const seconds = 5000
	for n := range seconds {
		s.Add(second(n, n < 7, took(items, 5), failed(cart, 2)))
	}
	require.LessOrEqual(t, len(s.Points), maxPoints)
	require.Greater(t, len(s.Points), maxPoints/3)
	requests, end := 0, time.Duration(0)
	for _, p := range s.Points {
		require.Equal(t, end, p.Start, "no gap")
		end = p.End
		requests += p.Bin(&items).Count()
		require.Equal(t, 2*p.Bin(&items).Count(), p.Bin(&cart).Failed)
		require.Equal(t, p.End <= 7*time.Second, p.Warmup, "a point is of the warm-up or not")
	}
	require.Equal(t, []any{seconds, seconds * time.Second}, []any{requests, end})
}
