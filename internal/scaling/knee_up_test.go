package scaling_test

import (
	"math"
	"slices"
	"testing"

	"github.com/latency-pod-autoscaler/lpa/internal/scaling"
	"github.com/stretchr/testify/require"
)

func TestPodsThatStartAreWaitedFor(t *testing.T) {
	p := learned(t, 8)
	require.Equal(t, 16, p.run(300).Desired)
	p.ready = ptr(8)
	for range 2 {
		d := p.run(300)
		require.Equal(t, scaling.PodsStarting, d.Reason)
		require.Equal(t, 16, d.Desired)
	}
	require.Contains(t, p.last.Text, ": hold 16, as 8 of the pods are ready and the others are starting")
	require.Equal(t, scaling.TargetBreached, p.run(300).Reason, "three runs after the step they do not start any more")

	p = learned(t, 8)
	p.run(300)
	p.ready = ptr(8)
	require.Equal(t, scaling.TargetBreached, p.run(600).Reason, "a service that is three times over its target cannot wait")
}

func TestQueuesAreLeftToDrainOnce(t *testing.T) {
	p := learned(t, 8)
	p.run(500_000)
	var reasons []scaling.Reason
	for _, latency := range []float64{70_000, 9800} { // the mean is 0.14 of the last
		reasons = append(reasons, p.run(latency).Reason)
	}
	require.Equal(t, []scaling.Reason{scaling.QueuesDraining, scaling.TargetBreached}, reasons)
	require.Equal(t, scaling.QueuesDraining, p.run(1400).Reason, "each step up has a wait of its own")
	require.Contains(t, p.last.Text, "as the queues empty: the mean fell from 4900 ms to 700 ms")

	p = learned(t, 8)
	p.run(4000)
	require.Equal(t, scaling.TargetBreached, p.run(1600).Reason, "so slowly queues empty that have just too few pods")
}

// TestABreachThatNothingHelps: what makes the target unreachable is not the load.
func TestABreachThatNothingHelps(t *testing.T) {
	p := learned(t, 8)
	var path []int
	for range 8 {
		p.run(500)
		path = append(path, p.n)
	}
	require.Equal(t, []int{16, 28, 28, 28, 28, 28, 28, 28}, path, "3.5 times the 8")
	require.Equal(t, scaling.SharedDependency, p.last.Reason)
	require.Contains(t, p.last.Text, ": hold 28, as it began with 8 and no queue grows: more pods do not help, likely a shared dependency is slow")
	p.run(4000)
	require.Equal(t, 74, p.n, "a queue grows, after two steps up: it is the load, and far too much of it")

	p = learned(t, 8)
	path = nil
	for range 300 { // five hours
		p.run(500)
		path = append(path, p.n)
	}
	require.Equal(t, 28, slices.Max(path), "however long it lasts")

	p = learned(t, 8)
	path = nil
	for run := range 60 { // around the target, so that the breach comes and goes
		p.run(190 + 20*float64(run%2))
		path = append(path, p.n)
	}
	require.LessOrEqual(t, slices.Max(path), 28)

	p = learned(t, 8)
	p.run(6000) // a jump that looks like a queue
	for range 5 {
		p.run(6000)
	}
	require.Equal(t, 28, p.n)
	require.Equal(t, scaling.SharedDependency, p.last.Reason)
}

// TestABreachIsOverAfterTwoClearRuns: until then it is the same one, and what was tried in it counts.
func TestABreachIsOverAfterTwoClearRuns(t *testing.T) {
	p := learned(t, 8)
	p.run(500)
	p.run(500)
	p.run(80)
	require.Equal(t, scaling.SharedDependency, p.run(500).Reason)
	p.see(measured(80))
	p.see(measured(80))
	p.n = 28
	require.Equal(t, scaling.TargetBreached, p.run(500).Reason)
}

func TestALatencyBelowTheTargetThatNothingHelps(t *testing.T) {
	p := learned(t, 8)
	var path []int
	for range 4 {
		p.run(150)
		path = append(path, p.n)
	}
	require.Equal(t, []int{12, 12, 12, 12}, path)
	require.Equal(t, scaling.NoImprovement, p.last.Reason)
	require.Contains(t, p.last.Text, ": hold 12, as it was 150 ms with 8: more pods do not help")
}

// TestAFlashCrowd is four times the load, for which pods of the next run serve.
func TestAFlashCrowd(t *testing.T) {
	p := learned(t, 8)
	load, backlog := 4.0, 0.0
	var path []int
	for run := range 12 {
		if run == 3 {
			load = 16
		}
		busy := load / float64(p.n)
		backlog = max(0, backlog+60_000*(busy-1))
		p.run(60/(1-min(busy, 0.9)) + min(backlog, 9000))
		path = append(path, p.n)
	}
	require.Greater(t, path[5], 19, "within three runs there are enough")
	require.Less(t, path[11], 60)
}

// TestCallersThatWaitMakeNoQueue: where a fixed number of callers wait for their answers, latency is as the load for each
// replica, and no queue grows. More pods do help there.
func TestCallersThatWaitMakeNoQueue(t *testing.T) {
	p := learned(t, 1)
	for range 20 {
		p.run(max(60, 1200/float64(p.n)))
	}
	require.LessOrEqual(t, p.last.Current, 24)
	require.GreaterOrEqual(t, p.last.Current, 6, "at 6 the target of 200 ms is met")

	p = learned(t, 1)
	breaches := 0
	for run := range 300 { // five hours of a load that grows fortyfold
		load := 100 * math.Exp(math.Log(40)*float64(run)/300)
		if p.run(max(60, load/float64(p.n))).Reason == scaling.TargetBreached {
			breaches++
		}
	}
	require.Less(t, breaches, 15)
	require.Less(t, 4000/float64(p.n), p95.Limit)
}
