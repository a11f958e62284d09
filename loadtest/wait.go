package loadtest

import (
	"math/rand/v2"
	"time"
)

// wait is how long a user pauses after an iteration that began elapsed ago.
type wait interface {
	next(random *rand.Rand, elapsed time.Duration) time.Duration
	// between is the mean time from the start of one iteration to that of the next, if the iteration takes elapsed.
	between(elapsed time.Duration) time.Duration
}

// waitBetween pauses for a time drawn evenly from [low, high]; equal ends make it constant.
type waitBetween struct{ low, high time.Duration }

func (w waitBetween) next(random *rand.Rand, _ time.Duration) time.Duration {
	return w.low + time.Duration(random.Int64N(int64(w.high-w.low)+1))
}

func (w waitBetween) between(elapsed time.Duration) time.Duration { return elapsed + (w.low+w.high)/2 }

// waitPacing starts iterations a fixed time apart. An iteration that took longer is followed at once.
type waitPacing time.Duration

func (w waitPacing) next(_ *rand.Rand, elapsed time.Duration) time.Duration {
	return max(0, time.Duration(w)-elapsed)
}

func (w waitPacing) between(elapsed time.Duration) time.Duration {
	return max(elapsed, time.Duration(w))
}

// waitExponential pauses for an exponentially distributed time, so that many users together arrive as a Poisson process.
type waitExponential time.Duration

func (w waitExponential) next(random *rand.Rand, _ time.Duration) time.Duration {
	return time.Duration(random.ExpFloat64() * float64(w))
}

func (w waitExponential) between(elapsed time.Duration) time.Duration {
	return elapsed + time.Duration(w)
}
