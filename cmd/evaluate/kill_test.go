package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/latency-pod-autoscaler/lpa/internal/state"
	"github.com/stretchr/testify/require"
)

// evaluation is one run of the real program on a measurement within its target, with a counter that never decays.
func evaluation(t testing.TB, program, dir string) *exec.Cmd {
	t.Helper()
	cmd := exec.Command(program)
	cmd.Args[0] = "evaluate" // tells the test's own binary to be the program
	cmd.Stdin = strings.NewReader(`{"metrics": [{"value": "{\"current_replicas\": 5, \"requests\": {\"GET_/a\": {\"avg_response_time\": 4}}}"}], "runType": "scaler"}`)
	cmd.Env = append(os.Environ(), "configPath="+filepath.Join(dir, "config.yaml"),
		"GORACE=atexit_sleep_ms=0") // else the race detector makes each process last a second longer
	return cmd
}

func configure(t testing.TB) (dir string) {
	t.Helper()
	dir = t.TempDir()
	config := fmt.Sprintf("state: {file: %s/state.json}\ndecay: {unchangedRuns: 1000000}\ntargets: [{method: GET, endpoint: /a, type: mean, target: 5ms}]\n", dir)
	require.NoError(t, os.WriteFile(filepath.Join(dir, "config.yaml"), []byte(config), 0o600))
	return dir
}

func self(t testing.TB) string {
	t.Helper()
	path, err := os.Executable()
	require.NoError(t, err)
	return path
}

// counter reads the state as another program would; it must be valid at any time.
func counter(t testing.TB, dir string) int {
	t.Helper()
	data, err := os.ReadFile(filepath.Join(dir, "state.json"))
	if os.IsNotExist(err) {
		return 0
	}
	require.NoError(t, err)
	var s struct {
		Version int `json:"version"`
		Runs    int `json:"runs_since_change"`
	}
	require.NoError(t, json.Unmarshal(data, &s), "%s", data)
	require.Equal(t, 1, s.Version)
	return s.Runs
}

// TestKilledAtAnyMoment kills the program at random moments of its life. The state is always the one before or the one
// after, never damaged and never behind.
func TestKilledAtAnyMoment(t *testing.T) {
	dir := configure(t)
	start := time.Now()
	require.NoError(t, evaluation(t, self(t), dir).Run())
	whole := time.Since(start)

	random := rand.New(rand.NewPCG(5, 0))
	before := counter(t, dir)
	require.Equal(t, 1, before)
	finished := 0
	for range 50 {
		cmd := evaluation(t, self(t), dir)
		require.NoError(t, cmd.Start())
		time.AfterFunc(time.Duration(random.Int64N(int64(whole*5/4))), func() { _ = cmd.Process.Kill() })
		if cmd.Wait() == nil {
			finished++
		}
		now := counter(t, dir)
		require.GreaterOrEqual(t, now, before)
		require.LessOrEqual(t, now, before+1)
		before = now
	}
	require.GreaterOrEqual(t, before, 1+finished, "what was answered was counted")
	require.NoError(t, evaluation(t, self(t), dir).Run())
	require.Equal(t, before+1, counter(t, dir))
	entries, err := filepath.Glob(filepath.Join(dir, "*"))
	require.NoError(t, err)
	require.LessOrEqual(t, len(entries), 5, "the dead leave at most one temporary file behind: %v", entries)
	kept, damaged := logged(t, dir)
	require.GreaterOrEqual(t, len(kept), finished+2, "what was finished is in the log")
	require.LessOrEqual(t, len(kept), before+1, "and nothing that was not decided")
	require.LessOrEqual(t, len(kept)+damaged, before+1)
}

// logged reads the decision log.
func logged(t testing.TB, dir string) (kept []state.Record, damaged int) {
	t.Helper()
	reader, err := state.OpenLog(filepath.Join(dir, "decisions.jsonl"))
	require.NoError(t, err)
	defer reader.Close()
	for {
		record, err := reader.Next()
		if err == io.EOF {
			return kept, reader.Damaged()
		}
		require.NoError(t, err)
		kept = append(kept, record)
	}
}

// TestTwentyAtOnce holds that no run is lost when the framework's API runs many beside the schedule.
func TestTwentyAtOnce(t *testing.T) {
	dir := configure(t)
	var wg sync.WaitGroup
	for range 20 {
		wg.Go(func() {
			var stdout, stderr bytes.Buffer
			cmd := evaluation(t, self(t), dir)
			cmd.Stdout, cmd.Stderr = &stdout, &stderr
			if err := cmd.Run(); err != nil || stdout.String() != "{\"targetReplicas\":5}\n" {
				t.Errorf("%v, stdout %q, stderr %q", err, stdout.String(), stderr.String())
			}
		})
	}
	wg.Wait()
	require.Equal(t, 20, counter(t, dir))
	kept, damaged := logged(t, dir)
	require.Len(t, kept, 20)
	require.Zero(t, damaged)
	before := map[int]bool{}
	for _, record := range kept {
		before[record.State.RunsSinceChange] = true
	}
	require.Len(t, before, 20, "each record has the state that its decision was made from")
}

// TestTheLogIsLocked holds that the answer comes, and in time, when the log cannot be had.
func TestTheLogIsLocked(t *testing.T) {
	dir := configure(t)
	config, err := os.ReadFile(filepath.Join(dir, "config.yaml"))
	require.NoError(t, err)
	config = append(config, "evaluate: {type: shell, timeout: 400, shell: {entrypoint: /evaluate}}\n"...)
	require.NoError(t, os.WriteFile(filepath.Join(dir, "config.yaml"), config, 0o600))
	log, err := os.Create(filepath.Join(dir, "decisions.jsonl"))
	require.NoError(t, err)
	defer log.Close()
	require.NoError(t, syscall.Flock(int(log.Fd()), syscall.LOCK_EX))

	cmd := evaluation(t, self(t), dir)
	var stdout, stderr bytes.Buffer
	cmd.Stdout, cmd.Stderr = &stdout, &stderr
	require.NoError(t, cmd.Run())
	require.Equal(t, "{\"targetReplicas\":5}\n", stdout.String())
	require.Regexp(t, `writing the decision log: (it takes too long|locking .*: another process holds the lock)`, stderr.String())
	require.Equal(t, 1, counter(t, dir))
}

// BenchmarkProcess is the whole life of the program as the framework sees it, from its start to its exit.
func BenchmarkProcess(b *testing.B) {
	program := filepath.Join(b.TempDir(), "evaluate")
	build := exec.Command("go", "build", "-o", program, ".")
	build.Env = append(os.Environ(), "CGO_ENABLED=0")
	out, err := build.CombinedOutput()
	require.NoError(b, err, "%s", out)
	dir := configure(b)
	for b.Loop() {
		require.NoError(b, evaluation(b, program, dir).Run())
	}
}
