package state_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/latency-pod-autoscaler/lpa/internal/scaling"
	"github.com/latency-pod-autoscaler/lpa/internal/state"
	"github.com/stretchr/testify/require"
)

var began = time.Date(2026, 3, 1, 10, 0, 0, 123456789, time.UTC)

// run is the record of the run with that number; size is about that of its measurement.
func run(number, size int) state.Record {
	replicas := 4
	return state.Record{
		Schema: 1, Time: began.Add(time.Duration(number) * time.Minute), RunType: "scaler", Mode: "act", Answer: number,
		Decision:    scaling.Decision{Current: 4, Desired: number, Reason: scaling.Decayed, Text: "p95 of GET /a?b=1&c=<2>", Steps: []scaling.Step{{Name: "goal", Text: "60"}}},
		Resource:    state.LogResource{Name: "shop", Replicas: &replicas},
		Policy:      scaling.Policy{Decay: &scaling.Decay{Replicas: 1, UnchangedRuns: 3}, MinReplicas: 1, MaxReplicas: 10},
		State:       scaling.State{RunsSinceChange: 2, LastReplicas: &replicas},
		Observation: scaling.Observation{Replicas: 4, Verdict: scaling.Trusted, Readings: []scaling.Reading{{Target: scaling.Target{Method: "GET", Endpoint: "/a", Statistic: scaling.Statistic{Kind: scaling.Mean}, Limit: 9}, Value: 7}}},
		Measurement: json.RawMessage(`"` + strings.Repeat("m", size) + `"`),
	}
}

func write(t *testing.T, log state.Log, records ...state.Record) {
	t.Helper()
	for _, record := range records {
		require.NoError(t, log.Append(t.Context(), record))
	}
}

// answers are those of all the records that there are to read now.
func answers(t *testing.T, r *state.LogReader) (all []int) {
	t.Helper()
	for {
		record, err := r.Next()
		if err == io.EOF {
			return all
		}
		require.NoError(t, err)
		all = append(all, record.Answer)
	}
}

func open(t *testing.T, path string) *state.LogReader {
	t.Helper()
	r, err := state.OpenLog(path)
	require.NoError(t, err)
	t.Cleanup(func() { r.Close() })
	return r
}

func newLog(t *testing.T, maxSize int64) state.Log {
	return state.Log{Path: filepath.Join(t.TempDir(), "decisions.jsonl"), MaxSize: maxSize}
}

func TestLogGivesBackWhatWasWritten(t *testing.T) {
	log := newLog(t, 1<<20)
	first, second := run(1, 10), run(2, 10)
	second.Fresh, second.Unsaved, second.State = true, "the disk is full", scaling.State{}
	write(t, log, first, second)

	r := open(t, log.Path)
	got, err := r.Next()
	require.NoError(t, err)
	require.Equal(t, first, got)
	got, err = r.Next()
	require.NoError(t, err)
	require.Equal(t, second, got)
	require.Equal(t, scaling.State{Fresh: true}, got.Before())
	_, err = r.Next()
	require.Equal(t, io.EOF, err)

	last, found := log.Last()
	require.True(t, found)
	require.Equal(t, second, last)
	data, err := os.ReadFile(log.Path)
	require.NoError(t, err)
	require.Equal(t, 2, bytes.Count(data, []byte("\n")))
	require.Contains(t, string(data), "GET /a?b=1&c=<2>", "people can grep it")
	info, err := os.Stat(log.Path)
	require.NoError(t, err)
	require.Zero(t, info.Mode().Perm()&0o007, "it is not for everybody")
}

func TestLogIsBounded(t *testing.T) {
	log := newLog(t, 20_000)
	for number := range 100 {
		write(t, log, run(number, 1000))
		size := int64(0)
		for _, path := range []string{log.Path, log.Path + ".1"} {
			if info, err := os.Stat(path); err == nil {
				require.LessOrEqual(t, info.Size(), log.MaxSize/2)
				size += info.Size()
			}
		}
		require.LessOrEqual(t, size, log.MaxSize)
	}
	kept := answers(t, open(t, log.Path))
	require.Greater(t, len(kept), 5)
	for i, answer := range kept {
		require.Equal(t, 100-len(kept)+i, answer, "the last ones are kept, in their order")
	}
	entries, err := os.ReadDir(filepath.Dir(log.Path))
	require.NoError(t, err)
	require.Len(t, entries, 2)

	write(t, log, run(100, 12_000))
	last, found := log.Last()
	require.True(t, found)
	require.Equal(t, 100, last.Answer)
	require.Equal(t, "null", string(last.Measurement), "what is too large is left out, and the decision kept")
	large := run(101, 0)
	large.Decision.Text = strings.Repeat("x", 12_000)
	require.ErrorContains(t, log.Append(t.Context(), large), "bytes is more than half of decisionLog.maxSize")
}

// TestLogAfterSomebodyWasKilled cuts a record off at every byte: only that one is lost.
func TestLogAfterSomebodyWasKilled(t *testing.T) {
	log := newLog(t, 1<<20)
	write(t, log, run(1, 5), run(2, 5))
	whole, err := os.ReadFile(log.Path)
	require.NoError(t, err)
	first := bytes.IndexByte(whole, '\n') + 1
	for cut := first + 1; cut < len(whole)-1; cut++ {
		require.NoError(t, os.WriteFile(log.Path, whole[:cut], 0o600))
		r := open(t, log.Path)
		require.Equal(t, []int{1}, answers(t, r))
		require.Equal(t, 1, r.Damaged())
		last, found := log.Last()
		require.True(t, found)
		require.Equal(t, 1, last.Answer)

		write(t, log, run(3, 5))
		require.Equal(t, []int{3}, answers(t, r), "a reader that waited goes on")
		require.Equal(t, 1, r.Damaged())
		require.Equal(t, []int{1, 3}, answers(t, open(t, log.Path)))
	}
	require.NoError(t, os.WriteFile(log.Path, whole[:len(whole)-1], 0o600))
	write(t, log, run(3, 5))
	r := open(t, log.Path)
	require.Equal(t, []int{1, 2, 3}, answers(t, r), "a record that lacks only its newline is whole")
	require.Zero(t, r.Damaged())
}

func TestLogFromElsewhere(t *testing.T) {
	log := newLog(t, 1<<20)
	write(t, log, run(1, 5))
	line, err := os.ReadFile(log.Path)
	require.NoError(t, err)
	text := strings.Join([]string{
		"\n \n", string(line), "not JSON\n", "{}\n", "null\n", "[1]\n", "\x00\xff\n",
		strings.Replace(string(line), `"schema":1`, `"schema":2,"future":{"a":[1]}`, 1), // of a later version
		strings.Replace(string(line), "\n", "\r\n", 1),
		strings.TrimSuffix(string(line), "\n"),
	}, "")
	r := state.NewLogReader(strings.NewReader(text))
	require.Equal(t, []int{1, 1, 1, 1}, answers(t, r))
	require.Equal(t, 5, r.Damaged())
	require.Empty(t, answers(t, r))

	r = state.NewLogReader(io.MultiReader(strings.NewReader(strings.Repeat("x", 70<<20)+"\n"), bytes.NewReader(line)))
	require.Equal(t, []int{1}, answers(t, r), "a line of any length is passed over")
	require.Equal(t, 1, r.Damaged())

	broken := errors.New("broken pipe")
	_, err = state.NewLogReader(io.MultiReader(iotestErr{broken})).Next()
	require.ErrorIs(t, err, broken)
}

type iotestErr struct{ err error }

func (r iotestErr) Read([]byte) (int, error) { return 0, r.err }

func TestLogIsFollowed(t *testing.T) {
	log := newLog(t, 8000)
	write(t, log, run(0, 1000))
	r := open(t, log.Path)
	var seen []int
	for number := 1; number < 40; number++ {
		write(t, log, run(number, 1000))
		if number%2 == 0 { // so that there are renamings between two looks
			seen = append(seen, answers(t, r)...)
		}
	}
	seen = append(seen, answers(t, r)...)
	require.Len(t, seen, 40)
	for i, answer := range seen {
		require.Equal(t, i, answer)
	}
	require.Zero(t, r.Damaged())

	// Away for long: what was thrown away meanwhile is missing, and nothing comes twice.
	for number := 40; number < 60; number++ {
		write(t, log, run(number, 1000))
	}
	late := answers(t, r)
	require.Equal(t, answers(t, open(t, log.Path))[0], late[len(late)-len(answers(t, open(t, log.Path)))])
	for i := 1; i < len(late); i++ {
		require.Greater(t, late[i], late[i-1])
	}
	require.Equal(t, 59, late[len(late)-1])

	require.NoError(t, os.Truncate(log.Path, 0))
	require.Empty(t, answers(t, r))
	write(t, log, run(60, 10))
	require.Equal(t, []int{60}, answers(t, r), "a log that was emptied goes on")
	require.NoError(t, os.Remove(log.Path))
	require.Empty(t, answers(t, r))
	write(t, log, run(61, 10))
	require.Equal(t, []int{61}, answers(t, r), "and one that was removed")
}

func TestLogOfManyAtOnce(t *testing.T) {
	log := newLog(t, 40_000)
	r := func() *state.LogReader {
		write(t, log, run(0, 10))
		return open(t, log.Path)
	}()
	var wg sync.WaitGroup
	for number := 1; number <= 200; number++ {
		wg.Go(func() {
			if err := log.Append(t.Context(), run(number, 500)); err != nil {
				t.Error(err)
			}
		})
		if number%20 == 0 {
			wg.Wait()
		}
	}
	wg.Wait()
	kept := answers(t, open(t, log.Path))
	require.Greater(t, len(kept), 15)
	seen := map[int]bool{}
	for _, answer := range kept {
		require.False(t, seen[answer], "twice")
		seen[answer] = true
	}
	answers(t, r)
	require.Zero(t, r.Damaged())
}

func TestLogWaitsForItsLock(t *testing.T) {
	log := newLog(t, 1<<20)
	write(t, log, run(1, 5))
	file, err := os.Open(log.Path)
	require.NoError(t, err)
	defer file.Close()
	require.NoError(t, syscall.Flock(int(file.Fd()), syscall.LOCK_EX))
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	require.ErrorIs(t, log.Append(ctx, run(2, 5)), state.ErrLocked)
	require.NoError(t, syscall.Flock(int(file.Fd()), syscall.LOCK_UN))
	write(t, log, run(2, 5))
	require.Equal(t, []int{1, 2}, answers(t, open(t, log.Path)))
}

func TestLogThatCannotBeWritten(t *testing.T) {
	dir := t.TempDir()
	at := func(name string) state.Log { return state.Log{Path: filepath.Join(dir, name), MaxSize: 1 << 20} }
	require.NoError(t, os.Mkdir(filepath.Join(dir, "folder"), 0o700))
	require.NoError(t, os.Symlink("elsewhere", filepath.Join(dir, "link")))
	require.NoError(t, syscall.Mkfifo(filepath.Join(dir, "pipe"), 0o600))
	require.NoError(t, os.WriteFile(filepath.Join(dir, "file"), nil, 0o600))
	for name, want := range map[string]string{
		"file/log": "not a directory",
		"folder":   "is a directory",
		"link":     "too many levels of symbolic links",
		"pipe":     "is not a regular file",
	} {
		require.ErrorContains(t, at(name).Append(t.Context(), run(1, 5)), want, name)
		_, found := at(name).Last()
		require.False(t, found)
	}
	for name, want := range map[string]string{"missing/log": "no such file", "folder": "is not a regular file", "pipe": "is not a regular file"} {
		_, err := state.OpenLog(filepath.Join(dir, name))
		require.ErrorContains(t, err, want)
	}
	_, err := state.OpenLog(filepath.Join(dir, "none"))
	require.ErrorIs(t, err, fs.ErrNotExist)
	require.ErrorContains(t, at("x").Append(t.Context(), state.Record{Measurement: json.RawMessage("{")}), "writing the decision log: ")
}

// TestLargeLog holds that a reader keeps no more than a record, however long the log is.
func TestLargeLog(t *testing.T) {
	log := newLog(t, 1<<20)
	write(t, log, run(7, 400))
	line, err := os.ReadFile(log.Path)
	require.NoError(t, err)
	const records = 100_000
	r := state.NewLogReader(io.LimitReader(&repeated{text: line}, int64(records*len(line))))
	count := 0
	allocated := testing.AllocsPerRun(1, func() {
		for range 1000 {
			_, err := r.Next()
			require.NoError(t, err)
			count++
		}
	})
	require.Less(t, allocated, 1000.0*200)
	for {
		if _, err := r.Next(); err != nil {
			require.Equal(t, io.EOF, err)
			break
		}
		count++
	}
	require.Equal(t, records, count)
	require.Zero(t, r.Damaged())
}

// repeated is a text without an end.
type repeated struct {
	text []byte
	at   int
}

func (r *repeated) Read(p []byte) (int, error) {
	n := copy(p, r.text[r.at:])
	r.at = (r.at + n) % len(r.text)
	return n, nil
}
