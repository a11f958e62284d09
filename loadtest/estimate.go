package loadtest

import (
	"math"
	"time"
)

// AtMost is how many requests of each name the load sends at most in its run time: as if the service answered at once, every
// loop went on as long as it may, and every condition led to more requests. It is infinite for users that never pause, and for
// tasks that are functions, as nobody knows how often they send what. In the open model, and with stages of users, it is the
// number to expect, without the luck of which class an iteration falls to.
func (p *Plan) AtMost(o Options) map[RequestName]float64 {
	o = o.withDefaults()
	counts := map[RequestName]float64{}
	load := newSchedule(0, o.stages())
	users := max(1, o.Users)
	iterations := load.sum() / float64(users) // per user
	turns, usersOf := p.turns(), map[*class]int{}
	for range users {
		usersOf[turns.next()]++
	}
	for i := range p.classes { // in their order, as sums of floating point depend on it
		n := usersOf[&p.classes[i]]
		if n == 0 {
			continue
		}
		share, pause := p.classes[i].average()
		if !o.Open() { // the schedule's sum is user-seconds
			iterations = load.sum() / float64(users) * float64(time.Second) / pause
		}
		for name, requests := range share {
			counts[p.names[name]] += float64(n) * iterations * requests
		}
	}
	return counts
}

// average is how many requests of each name an iteration has at most, by the index of the name, and how many nanoseconds it
// and its wait take at least.
func (c *class) average() (requests map[int]float64, pause float64) {
	requests = map[int]float64{}
	total := 0.0
	for _, t := range c.tasks {
		total += float64(t.weight)
	}
	for _, t := range c.tasks {
		e := estimateOf(t.steps)
		pause += float64(t.weight) / total * float64(c.wait.between(e.duration()))
		for name, n := range e.requests {
			requests[name] += float64(t.weight) / total * n
		}
	}
	return requests, pause
}

// estimate is how many requests steps make at most, and how long they pause at least.
type estimate struct {
	requests map[int]float64 // by the index of their name
	pause    float64         // nanoseconds: loops in loops can come to more than a time.Duration holds
}

func (e *estimate) duration() time.Duration { return time.Duration(min(e.pause, math.MaxInt64/4)) }

func estimateOf(steps []step) estimate {
	sum := estimate{requests: map[int]float64{}}
	for _, s := range steps {
		switch s := s.(type) {
		case *requestStep:
			sum.requests[s.nameIndex]++
		case *thinkStep:
			sum.pause += float64(s.pause.between(0))
		case *groupStep:
			sum.add(estimateOf(s.steps), 1, 1)
		case *starTask:
			for _, request := range s.script.calls {
				if request.name != madeUp {
					sum.requests[request.name] = math.Inf(1)
				}
			}
		case *repeatStep:
			least, most := s.bounds()
			sum.add(estimateOf(s.steps), most, least)
			sum.pause += float64(max(0, least-1)) * float64(s.every)
		case *ifStep:
			sum.add(either(estimateOf(s.then), estimateOf(s.otherwise)), 1, 1)
		}
	}
	return sum
}

// add counts the requests of another estimate most times, and its pause least times.
func (e *estimate) add(other estimate, most, least int) {
	for name, n := range other.requests {
		e.requests[name] += n * float64(most)
	}
	e.pause += other.pause * float64(least)
}

// either is one estimate or the other: whichever has more requests of a name, and the shorter pause.
func either(a, b estimate) estimate {
	out := estimate{requests: map[int]float64{}, pause: min(a.pause, b.pause)}
	for _, e := range []estimate{a, b} {
		for name, n := range e.requests {
			out.requests[name] = max(out.requests[name], n)
		}
	}
	return out
}

// bounds are the fewest and the most rounds that the loop can have.
func (s *repeatStep) bounds() (least, most int) {
	least, most = s.times, s.times
	if s.number != nil {
		least, most = 0, maxRepeat
	}
	switch {
	case s.while != nil:
		least = 0
	case s.until != nil:
		least = min(least, 1)
	}
	return least, most
}

// SamplesFor is how many requests it takes for a 95 % chance that at least one of them lies above the quantile q; with
// fewer, a percentile says nothing about what is above it. It is the smallest n with 1 − qⁿ ≥ 0.95.
func SamplesFor(q float64) int {
	return int(math.Ceil(math.Log(0.05) / math.Log(q)))
}
