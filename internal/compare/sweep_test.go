package compare

import (
	"context"
	"testing"
	"time"

	"github.com/latency-pod-autoscaler/lpa/internal/scaling"
	"github.com/latency-pod-autoscaler/lpa/internal/simulate"
	"github.com/stretchr/testify/require"
)

func smallSweep(t *testing.T) Sweep {
	t.Helper()
	load, err := simulate.Shape("bursts", 2*time.Hour, 3)
	require.NoError(t, err)
	cases, err := Cases(Standard(), []simulate.Trace{load}, everyWorkers, 5)
	require.NoError(t, err)
	return Sweep{Cases: cases, Settings: Settings(scaling.Policy{})}
}

func TestSweepIsTheSameEachTime(t *testing.T) {
	s := smallSweep(t)
	told, last := 0, 0
	s.Progress = func(done, all int) {
		told++
		require.Equal(t, last+1, done)
		require.Equal(t, len(s.Cases)*len(s.Settings), all)
		last = done
	}
	first, err := s.Run(context.Background())
	require.NoError(t, err)
	require.Equal(t, len(s.Cases)*len(s.Settings), told)
	s.Progress = nil
	second, err := s.Run(context.Background())
	require.NoError(t, err)
	require.Equal(t, first.Outcomes, second.Outcomes)
	for i := range s.Cases {
		for j, o := range first.Outcomes[i] {
			require.Positive(t, o.PodHours, s.Settings[j].Name)
			require.GreaterOrEqual(t, o.Violation, 0.0)
			require.LessOrEqual(t, o.Violation, 1.0)
		}
	}
}

func TestSweepEndsWhenItIsTold(t *testing.T) {
	ctx, cancel := context.WithCancel(context.Background())
	s := smallSweep(t)
	s.Progress = func(int, int) { cancel() }
	_, err := s.Run(ctx)
	require.ErrorIs(t, err, context.Canceled)
}

func TestSweepTellsWhatIsWrong(t *testing.T) {
	s := smallSweep(t)
	s.Cases[1].Setup.Probe.Samples = 0
	_, err := s.Run(context.Background())
	require.ErrorContains(t, err, "under bursts, 4 workers: samples: must be from 1 to 1000000, got 0")
}

func TestWithYours(t *testing.T) {
	all := Settings(scaling.Policy{})
	mine := scaling.Policy{Decay: &scaling.Decay{Replicas: 1, UnchangedRuns: 10}}
	require.Len(t, WithYours(Settings(scaling.Policy{}), mine), len(all), "one that is tried anyway is marked")
	other := scaling.Policy{Knee: &scaling.Knee{BreachEvery: 77, Baseline: 60}}
	with := WithYours(Settings(scaling.Policy{}), other)
	require.Len(t, with, len(all)+1)
	require.Equal(t, "knee 77 (yours)", with[0].title())
	names := map[string]bool{}
	for _, s := range with {
		require.False(t, names[s.Name], s.Name)
		names[s.Name] = true
	}
}
