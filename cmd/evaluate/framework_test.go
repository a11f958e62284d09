package main

import (
	"io"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	cpaconfig "github.com/jthomperoo/custom-pod-autoscaler/v2/config"
	"github.com/latency-pod-autoscaler/lpa/internal/config"
	"github.com/latency-pod-autoscaler/lpa/internal/cpa"
	"github.com/stretchr/testify/require"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
)

// TestTheFrameworkGetsItsAnswer runs evaluate as the framework does, with nothing but trouble around it: the API server hangs,
// and so does whoever holds the log. The framework kills at its timeout and throws the answer away; it must not come to that. It waits for
// longer here than evaluate is told, so that a busy machine does not decide.
func TestTheFrameworkGetsItsAnswer(t *testing.T) {
	for name, hold := range map[string]bool{"the API server hangs": false, "the log is locked too": true} {
		t.Run(name, func(t *testing.T) {
			server := startAPIServer(t, func(_ http.ResponseWriter, r *http.Request) { <-r.Context().Done() })
			dir := configure(t)
			if hold {
				log, err := os.Create(filepath.Join(dir, "decisions.jsonl"))
				require.NoError(t, err)
				defer log.Close()
				require.NoError(t, syscall.Flock(int(log.Fd()), syscall.LOCK_EX))
			}
			runner := framework(t, dir, 60_000, append(server.env, "announce={event: true, annotation: true}"))
			run, err := runner.Run(t.Context(), deployment(5), 5)
			require.NoError(t, err, "%s", run.Evaluate.Stderr)
			require.EqualValues(t, 6, run.Answer)
			require.EqualValues(t, 6, run.Replicas)
			require.Contains(t, run.Evaluate.Stderr, "mean of GET /a is 9 ms against 5 ms: 5 → 6")
			require.Contains(t, run.Evaluate.Stderr, "announcing ")
			kept, _ := logged(t, dir)
			require.Equal(t, hold, len(kept) == 0)
		})
	}
}

// TestTimeToTell holds that there is time left to the framework's timeout for a busy machine to print.
func TestTimeToTell(t *testing.T) {
	for milliseconds, want := range map[int]time.Duration{3000: 2680 * time.Millisecond, 60_000: 57_980 * time.Millisecond, 0: 4 * time.Second} {
		require.Equal(t, want, timeToTell(&config.Config{Framework: &config.Framework{Evaluate: &config.Method{Timeout: milliseconds}}}))
	}
}

// framework is the framework's part, with a measurement of 9 ms and the real evaluate.
func framework(t *testing.T, dir string, timeout int, env []string) *cpa.Runner {
	t.Helper()
	bin := t.TempDir()
	require.NoError(t, os.Symlink(self(t), filepath.Join(bin, "evaluate"))) // tells the test's own binary to be the program
	require.NoError(t, os.WriteFile(filepath.Join(bin, "metric"), []byte("#!/bin/sh\necho '{\"current_replicas\": 5, \"requests\": {\"GET_/a\": {\"avg_response_time\": 9}}}'\n"), 0o755))
	c := cpaconfig.NewConfig()
	c.RunMode = cpaconfig.PerResourceRunMode
	c.Metric = &cpaconfig.Method{Type: "shell", Timeout: 60_000, Shell: &cpaconfig.Shell{Entrypoint: filepath.Join(bin, "metric")}}
	c.Evaluate = &cpaconfig.Method{Type: "shell", Timeout: timeout, Shell: &cpaconfig.Shell{Entrypoint: filepath.Join(bin, "evaluate")}}
	f, err := os.OpenFile(filepath.Join(dir, "config.yaml"), os.O_APPEND|os.O_WRONLY, 0)
	require.NoError(t, err)
	defer f.Close()
	_, err = io.WriteString(f, "evaluate: {type: shell, timeout: 3000, shell: {entrypoint: /evaluate}}\n")
	require.NoError(t, err)
	env = append(env, "PATH="+os.Getenv("PATH"), "configPath="+filepath.Join(dir, "config.yaml"), "GORACE=atexit_sleep_ms=0")
	return &cpa.Runner{Config: c, Env: env, Dir: dir, Now: time.Now}
}

func deployment(replicas int64) metav1.Object {
	return &unstructured.Unstructured{Object: map[string]any{
		"apiVersion": "apps/v1", "kind": "Deployment", "metadata": map[string]any{"namespace": "web", "name": "shop"},
		"spec": map[string]any{"replicas": replicas},
	}}
}

// TestALifeUnderTheFramework holds that what the framework asks for, run after run, is what the log tells.
func TestALifeUnderTheFramework(t *testing.T) {
	dir := configure(t)
	runner := framework(t, dir, 60_000, nil)
	replicas := int32(5)
	for range 4 {
		run, err := runner.Run(t.Context(), deployment(int64(replicas)), replicas)
		require.NoError(t, err, "%s", run.Evaluate.Stderr)
		replicas = run.Replicas
	}
	kept, damaged := logged(t, dir)
	require.Zero(t, damaged)
	require.Len(t, kept, 4)
	for i, record := range kept {
		require.Equal(t, "scaler", record.RunType)
		require.Equal(t, "shop", record.Resource.Name)
		require.Equal(t, 6, record.Answer, "metric says that there are 5")
		require.Equal(t, i == 0, record.Fresh)
		require.True(t, strings.HasPrefix(string(record.Measurement), `{"current_replicas":5`))
	}
}
