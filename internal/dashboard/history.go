package dashboard

import (
	"math"
	"sync"
	"time"

	"github.com/latency-pod-autoscaler/lpa/internal/scaling"
	"github.com/latency-pod-autoscaler/lpa/internal/state"
)

// The most different words and targets that a log may bring: those of a sound one are far fewer.
const (
	mostNames   = 64
	mostTargets = scaling.MostShown
)

// other is the name of those that came after the most.
const other = "other"

// history is what is kept of the decisions, about 150 bytes of each: what is drawn, and where the rest is. Its decisions are
// numbered from 0 on, in the log's order; the oldest ones are forgotten first.
type history struct {
	mu       sync.RWMutex
	capacity int
	first    int // the number of entries[0]
	entries  []entry
	slab     []reading // where the next readings go
	reasons  names
	verdicts names
	targets  []target
	latest   *state.Record // without its measurement; nil if there is none
	counted  counters
	status   status
	changed  chan struct{} // closed with the next change
}

// entry is one decision. A share that is not known is not a number.
type entry struct {
	at       int64 // milliseconds since 1970
	place    state.Place
	observed int32 // replicas before it
	wanted   int32
	reason   uint8
	verdict  uint8
	failures float64 // share of the requests
	probe    float64 // requests that the load test had under way, on average, in each replica
	readings []reading
}

func (e *entry) changes() bool { return e.observed != e.wanted }

// reading is what was measured of a target: milliseconds, or a share. What is not known is not a number.
type reading struct {
	target                  uint8
	failed                  bool // slower than any limit
	value, low, high, limit float32
}

// target is one that the log has had, whatever its limit.
type target struct {
	name      string
	method    string
	endpoint  string
	statistic scaling.Statistic
}

func (t target) share() bool { return t.statistic.Kind == scaling.FailureRatio }

// names are words by the order in which they came.
type names []string

func (n *names) index(word string) uint8 {
	for i, known := range *n {
		if known == word {
			return uint8(i)
		}
	}
	if len(*n) == mostNames {
		(*n)[mostNames-1] = other
		return mostNames - 1
	}
	*n = append(*n, word)
	return uint8(len(*n) - 1)
}

func newHistory(capacity int) *history {
	return &history{capacity: capacity, changed: make(chan struct{}), counted: newCounters(), status: status{Reading: true}}
}

// found is a record that was read, and where.
type found struct {
	record state.Record
	place  state.Place
}

// add takes what was read and how the reading goes, and tells those who wait if there is news.
func (h *history) add(records []found, now status) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if len(records) == 0 && now == h.status {
		return
	}
	h.status = now
	for i := range records {
		h.keep(&records[i])
	}
	h.forget()
	close(h.changed)
	h.changed = make(chan struct{})
}

func (h *history) keep(f *found) {
	r := &f.record
	said := r.Measured()
	e := entry{
		at: r.Time.UnixMilli(), place: f.place,
		observed: clamp(r.Decision.Current), wanted: clamp(r.Decision.Desired),
		reason: h.reasons.index(string(r.Decision.Reason)), verdict: h.verdicts.index(r.Observation.Verdict),
		failures: known(said.FailureShare(r.Observation)), probe: known(said.Probe),
		readings: h.readings(r.Observation.Readings),
	}
	h.entries = append(h.entries, e)
	h.counted.count(r)
	r.Measurement = nil
	h.latest = r
}

// forget lets the oldest go, an eighth at a time so that it is seldom done.
func (h *history) forget() {
	if len(h.entries) <= h.capacity+h.capacity/8 {
		return
	}
	gone := len(h.entries) - h.capacity
	h.entries = append(make([]entry, 0, h.capacity+h.capacity/8+1), h.entries[gone:]...)
	h.first += gone
}

// slabSize is how many readings are allocated at once.
const slabSize = 4096

func (h *history) readings(all []scaling.Reading) []reading {
	if len(h.slab)+len(all) > cap(h.slab) {
		h.slab = make([]reading, 0, max(slabSize, len(all)))
	}
	start := len(h.slab)
	for i := range all {
		r := &all[i]
		index, ok := h.target(r.Target)
		if !ok {
			continue
		}
		kept := reading{target: index, failed: r.Failed, value: float32(r.Value), low: known32(r.Low), high: known32(r.High), limit: float32(r.Target.Limit)}
		if r.Failed || r.Missing {
			kept.value = known32(nil)
		}
		h.slab = append(h.slab, kept)
	}
	return h.slab[start:len(h.slab):len(h.slab)]
}

// target is the index of a target; false if there are too many.
func (h *history) target(t scaling.Target) (uint8, bool) {
	for i, known := range h.targets {
		if known.method == t.Method && known.endpoint == t.Endpoint && known.statistic == t.Statistic {
			return uint8(i), true
		}
	}
	if len(h.targets) == mostTargets {
		return 0, false
	}
	h.targets = append(h.targets, target{t.String(), t.Method, t.Endpoint, t.Statistic})
	return uint8(len(h.targets) - 1), true
}

func known(value *float64) float64 {
	if value == nil {
		return math.NaN()
	}
	return *value
}

func known32(value *float64) float32 { return float32(known(value)) }

func clamp(n int) int32 { return int32(min(max(n, 0), math.MaxInt32)) }

// wait is closed when there is something new.
func (h *history) wait() <-chan struct{} {
	h.mu.RLock()
	defer h.mu.RUnlock()
	return h.changed
}

// number of the decision that came last; -1 if there is none. The lock must be held.
func (h *history) last() int { return h.first + len(h.entries) - 1 }

// rhythm is the usual time between two decisions, the middle one of the last; 0 if it is not known. The lock must be held.
func (h *history) rhythm() time.Duration {
	const looked = 20
	last := h.entries[max(0, len(h.entries)-looked-1):]
	var gaps []int64
	for i := 1; i < len(last); i++ {
		gaps = append(gaps, max(0, last[i].at-last[i-1].at))
	}
	if len(gaps) == 0 {
		return 0
	}
	return time.Duration(middle(gaps)) * time.Millisecond
}
