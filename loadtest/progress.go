package loadtest

import (
	"slices"
	"sync"
	"time"
)

// Interval is what happened in one part of a run, about a second long, for those who want to watch it.
type Interval struct {
	Start, End time.Time
	Warmup     bool // the interval began before the counted time
	Users      int  // that are running
	Requests   []IntervalRequest
}

// IntervalRequest is what came of the requests of one name that ended in an interval.
type IntervalRequest struct {
	Name      RequestName
	Latencies []time.Duration // of those that did not fail, ascending
	Failures  map[Failure]int
}

// progress collects what happens until the next interval is reported.
type progress struct {
	mu     sync.Mutex
	start  time.Time
	users  int
	byName map[int]*IntervalRequest
}

func (p *progress) record(name int, latency time.Duration, outcome Failure) {
	p.mu.Lock()
	defer p.mu.Unlock()
	r := p.byName[name]
	if r == nil {
		r = &IntervalRequest{Failures: map[Failure]int{}}
		p.byName[name] = r
	}
	if outcome == NoFailure {
		r.Latencies = append(r.Latencies, latency)
		return
	}
	r.Failures[outcome]++
}

func (p *progress) enter(users int) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.users += users
}

// take is what has happened since the last call, in the order of names.
func (p *progress) take(names *runNames, countFrom, now time.Time) Interval {
	p.mu.Lock()
	defer p.mu.Unlock()
	interval := Interval{Start: p.start, End: now, Warmup: p.start.Before(countFrom), Users: p.users}
	var indexes []int
	for i := range p.byName {
		indexes = append(indexes, i)
	}
	slices.Sort(indexes)
	for _, i := range indexes {
		r := p.byName[i]
		r.Name = names.at(i)
		slices.Sort(r.Latencies)
		interval.Requests = append(interval.Requests, *r)
	}
	p.start, p.byName = now, map[int]*IntervalRequest{}
	return interval
}

// every reports an interval about every second until done is closed, and a last one then.
func (p *progress) every(report func(Interval), names *runNames, countFrom time.Time, done <-chan struct{}) {
	ticker := time.NewTicker(time.Second)
	defer ticker.Stop()
	for {
		select {
		case now := <-ticker.C:
			report(p.take(names, countFrom, now))
		case <-done:
			report(p.take(names, countFrom, time.Now()))
			return
		}
	}
}
