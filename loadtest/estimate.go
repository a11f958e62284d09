package loadtest

import (
	"math"
	"time"
)

// AtMost is how many requests of each name so many users send at most in runTime: as if the service answered at once. It
// is infinite for users that never pause.
func (p *Plan) AtMost(users int, runTime time.Duration) map[RequestName]float64 {
	counts := map[RequestName]float64{}
	turns := p.turns()
	for range users {
		c := turns.next()
		total, pause := 0.0, 0.0
		for _, t := range c.tasks {
			total += float64(t.weight)
		}
		for _, t := range c.tasks {
			pause += float64(t.weight) / total * float64(c.wait.between(think(t.steps)))
		}
		iterations := math.Inf(1)
		if pause > 0 {
			iterations = float64(runTime) / pause
		}
		for _, t := range c.tasks {
			for _, s := range t.steps {
				if request, ok := s.(*requestStep); ok {
					counts[p.names[request.nameIndex]] += iterations * float64(t.weight) / total
				}
			}
		}
	}
	return counts
}

func think(steps []step) time.Duration {
	var sum time.Duration
	for _, s := range steps {
		if t, ok := s.(thinkStep); ok {
			sum += time.Duration(t)
		}
	}
	return sum
}

// SamplesFor is how many requests it takes for a 95 % chance that at least one of them lies above the quantile q; with
// fewer, a percentile says nothing about what is above it. It is the smallest n with 1 − qⁿ ≥ 0.95.
func SamplesFor(q float64) int {
	return int(math.Ceil(math.Log(0.05) / math.Log(q)))
}
