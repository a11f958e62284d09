package simulate

import "math"

// waiting is the probability that a request has to wait in a queue with c workers of which a share rho is busy, when
// requests come and end at random: Erlang's C formula, by the recursion for his B formula, which stays exact for many
// workers.
func waiting(c int, rho float64) float64 {
	p, _ := waitingAndSlope(c, rho)
	return p
}

// waitingAndSlope is waiting with its derivative by rho. That of B by the offered load a is B (c/a − 1 + B).
func waitingAndSlope(c int, rho float64) (p, slope float64) {
	if rho >= 1 {
		return 1, 0
	}
	offered := rho * float64(c)
	b := 1.0
	for k := 1; k <= c; k++ {
		b = offered * b / (float64(k) + offered*b)
	}
	rise := 0.0
	switch {
	case rho > 0:
		rise = float64(c) * b * (1/rho - 1 + b)
	case c == 1:
		rise = 1
	}
	free := 1 - rho*(1-b)
	return b / free, (rise*(1-rho) + b*(1-b)) / (free * free)
}

// queue computes the waits of one pod. Its stationary mean is that of M/M/c times (1 + cv²)/2 (Lee and Longton, 1959; exact
// for one worker, by Pollaczek and Khinchine).
type queue struct {
	workers int
	unit    float64 // S (1 + cv²) / 2c: the mean wait of who waits is unit / (1 − rho)
	mean    float64 // S
	tables  map[float64]*[tableSize + 1]node
}

func newQueue(workers int, s serviceTime, factor float64) *queue {
	return &queue{
		workers: workers, mean: s.mean * factor, unit: s.mean * factor * (1 + s.squared) / 2 / float64(workers),
		tables: map[float64]*[tableSize + 1]node{},
	}
}

// busy is the share of a pod's workers that a rate of requests keeps busy; above 1 it is too much.
func (q *queue) busy(rate float64) float64 { return rate * q.mean / float64(q.workers) }

func (q *queue) stationary(rho float64) node {
	p := waiting(q.workers, rho)
	return node{wait: p * q.unit / (1 - rho), waiting: p, busy: rho}
}

// node is a state of a queue: its mean wait in seconds, the share of requests that wait, and the share of busy workers for
// which these are stationary.
type node struct{ wait, waiting, busy float64 }

const tableSize = 1024

// step is the state of a queue with a mean wait after h seconds of a load rho. The mean wait W is led to its stationary
// value by dW/dt = rho − G(W), where G(W) is the load of which W is the stationary wait: what comes in less what gets done.
// The step is implicit, so that it is stable however long it is: W(G) + h·G = W₀ + h·rho, whose solution is tabulated.
func (q *queue) step(wait, rho, h float64) node {
	table := q.tables[h]
	if table == nil {
		table = q.tabulate(h)
		q.tables[h] = table
	}
	f := wait + h*rho
	position := f / (f + h) * tableSize
	i := min(int(position), tableSize-1)
	low, high, share := table[i], table[i+1], position-float64(i)
	n := node{busy: low.busy + share*(high.busy-low.busy), waiting: low.waiting + share*(high.waiting-low.waiting)}
	if n.wait = low.wait + share*(high.wait-low.wait); i == tableSize-1 {
		n.wait = f - h*n.busy // the last node is infinite
	}
	return n
}

// tabulate solves the equation of step for f/(f+h) = 0, 1/tableSize, … 1, f being its right side.
func (q *queue) tabulate(h float64) *[tableSize + 1]node {
	table := &[tableSize + 1]node{}
	for i := 1; i < tableSize; i++ {
		z := float64(i) / tableSize
		f := h * z / (1 - z)
		rho := q.solve(table[i-1].busy, f, h)
		table[i] = q.stationary(rho)
		if rho > 0.999 { // where a rounding of rho is much in the wait
			table[i].wait = f - h*rho
		}
	}
	table[tableSize] = node{wait: math.Inf(1), waiting: 1, busy: 1}
	return table
}

// solve finds the load at which stationary wait + h·load is f, by Newton's method from a load below it. The sum is convex, so
// after the first step all are from above.
func (q *queue) solve(rho, f, h float64) float64 {
	for range 60 {
		p, rise := waitingAndSlope(q.workers, rho)
		free := 1 - rho
		over := p*q.unit/free + h*rho - f
		slope := h + q.unit*(rise/free+p/(free*free))
		next := max(0, min(rho-over/slope, (rho+1)/2)) // the sum is infinite at 1
		if math.Abs(next-rho) <= 1e-10*free {
			return next
		}
		rho = next
	}
	return rho
}
