package state_test

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/latency-pod-autoscaler/lpa/internal/scaling"
	"github.com/latency-pod-autoscaler/lpa/internal/state"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func at(n int) *int { return &n }

func increment(s scaling.State) scaling.State {
	s.RunsSinceChange++
	s.LastReplicas = at(3)
	return s
}

func TestMissingStateIsFresh(t *testing.T) {
	store := state.Store{Path: filepath.Join(t.TempDir(), "new", "folder", "state.json")}
	require.Equal(t, scaling.State{Fresh: true}, store.Read(t.Context()).State)
	warning, err := store.Update(t.Context(), increment)
	require.NoError(t, err)
	require.Empty(t, warning)
	require.Equal(t, scaling.State{RunsSinceChange: 1, LastReplicas: at(3)}, store.Read(t.Context()).State)
	data, err := os.ReadFile(store.Path)
	require.NoError(t, err)
	require.JSONEq(t, `{"version": 1, "run": 1, "runs_since_change": 1, "last_replicas": 3}`, string(data))
}

func TestStateWithoutATrustedRunStaysFresh(t *testing.T) {
	store := state.Store{Path: filepath.Join(t.TempDir(), "state.json")}
	_, err := store.Update(t.Context(), func(s scaling.State) scaling.State { return s })
	require.NoError(t, err)
	require.True(t, store.Read(t.Context()).State.Fresh)
}

func TestOriginalsDecayFile(t *testing.T) {
	write := func(t *testing.T, text string) string {
		path := filepath.Join(t.TempDir(), "decay_info.json")
		require.NoError(t, os.WriteFile(path, []byte(text), 0o600))
		return path
	}
	t.Run("as the state file", func(t *testing.T) {
		store := state.Store{Path: write(t, `{"runs_since_change": 3}`)}
		require.Equal(t, scaling.State{RunsSinceChange: 3}, store.Read(t.Context()).State)
	})
	t.Run("beside a state file it never takes replicas away in the first run", func(t *testing.T) {
		store := state.Store{Path: filepath.Join(t.TempDir(), "state.json"), Legacy: write(t, `{"runs_since_change": 3}`)}
		require.Equal(t, scaling.State{RunsSinceChange: 3, Fresh: true}, store.Read(t.Context()).State)
	})
	t.Run("read once beside a state file", func(t *testing.T) {
		legacy := write(t, `{"runs_since_change": 7}`)
		store := state.Store{Path: filepath.Join(t.TempDir(), "state.json"), Legacy: legacy}
		_, err := store.Update(t.Context(), increment)
		require.NoError(t, err)
		require.NoError(t, os.WriteFile(legacy, []byte(`{"runs_since_change": 0}`), 0o600))
		require.Equal(t, 8, store.Read(t.Context()).State.RunsSinceChange)
	})
	t.Run("empty, as before its first write", func(t *testing.T) {
		store := state.Store{Path: write(t, "")}
		loaded := store.Read(t.Context())
		require.Empty(t, loaded.Warning)
		require.True(t, loaded.State.Fresh)
	})
	t.Run("damaged by the original's own bug: ten digits overwritten by one", func(t *testing.T) {
		store := state.Store{Path: write(t, `{"runs_since_change": 0}}`)}
		warning, err := store.Update(t.Context(), increment)
		require.NoError(t, err)
		require.Contains(t, warning, "is not a JSON object")
		require.Contains(t, warning, "the file that cannot be used is kept as "+store.Path+".bad")
		kept, err := os.ReadFile(store.Path + ".bad")
		require.NoError(t, err)
		require.Equal(t, `{"runs_since_change": 0}}`, string(kept))
		require.Equal(t, 1, store.Read(t.Context()).State.RunsSinceChange)
	})
	t.Run("damaged, beside a state file, stays where it is", func(t *testing.T) {
		legacy := write(t, `{{`)
		store := state.Store{Path: filepath.Join(t.TempDir(), "state.json"), Legacy: legacy}
		warning, err := store.Update(t.Context(), increment)
		require.NoError(t, err)
		require.Contains(t, warning, "is not a JSON object")
		require.FileExists(t, legacy)
	})
}

func TestUnusableStateIsFreshAndSaysWhy(t *testing.T) {
	for text, why := range map[string]string{
		"nonsense":                               "is not a JSON object",
		"[]":                                     "is not a JSON object",
		`{"version": 2, "runs_since_change": 1}`: "has version 2, and this program knows version 1",
		`{"version": 1}`:                         "lacks runs_since_change",
		`{"version": 2, "runs_since_change": {}}`:    "has version 2, and this program knows version 1",
		`{"version": "x", "runs_since_change": 1}`:   `has version "x", and this program knows version 1`,
		`{"runs_since_change": -1}`:                  "holds what cannot be: ",
		`{"runs_since_change": 9e18}`:                "has another form than a state",
		`{"runs_since_change": 9000000000000000000}`: "holds what cannot be: ",
		`{"runs_since_change": "3"}`:                 "has another form than a state: line 1, column 25: runs_since_change has the wrong kind, got string",
	} {
		path := filepath.Join(t.TempDir(), "state.json")
		require.NoError(t, os.WriteFile(path, []byte(text), 0o600))
		loaded := state.Store{Path: path}.Read(t.Context())
		require.Equal(t, scaling.State{Fresh: true}, loaded.State, text)
		require.Contains(t, loaded.Warning, why, text)
		require.Contains(t, loaded.Warning, path, text)
		require.NotContains(t, loaded.Warning, " Go ", "the words are for people")
	}
}

// TestManyTargets holds that what is written is never too large to be read.
func TestManyTargets(t *testing.T) {
	const most = 1000
	policy := scaling.Policy{Knee: &scaling.Knee{BreachEvery: 60}, MaxReplicas: 10}
	low, high := 12.3456789, 23.4567891
	observed := scaling.Observation{Replicas: 3, Ready: at(3), Verdict: scaling.Trusted, Timeout: 1000, Configuration: "0123456789abcdef"}
	for i := range most {
		target := scaling.Target{Method: "GET", Endpoint: fmt.Sprintf("/a/rather/long/name/of/a/request/%d", i), Statistic: scaling.Statistic{Kind: scaling.Mean}, Limit: 100}
		observed.Readings = append(observed.Readings, scaling.Reading{Target: target, Value: 15, Low: &low, High: &high, Samples: 100, Mean: &high, Deviation: &low})
	}
	var remembered scaling.State
	for run := range 15 {
		at := time.Unix(1_800_000_000, 0).Add(time.Duration(run) * 2 * time.Hour)
		low, high = low+0.0123456789, high+0.0123456789 // so that the windows of 24 hours fill up
		_, remembered = scaling.Decide(policy, remembered, observed, at)
	}
	require.Len(t, remembered.Targets, most)
	store := state.Store{Path: filepath.Join(t.TempDir(), "state.json")}
	_, err := store.Update(t.Context(), func(scaling.State) scaling.State { return remembered })
	require.NoError(t, err)
	loaded := store.Read(t.Context())
	require.Empty(t, loaded.Warning)
	require.Equal(t, remembered, loaded.State)
	info, err := os.Stat(store.Path)
	require.NoError(t, err)
	t.Logf("%d targets take %d kB", most, info.Size()>>10)
}

func TestAStateThatCannotBeSavedIsAnError(t *testing.T) {
	dir := t.TempDir()
	require.NoError(t, os.Mkdir(filepath.Join(dir, "state.json.tmp"), 0o755)) // stands for a full or read-only disk
	store := state.Store{Path: filepath.Join(dir, "state.json")}
	_, err := store.Update(t.Context(), increment)
	require.ErrorContains(t, err, "saving state:")
	require.NoFileExists(t, store.Path)
}

func TestOnlyARegularFileIsReplaced(t *testing.T) {
	for name, create := range map[string]func(path string) error{
		"folder": func(path string) error { return os.Mkdir(path, 0o755) },
		"pipe":   func(path string) error { return syscall.Mkfifo(path, 0o600) },
	} {
		store := state.Store{Path: filepath.Join(t.TempDir(), name)}
		require.NoError(t, create(store.Path))
		_, err := store.Update(t.Context(), increment)
		require.EqualError(t, err, "reading state: "+store.Path+": is not a regular file")
		require.True(t, store.Read(t.Context()).State.Fresh)
		require.NoFileExists(t, store.Path+".bad")
	}
}

func TestUpdatesWaitForOneAnother(t *testing.T) {
	store := state.Store{Path: filepath.Join(t.TempDir(), "state.json")}
	var wg sync.WaitGroup
	for range 20 {
		wg.Go(func() {
			_, err := store.Update(t.Context(), increment)
			assert.NoError(t, err)
		})
	}
	wg.Wait()
	require.Equal(t, 20, store.Read(t.Context()).State.RunsSinceChange)
}

func TestALockIsWaitedForNoLongerThanAllowed(t *testing.T) {
	path := filepath.Join(t.TempDir(), "lock")
	held, err := state.Acquire(t.Context(), path)
	require.NoError(t, err)
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Millisecond)
	defer cancel()
	_, err = state.Acquire(ctx, path)
	require.ErrorIs(t, err, state.ErrLocked)
	require.NoError(t, held.Release())
	again, err := state.Acquire(ctx, path) // ctx has ended, but a free lock needs no waiting
	require.NoError(t, err)
	require.NoError(t, again.Release())
}

// FuzzRead holds that any bytes make a state, usable or fresh, and that what was saved reads back.
func FuzzRead(f *testing.F) {
	f.Add([]byte(`{"version":1,"runs_since_change":3,"last_replicas":5}`))
	f.Add([]byte(`{"runs_since_change": 0}}`))
	f.Fuzz(func(t *testing.T, data []byte) {
		store := state.Store{Path: filepath.Join(t.TempDir(), "state.json")}
		require.NoError(t, os.WriteFile(store.Path, data, 0o600))
		var saved scaling.State
		_, err := store.Update(t.Context(), func(s scaling.State) scaling.State {
			require.GreaterOrEqual(t, s.RunsSinceChange, 0)
			saved = increment(s)
			return saved
		})
		require.NoError(t, err)
		saved.Fresh = false
		require.Equal(t, saved, store.Read(t.Context()).State)
	})
}
