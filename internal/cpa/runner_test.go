package cpa

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/jthomperoo/custom-pod-autoscaler/v2/config"
	"github.com/stretchr/testify/require"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
)

// The processes under test are this test binary, started again with the name of a part to play. Under the race detector a
// process sleeps for a second when it ends, unless told otherwise.
const (
	partKey   = "RUNNER_TEST_PART"
	raceSleep = "GORACE=atexit_sleep_ms=0"
)

func TestPart(t *testing.T) {
	part := os.Getenv(partKey)
	if part == "" {
		return // it is there for the processes that other tests start
	}
	name, text, _ := strings.Cut(part, " ")
	switch name {
	case "print":
		fmt.Print(text)
	case "echo":
		_, _ = io.Copy(os.Stdout, os.Stdin)
	case "where":
		dir, _ := os.Getwd()
		fmt.Print(dir, " ", os.Getenv("TEXT"))
	case "complain":
		fmt.Fprint(os.Stderr, text)
		fmt.Print("7")
	case "fail":
		fmt.Print(`{"targetReplicas":9}`)
		fmt.Fprint(os.Stderr, text)
		os.Exit(3)
	case "hang": // and ignore its stdin
		fmt.Print(`{"targetReplicas":9}`)
		fmt.Fprint(os.Stderr, text)
		time.Sleep(time.Hour)
	case "leave": // a process in the background that holds both pipes
		child := exec.Command(os.Args[0], "-test.run=^TestPart$")
		child.Env = append(os.Environ(), partKey+"=sleep")
		child.Stdout, child.Stderr = os.Stdout, os.Stderr
		if err := child.Start(); err != nil {
			panic(err)
		}
		fmt.Print(`{"targetReplicas":9}`)
	case "sleep": // longer than the test, and gone soon after
		time.Sleep(5 * time.Second)
	default:
		panic("no part " + part)
	}
	os.Exit(0)
}

// play is a method that plays a part, and the environment that the part needs.
func play(t *testing.T, part string, timeout time.Duration) (*config.Method, []string) {
	t.Helper()
	self, err := os.Executable()
	require.NoError(t, err)
	method := &config.Method{
		Type:    "shell",
		Timeout: int(timeout.Milliseconds()),
		Shell:   &config.Shell{Entrypoint: self, Command: []string{"-test.run=^TestPart$"}},
	}
	return method, append(os.Environ(), raceSleep, partKey+"="+part)
}

const ample = time.Minute // a timeout that is not reached

func TestExecuteHandsOverStdinEnvironmentAndDirectory(t *testing.T) {
	method, env := play(t, "echo", ample)
	large := strings.Repeat("0123456789abcdef", 1<<14) // four times what a pipe holds
	output, err := Execute(t.Context(), method, env, "", []byte(large))
	require.NoError(t, err)
	require.Equal(t, large, output.Stdout)
	require.Positive(t, output.Took)

	dir, err := filepath.EvalSymlinks(t.TempDir())
	require.NoError(t, err)
	method, env = play(t, "where", ample)
	output, err = Execute(t.Context(), method, append(env, "TEXT=here"), dir, nil)
	require.NoError(t, err)
	require.Equal(t, dir+" here", output.Stdout)
}

func TestExecuteKeepsStderrApart(t *testing.T) {
	method, env := play(t, "complain it is late", ample)
	output, err := Execute(t.Context(), method, env, "", nil)
	require.NoError(t, err)
	require.Equal(t, "7", output.Stdout)
	require.Equal(t, "it is late", output.Stderr)
}

func TestExecuteThrowsStdoutOfAFailureAway(t *testing.T) {
	method, env := play(t, "fail no host", ample)
	output, err := Execute(t.Context(), method, env, "", nil)
	require.EqualError(t, err, "exit status 3")
	require.Empty(t, output.Stdout)
	require.Equal(t, "no host", output.Stderr)
}

func TestExecuteKillsAtTheTimeout(t *testing.T) {
	method, env := play(t, "hang", 300*time.Millisecond)
	output, err := Execute(t.Context(), method, env, "", make([]byte, 1<<20))
	require.ErrorIs(t, err, ErrTimedOut)
	require.EqualError(t, err, "killed after 300ms: timed out")
	require.Empty(t, output.Stdout)
	require.GreaterOrEqual(t, output.Took, 300*time.Millisecond)
}

func TestExecuteTakesTimeoutZeroAtItsWord(t *testing.T) {
	method, env := play(t, "hang", 0)
	_, err := Execute(t.Context(), method, env, "", nil)
	require.EqualError(t, err, "killed after 0s: timed out")
}

func TestExecuteWaitsForAProcessThatHoldsThePipes(t *testing.T) {
	method, env := play(t, "leave", time.Second)
	output, err := Execute(t.Context(), method, env, "", nil)
	require.ErrorIs(t, err, ErrTimedOut, "it printed its answer and left, but a pipe is still open")
	require.Empty(t, output.Stdout)
}

func TestExecuteEndsWithItsContext(t *testing.T) {
	method, env := play(t, "hang", ample)
	ctx, cancel := context.WithCancelCause(t.Context())
	time.AfterFunc(100*time.Millisecond, func() { cancel(errors.New("enough")) })
	_, err := Execute(ctx, method, env, "", nil)
	require.EqualError(t, err, "enough")
}

func TestExecuteRefuses(t *testing.T) {
	for _, test := range []struct {
		name   string
		method *config.Method
		want   string
	}{
		{"no method", nil, "is not configured"},
		{"another type", &config.Method{Type: "http", HTTP: &config.HTTP{}}, `type: only shell can be run here, got "http"`},
		{"no command", &config.Method{Type: "shell"}, "shell: is missing"},
		{"an empty entrypoint", &config.Method{Type: "shell", Shell: &config.Shell{}}, "exec: no command"},
	} {
		t.Run(test.name, func(t *testing.T) {
			_, err := Execute(t.Context(), test.method, nil, "", nil)
			require.EqualError(t, err, test.want)
		})
	}
}

func namedResource(name string) metav1.Object {
	return &metav1.PartialObjectMetadata{ObjectMeta: metav1.ObjectMeta{Name: name}}
}

// testRunner plays one part for metric and one for evaluate.
func testRunner(t *testing.T, metricPart, evaluatePart string) *Runner {
	t.Helper()
	c := config.NewConfig()
	c.RunMode = config.PerResourceRunMode
	c.Metric = script(t, metricPart)
	c.Evaluate = script(t, evaluatePart)
	return &Runner{Config: c, Now: time.Now}
}

// script is a method that plays a part whatever its environment, which metric and evaluate share.
func script(t *testing.T, part string) *config.Method {
	t.Helper()
	method, _ := play(t, part, ample)
	file := filepath.Join(t.TempDir(), "part")
	text := fmt.Sprintf("#!/bin/sh\n%s %s='%s' exec '%s' '-test.run=^TestPart$'\n", raceSleep, partKey, part, method.Shell.Entrypoint)
	require.NoError(t, os.WriteFile(file, []byte(text), 0o755))
	method.Shell = &config.Shell{Entrypoint: file}
	return method
}

func TestRunnerHandsMetricsValueToEvaluate(t *testing.T) {
	r := testRunner(t, "echo", "echo")
	run, err := r.Run(t.Context(), namedResource("shop"), 2)
	require.NoError(t, err)
	metricStdin := `{"resource":{"metadata":{"name":"shop","creationTimestamp":null}},"runType":"scaler"}`
	require.JSONEq(t, metricStdin, run.Metric.Stdout)
	require.JSONEq(t, fmt.Sprintf(`{"metrics":[{"resource":"shop","value":%q}],`+
		`"resource":{"metadata":{"name":"shop","creationTimestamp":null}},"runType":"scaler"}`, run.Metric.Stdout), run.Evaluate.Stdout)
	require.EqualValues(t, 0, run.Answer, "evaluate's stdin has no targetReplicas, which reads as 0")
	require.EqualValues(t, 1, run.Replicas)
}

func TestRunnerReadsTheAnswerAsTheFrameworkDoes(t *testing.T) {
	for _, test := range []struct {
		name     string
		stdout   string
		answer   int32
		replicas int32
		err      string
	}{
		{"an answer", `{"targetReplicas":5}`, 5, 5, ""},
		{"a line end after it", `{"targetReplicas":5}\n`, 5, 5, ""},
		{"another case of letters and a further key", `{"TargetReplicas":5,"why":"slow"}`, 5, 5, ""},
		{"more than maxReplicas", `{"targetReplicas":99}`, 99, 10, ""},
		{"a negative number", `{"targetReplicas":-3}`, -3, 1, ""},
		{"an empty object is 0", `{}`, 0, 1, ""},
		{"null is 0", `null`, 0, 1, ""},
		{"the key of old versions is 0", `{"target_replicas":5}`, 0, 1, ""},
		{"nothing", ``, 0, 3, `evaluate: reading its answer "": unexpected end of JSON input`},
		{"text before it", `hm {"targetReplicas":5}`, 0, 3, "invalid character 'h'"},
		{"a second object", `{"targetReplicas":5}{}`, 0, 3, "after top-level value"},
		{"a fraction", `{"targetReplicas":3.0}`, 0, 3, "cannot unmarshal number 3.0"},
		{"a string", `{"targetReplicas":"3"}`, 0, 3, "cannot unmarshal string"},
	} {
		t.Run(test.name, func(t *testing.T) {
			r := testRunner(t, "print {}", "print "+strings.ReplaceAll(test.stdout, `\n`, "\n"))
			run, err := r.Run(t.Context(), namedResource("shop"), 3)
			if test.err == "" {
				require.NoError(t, err)
			} else {
				require.ErrorContains(t, err, test.err)
			}
			require.Equal(t, test.answer, run.Answer)
			require.Equal(t, test.replicas, run.Replicas)
		})
	}
}

func TestRunnerStopsAtAFailure(t *testing.T) {
	run, err := testRunner(t, "fail no host", `print {"targetReplicas":5}`).Run(t.Context(), namedResource("shop"), 3)
	require.EqualError(t, err, "metric: exit status 3")
	require.Equal(t, Run{Metric: Output{Stderr: "no host", Took: run.Metric.Took}, Replicas: 3}, run)

	run, err = testRunner(t, "print {}", "fail no state").Run(t.Context(), namedResource("shop"), 3)
	require.EqualError(t, err, "evaluate: exit status 3")
	require.Equal(t, "no state", run.Evaluate.Stderr)
	require.EqualValues(t, 3, run.Replicas)
}

func TestRunnerRefusesWhatItCannotPlay(t *testing.T) {
	for _, test := range []struct {
		name   string
		change func(*config.Config)
		want   string
	}{
		{"a run per pod", func(c *config.Config) { c.RunMode = "per-pod" }, `runMode: only per-resource can be run here, got "per-pod"`},
		{"a hook", func(c *config.Config) { c.PostScale = &config.Method{} }, "postScale: hooks cannot be run here"},
		{"Kubernetes metrics", func(c *config.Config) { c.KubernetesMetricSpecs = []config.K8sMetricSpec{} }, "kubernetesMetricSpecs: cannot be run here"},
		{"no metric", func(c *config.Config) { c.Metric = nil }, "metric: is not configured"},
	} {
		t.Run(test.name, func(t *testing.T) {
			r := testRunner(t, "print {}", "print {}")
			test.change(r.Config)
			_, err := r.Run(t.Context(), namedResource("shop"), 3)
			require.EqualError(t, err, test.want)
		})
	}
}

func TestLimitHoldsTheGreatestAnswerOfTheWindow(t *testing.T) {
	c := config.NewConfig()
	c.MinReplicas, c.MaxReplicas, c.DownscaleStabilization = 2, 8, 30
	r := &Runner{Config: c}
	start := time.Date(2026, 1, 1, 12, 0, 0, 0, time.UTC)
	current := int32(2)
	for _, step := range []struct {
		second int
		answer int32
		want   int32
	}{
		{0, 5, 5},
		{10, 4, 5},
		{20, 20, 8}, // clamped before it enters the window
		{30, 3, 8},
		{50, 3, 8}, // the 8 is exactly as old as the window
		{51, 0, 3},
		{60, 1, 3},
		{81, 1, 2},
	} {
		current = r.limit(current, step.answer, start.Add(time.Duration(step.second)*time.Second))
		require.Equal(t, step.want, current, "second %d", step.second)
	}
}

func TestLimitWithoutAWindowFollowsEveryAnswer(t *testing.T) {
	r := &Runner{Config: config.NewConfig()}
	now := time.Now()
	for i, answer := range []int32{5, 4, 7, 1} {
		require.Equal(t, answer, r.limit(3, answer, now.Add(time.Duration(i)*time.Millisecond)))
	}
}

func TestLimitLeavesAServiceAtZeroAlone(t *testing.T) {
	c := config.NewConfig()
	c.DownscaleStabilization = 30
	r := &Runner{Config: c}
	now := time.Now()
	require.EqualValues(t, 0, r.limit(0, 9, now))
	require.EqualValues(t, 4, r.limit(4, 4, now), "the 9 left no trace in the window")

	c.MinReplicas = 0
	require.EqualValues(t, 9, (&Runner{Config: c}).limit(0, 9, now))
}

func TestClampWithMinAboveMax(t *testing.T) {
	require.EqualValues(t, 5, clamp(1, 5, 3))
	require.EqualValues(t, 3, clamp(6, 5, 3))
}
