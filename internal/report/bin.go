package report

import (
	"cmp"
	"math"
	"slices"
	"time"

	"github.com/latency-pod-autoscaler/lpa/loadtest"
)

// Bin is what came of some requests: their latencies to within 1 %, in a few bytes, so that a long run can be kept second
// by second and seconds can be put together.
type Bin struct {
	Failed  int
	buckets []bucket // ascending
}

// bucket counts the latencies above width^(index-1) and up to width^index microseconds.
type bucket struct {
	index uint16
	count uint32
}

// width makes the middle of a bucket differ from anything in it by at most 1 %. The index of an hour is 1,111.
const width = 1.02

func newBin(r loadtest.IntervalRequest) Bin {
	var b Bin
	for _, n := range r.Failures {
		b.Failed += n
	}
	for _, latency := range r.Latencies {
		index := bucketOf(latency)
		if n := len(b.buckets); n > 0 && b.buckets[n-1].index == index {
			b.buckets[n-1].count++
			continue
		}
		b.buckets = append(b.buckets, bucket{index, 1})
	}
	return b
}

func bucketOf(latency time.Duration) uint16 {
	us := float64(latency) / float64(time.Microsecond)
	if us <= 1 {
		return 0
	}
	return uint16(math.Ceil(math.Log(us) / math.Log(width)))
}

// milliseconds is the middle of the bucket.
func (b bucket) milliseconds() float64 {
	return math.Pow(width, float64(b.index)) * 2 / (1 + width) / 1000
}

// plus puts two bins together.
func (b Bin) plus(other Bin) Bin {
	merged := slices.Concat(b.buckets, other.buckets)
	slices.SortFunc(merged, func(a, b bucket) int { return cmp.Compare(a.index, b.index) })
	var sum []bucket
	for _, next := range merged {
		if n := len(sum); n > 0 && sum[n-1].index == next.index {
			sum[n-1].count += next.count
			continue
		}
		sum = append(sum, next)
	}
	return Bin{Failed: b.Failed + other.Failed, buckets: slices.Clip(sum)}
}

func (b Bin) succeeded() int {
	n := 0
	for _, bucket := range b.buckets {
		n += int(bucket.count)
	}
	return n
}

// Count is how many requests there were.
func (b Bin) Count() int { return b.succeeded() + b.Failed }

// Quantile is the latency in milliseconds that a share q of the requests do not exceed: infinite if it falls on a failed
// one. ok is false if there are no requests.
func (b Bin) Quantile(q float64) (ms float64, ok bool) {
	total := b.Count()
	if total == 0 {
		return 0, false
	}
	rank := max(1, int(math.Ceil(q*float64(total)-1e-9)))
	for _, bucket := range b.buckets {
		if rank -= int(bucket.count); rank <= 0 {
			return bucket.milliseconds(), true
		}
	}
	return math.Inf(1), true
}
