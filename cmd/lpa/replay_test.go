package main

import (
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"path/filepath"
	"testing"
	"time"

	"github.com/latency-pod-autoscaler/lpa/internal/cpa"
	"github.com/latency-pod-autoscaler/lpa/internal/explain"
	"github.com/latency-pod-autoscaler/lpa/internal/scaling"
	"github.com/latency-pod-autoscaler/lpa/internal/state"
	"github.com/stretchr/testify/require"
)

var replayTargets = []scaling.Target{
	{Method: "GET", Endpoint: "/a", Statistic: scaling.Statistic{Kind: scaling.Percentile, Quantile: 0.95}, Limit: 200},
	{Method: "GET", Endpoint: "/b", Statistic: scaling.Statistic{Kind: scaling.Mean}, Limit: 100},
}

var replayPolicies = map[string]scaling.Policy{
	"decay":            {Decay: &scaling.Decay{Replicas: 1, UnchangedRuns: 3}, MinReplicas: 1, MaxReplicas: 30},
	"decay, confident": {Decay: &scaling.Decay{Replicas: 2, UnchangedRuns: 2, Confidence: 0.95}, MinReplicas: 2, MaxReplicas: 30},
	"knee":             {Knee: &scaling.Knee{BreachEvery: 60}, MinReplicas: 1, MaxReplicas: 30},
	"knee, with a fallback": {Knee: &scaling.Knee{BreachEvery: 20, Baseline: 40}, MinReplicas: 1, MaxReplicas: 30,
		Untrusted: scaling.OnUntrusted{Action: scaling.AtLeast, Replicas: 6, After: 2}},
}

// recordedRun is a measurement of a service whose pods are busy to a share of their time.
func recordedRun(random *rand.Rand, replicas int, busy float64) string {
	verdict := "ok"
	switch random.IntN(12) {
	case 0:
		verdict = "busy"
	case 1:
		if busy > 1 {
			verdict = "overload-errors"
		}
	}
	request := func(idle float64) map[string]any {
		value := idle / max(0.05, 1-busy) * (0.95 + random.Float64()/10)
		return map[string]any{
			"num_requests": 300, "num_failures": 0, "unfinished": 0, "avg_response_time": value * 0.8,
			"percentiles": map[string]any{"p95": map[string]any{"value": value, "low": value * 0.93, "high": value * 1.08}},
		}
	}
	data, err := json.Marshal(map[string]any{
		"schema": 1, "current_replicas": replicas, "ready_replicas": replicas, "quality": map[string]any{"verdict": verdict},
		"requests": map[string]any{"GET_/a": request(40), "GET_/b": request(20)},
	})
	if err != nil {
		panic(err)
	}
	return string(data)
}

// live plays an autoscaler's life into a log: traffic that comes and goes, a memory that is lost or cannot be saved now and
// then, and runs that never got into the log.
func live(t *testing.T, policy scaling.Policy, seed uint64, runs int) state.Log {
	t.Helper()
	random := rand.New(rand.NewPCG(seed, 1))
	log := state.Log{Path: filepath.Join(t.TempDir(), "log.jsonl"), MaxSize: 1 << 30}
	now := time.Date(2026, 3, 1, 0, 0, 0, 0, time.UTC)
	memory, replicas, traffic := scaling.State{Fresh: true}, 5, 3.0
	for range runs {
		now = now.Add(time.Minute + time.Duration(random.IntN(1000))*time.Millisecond)
		traffic = min(max(traffic*(0.93+random.Float64()*0.15), 0.5), 20)
		if random.IntN(40) == 0 {
			memory = scaling.State{Fresh: true}
		}
		measurement := recordedRun(random, replicas, traffic/float64(replicas))
		observer := cpa.Observer{Targets: replayTargets, Timeout: 10 * time.Second, Configuration: fmt.Sprint(random.IntN(200) / 199)}
		observed, err := observer.Observe(cpa.EvaluateInput{Value: measurement})
		require.NoError(t, err)
		before := memory
		decision, after := scaling.Explain(policy, before, observed, now)
		record := state.Record{
			Time: now, Mode: "act", Policy: policy, State: before, Fresh: before.Fresh, Observation: observed, Measurement: json.RawMessage(measurement),
		}
		if random.IntN(30) == 0 {
			record.Unsaved, decision = "saving state: no space left on device", decision.NotSaved()
		} else {
			memory = explain.Saved(after)
		}
		record.Decision, record.Answer = decision, decision.Desired
		if random.IntN(40) != 0 {
			require.NoError(t, log.Append(t.Context(), record))
		}
		replicas = decision.Desired
	}
	return log
}

func replayed(t *testing.T, log state.Log, r *replayer) (replaySummary, []difference) {
	t.Helper()
	reader, err := state.OpenLog(log.Path)
	require.NoError(t, err)
	defer reader.Close()
	var all []difference
	summary, err := r.all(reader, func(d difference) error {
		all = append(all, d)
		return nil
	})
	require.NoError(t, err)
	return summary, all
}

// TestReplayOfTheSame holds that the configuration that made a log makes it again.
func TestReplayOfTheSame(t *testing.T) {
	for name, policy := range replayPolicies {
		t.Run(name, func(t *testing.T) {
			for seed := range uint64(2) {
				log := live(t, policy, seed, 400)
				for _, targets := range [][]scaling.Target{nil, replayTargets} {
					summary, all := replayed(t, log, &replayer{policy: policy, targets: targets})
					require.Empty(t, all)
					require.Greater(t, summary.Runs, 350)
					require.Zero(t, summary.Skipped)
					require.Positive(t, summary.Was.Ups)
					require.Positive(t, summary.Was.Downs)
					require.Equal(t, summary.Was, summary.Would)
					require.Positive(t, summary.Resumed)
				}
			}
		})
	}
}

// TestReplayByAnother holds what a replay by other rules says: each decision is the one of these rules from the replicas that
// there were.
func TestReplayByAnother(t *testing.T) {
	log := live(t, replayPolicies["decay"], 1, 700)
	r := &replayer{policy: replayPolicies["knee"], targets: replayTargets}
	summary, all := replayed(t, log, r)
	require.Equal(t, summary.Differ, len(all))
	require.NotEmpty(t, all)
	require.NotEqual(t, summary.Was, summary.Would)
	for _, d := range all {
		require.NotEqual(t, d.Was.Desired, d.Would.Desired)
		require.NotEmpty(t, d.Would.Text)
		require.NotEmpty(t, d.Was.Text)
	}
	half := []scaling.Target{replayTargets[0]}
	half[0].Limit /= 2
	tighter, _ := replayed(t, log, &replayer{policy: replayPolicies["decay"], targets: half})
	require.Greater(t, tighter.Would.Ups, tighter.Was.Ups)
	require.Greater(t, tighter.Would.PodHours, tighter.Was.PodHours)
}

// TestReplayReadsTheMeasurement holds that targets other than the recorded ones are read as evaluate read those.
func TestReplayReadsTheMeasurement(t *testing.T) {
	log := live(t, replayPolicies["knee"], 5, 50)
	reader, err := state.OpenLog(log.Path)
	require.NoError(t, err)
	defer reader.Close()
	record, err := reader.Next()
	require.NoError(t, err)
	turned := []scaling.Target{replayTargets[1], replayTargets[0]}
	observed, err := (&replayer{targets: turned}).observation(record)
	require.NoError(t, err)
	require.Equal(t, record.Observation.Readings[0], observed.Readings[1])
	require.Equal(t, record.Observation.Readings[1], observed.Readings[0])

	_, err = (&replayer{targets: []scaling.Target{{Method: "GET", Endpoint: "/c"}, replayTargets[0], {Method: "POST", Endpoint: "/a"}}}).observation(record)
	var unknown *cpa.UnknownTargets
	require.ErrorAs(t, err, &unknown)
	require.Equal(t, &cpa.UnknownTargets{Targets: []int{0, 2}, Names: []string{"GET /a", "GET /b"}}, unknown)

	record.Measurement = nil
	_, err = (&replayer{targets: turned}).observation(record)
	require.Equal(t, errNoMeasurement, err)
	_, err = (&replayer{targets: replayTargets}).observation(record)
	require.NoError(t, err, "what was read then serves the same targets")
}

func TestReplayTotals(t *testing.T) {
	var total replayTotal
	for _, desired := range []int{4, 5, 4, 4, 3, 3, 6} {
		total.add(scaling.Decision{Current: 4, Desired: desired}, 0.5)
	}
	total.direction, total.asked = 0, 0
	require.Equal(t, replayTotal{Ups: 2, Downs: 2, Reversals: 2, PodHours: 11.5}, total)
}
