package simulate

import (
	"math"
	"math/rand/v2"
	"time"
)

// events is the model that follows every request. As requests are served in the order in which they come to a pod, a
// request's whole fate is known when it comes (Kiefer and Wolfowitz, Transactions of the American Mathematical Society 78,
// 1955): it begins when the first of the pod's workers is free. So there is no list of events to come.
type events struct {
	service Service
	target  target
	random  *rand.Rand
	time    serviceTime
	servers []server // the oldest first
	serving int      // how many of them are ready
	last    step
	recent  []count // of the steps of the last judged time, this one included
}

// server is one pod.
type server struct {
	ready, warm time.Duration
	free        []float64 // when each worker will be free, in seconds; a heap whose first is the earliest
}

// step is what happened in one step.
type step struct {
	latencies []float64 // in seconds; +Inf for one that failed
	count
}

// count adds up requests.
type count struct {
	end               time.Duration
	all, over, failed int
	sum               float64 // of the latencies of those that did not fail
}

// judged is how much of the past a violation is judged by: the requests of a single step are so few that chance would make
// violations of a service that is near its target.
const judged = 30 * time.Second

func newEvents(s Service, t target, random *rand.Rand, pods int) *events {
	e := &events{service: s, target: t, random: random, time: newServiceTime(s.Time)}
	for range pods {
		e.servers = append(e.servers, server{free: make([]float64, s.Workers)})
	}
	return e
}

func (e *events) scale(now time.Duration, n int) {
	if n < len(e.servers) {
		e.servers = e.servers[:n]
	}
	ready := now + e.service.StartUp
	for len(e.servers) < n {
		e.servers = append(e.servers, server{ready: ready, warm: ready + e.service.coldTime(), free: make([]float64, e.service.Workers)})
	}
}

func (e *events) pods(now time.Duration) (created, ready int) {
	e.serving = min(e.serving, len(e.servers))
	for e.serving < len(e.servers) && e.servers[e.serving].ready <= now {
		e.serving++
	}
	return len(e.servers), e.serving
}

func (e *events) nextReady(now time.Duration) time.Duration {
	if _, ready := e.pods(now); ready < len(e.servers) {
		return e.servers[ready].ready
	}
	return never
}

// pass makes requests come at random, and those of the load test at even distances.
func (e *events) pass(now, h time.Duration, rate float64, probes int, samples []float64) (Latency, []float64) {
	e.pods(now)
	e.last = step{latencies: e.last.latencies[:0], count: count{end: now + h}}
	begin, end := now.Seconds(), (now + h).Seconds()
	added := e.service.added(now)
	gap := (end - begin) / float64(max(1, probes))
	probe, sent := begin+gap*e.random.Float64(), 0
	at := begin + e.random.ExpFloat64()/rate
	for {
		for sent < probes && probe < min(at, end) {
			samples = append(samples, e.serve(probe, added))
			probe += gap
			sent++
		}
		if !(at < end) {
			break
		}
		e.last.add(e.serve(at, added), e.target.limit)
		at += e.random.ExpFloat64() / rate
	}
	return e.fared(), samples
}

// serve is the latency of a request that comes at a time; +Inf if its client gives up.
func (e *events) serve(at, added float64) float64 {
	s := &e.servers[0]
	if e.serving > 1 {
		s = &e.servers[e.random.IntN(e.serving)]
	}
	begin := max(at, s.free[0])
	timeout := e.service.Timeout.Seconds()
	if begin-at+added >= timeout {
		return math.Inf(1) // it leaves the queue
	}
	work := e.time.draw(e.random)
	if seconds(at) < s.warm {
		work *= e.service.ColdFactor
	}
	s.take(begin + work)
	if latency := begin + work - at + added; latency <= timeout {
		return latency
	}
	return math.Inf(1)
}

// take gives the request to the worker that is free first, until a time.
func (s *server) take(until float64) {
	free := s.free
	i := 0
	for {
		child := 2*i + 1
		if child >= len(free) {
			break
		}
		if other := child + 1; other < len(free) && free[other] < free[child] {
			child = other
		}
		if free[child] >= until {
			break
		}
		free[i] = free[child]
		i = child
	}
	free[i] = until
}

func (s *step) add(latency, limit float64) {
	s.latencies = append(s.latencies, latency)
	s.all++
	if latency > limit {
		s.over++
	}
	if math.IsInf(latency, 1) {
		s.failed++
	} else {
		s.sum += latency
	}
}

// fared is how the requests of the last step fared; all is well if there was none.
func (e *events) fared() Latency {
	e.recent = append(e.recent, e.last.count)
	for e.recent[0].end <= e.last.end-judged {
		e.recent = e.recent[1:]
	}
	var past count
	for _, c := range e.recent {
		past.all += c.all
		past.over += c.over
		past.failed += c.failed
		past.sum += c.sum
	}
	l := e.last.share()
	of := past.share()
	l.Violated = past.all > 0 && e.target.violated(of.Over, of.Failed, past.mean())
	return l
}

func (c count) share() Latency {
	n := float64(max(1, c.all))
	return Latency{Over: float64(c.over) / n, Failed: float64(c.failed) / n}
}

func (c count) mean() float64 { return c.sum / float64(max(1, c.all-c.failed)) }

// statistic is the target's, of the requests of the last step, and 0 if there was none.
func (e *events) statistic() float64 {
	n := len(e.last.latencies)
	switch {
	case n == 0:
		return 0
	case e.last.failed == n:
		return e.service.Timeout.Seconds()
	case e.target.quantile == 0:
		return e.last.mean()
	case e.target.succeeded:
		n -= e.last.failed
	}
	return min(e.service.Timeout.Seconds(), selected(e.last.latencies, rank(n, e.target.quantile)-1))
}
