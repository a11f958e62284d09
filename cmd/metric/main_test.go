package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"github.com/latency-pod-autoscaler/lpa/internal/measurement"
	"github.com/latency-pod-autoscaler/lpa/loadtest"
	"github.com/rogpeppe/go-internal/testscript"
	"github.com/stretchr/testify/require"
)

func TestMain(m *testing.M) {
	testscript.Main(m, map[string]func(){"metric": main})
}

// TestScripts drives the real program through stdin, environment and files.
func TestScripts(t *testing.T) {
	server := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) {}))
	t.Cleanup(server.Close) // the scripts go on after this function has returned
	testscript.Run(t, testscript.Params{Dir: "testdata", Setup: func(e *testscript.Env) error {
		e.Setenv("HOST", server.URL)
		e.Setenv("GORACE", "atexit_sleep_ms=0")
		return nil
	}})
}

const deployment = `{"resource": {"spec": {"replicas": 3}, "status": {"readyReplicas": 3}}, "runType": "scaler"}`

// command is one run of the real program against a service.
func command(t testing.TB, program, dir, config string) (cmd *exec.Cmd, stdout, stderr *bytes.Buffer) {
	t.Helper()
	require.NoError(t, os.WriteFile(filepath.Join(dir, "tasks.yaml"), []byte("wait: {constant: 5ms}\ntasks: [{get: /x}]\n"), 0o600))
	require.NoError(t, os.WriteFile(filepath.Join(dir, "config.yaml"), []byte(config), 0o600))
	cmd = exec.Command(program)
	cmd.Args[0] = "metric" // tells the test's own binary to be the program
	cmd.Stdin = strings.NewReader(deployment)
	stdout, stderr = &bytes.Buffer{}, &bytes.Buffer{}
	cmd.Stdout, cmd.Stderr = stdout, stderr
	cmd.Env = append(os.Environ(), "configPath="+filepath.Join(dir, "config.yaml"), "GORACE=atexit_sleep_ms=0")
	return cmd, stdout, stderr
}

// configuration has a target so wide that no moment in which this machine is busy makes the measurement suspect.
func configuration(dir, host, loadTest string, timeout time.Duration) string {
	return fmt.Sprintf(`
metric: {type: shell, timeout: %d, shell: {entrypoint: /metric}}
loadTest: {script: %s/tasks.yaml, host: %q, users: 5, spawnRate: 1000, warmup: 0s, %s}
targets: [{method: GET, endpoint: /x, type: p97.5, target: 400ms}]
state: {file: %s/state.json}
`, timeout.Milliseconds(), dir, host, loadTest, dir)
}

func self(t testing.TB) string {
	t.Helper()
	path, err := os.Executable()
	require.NoError(t, err)
	return path
}

func parse(t *testing.T, stdout *bytes.Buffer) measurement.Measurement {
	t.Helper()
	var m measurement.Measurement
	require.NoError(t, json.Unmarshal(stdout.Bytes(), &m), "%s", stdout)
	require.Equal(t, 1, bytes.Count(stdout.Bytes(), []byte("\n")), "one document")
	return m
}

func TestMeasuresAService(t *testing.T) {
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if !strings.HasPrefix(r.UserAgent(), "latency-pod-autoscaler/") {
			w.WriteHeader(http.StatusBadRequest)
		}
		time.Sleep(20 * time.Millisecond)
	}))
	defer server.Close()
	dir := t.TempDir()
	cmd, stdout, stderr := command(t, self(t), dir, configuration(dir, server.URL, "runTime: 600ms, connections: {reuse: 1000}", time.Minute))
	require.NoError(t, cmd.Run(), "%s", stderr)
	m := parse(t, stdout)
	require.Equal(t, []int{1, 3, 3}, []int{m.Schema, m.CurrentReplicas, *m.ReadyReplicas})
	require.Equal(t, loadtest.VerdictOK, m.Quality.Verdict)
	r := m.Requests["GET_/x"]
	require.Positive(t, r.NumRequests)
	require.GreaterOrEqual(t, *r.Percentiles["p97.5"].Value, 20.0, "the target's own percentile")
	require.Contains(t, r.Over, "400", "and how many were over it")
	require.Contains(t, stderr.String(), "metric: ")
	require.Equal(t, []string{"too few connections, 5 for 3 replicas: with fewer than 3 each, some replicas may not have been measured"}, m.Quality.Reasons)
}

// TestEndsBeforeTheFrameworkKillsIt gives it a load test that is longer than the framework's patience, on a service that
// hangs. It is killed at the limit, as the framework does it.
func TestEndsBeforeTheFrameworkKillsIt(t *testing.T) {
	server := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) { <-r.Context().Done() }))
	defer server.Close()
	defer server.CloseClientConnections()
	dir := t.TempDir()
	const limit = 8 * time.Second
	cmd, stdout, stderr := command(t, self(t), dir, configuration(dir, server.URL, "runTime: 50s", limit))
	require.NoError(t, cmd.Start())
	killer := time.AfterFunc(limit, func() { _ = cmd.Process.Kill() })
	require.NoError(t, cmd.Wait(), "%s", stderr)
	require.True(t, killer.Stop())
	m := parse(t, stdout)
	r := m.Requests["GET_/x"]
	require.Equal(t, []int{0, 5}, []int{r.NumRequests, r.Unfinished})
	require.True(t, r.Percentiles["p50"].AtLeast)
	require.Greater(t, *r.Percentiles["p50"].Value, 2000.0)
	require.Contains(t, strings.Join(m.Quality.Reasons, "\n"), "shortened from 0s + 50s to 0s + ")
}

func TestEndsEarlyOnSIGTERM(t *testing.T) {
	reached := make(chan struct{}, 1000)
	server := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) {
		select {
		case reached <- struct{}{}:
		default:
		}
	}))
	defer server.Close()
	dir := t.TempDir()
	cmd, stdout, stderr := command(t, self(t), dir, configuration(dir, server.URL, "runTime: 50s", time.Minute))
	require.NoError(t, cmd.Start())
	<-reached
	require.NoError(t, cmd.Process.Signal(syscall.SIGTERM))
	require.NoError(t, cmd.Wait(), "%s", stderr)
	require.Equal(t, loadtest.VerdictTooFew, parse(t, stdout).Quality.Verdict)
	m := parse(t, stdout)
	require.Less(t, m.EndTime-m.StartTime, 40.0)
	require.Positive(t, m.NumRequests+m.Unfinished)
}

// TestEndsAtOnceBeforeTheLoad is a signal while there is nothing to print yet.
func TestEndsAtOnceBeforeTheLoad(t *testing.T) {
	dir := t.TempDir()
	cmd, stdout, stderr := command(t, self(t), dir, configuration(dir, "http://127.0.0.1:1", "runTime: 1s", time.Minute))
	cmd.Stdin = nil
	stdin, err := cmd.StdinPipe()
	require.NoError(t, err)
	require.NoError(t, cmd.Start())
	_, err = io.WriteString(stdin, strings.Repeat(" ", 1<<20)) // more than a pipe holds, so that it reads by then
	require.NoError(t, err)
	require.NoError(t, cmd.Process.Signal(syscall.SIGTERM))
	require.Error(t, cmd.Wait())
	require.Equal(t, syscall.SIGTERM, cmd.ProcessState.Sys().(syscall.WaitStatus).Signal())
	require.Empty(t, stdout.String()+stderr.String())
}

// TestWaitsForStdinNoLongerThanTheFramework has a framework that never closes stdin.
func TestWaitsForStdinNoLongerThanTheFramework(t *testing.T) {
	dir := t.TempDir()
	cmd, stdout, stderr := command(t, self(t), dir, configuration(dir, "http://127.0.0.1:1", "runTime: 1s", 2*time.Second))
	cmd.Stdin = nil
	stdin, err := cmd.StdinPipe()
	require.NoError(t, err)
	defer stdin.Close()
	var exit *exec.ExitError
	require.ErrorAs(t, cmd.Run(), &exit)
	require.Equal(t, 1, exit.ExitCode(), "by itself, not killed")
	require.Empty(t, stdout.String())
	require.Contains(t, stderr.String(), "metric: stdin: did not end in time")
}

func TestASecondLoadTestDoesNotRun(t *testing.T) {
	var requests atomic.Int64
	reached := make(chan struct{}, 1)
	server := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) {
		if requests.Add(1) == 1 {
			reached <- struct{}{}
		}
	}))
	defer server.Close()
	dir := t.TempDir()
	config := configuration(dir, server.URL, "runTime: 50s", time.Minute)
	first, _, _ := command(t, self(t), dir, config)
	require.NoError(t, first.Start())
	<-reached
	second, stdout, stderr := command(t, self(t), dir, config)
	require.NoError(t, second.Run(), "%s", stderr)
	m := parse(t, stdout)
	require.Equal(t, loadtest.Quality{Verdict: loadtest.VerdictBusy, Reasons: []string{"another load test of this autoscaler is under way"}}, m.Quality)
	require.Contains(t, m.Requests, "GET_/x")
	require.NoError(t, first.Process.Kill()) // the lock of a killed process is free
	_ = first.Wait()
	third, stdout, stderr := command(t, self(t), dir, strings.Replace(config, "50s", "200ms", 1))
	require.NoError(t, third.Run(), "%s", stderr)
	require.Equal(t, loadtest.VerdictOK, parse(t, stdout).Quality.Verdict)
}

// TestKilledAtAnyMoment kills it at random moments. It prints everything or nothing, and leaves nothing that hinders the
// next run.
func TestKilledAtAnyMoment(t *testing.T) {
	server := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) {}))
	defer server.Close()
	dir := t.TempDir()
	config := configuration(dir, server.URL, "runTime: 100ms", time.Minute)
	random := rand.New(rand.NewPCG(6, 0))
	start := time.Now()
	cmd, _, stderr := command(t, self(t), dir, config)
	require.NoError(t, cmd.Run(), "%s", stderr)
	whole := time.Since(start)
	for range 50 {
		cmd, stdout, _ := command(t, self(t), dir, config)
		require.NoError(t, cmd.Start())
		time.AfterFunc(time.Duration(random.Int64N(int64(whole*5/4))), func() { _ = cmd.Process.Kill() })
		if cmd.Wait() == nil {
			parse(t, stdout)
		}
	}
	cmd, stdout, stderr := command(t, self(t), dir, config)
	require.NoError(t, cmd.Run(), "%s", stderr)
	require.Equal(t, loadtest.VerdictOK, parse(t, stdout).Quality.Verdict)
}

// BenchmarkBeyondRunTime is how much longer the program lives than its load test runs, from its start to its exit.
func BenchmarkBeyondRunTime(b *testing.B) {
	program := filepath.Join(b.TempDir(), "metric")
	build := exec.Command("go", "build", "-o", program, ".")
	build.Env = append(os.Environ(), "CGO_ENABLED=0")
	out, err := build.CombinedOutput()
	require.NoError(b, err, "%s", out)
	server := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { time.Sleep(time.Millisecond) }))
	defer server.Close()
	dir := b.TempDir()
	config := configuration(dir, server.URL, "runTime: 500ms", time.Minute)
	var beyond time.Duration
	for b.Loop() {
		cmd, _, stderr := command(b, program, dir, config)
		start := time.Now()
		require.NoError(b, cmd.Run(), "%s", stderr)
		beyond += time.Since(start) - 500*time.Millisecond
	}
	b.ReportMetric(float64(beyond.Microseconds())/1000/float64(b.N), "ms-beyond-runTime/op")
}
