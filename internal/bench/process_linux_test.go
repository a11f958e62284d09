package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"runtime"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"golang.org/x/sys/unix"
)

func shell(script string) command {
	return command{args: []string{"/bin/sh", "-c", script}, env: []string{"GREETING=hello"}, stdin: "world\n"}
}

func TestExecute(t *testing.T) {
	_, core, err := cores()
	require.NoError(t, err)
	t.Setenv("GOMAXPROCS", "7")
	j := job{kind: throughput, dir: t.TempDir()}
	c, err := execute(t.Context(), core, shell(`read name; echo $GREETING $name $GOMAXPROCS; pwd; grep Cpus_allowed_list /proc/self/status; i=0; while [ $i -lt 20000 ]; do i=$((i+1)); done`), j)
	require.NoError(t, err)
	require.Positive(t, c.cpu)
	require.GreaterOrEqual(t, c.wall, c.cpu/2, "clocks of different grain")
	output, err := os.ReadFile(j.stdout())
	require.NoError(t, err)
	lines := strings.Split(string(output), "\n")
	require.Equal(t, []string{"hello world", j.dir}, lines[:2])
	require.Equal(t, []string{"Cpus_allowed_list:", strconv.Itoa(core)}, strings.Fields(lines[2]), "pinned")

	var set unix.CPUSet
	require.NoError(t, unix.SchedGetaffinity(0, &set))
	require.Equal(t, runtime.NumCPU(), set.Count(), "and this process is not")
}

func TestExecuteFails(t *testing.T) {
	_, core, err := cores()
	require.NoError(t, err)
	j := job{dir: t.TempDir()}
	_, err = execute(t.Context(), core, shell("echo broken >&2; exit 3"), j)
	require.EqualError(t, err, "exit status 3: broken")
	_, err = execute(t.Context(), core, command{args: []string{"/nowhere/tool"}}, j)
	require.ErrorIs(t, err, os.ErrNotExist)
	ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
	defer cancel()
	_, err = execute(ctx, core, command{args: []string{"/bin/sleep", "60"}}, j)
	require.ErrorContains(t, err, "signal: killed")
}

// TestMemoryIsTheChilds holds that a small child of a large parent is seen as small, and a large one as large.
func TestMemoryIsTheChilds(t *testing.T) {
	_, core, err := cores()
	require.NoError(t, err)
	ballast := make([]byte, 32<<20)
	for i := range ballast {
		ballast[i] = 1
	}
	small, err := execute(t.Context(), core, shell("sleep 0.2"), job{kind: memory, dir: t.TempDir()})
	require.NoError(t, err)
	require.Positive(t, small.memory)
	require.Less(t, small.memory, 20<<20)
	runtime.KeepAlive(ballast)

	large, err := execute(t.Context(), core, command{args: []string{"/bin/dd", "if=/dev/zero", "of=/dev/null", "bs=400M", "count=1"}},
		job{kind: memory, dir: t.TempDir()})
	require.NoError(t, err)
	require.Greater(t, large.memory, 400<<20, "though it ends at once")
}

func TestPeakMemory(t *testing.T) {
	own, err := peakMemory("self")
	require.NoError(t, err)
	require.Greater(t, own, 1<<20)
	cmd := exec.Command("/bin/true")
	require.NoError(t, cmd.Run())
	_, err = peakMemory(strconv.Itoa(cmd.Process.Pid))
	require.ErrorIs(t, err, os.ErrNotExist)
}

func TestRaiseFileLimit(t *testing.T) {
	limit, err := raiseFileLimit()
	require.NoError(t, err)
	output, err := exec.Command("/bin/sh", "-c", "ulimit -n").Output()
	require.NoError(t, err)
	require.Equal(t, strconv.Itoa(limit), strings.TrimSpace(string(output)), "for children too")
}

func TestWithinFiles(t *testing.T) {
	measures := []measure{memoryOf(10, time.Second), memoryOf(10000, time.Second)}
	possible, problems := withinFiles(measures, 1024)
	require.Len(t, possible, 1)
	require.Equal(t, []string{"memory of 10,000 users needs more open files than the 1024 that are allowed; see ulimit -n"}, problems)
}

// asking is a tool that asks once, or not at all.
type asking struct{ silent bool }

func (a asking) name() string {
	if a.silent {
		return "silent"
	}
	return "asking"
}
func (asking) program() string         { return "" }
func (asking) get() string             { return "" }
func (asking) shortest() time.Duration { return 0 }

func (a asking) command(j job) (command, error) {
	if a.silent {
		return command{args: []string{"/bin/true"}}, nil
	}
	return command{args: []string{j.program, askArgument, j.url + j.path()}}, nil
}

func (asking) report(context.Context, job) (report, error) {
	return report{}, errors.New("it has none")
}

// TestBench runs them from end to end.
func TestBench(t *testing.T) {
	b := startTestServer(t)
	_, core, err := cores()
	require.NoError(t, err)
	self, err := os.Executable()
	require.NoError(t, err)
	measures := []measure{throughputOf(1, time.Second, 2), startUpOf(1, 2), latencyAt(10, time.Second, 1)}
	tools := []installed{{tool: asking{}, path: self}, {tool: asking{silent: true}, path: self}}
	r := newResults(tools, measures)
	var said []string
	run := bench{tools: tools, measures: measures, server: b, core: core, results: r,
		progress: func(format string, args ...any) { said = append(said, fmt.Sprintf(format, args...)) }}
	require.NoError(t, run.run(t.Context()))
	require.Equal(t, []string{
		"round 1 of 2: throughput of 1 users without waits", "round 1 of 1: start-up",
		"round 1 of 1: latency at 100 requests per second", "round 2 of 2: throughput of 1 users without waits",
	}, said)
	require.Len(t, r.values["requests per second of CPU time"]["asking"], 2)
	require.Len(t, r.values["start-up and end"]["asking"], 2)
	require.Equal(t, []string{
		"silent, throughput of 1 users without waits: no request has reached the server",
		"asking, latency at 100 requests per second: reading its report: it has none",
		"silent, latency at 100 requests per second: no request has reached the server",
		"silent, throughput of 1 users without waits: no request has reached the server",
	}, r.failed)
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	require.EqualError(t, run.run(ctx), "interrupted")
}
