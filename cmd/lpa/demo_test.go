package main

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/latency-pod-autoscaler/lpa/internal/cpa"
	"github.com/latency-pod-autoscaler/lpa/internal/program"
	"github.com/latency-pod-autoscaler/lpa/loadtest"
	"github.com/stretchr/testify/require"
)

// standIns is a folder with small scripts in the place of the two executables.
func standIns(t *testing.T, metric, evaluate string) string {
	t.Helper()
	dir := t.TempDir()
	for name, text := range map[string]string{"metric": metric, "evaluate": evaluate} {
		require.NoError(t, os.WriteFile(filepath.Join(dir, name), []byte("#!/bin/sh\n"+text), 0o755))
	}
	return dir
}

const (
	metricStandIn = `cat > metric-stdin.json
echo "metric: all is well" >&2
echo '{"requests":{"GET_/fibonacci?n=10":{"num_requests":9,"percentiles":{"p95":{"value":420}}}},"quality":{"verdict":"ok"}}'
`
	evaluateStandIn = `cat > evaluate-stdin.json
run=$(($(cat runs 2> /dev/null || echo 0) + 1))
echo $run > runs
case $run in
1) replicas=2 ;;
2) replicas=99 ;;
*) replicas=1 ;;
esac
echo "evaluate: run $run wants $replicas" >&2
echo "{\"targetReplicas\":$replicas}"
`
	brokenStandIn = `echo "metric: tasks.yaml:1:1: wait: is odd" >&2
exit 2
`
)

// quickDemo is a demo that need not wait, in a folder for temporary files of its own.
func quickDemo(t *testing.T, metric, evaluate string) *demo {
	t.Helper()
	t.Setenv("TMPDIR", t.TempDir())
	d, err := newDemo(demoOptions{duration: time.Hour, seed: 1})
	require.NoError(t, err)
	t.Cleanup(d.close)
	require.NoError(t, findExecutables(d.runner.Config, standIns(t, metric, evaluate)))
	d.interval = time.Millisecond
	return d
}

func TestDemoScalesTheService(t *testing.T) {
	d := quickDemo(t, metricStandIn, evaluateStandIn)
	ctx, stop := context.WithCancel(t.Context())
	defer stop()
	printer := &recorder{after: 4, stop: stop}
	require.NoError(t, d.play(ctx, printer))

	summary := summarize(printer.reports[:4], 1, time.Second)
	require.Equal(t, []int32{1, 2, 8, 1}, summary.Replicas, "99 is more than maxReplicas")
	require.Equal(t, map[string]int{"up": 2, "down": 1, "hold": 1, "failed": 0}, summary.Decisions)
	require.True(t, summary.ScaledUpAndDown)
	require.Equal(t, "run 2 wants 99", printer.reports[1].Sentence)
	require.EqualValues(t, 99, *printer.reports[1].Answer)
	require.Equal(t, []demoReading{
		{Name: "GET /fibonacci?n=10", Type: "p95", ValueMS: ms(420), TargetMS: 300, OverTarget: true},
	}, printer.reports[0].Targets)
	require.Positive(t, printer.frames)
	replicas, _ := d.service.counts()
	require.Equal(t, 1, replicas)
}

func TestDemoSendsWhatTheFrameworkSends(t *testing.T) {
	d := quickDemo(t, metricStandIn, evaluateStandIn)
	require.Empty(t, d.run(t.Context(), 1).Error)

	read := func(name string) (content map[string]any) {
		data, err := os.ReadFile(d.files.path(name))
		require.NoError(t, err)
		require.NoError(t, json.Unmarshal(data, &content))
		return content
	}
	metric, evaluate := read("metric-stdin.json"), read("evaluate-stdin.json")
	require.ElementsMatch(t, []string{"resource", "runType"}, keys(metric))
	require.ElementsMatch(t, []string{"metrics", "resource", "runType"}, keys(evaluate))
	require.Equal(t, "scaler", metric["runType"])
	require.Equal(t, metric["resource"], evaluate["resource"])
	require.Equal(t, "fibonacci", evaluate["metrics"].([]any)[0].(map[string]any)["resource"])

	data, err := os.ReadFile(d.files.path("evaluate-stdin.json"))
	require.NoError(t, err)
	input, err := cpa.ReadEvaluateInput(strings.NewReader(string(data)))
	require.NoError(t, err)
	require.Contains(t, input.Value, `"num_requests":9`)
	require.Equal(t, 1, *input.Resource.Ready)
}

func TestDemoGivesUpWhenNothingWorks(t *testing.T) {
	d := quickDemo(t, brokenStandIn, evaluateStandIn)
	printer := &recorder{}
	err := d.play(t.Context(), printer)
	require.EqualError(t, err, "no run has worked: metric: exit status 2: tasks.yaml:1:1: wait: is odd")
	require.Len(t, printer.reports, hopeless)
}

func TestDemoGoesOnAfterAFailureOnce(t *testing.T) {
	d := quickDemo(t, metricStandIn, evaluateStandIn+"[ $run = 1 ]")
	ctx, stop := context.WithCancel(t.Context())
	defer stop()
	printer := &recorder{after: 5, stop: stop}
	require.NoError(t, d.play(ctx, printer))
	require.Equal(t, []int32{1, 2}, d.summary().Replicas)
	require.Equal(t, "evaluate: exit status 1: run 2 wants 99", printer.reports[1].Error)
}

func TestDemoEndsWithItsTime(t *testing.T) {
	d := quickDemo(t, metricStandIn, evaluateStandIn)
	d.shape.duration = time.Millisecond
	printer := &recorder{}
	require.NoError(t, d.play(t.Context(), printer))
	require.LessOrEqual(t, len(printer.reports), 1)
}

func TestInterruptedDemoCleansUp(t *testing.T) {
	temp := t.TempDir()
	t.Setenv("TMPDIR", temp)
	ctx, interrupt := context.WithCancel(t.Context())
	dir := standIns(t, metricStandIn, evaluateStandIn)
	time.AfterFunc(100*time.Millisecond, interrupt)
	var out strings.Builder
	err := runDemo(ctx, demoOptions{duration: time.Hour, binDir: dir}, &out)
	require.Equal(t, exitError{130, errors.New("stopped")}, err)
	require.Contains(t, out.String(), "stopped after")
	left, err := os.ReadDir(temp)
	require.NoError(t, err)
	require.Empty(t, left)
}

func TestInterruptedDemoKillsItsChildren(t *testing.T) {
	d := quickDemo(t, "echo $$ > new && mv new pid\nexec sleep 3600\n", evaluateStandIn)
	d.runner.Config.Metric.Timeout = int(time.Hour.Milliseconds())
	ctx, interrupt := context.WithCancel(t.Context())
	defer interrupt()
	var child *os.Process
	go func() {
		defer interrupt()
		for child == nil && t.Context().Err() == nil {
			if data, err := os.ReadFile(d.files.path("pid")); err == nil {
				pid, _ := strconv.Atoi(strings.TrimSpace(string(data)))
				child, _ = os.FindProcess(pid)
			}
			time.Sleep(time.Millisecond)
		}
	}()
	require.NoError(t, d.play(ctx, &recorder{}))
	require.Error(t, child.Signal(syscall.Signal(0)), "the child is gone")
}

func TestDemoWithoutExecutables(t *testing.T) {
	t.Setenv("TMPDIR", t.TempDir())
	dir := standIns(t, "", "")
	require.NoError(t, os.Remove(filepath.Join(dir, "evaluate")))
	err := runDemo(t.Context(), demoOptions{duration: time.Hour, binDir: dir}, &strings.Builder{})
	require.EqualError(t, err, `there is no executable "evaluate" in `+dir+"; run `make build`, or name its folder with --bin-dir")
	var exit exitError
	require.ErrorAs(t, err, &exit)
	require.Equal(t, program.Usage, exit.code)
}

func TestDemoRefuses(t *testing.T) {
	for _, test := range []struct {
		name string
		args []string
		want string
	}{
		{"too short a time", []string{"--duration", "10s"},
			"--duration: must be at least 45s, or the replicas cannot come down in time, got 10s"},
		{"another policy", []string{"--policy", "hpa"}, `--policy: must be decay or knee, got "hpa"`},
		{"an argument", []string{"fast"}, `unknown command "fast" for "demo"`},
	} {
		t.Run(test.name, func(t *testing.T) {
			command := newDemoCommand()
			command.SetArgs(test.args)
			command.SilenceErrors, command.SilenceUsage = true, true
			require.EqualError(t, command.ExecuteContext(t.Context()), test.want)
		})
	}
}

func TestDemoKeepsItsDecisions(t *testing.T) {
	d := quickDemo(t, metricStandIn, evaluateStandIn+`log=${decisionLog#*:\"}
echo "{}" >> "${log%\"*}"
`)
	d.traffic = &traffic{}
	require.Empty(t, d.summary().DecisionLog, "nothing was decided yet")
	require.Empty(t, d.run(t.Context(), 1).Error)
	summary := d.summary()
	require.Equal(t, d.files.log, summary.DecisionLog)
	d.close()
	require.FileExists(t, d.files.log)
	var out strings.Builder
	summary.write(&out)
	require.Contains(t, out.String(), "\ndecisions    lpa explain "+d.files.log+"\n")
}

func TestDemoPolicy(t *testing.T) {
	t.Setenv("TMPDIR", t.TempDir())
	for policy, knee := range map[string]bool{policyDecay: false, policyKnee: true} {
		files, err := writeDemoFiles("http://127.0.0.1:1234", policy, 7)
		require.NoError(t, err)
		defer files.remove()
		require.Equal(t, knee, files.config.Knee != nil, policy)
		require.Equal(t, knee, files.config.Decay == nil, policy)
	}
}

func TestDemoFilesAreValidAndOnTheirOwn(t *testing.T) {
	t.Setenv("TMPDIR", t.TempDir())
	t.Setenv("targets", "not: valid")
	t.Setenv("interval", "1")
	files, err := writeDemoFiles("http://127.0.0.1:1234", policyDecay, 7)
	require.NoError(t, err)
	defer files.remove()

	c := files.config
	require.Equal(t, "127.0.0.1:1234", c.LoadTest.Host.Host)
	require.EqualValues(t, 7, c.LoadTest.Seed)
	require.Equal(t, files.path("state.json"), c.State.File)
	require.Equal(t, 2000, c.Framework.Interval)
	require.Less(t, c.LoadTest.Warmup+c.LoadTest.RunTime, c.MetricTimeout())
	require.LessOrEqual(t, c.LoadTest.RunTime, time.Duration(c.Framework.Interval)*time.Millisecond/2)
	require.GreaterOrEqual(t, c.LoadTest.Users, 3*int(c.Framework.MaxReplicas))
	for _, variable := range files.environ() {
		require.NotContains(t, variable, "not: valid")
	}
	_, err = loadtest.LoadScript(c.LoadTest.Script, os.LookupEnv)
	require.NoError(t, err)
}

// recorder keeps what it is told, and stops the demo after a number of runs.
type recorder struct {
	after   int
	stop    func()
	frames  int
	reports []demoReport
}

func (r *recorder) begin(demoScene) {}
func (r *recorder) frame(demoView)  { r.frames++ }
func (r *recorder) end(demoSummary) {}
func (r *recorder) close()          {}
func (r *recorder) run(d demoReport) {
	r.reports = append(r.reports, d)
	if len(r.reports) == r.after {
		r.stop()
	}
}

func keys(m map[string]any) []string {
	var list []string
	for key := range m {
		list = append(list, key)
	}
	return list
}

// TestDemoOnTheWeb asks the dashboard of a demo that runs, and ends the demo.
func TestDemoOnTheWeb(t *testing.T) {
	t.Setenv("TMPDIR", t.TempDir())
	ctx, interrupt := context.WithCancel(t.Context())
	defer interrupt()
	reader, writer := io.Pipe()
	ended := make(chan error, 1)
	go func() {
		ended <- runDemo(ctx, demoOptions{duration: time.Hour, binDir: standIns(t, metricStandIn, evaluateStandIn), web: true, json: true}, writer)
		writer.Close()
	}()
	lines := bufio.NewScanner(reader)
	require.True(t, lines.Scan())
	var first struct{ Dashboard string }
	require.NoError(t, json.Unmarshal(lines.Bytes(), &first))
	require.Regexp(t, `^http://127\.0\.0\.1:\d+$`, first.Dashboard)
	response, err := http.Get(first.Dashboard + "/api/overview")
	require.NoError(t, err)
	response.Body.Close()
	require.Equal(t, 200, response.StatusCode)

	interrupt()
	go func() { _, _ = io.Copy(io.Discard, reader) }()
	require.Equal(t, exitError{130, errors.New("stopped")}, <-ended)
	_, err = http.Get(first.Dashboard)
	require.Error(t, err, "it ends with the demo")
}

func TestDemoSaysWhereItsDashboardIs(t *testing.T) {
	scene := demoScene{URL: "http://service", Dashboard: "http://127.0.0.1:8089", Duration: time.Minute, Interval: 2 * time.Second, Max: 8, PeakTraffic: 1}
	var out strings.Builder
	demoLines{&out}.begin(scene)
	require.Contains(t, out.String(), "dashboard on http://127.0.0.1:8089\n")
	var screen []string
	for _, line := range drawScreen(scene, demoView{}, 80, 24) {
		screen = append(screen, line.text(false))
	}
	require.Contains(t, strings.Join(screen, "\n"), " dashboard   http://127.0.0.1:8089")
}
