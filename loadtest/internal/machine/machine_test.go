package machine

import (
	"math"
	"os"
	"runtime"
	"runtime/metrics"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"
)

// TestWatchesItself burns some processor time while it is watched.
func TestWatchesItself(t *testing.T) {
	w := Start()
	begin := *processorTime()
	for *processorTime()-begin < 30*time.Millisecond {
	}
	runtime.GC()
	r := w.Stop()
	require.GreaterOrEqual(t, *r.CPU, 30*time.Millisecond)
	require.LessOrEqual(t, r.CPU.Seconds(), r.Elapsed.Seconds()*float64(runtime.NumCPU())+0.02, "the kernel counts in ticks")
	require.Positive(t, r.Cores)
	require.LessOrEqual(t, r.Cores, float64(runtime.NumCPU()))
	require.GreaterOrEqual(t, r.Stall, time.Duration(0))
	require.Less(t, r.Stall, r.Elapsed)
	require.Positive(t, r.GCPauses.Max)
	require.LessOrEqual(t, r.GCPauses.P99, r.GCPauses.Max)
	require.LessOrEqual(t, r.Scheduler.P99, r.Scheduler.Max)
	if runtime.GOOS == "linux" {
		require.Positive(t, r.Descriptors.Used)
		require.Less(t, r.Descriptors.Used, r.Descriptors.Limit)
		require.Positive(t, *r.Ports)
	}
}

func TestDescriptorsAreCounted(t *testing.T) {
	folder := system{root: t.TempDir()}
	require.NoError(t, os.MkdirAll(folder.path("/proc/self/fd"), 0o700))
	for _, name := range []string{"0", "1", "2", "3"} {
		folder.write(t, "/proc/self/fd/"+name, "")
	}
	require.Equal(t, 3, folder.descriptors().Used, "one is that of the listing")
}

// TestDescriptorsAreCountedTheSameByTheirFolder opens some, and counts them with and without a listing.
func TestDescriptorsAreCountedTheSameByTheirFolder(t *testing.T) {
	listed, ok := countNames("/proc/self/fd")
	if !ok {
		return // no such folder here
	}
	for range 10 {
		file, err := os.Open(os.DevNull)
		require.NoError(t, err)
		defer file.Close()
	}
	counted, ok := system{}.openDescriptors()
	require.True(t, ok)
	require.Equal(t, listed+10, counted)
}

func TestPorts(t *testing.T) {
	s := system{root: t.TempDir()}
	require.NoError(t, os.MkdirAll(s.path("/proc/sys/net/ipv4"), 0o700))
	for text, want := range map[string]int{"32768\t60999\n": 28232, "5000 5000": 1, "": 0, "1": 0, "1 2 3": 0, "a b": 0, "60999 32768": 0, "1 99999": 0, "0 5": 0} {
		s.write(t, "/proc/sys/net/ipv4/ip_local_port_range", text)
		if want == 0 {
			require.Nil(t, s.ports(), "%q", text)
			continue
		}
		require.Equal(t, want, *s.ports(), "%q", text)
	}
}

// TestNoStall has a clock on which nothing takes time.
func TestNoStall(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := Start()
		time.Sleep(time.Minute)
		r := w.Stop()
		require.Equal(t, time.Minute, r.Elapsed)
		require.Zero(t, r.Stall)
	})
}

func TestWaits(t *testing.T) {
	buckets := []float64{math.Inf(-1), 0, 0.001, 0.010, 0.100, math.Inf(1)}
	histogram := func(counts ...uint64) *metrics.Float64Histogram {
		return &metrics.Float64Histogram{Buckets: buckets, Counts: counts}
	}
	none := histogram(0, 0, 0, 0, 0)
	for name, test := range map[string]struct {
		before, after *metrics.Float64Histogram
		want          *Waits
	}{
		"nothing waited":            {none, none, &Waits{}},
		"one":                       {none, histogram(0, 0, 1, 0, 0), &Waits{10 * time.Millisecond, 10 * time.Millisecond}},
		"a lone long one":           {none, histogram(0, 20, 0, 1, 0), &Waits{time.Millisecond, 100 * time.Millisecond}},
		"two in a hundred are long": {none, histogram(0, 98, 0, 2, 0), &Waits{100 * time.Millisecond, 100 * time.Millisecond}},
		"only since":                {histogram(0, 5, 0, 9, 0), histogram(0, 105, 0, 9, 0), &Waits{time.Millisecond, time.Millisecond}},
		"beyond the last bucket":    {none, histogram(0, 0, 0, 0, 3), &Waits{100 * time.Millisecond, 100 * time.Millisecond}},
		"below zero":                {none, histogram(3, 0, 0, 0, 0), &Waits{}},
		"fewer than before":         {histogram(0, 9, 0, 0, 0), histogram(0, 3, 0, 0, 0), &Waits{}},
		"unknown before":            {nil, none, nil},
		"unknown":                   {none, nil, nil},
		"other buckets":             {&metrics.Float64Histogram{Buckets: []float64{0, 1}, Counts: []uint64{0}}, none, nil},
	} {
		t.Run(name, func(t *testing.T) { require.Equal(t, test.want, waits(test.before, test.after)) })
	}
}
