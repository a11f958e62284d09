package loadtest

import (
	"math"
	"sync/atomic"
	"time"
)

// histogram counts durations, rounded up to three digits of their microseconds: an error of less than 1 %, and always to the
// slow side. It takes 4 kB for each of its parts that has any, 32 kB at most, however many there are. Any number of users may
// record at once.
type histogram struct {
	parts [(histogramSize + partSize - 1) / partSize]atomic.Pointer[histogramPart] // nil where there is none
	total atomic.Int64
}

// histogramPart is the counts of buckets that follow one another.
type histogramPart [partSize]atomic.Uint32

const (
	exactBuckets = 1_000 // one for each microsecond below a millisecond
	perDecade    = 900   // 100 to 999
	decades      = 7     // up to 10 000 s, which is longer than any request may take
	// histogramSize leaves the last bucket to everything longer.
	histogramSize = exactBuckets + decades*perDecade + 1
	partSize      = 1 << 10
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
	bucket := bucketOf(d)
	h.part(bucket / partSize)[bucket%partSize].Add(1)
	h.total.Add(1)
}

func (h *histogram) part(i int) *histogramPart {
	p := h.parts[i].Load()
	if p == nil {
		h.parts[i].CompareAndSwap(nil, new(histogramPart))
		p = h.parts[i].Load()
	}
	return p
}

// ordered is what was recorded.
func (h *histogram) ordered() ordered {
	var o ordered
	sum := 0
	for i := range h.parts {
		part := h.parts[i].Load()
		if part == nil {
			continue
		}
		for j := range part {
			if n := int(part[j].Load()); n > 0 {
				sum += n
				o.values = append(o.values, bucketValue(i*partSize+j))
				o.upTo = append(o.upTo, sum)
			}
		}
	}
	return o
}
