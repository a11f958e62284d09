package machine

import (
	"math"
	"runtime/metrics"
	"slices"
	"time"
)

// delays are the Go runtime's histograms of what it kept waiting since the program began; nil if it has none.
type delays struct {
	scheduler, gc *metrics.Float64Histogram
}

func readDelays() delays {
	samples := []metrics.Sample{{Name: "/sched/latencies:seconds"}, {Name: "/sched/pauses/total/gc:seconds"}}
	metrics.Read(samples)
	histogram := func(s metrics.Sample) *metrics.Float64Histogram {
		if s.Value.Kind() != metrics.KindFloat64Histogram {
			return nil
		}
		return s.Value.Float64Histogram()
	}
	return delays{scheduler: histogram(samples[0]), gc: histogram(samples[1])}
}

func (d delays) since(before delays) (scheduler, gc *Waits) {
	return waits(before.scheduler, d.scheduler), waits(before.gc, d.gc)
}

// waits describes what a histogram has more than it had before; nil if it cannot be known.
func waits(before, after *metrics.Float64Histogram) *Waits {
	if before == nil || after == nil || !slices.Equal(before.Buckets, after.Buckets) {
		return nil
	}
	counts := make([]uint64, len(after.Counts))
	var total uint64
	for i := range counts {
		counts[i] = after.Counts[i] - min(after.Counts[i], before.Counts[i])
		total += counts[i]
	}
	if total == 0 {
		return &Waits{}
	}
	// Of fewer than 100 the 99th percentile would be the longest, which may be one piece of bad luck.
	rank := max(1, min(uint64(math.Ceil(0.99*float64(total))), total-1))
	return &Waits{P99: upperEnd(after.Buckets, counts, rank), Max: upperEnd(after.Buckets, counts, total)}
}

// upperEnd is where the bucket ends into which the value of the given rank falls, counted from 1. The last bucket has no
// end, so its beginning is taken.
func upperEnd(buckets []float64, counts []uint64, rank uint64) time.Duration {
	var seen uint64
	for i, n := range counts {
		if seen += n; seen >= rank {
			end := buckets[i+1]
			if math.IsInf(end, 1) {
				end = buckets[i]
			}
			return time.Duration(max(0, end) * float64(time.Second))
		}
	}
	return 0
}
