package loadtest

import (
	"math/rand/v2"
	"time"
)

// wait is how long a user pauses after an iteration that began elapsed ago.
type wait interface {
	next(random *rand.Rand, elapsed time.Duration) time.Duration
}

// waitBetween pauses for a time drawn evenly from [low, high]; equal ends make it constant.
type waitBetween struct{ low, high time.Duration }

func (w waitBetween) next(random *rand.Rand, _ time.Duration) time.Duration {
	return w.low + time.Duration(random.Int64N(int64(w.high-w.low)+1))
}

// waitPacing starts iterations a fixed time apart. An iteration that took longer is followed at once.
type waitPacing time.Duration

func (w waitPacing) next(_ *rand.Rand, elapsed time.Duration) time.Duration {
	return max(0, time.Duration(w)-elapsed)
}

// waitExponential pauses for an exponentially distributed time, so that many users together arrive as a Poisson process.
type waitExponential time.Duration

func (w waitExponential) next(random *rand.Rand, _ time.Duration) time.Duration {
	return time.Duration(random.ExpFloat64() * float64(w))
}
