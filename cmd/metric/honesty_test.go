package main

import (
	"bytes"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/latency-pod-autoscaler/lpa/internal/measurement"
	"github.com/latency-pod-autoscaler/lpa/loadtest"
	"github.com/stretchr/testify/require"
)

// TestACPULimitIsNoticed runs the real program in a control group that gives it far less processor time than its load needs.
func TestACPULimitIsNoticed(t *testing.T) {
	group, err := newControlGroup(t.Name(), 5)
	if err != nil {
		t.Logf("only the limits of testdata in loadtest/internal/machine are tested, as no control group can be made here: %v", err)
		return
	}
	t.Cleanup(func() { require.NoError(t, group.remove()) })
	server := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) {}))
	defer server.Close()

	m := group.measure(t, server.URL)
	require.Equal(t, loadtest.VerdictGenerator, m.Quality.Verdict, "%v", m.Quality.Reasons)
	require.Equal(t, 0.05, *m.Generator.Cores)
	require.Positive(t, *m.Generator.ThrottledPeriods)
	require.Contains(t, strings.Join(m.Quality.Reasons, "\n"), "its CPU limit held the load generator up in ")

	server.Config.Handler = http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusTeapot) })
	m = group.measure(t, server.URL)
	require.Equal(t, loadtest.VerdictGenerator, m.Quality.Verdict, "%v", m.Quality.Reasons)
	require.Contains(t, strings.Join(m.Quality.Reasons, "\n"), "requests failed: 4xx (mostly GET /x, status 418)", "the service's fault is told too")
}

// TestALateGeneratorDoesNotHideAClosedPort stops the real program for a second, so that it is late for most of its users, while
// the service goes away.
func TestALateGeneratorDoesNotHideAClosedPort(t *testing.T) {
	reached := make(chan struct{}, 100)
	server := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { reached <- struct{}{} }))
	dir := t.TempDir()
	config := strings.Replace(configuration(dir, server.URL, "runTime: 4s", time.Minute), "warmup: 0s", "warmup: 1s", 1)
	cmd, stdout, stderr := command(t, self(t), dir, config)
	require.NoError(t, cmd.Start())
	<-reached
	server.CloseClientConnections()
	server.Close()
	time.Sleep(300 * time.Millisecond) // until the users pause after a refusal
	require.NoError(t, cmd.Process.Signal(syscall.SIGSTOP))
	time.Sleep(time.Second)
	require.NoError(t, cmd.Process.Signal(syscall.SIGCONT))
	require.NoError(t, cmd.Wait(), "%s", stderr)

	q := parse(t, stdout).Quality
	require.Equal(t, loadtest.VerdictTargetDown, q.Verdict, "%v", q.Reasons)
	require.Contains(t, q.Reasons[0], "requests failed: connect: "+server.Listener.Addr().String()+" (mostly GET /x)")
	require.Contains(t, strings.Join(q.Reasons, "\n"), "the load generator sent 1 % of its requests more than ")
}

// measure runs the program in the group, with users that never wait.
func (g controlGroup) measure(t *testing.T, host string) measurement.Measurement {
	dir := t.TempDir()
	cmd, stdout, stderr := command(t, self(t), dir, configuration(dir, host, "runTime: 3s", time.Minute))
	require.NoError(t, os.WriteFile(filepath.Join(dir, "tasks.yaml"), []byte("wait: {constant: 0s}\ntasks: [{get: /x}]\n"), 0o600))
	cmd.Stdin = nil
	stdin, err := cmd.StdinPipe()
	require.NoError(t, err)
	require.NoError(t, cmd.Start())
	require.NoError(t, g.add(cmd.Process.Pid)) // before there is anything to measure
	_, err = io.WriteString(stdin, deployment)
	require.NoError(t, err)
	require.NoError(t, stdin.Close())
	require.NoError(t, cmd.Wait(), "%s", stderr)
	return parse(t, stdout)
}

// controlGroup is one that limits processor time.
type controlGroup struct{ folder string }

// newControlGroup makes one that gives its processes a percentage of one processor, in whichever version of control groups
// has the cpu controller here.
func newControlGroup(name string, percent int) (controlGroup, error) {
	const period = 100_000 // microseconds
	quota := percent * period / 100
	name = fmt.Sprintf("%s-%d", name, os.Getpid())
	var problem error
	for _, version := range []struct{ root, file, value string }{
		{"/sys/fs/cgroup", "cpu.max", fmt.Sprintf("%d %d", quota, period)},
		{"/sys/fs/cgroup/cpu", "cpu.cfs_quota_us", strconv.Itoa(quota)}, // its period is this one unless set
		{"/sys/fs/cgroup/cpu,cpuacct", "cpu.cfs_quota_us", strconv.Itoa(quota)},
	} {
		group := controlGroup{filepath.Join(version.root, name)}
		if problem = os.Mkdir(group.folder, 0o755); problem != nil {
			continue
		}
		// Not created: in a folder without the controller there is no such file.
		file, err := os.OpenFile(filepath.Join(group.folder, version.file), os.O_WRONLY, 0)
		if err == nil {
			_, err = io.WriteString(file, version.value)
			file.Close()
		}
		if err == nil {
			return group, nil
		}
		problem = err
		_ = group.remove()
	}
	return controlGroup{}, problem
}

func (g controlGroup) add(pid int) error {
	return os.WriteFile(filepath.Join(g.folder, "cgroup.procs"), []byte(strconv.Itoa(pid)), 0)
}

func (g controlGroup) remove() error { return os.Remove(g.folder) }

// TestAStoppedGeneratorSaysSo stops the real program for a second in the middle of a run, beside another one that is left
// alone. It says that it cannot be sure, and the second is not in its median: what it adds to the latency that the service
// itself records is what the other one adds. A busy machine gives one of them more than the other by chance, but not each time.
func TestAStoppedGeneratorSaysSo(t *testing.T) {
	const attempts = 5
	var byTheStop float64
	for range attempts {
		stopped, undisturbed := besideTheService(t), besideTheService(t)
		time.Sleep(time.Second)
		require.NoError(t, stopped.cmd.Process.Signal(syscall.SIGSTOP))
		time.Sleep(time.Second)
		require.NoError(t, stopped.cmd.Process.Signal(syscall.SIGCONT))

		result, adds := stopped.finish(t)
		undisturbedResult, undisturbedAdds := undisturbed.finish(t)
		require.NotEqual(t, loadtest.VerdictOK, result.Quality.Verdict)
		require.GreaterOrEqual(t, *result.Generator.Stall, 950.0)
		require.Less(t, *undisturbedResult.Generator.Stall, 950.0)
		if byTheStop = adds - undisturbedAdds; byTheStop < 1 {
			return
		}
	}
	require.Less(t, byTheStop, 1.0, "milliseconds, by the stop, also in the last of %d attempts", attempts)
}

// recorded is a run of the real program, of 4 s, against a service that records its own latency.
type recorded struct {
	cmd            *exec.Cmd
	stdout, stderr *bytes.Buffer

	mu     sync.Mutex
	record []time.Duration
}

// besideTheService starts it, and returns once it has reached the service.
func besideTheService(t *testing.T) *recorded {
	r := &recorded{}
	reached := make(chan struct{}, 1)
	server := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) {
		begin := time.Now()
		time.Sleep(2 * time.Millisecond)
		took := time.Since(begin)
		r.mu.Lock()
		defer r.mu.Unlock()
		if r.record = append(r.record, took); len(r.record) == 1 {
			reached <- struct{}{}
		}
	}))
	t.Cleanup(server.Close)
	dir := t.TempDir()
	r.cmd, r.stdout, r.stderr = command(t, self(t), dir, configuration(dir, server.URL, "runTime: 4s", time.Minute))
	require.NoError(t, r.cmd.Start())
	<-reached
	return r
}

// finish returns the measurement, and what its median adds to that of the service's record, in milliseconds.
func (r *recorded) finish(t *testing.T) (m measurement.Measurement, adds float64) {
	require.NoError(t, r.cmd.Wait(), "%s", r.stderr)
	m = parse(t, r.stdout)
	r.mu.Lock()
	defer r.mu.Unlock()
	slices.Sort(r.record)
	return m, *m.Requests["GET_/x"].Percentiles["p50"].Value - r.record[len(r.record)/2].Seconds()*1000
}
