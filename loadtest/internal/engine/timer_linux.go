//go:build linux && !portable

package engine

import "time"

// clock is time as whole nanoseconds since the loop was made, on the monotonic clock.
type clock struct{ epoch time.Time }

func newClock() clock { return clock{epoch: time.Now()} }

func (c clock) now() int64 { return int64(time.Since(c.epoch)) }

func (c clock) of(t time.Time) int64 { return int64(t.Sub(c.epoch)) }

// timer is a fiber's place in the heap of timers. It is not moved each time the fiber waits for something else, which would
// be for every request; it is only never later than what the fiber waits for, and put back when it turns out to be early.
type timer struct {
	fiber *Fiber
	at    int64
	index int // in the heap; -1 if it is not there
}

type timers []*timer

func (t timers) Len() int           { return len(t) }
func (t timers) Less(i, j int) bool { return t[i].at < t[j].at }

func (t timers) Swap(i, j int) {
	t[i], t[j] = t[j], t[i]
	t[i].index, t[j].index = i, j
}

// Push is for container/heap.
func (t *timers) Push(x any) {
	added := x.(*timer)
	added.index = len(*t)
	*t = append(*t, added)
}

// Pop is for container/heap.
func (t *timers) Pop() any {
	last := (*t)[len(*t)-1]
	*t = (*t)[:len(*t)-1]
	last.index = -1
	return last
}
