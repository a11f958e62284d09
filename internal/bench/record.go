package main

import (
	"math"
	"slices"
	"time"
)

// record is what the server saw of the requests since it was last asked. It is sent as JSON, durations in nanoseconds.
type record struct {
	Requests    int
	Elapsed     time.Duration // from reading the first request to having answered the last
	P50, P99    time.Duration // of the service time: from having read a request to having written the answer
	Idle        time.Duration // of Elapsed, that the server had nothing to do
	Connections int           // the most that were open at once
}

// serviceTimes collects while the server runs. There is room for a run at full speed, so that nothing is copied meanwhile.
type serviceTimes struct {
	times       []time.Duration
	first, last moment // when the first was read and the last answered
}

// moment is on the server's clock.
type moment struct {
	at   time.Duration
	idle time.Duration // that the server had been idle until then
}

const roomForTimes = 4 << 20

func newServiceTimes() serviceTimes {
	return serviceTimes{times: make([]time.Duration, 0, roomForTimes)}
}

func (s *serviceTimes) add(read, answered, idle time.Duration) {
	if len(s.times) == 0 {
		s.first = moment{read, idle}
	}
	s.last = moment{answered, idle}
	s.times = append(s.times, answered-read)
}

// take returns what was collected and begins anew.
func (s *serviceTimes) take() record {
	r := record{Requests: len(s.times), P50: quantile(s.times, 0.5), P99: quantile(s.times, 0.99)}
	if r.Requests > 0 {
		r.Elapsed, r.Idle = s.last.at-s.first.at, s.last.idle-s.first.idle
	}
	s.times = s.times[:0]
	return r
}

// quantile is the nearest-rank quantile, and 0 of nothing. It sorts the values.
func quantile(values []time.Duration, q float64) time.Duration {
	if len(values) == 0 {
		return 0
	}
	slices.Sort(values)
	return values[max(0, int(math.Ceil(q*float64(len(values))))-1)]
}
