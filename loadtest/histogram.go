package loadtest

import (
	"math"
	"sync/atomic"
	"time"
)

// histogram counts durations, rounded up to three digits of their microseconds: an error of less than 1 %, and always to the
// slow side. It takes 29 kB however many there are. Any number of users may record at once.
type histogram struct {
	counts [histogramSize]atomic.Uint32
	total  atomic.Int64
}

const (
	exactBuckets = 1_000 // one for each microsecond below a millisecond
	perDecade    = 900   // 100 to 999
	decades      = 7     // up to 10 000 s, which is longer than any request may take
	// histogramSize leaves the last bucket to everything longer.
	histogramSize = exactBuckets + decades*perDecade + 1
)

// bucketOf is the bucket of a duration.
func bucketOf(d time.Duration) int {
	us := uint64(max(0, d.Round(time.Microsecond)) / time.Microsecond)
	if us < exactBuckets {
		return int(us)
	}
	unit, decade := uint64(10), 0
	for us > 999*unit {
		unit *= 10
		decade++
	}
	if decade >= decades {
		return histogramSize - 1
	}
	return exactBuckets + decade*perDecade + int((us+unit-1)/unit) - 100
}

// bucketValue is the longest duration of a bucket.
func bucketValue(bucket int) time.Duration {
	if bucket < exactBuckets {
		return time.Duration(bucket) * time.Microsecond
	}
	decade := (bucket - exactBuckets) / perDecade
	digits := (bucket-exactBuckets)%perDecade + 100
	return time.Duration(float64(digits)*math.Pow10(decade+1)) * time.Microsecond
}

func (h *histogram) record(d time.Duration) {
	h.counts[bucketOf(d)].Add(1)
	h.total.Add(1)
}

// ordered is what was recorded.
func (h *histogram) ordered() ordered {
	var o ordered
	sum := 0
	for i := range h.counts {
		if n := int(h.counts[i].Load()); n > 0 {
			sum += n
			o.values = append(o.values, bucketValue(i))
			o.upTo = append(o.upTo, sum)
		}
	}
	return o
}
