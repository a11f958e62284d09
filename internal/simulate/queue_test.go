package simulate

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// TestSolve is about many kinds of queues, near to empty and near to overload.
func TestSolve(t *testing.T) {
	for _, workers := range []int{1, 2, 8, 64, 1000} {
		for _, mean := range []time.Duration{time.Millisecond, 20 * time.Millisecond, 10 * time.Second} {
			q := newQueue(workers, newServiceTime(Distribution{Kind: Lognormal, CV: 3, Mean: mean}), 1)
			for _, h := range []float64{0.1, 1, 5} {
				before := 0.0
				for _, f := range []float64{1e-6, 0.01, 0.3, 1, 4, 5, 6, 20, 5000} {
					rho := q.solve(before, f, h)
					require.GreaterOrEqual(t, rho, before-1e-12)
					require.Less(t, rho, 1.0)
					require.InEpsilon(t, f, q.stationary(rho).wait+h*rho, 1e-3, "%d %s %g %g", workers, mean, h, f)
					before = rho
				}
			}
		}
	}
}

func TestSlopeOfWaiting(t *testing.T) {
	for _, workers := range []int{1, 2, 4, 30} {
		for _, rho := range []float64{0, 0.1, 0.5, 0.9, 0.99} {
			const step = 1e-7
			_, slope := waitingAndSlope(workers, rho)
			require.InDelta(t, (waiting(workers, rho+step)-waiting(workers, rho))/step, slope, 1e-4, "%d %g", workers, rho)
		}
	}
}
