package simulate

import (
	"fmt"
	"math/rand/v2"
	"testing"
	"time"

	"github.com/latency-pod-autoscaler/lpa/internal/scaling"
	"github.com/stretchr/testify/require"
)

// play puts a constant load on pods of the event model until there were so many requests, and returns the mean wait in units
// of the service time and the latencies of the last million.
func play(t *testing.T, workers, pods int, rho float64, form Distribution, requests float64) (wait, p95 float64) {
	t.Helper()
	form.Mean = 10 * time.Millisecond
	service := Service{Workers: workers, Time: form, Timeout: time.Hour}
	goal := newTarget(scaling.Target{Statistic: scaling.Statistic{Kind: scaling.Percentile, Quantile: 0.95}, Limit: 1000})
	e := newEvents(service, goal, rand.New(rand.NewPCG(11, 7)), pods)
	rate := rho * float64(workers*pods) / form.Mean.Seconds()
	const parts = 40
	h := seconds(requests / parts / rate)
	sum, percentiles := 0.0, 0.0
	for i := range parts + 1 {
		e.pass(time.Duration(i)*h, h, rate, 0, nil)
		if i > 0 { // what came before is not yet steady
			sum += e.last.mean() / parts
			percentiles += e.statistic() / parts
		}
	}
	return sum/form.Mean.Seconds() - 1, percentiles / form.Mean.Seconds()
}

func TestEventsAgreeWithQueueingTheory(t *testing.T) {
	const within = 0.03
	for _, rho := range []float64{0.5, 0.8, 0.9} {
		requests := 4e5 / (1 - rho)
		t.Run(fmt.Sprintf("M/M/1 at %g", rho), func(t *testing.T) {
			t.Parallel()
			wait, p95 := play(t, 1, 1, rho, Distribution{Kind: Exponential}, requests)
			require.InEpsilon(t, rho/(1-rho), wait, within)
			require.InEpsilon(t, 2.995732/(1-rho), p95, within)
		})
		t.Run(fmt.Sprintf("M/D/1 at %g", rho), func(t *testing.T) {
			t.Parallel()
			wait, _ := play(t, 1, 1, rho, Distribution{Kind: Deterministic}, requests)
			require.InEpsilon(t, rho/(1-rho)/2, wait, within)
		})
		t.Run(fmt.Sprintf("M/M/4 at %g", rho), func(t *testing.T) {
			t.Parallel()
			wait, _ := play(t, 4, 1, rho, Distribution{Kind: Exponential}, requests)
			require.InEpsilon(t, waiting(4, rho)/(4*(1-rho)), wait, within)
		})
	}
	t.Run("M/G/1, by Pollaczek and Khinchine", func(t *testing.T) {
		t.Parallel()
		wait, _ := play(t, 1, 1, 0.7, Distribution{Kind: Lognormal, CV: 1.5}, 4e6)
		require.InEpsilon(t, 0.7/0.3*(1+1.5*1.5)/2, wait, within)
		wait, _ = play(t, 1, 1, 0.7, Distribution{Kind: Bimodal, Slow: 0.1, SlowFactor: 10}, 4e6)
		squared := newServiceTime(Distribution{Kind: Bimodal, Mean: time.Second, Slow: 0.1, SlowFactor: 10}).squared
		require.InEpsilon(t, 0.7/0.3*(1+squared)/2, wait, within)
	})
	t.Run("pods have queues of their own", func(t *testing.T) {
		t.Parallel()
		wait, _ := play(t, 2, 10, 0.8, Distribution{Kind: Exponential}, 4e6)
		require.InEpsilon(t, waiting(2, 0.8)/(2*0.2), wait, within)
	})
}

func TestErlangC(t *testing.T) {
	// Published values: M/M/1 waits with ρ; two workers with 2ρ²/(1+ρ).
	require.InDelta(t, 0.8, waiting(1, 0.8), 1e-12)
	require.InDelta(t, 2*0.64/1.8, waiting(2, 0.8), 1e-12)
	require.InDelta(t, 0.0, waiting(4, 0), 1e-12)
	require.InDelta(t, 1.0, waiting(4, 1), 1e-12)
	require.InDelta(t, 1.0, waiting(1000, 1-1e-12), 1e-6)
}

// TestFluidComesToRest holds the fluid model's steady state to the formulas that it is made of.
func TestFluidComesToRest(t *testing.T) {
	q := newQueue(4, newServiceTime(Distribution{Kind: Exponential, Mean: 20 * time.Millisecond}), 1)
	for _, rho := range []float64{0.01, 0.3, 0.7, 0.9, 0.97} {
		state := node{}
		for range 400 {
			state = q.step(state.wait, rho, 5)
		}
		want := q.stationary(rho)
		require.InEpsilon(t, want.wait, state.wait, 0.01, "%g", rho)
		require.InDelta(t, want.waiting, state.waiting, 1e-4, "%g", rho)
	}
}
