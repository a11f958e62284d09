package compare

import (
	"context"
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/latency-pod-autoscaler/lpa/internal/scaling"
	"github.com/latency-pod-autoscaler/lpa/internal/simulate"
	"github.com/stretchr/testify/require"
)

// What the policy knee must be worth beside the others. The whole of it, on many more loads, is what lpa compare --check is for.

var everyWorkers = []int{1, 4, 8}

func knee() simulate.Law {
	return OfPolicy(kneeOf(scaling.Policy{}, scaling.DefaultBreachEvery)).rule(Case{})
}

// standard is the service of the comparison with a load in multiples of what a pod can take.
func standard(t *testing.T, workers int, step time.Duration, pods []float64) simulate.Setup {
	t.Helper()
	s := Standard()
	s.Service.Workers = workers
	s.Trace = simulate.NewTrace("load", step, pods).Scaled(capacityOf(t, s))
	return s
}

func capacityOf(t *testing.T, s simulate.Setup) float64 {
	t.Helper()
	capacity, err := simulate.Capacity(s.Service, s.Target)
	require.NoError(t, err)
	return capacity
}

func play(t *testing.T, s simulate.Setup, law simulate.Law) simulate.Result {
	t.Helper()
	s.Law = law
	r, err := simulate.Run(s)
	require.NoError(t, err)
	return r
}

// TestKneeBesideTheOthers is the comparison with fewer and shorter loads.
func TestKneeBesideTheOthers(t *testing.T) {
	var loads []simulate.Trace
	for _, name := range []string{"edge", "diurnal", "flash", "bursts", "ramps", "levels", "walk"} {
		load, err := simulate.Shape(name, 12*time.Hour, 12)
		require.NoError(t, err)
		loads = append(loads, load)
	}
	cases, err := Cases(Standard(), loads, everyWorkers, 10)
	require.NoError(t, err)
	for i := range cases {
		cases[i].Seeds = 1
	}
	settings := slices.DeleteFunc(Settings(scaling.Policy{}), func(s Setting) bool {
		switch s.Law {
		case Knee:
			return s.Name != "knee 60"
		case Decay:
			return s.steps() > 1 || s.Policy.Decay.UnchangedRuns < 8
		}
		return s.Law == Knowing
	})
	r, err := Sweep{Cases: cases, Settings: settings}.Run(context.Background())
	require.NoError(t, err)
	v := r.Judge("knee 60")
	require.Empty(t, v.Missed(), "%s\n%v\n%s", v.Lines(), losses(v.Dominated), r.Text())
	require.Equal(t, len(cases), v.LongCases)
}

// TestAtTheEdge: a constant load that n pods can just take, or just not.
func TestAtTheEdge(t *testing.T) {
	for _, workers := range everyWorkers {
		for _, pods := range []float64{9.9, 10, 10.1} {
			t.Run(fmt.Sprintf("%d workers, %g pods", workers, pods), func(t *testing.T) {
				s := standard(t, workers, 12*time.Hour, []float64{pods})
				var ours, theirs Outcome
				for seed := range uint64(2) {
					s.Seed = seed
					ours = ours.plus(outcomeOf(play(t, s, knee())), 1)
					theirs = theirs.plus(outcomeOf(play(t, s, simulate.NewPolicy(decayOf(scaling.Policy{}, 10, 1)))), 1)
				}
				require.LessOrEqual(t, ours.Moves, 0.3*theirs.Moves)
				require.Less(t, ours.Violation, theirs.Violation)
			})
		}
	}
}

// TestASharedBackend makes the target unreachable for an hour, whatever the pods.
func TestASharedBackend(t *testing.T) {
	for _, workers := range everyWorkers {
		for _, added := range []time.Duration{150, 350, 1000, 5000} {
			t.Run(fmt.Sprintf("%d workers, %d ms", workers, added), func(t *testing.T) {
				s := standard(t, workers, 6*time.Hour, []float64{9})
				s.Service.Shared = []simulate.Slowdown{{From: 2 * time.Hour, To: 3 * time.Hour, Added: added * time.Millisecond}}
				s.Timeline = true
				for seed := range uint64(3) {
					s.Seed = seed
					before, most, said := 0, 0, false
					for _, d := range play(t, s, knee()).Decisions {
						if d.At < s.Service.Shared[0].From {
							before = d.To
							continue
						}
						most = max(most, d.To)
						said = said || d.Decision.Reason == scaling.SharedDependency
					}
					require.LessOrEqual(t, float64(most), 3.5*float64(before))
					require.True(t, said, "it says why it stopped")
				}
			})
		}
	}
}

// TestAFlashCrowd of four times the load within a minute, at any time of the minute between load tests. A law that knows the
// load of the moment and keeps a fifth more can only be slower than that by waiting for its next decision.
func TestAFlashCrowd(t *testing.T) {
	for _, workers := range everyWorkers {
		t.Run(fmt.Sprintf("%d workers", workers), func(t *testing.T) {
			var ours, theirs time.Duration
			for phase := range 6 {
				begin := 2*time.Hour + time.Duration(phase)*10*time.Second
				s := standard(t, workers, 10*time.Second, flashCrowd(begin, 150*time.Minute))
				for seed := range uint64(3) {
					s.Seed = seed
					ours += seconds(play(t, s, knee()).LastViolationEnd) - begin
					theirs += seconds(play(t, s, newKnowing(Case{Setup: s, Capacity: capacityOf(t, s)})).LastViolationEnd) - begin
				}
			}
			require.LessOrEqual(t, ours.Seconds(), 1.25*theirs.Seconds())
		})
	}
}

// flashCrowd is a load of 6 pods that becomes one of 24 within a minute.
func flashCrowd(begin, length time.Duration) []float64 {
	var pods []float64
	for at := 5 * time.Second; at < length; at += 10 * time.Second {
		since := (at - begin).Seconds()
		pods = append(pods, 6+18*min(max(since/60, 0), 1))
	}
	return pods
}

func seconds(s float64) time.Duration { return time.Duration(s * float64(time.Second)) }
