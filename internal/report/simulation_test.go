package report

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/latency-pod-autoscaler/lpa/internal/scaling"
	"github.com/latency-pod-autoscaler/lpa/internal/simulate"
	"github.com/stretchr/testify/require"
	"golang.org/x/net/html"
)

// simulated is a short simulation with everything that there may be in one, whose names are hostile.
func simulated() *Simulation {
	target := scaling.Target{Method: "GET", Endpoint: `/<script>alert("x")</script>`, Statistic: scaling.Statistic{Kind: scaling.Percentile, Quantile: 0.95}, Limit: 200}
	moment := func(at, wanted, ready int, latency float64, violated time.Duration) simulate.Moment {
		return simulate.Moment{At: time.Duration(at) * time.Minute, Length: time.Minute, Rate: 100 + float64(at), Wanted: wanted, Ready: ready, Oracle: 3, Latency: latency, Violated: violated}
	}
	decision := func(at, from, to int, value float64, reason scaling.Reason, text string, steps ...scaling.Step) simulate.ProbeDecision {
		return simulate.ProbeDecision{
			At: time.Duration(at) * time.Minute, From: from, To: to,
			Observed: scaling.Observation{Readings: []scaling.Reading{{Target: target, Value: value}}},
			Decision: scaling.Decision{Current: from, Desired: to, Reason: reason, Text: text, Steps: steps},
		}
	}
	failing := moment(1, 3, 2, 9800, 45*time.Second)
	failing.Failed, failing.Over = 0.2, 0.6
	return &Simulation{
		Traffic: "flash\x1b[31m<b>, 3 min", Target: target, Policy: "policy knee", Version: "v1.2.3",
		Notes:    []string{"maxReplicas is 4 & the traffic needs 9"},
		Model:    []Setting{{"workers in a pod", "4"}},
		Measured: []Setting{{"interval", "1m"}},
		Result: simulate.Result{
			Duration: 3 * time.Minute, Violation: 0.25, ViolationMinutes: 0.75, Violations: 1, LongestViolation: 45, Recovery: 45, BadRequests: 0.2, Worst5Minutes: 0.2,
			PodHours: 0.15, Pods: 1.1, Moves: 2, MovesPerDay: 960, ReversalsPerDay: 480, Probes: 3,
			Timeline: []simulate.Moment{moment(0, 2, 2, 60, 0), failing, moment(2, 2, 2, 70, 0)},
			Decisions: []simulate.ProbeDecision{
				decision(0, 2, 2, 61, scaling.WithinTarget, "p95 is 61 ms: hold 2", scaling.Step{Name: "goal", Text: "idle + share × (target − idle) = 60 + 0.5 × (200 − 60) = 130 ms"}),
				decision(1, 2, 3, 700, scaling.TargetBreached, "p95 of GET /<x> is 700 ms against 200 ms: 2 → 3"),
				decision(2, 3, 2, 70, scaling.BelowGoal, "down", scaling.Step{Name: "goal", Text: "125 ms"}),
			},
		},
	}
}

func writeSimulation(t *testing.T, s *Simulation) string {
	t.Helper()
	var b bytes.Buffer
	require.NoError(t, s.WriteHTML(&b))
	return b.String()
}

func TestSimulationPageIsTheOneThatWasLookedAt(t *testing.T) {
	got := writeSimulation(t, simulated())
	golden := filepath.Join("testdata", "simulation.html")
	if *update {
		require.NoError(t, os.WriteFile(golden, []byte(got), 0o644))
	}
	want, err := os.ReadFile(golden)
	require.NoError(t, err)
	require.Equal(t, string(want), got)
}

func TestSimulationPageNeedsNothingElse(t *testing.T) {
	scripts := 0
	walk(t, writeSimulation(t, simulated()), func(n *html.Node) {
		for _, a := range n.Attr {
			require.NotContains(t, []string{"src", "href"}, a.Key)
			require.False(t, strings.HasPrefix(a.Key, "on"), a.Key)
		}
		if n.Data == "script" {
			scripts++
		}
	})
	require.Equal(t, 4, scripts, "one for each chart and one for all")
}

func TestSimulationPageOfNothing(t *testing.T) {
	s := simulated()
	s.Result = simulate.Result{}
	require.Contains(t, writeSimulation(t, s), "There was no decision.")
}

// TestSimulationPageOfAYear stays small, whatever there was.
func TestSimulationPageOfAYear(t *testing.T) {
	s := simulated()
	s.Result.Timeline, s.Result.Decisions = nil, nil
	for i := range simulate.MostMoments {
		at := time.Duration(i) * 26 * time.Minute
		s.Result.Timeline = append(s.Result.Timeline, simulate.Moment{At: at, Length: 26 * time.Minute, Rate: 50, Wanted: i % 7, Ready: 1, Oracle: 2, Latency: float64(i % 900), Violated: time.Minute})
		s.Result.Decisions = append(s.Result.Decisions, simulate.ProbeDecision{At: at, From: i % 3, To: (i + 1) % 3, Decision: scaling.Decision{Text: "because"}})
	}
	s.Result.Moves = simulate.MostMoments
	page := writeSimulation(t, s)
	require.Less(t, len(page), 700_000)
	require.Contains(t, page, "The list ends after 1500 moves; there were 20000.")
	require.Contains(t, page, ">120 d<")
}

func TestGoal(t *testing.T) {
	value, ok := goalOf(simulated().Result.Decisions[0].Decision)
	require.True(t, ok)
	require.Equal(t, 130.0, value)
	value, ok = goalOf(simulated().Result.Decisions[2].Decision)
	require.True(t, ok)
	require.Equal(t, 125.0, value)
	_, ok = goalOf(simulated().Result.Decisions[1].Decision)
	require.False(t, ok)
}

func TestSpans(t *testing.T) {
	for seconds, want := range map[float64]string{0: "0 s", 119: "119 s", 180: "3 min", 9000: "2.5 h", 864000: "10 d"} {
		require.Equal(t, want, Span(seconds))
	}
	for d, want := range map[time.Duration]string{0: "0s", time.Minute: "1m", time.Hour: "1h", 90 * time.Minute: "1h30m", 20 * time.Millisecond: "20ms", 61 * time.Second: "1m1s", 10 * time.Second: "10s"} {
		require.Equal(t, want, Duration(d))
	}
}
