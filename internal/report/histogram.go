package report

import (
	"fmt"
	"math"
	"time"

	"github.com/latency-pod-autoscaler/lpa/internal/words"
	"github.com/latency-pod-autoscaler/lpa/loadtest"
)

// columns of a histogram.
const columns = 60

// histogram is how the latencies of the finished requests are distributed. It is nil if there are none.
func histogram(q loadtest.RequestSummary) *chart {
	if q.Min == nil || q.Max == nil {
		return nil
	}
	x := latencyAxis(math.Max(*q.Min, 0.001), *q.Max)
	counts := make([]int, columns)
	total := 0
	err := q.Samples.Each(func(latency time.Duration, n int) {
		at := x.at(float64(latency) / float64(time.Millisecond))
		counts[min(int(at/100*columns), columns-1)] += n
		total += n
	}, func(time.Duration, int) {})
	if err != nil || total == 0 {
		return nil
	}
	greatest := 0
	for _, n := range counts {
		greatest = max(greatest, n)
	}
	y := countAxis(greatest)
	c := &chart{Label: "distribution of latencies", Log: x.log, X: x.ticks, Y: fromTop(y.ticks)}
	for i, n := range counts {
		if n == 0 {
			continue
		}
		left := float64(i) * 100 / columns
		text := fmt.Sprintf("%s–%s\n%s\n%s of them", words.Latency(x.value(left)), words.Latency(x.value(left+100.0/columns)),
			words.Plural(n, "request"), words.Share(float64(n)/float64(total)))
		c.Hovers = append(c.Hovers, hover{round(left + 50.0/columns), text})
		height := max(y.at(float64(n)), 0.7) // one among thousands is seen too
		c.Bars = append(c.Bars, bar{"ok", round(left), round(100 - height), round(90.0 / columns), height})
	}
	for i, name := range []string{"p50", "p95", "p99"} {
		p := q.Percentiles[name]
		if p.Value == nil {
			continue
		}
		at := x.at(*p.Value)
		c.Rules = append(c.Rules, rule{name, name + " " + words.Value(p), at, i, at > 70})
	}
	return c
}

// value is what stands at a place: the inverse of at.
func (a axis) value(percent float64) float64 {
	if a.log {
		return a.low * math.Pow(a.high/a.low, percent/100)
	}
	return a.low + (a.high-a.low)*percent/100
}
