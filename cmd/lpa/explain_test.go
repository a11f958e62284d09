package main

import (
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/latency-pod-autoscaler/lpa/internal/explain"
	"github.com/latency-pod-autoscaler/lpa/internal/scaling"
	"github.com/latency-pod-autoscaler/lpa/internal/state"
	"github.com/stretchr/testify/require"
)

// recordedLog is of a real demo with the policy knee.
const recordedLog = "testdata/explain/decisions.jsonl"

func recorded(t *testing.T) []state.Record {
	t.Helper()
	reader, err := state.OpenLog(recordedLog)
	require.NoError(t, err)
	defer reader.Close()
	var all []state.Record
	for {
		record, err := reader.Next()
		if err == io.EOF {
			require.Zero(t, reader.Damaged())
			return all
		}
		require.NoError(t, err)
		all = append(all, record)
	}
}

// inUTC makes clocks show the same everywhere.
func inUTC(t *testing.T) {
	local := time.Local
	time.Local = time.UTC
	t.Cleanup(func() { time.Local = local })
}

// redecide writes the recorded log anew, with what the present law makes of its measurements.
func redecide(t *testing.T) {
	all := recorded(t)
	log := state.Log{Path: filepath.Join(t.TempDir(), "log.jsonl"), MaxSize: 1 << 30}
	memory := scaling.State{Fresh: true}
	for _, record := range all {
		record.State, record.Fresh = memory, memory.Fresh
		record.Decision, memory = scaling.Explain(record.Policy, memory, record.Observation, record.Time)
		memory = explain.Saved(memory)
		record.Answer = record.Decision.Desired
		require.NoError(t, log.Append(t.Context(), record))
	}
	data, err := os.ReadFile(log.Path)
	require.NoError(t, err)
	require.NoError(t, os.WriteFile(recordedLog, data, 0o644))
}

func TestRecordedLog(t *testing.T) {
	if *update {
		redecide(t)
	}
	all := recorded(t)
	require.Greater(t, len(all), 10)
	formulas := map[string]bool{}
	for i, record := range all {
		for formula := range byHand(t, record) {
			formulas[formula] = true
		}
		require.True(t, explain.Run{Record: record}.Same(), "%d", i)
		// What evaluate read of the measurement can be read of it again.
		reported, err := explain.Reported(record)
		require.NoError(t, err)
		var targets []scaling.Target
		for _, reading := range record.Observation.Readings {
			targets = append(targets, reading.Target)
		}
		readings, err := reported.Readings(targets)
		require.NoError(t, err)
		require.Equal(t, record.Observation.Readings, readings)
	}
	require.Greater(t, len(formulas), 12)
	summary, different := replayed(t, state.Log{Path: recordedLog}, &replayer{policy: all[0].Policy})
	require.Empty(t, different)
	require.Zero(t, summary.Resumed)
}

// TestExplainOutput compares what is printed of a step up in a breach and of a step down, at several widths.
func TestExplainOutput(t *testing.T) {
	inUTC(t)
	for _, test := range []struct {
		name     string
		second   int
		width    int
		coloured bool
	}{{"up", 30, 0, false}, {"up-100", 30, 100, false}, {"up-50", 30, 50, false}, {"down-100-coloured", 36, 100, true}, {"untrusted", 20, 0, false}} {
		t.Run(test.name, func(t *testing.T) {
			reader, err := state.OpenLog(recordedLog)
			require.NoError(t, err)
			defer reader.Close()
			var out strings.Builder
			text := &explainText{w: &out, width: test.width, coloured: test.coloured}
			_, err = selection{count: 1, until: time.Date(2026, 11, 25, 18, 20, test.second, 999_999_999, time.UTC)}.each(reader, text.decision)
			require.NoError(t, err)
			requireGolden(t, "explain/"+test.name+".txt", out.String())
			if test.width > 0 {
				for line := range strings.Lines(out.String()) {
					require.LessOrEqual(t, cells(stripped(strings.TrimSuffix(line, "\n"))), test.width, line)
				}
			}
		})
	}
}

// stripped is a line without colours.
func stripped(line string) string {
	for {
		before, after, found := strings.Cut(line, "\x1b[")
		if !found {
			return line
		}
		_, rest, _ := strings.Cut(after, "m")
		line = before + rest
	}
}

// TestChangesAreTrue holds that what is said to change an answer does, and that nothing nearer is passed over.
func TestChangesAreTrue(t *testing.T) {
	found := 0
	for name, policy := range replayPolicies {
		log := live(t, policy, 3, 120)
		reader, err := state.OpenLog(log.Path)
		require.NoError(t, err)
		defer reader.Close()
		_, err = selection{}.each(reader, func(e explain.Run) error {
			reported, err := explain.Reported(e.Record)
			require.NoError(t, err)
			for _, c := range e.Changes() {
				found++
				require.NotEqual(t, e.Decision.Desired, c.Desired, "%s: %s", name, c)
				limit := c.AtMost
				if limit == nil {
					limit = c.AtLeast
				}
				if limit == nil {
					continue
				}
				for i, reading := range e.Observation.Readings {
					if reading.Target.String() != c.Target {
						continue
					}
					again, _ := e.WithLimit(reported, i, *limit).Again()
					require.Equal(t, c.Desired, again.Desired, "%s: %s", name, c)
				}
			}
			return nil
		})
		require.NoError(t, err)
	}
	require.Greater(t, found, 100)
}

// TestLaterVersion holds that nothing is made up about a decision that this program would not make.
func TestLaterVersion(t *testing.T) {
	e := explain.Run{Record: recorded(t)[3]}
	require.NotEmpty(t, e.Changes())
	note := fmt.Sprintf("another version decided this; the present one's answer would be %d, %s", e.Decision.Desired, e.Decision.Reason)
	e.Decision.Desired = 99
	require.Empty(t, e.Changes())
	require.Contains(t, strings.Join(e.Notes(), "\n"), note)
	e = explain.Run{Record: recorded(t)[3]}
	e.Measurement = nil
	require.Empty(t, e.Changes(), "without a measurement nothing is known of other targets")
}

// TestObservedRuns holds that only observed runs count, each for no longer than an hour.
func TestObservedRuns(t *testing.T) {
	var o observedRuns
	at := time.Date(2026, 3, 1, 10, 0, 0, 0, time.UTC)
	for i, desired := range []int{4, 6, 3} {
		o.add(state.Record{Time: at.Add(time.Duration(i) * time.Hour), Mode: "observe", Decision: scaling.Decision{Current: 4, Desired: desired}}, 30*time.Minute)
	}
	o.add(state.Record{Time: at, Mode: "act", Decision: scaling.Decision{Current: 4, Desired: 9}}, time.Hour)
	o.add(state.Record{Time: at.Add(3 * time.Hour), Mode: "observe", Decision: scaling.Decision{Current: 4, Desired: 4}}, 48*time.Hour)
	require.Equal(t, observedRuns{Runs: 4, Ups: 1, Downs: 1, From: at, To: at.Add(51 * time.Hour), PodHours: 6 + 4, Asked: 6.5 + 4, Highest: 6, HighestAt: at.Add(time.Hour)}, o)
}

func TestParseMoment(t *testing.T) {
	inUTC(t)
	for text, want := range map[string]string{
		"10:42": "0000-01-01T10:42:59Z", "10:42:07": "0000-01-01T10:42:07Z", "2026-03-01 10:42": "2026-03-01T10:42:59Z",
		"2026-03-01T10:42:30+02:00": "2026-03-01T08:42:30Z",
	} {
		moment, clock, err := parseMoment(text)
		require.NoError(t, err)
		require.Equal(t, want, moment.UTC().Format(time.RFC3339), text)
		require.Equal(t, strings.HasPrefix(want, "0000"), clock)
	}
}
