package loadtest_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/latency-pod-autoscaler/lpa/loadtest"
	"github.com/stretchr/testify/require"
)

// TestBadScripts reads each script of testdata/bad and compares all that is said about it with the .txt beside it.
func TestBadScripts(t *testing.T) { refuseAll(t, "testdata/bad/*.yaml") }

// refuseAll holds that each script is refused, in the words of the .txt beside it.
func refuseAll(t *testing.T, pattern string) {
	t.Helper()
	scripts, err := filepath.Glob(pattern)
	require.NoError(t, err)
	require.NotEmpty(t, scripts)
	for _, path := range scripts {
		t.Run(filepath.Base(path), func(t *testing.T) {
			_, err := loadtest.LoadScript(path, noEnv)
			require.Error(t, err)
			want := strings.TrimSuffix(path, filepath.Ext(path)) + ".txt"
			if os.Getenv("UPDATE") != "" {
				require.NoError(t, os.WriteFile(want, []byte(err.Error()+"\n"), 0o644))
			}
			text, readErr := os.ReadFile(want)
			require.NoError(t, readErr)
			require.Equal(t, string(text), err.Error()+"\n")
		})
	}
}

func TestScriptFiles(t *testing.T) {
	_, err := loadtest.LoadScript(filepath.Join(t.TempDir(), "none.yaml"), noEnv)
	require.ErrorContains(t, err, "none.yaml: no such file or directory")
	_, err = loadtest.LoadScript("tasks.txt", noEnv)
	require.EqualError(t, err, "reading the task script: tasks.txt: must be a .yaml or .star file, or a locustfile, .py")
	large := filepath.Join(t.TempDir(), "large.yaml")
	require.NoError(t, os.WriteFile(large, make([]byte, 1<<20+1), 0o644))
	_, err = loadtest.LoadScript(large, noEnv)
	require.ErrorContains(t, err, "must have at most 1048576 bytes")
}

func TestNamesAreThePathsAsWritten(t *testing.T) {
	p := plan(t, `
users:
  - tasks: [{get: "/a?n=10"}, {name: flow, steps: [{post: /b, name: create, query: {x: 1}}, {get: "/a?n=10"}]}]
  - tasks: [{request: PURGE /c}]
`)
	require.Equal(t, []loadtest.RequestName{{"GET", "/a?n=10"}, {"POST", "create"}, {"PURGE", "/c"}}, p.Names())
	require.Equal(t, "GET_/a?n=10", p.Names()[0].Key())
}

func TestAtMost(t *testing.T) {
	p := plan(t, `
wait: {between: [1s, 3s]}
tasks:
  - {get: /a, weight: 3}
  - name: flow
    steps: [{get: /b}, {think: 2s}, {get: /b}]
`)
	counts := p.AtMost(loadtest.Options{Users: 10, RunTime: 20 * time.Second})
	// A task and its wait take 2 s, the flow 4 s: 2.5 s on average, so 8 iterations in 20 s for each of 10 users.
	require.InDelta(t, 60, counts[loadtest.RequestName{Method: "GET", Name: "/a"}], 1e-9)
	require.InDelta(t, 40, counts[loadtest.RequestName{Method: "GET", Name: "/b"}], 1e-9)
}

// TestAtMostOfRates divides the iterations of the open model, and those of stages, among tasks and classes.
func TestAtMostOfRates(t *testing.T) {
	p := plan(t, "users:\n- {weight: 3, tasks: [{get: /a}]}\n- {tasks: [{get: /b, weight: 1}, {get: /c, weight: 3}], wait: {constant: 2s}}\n")
	counts := func(o loadtest.Options) []float64 {
		n := p.AtMost(o)
		return []float64{n[loadtest.RequestName{Method: "GET", Name: "/a"}], n[loadtest.RequestName{Method: "GET", Name: "/b"}],
			n[loadtest.RequestName{Method: "GET", Name: "/c"}]}
	}
	require.InDeltaSlice(t, []float64{750, 62.5, 187.5}, counts(loadtest.Options{Users: 4, Rate: 100, RunTime: 10 * time.Second}), 1e-9)
	stages := []loadtest.Stage{{For: 5 * time.Second, From: 0, To: 8}, {For: 5 * time.Second, From: 8, To: 8}}
	require.InDeltaSlice(t, []float64{45, 1.875, 5.625}, counts(loadtest.Options{Stages: stages, RunTime: 10 * time.Second}), 1e-9,
		"60 user-seconds: 45 with an iteration of 1 s, 15 with one of 2 s")
}

// TestAtMostOfWholeScripts counts what loops, conditions and named steps can come to.
func TestAtMostOfWholeScripts(t *testing.T) {
	p := plan(t, `
wait: {constant: 1s}
steps: {pair: [{get: /pair}, {get: /pair}, {think: 500ms}]}
tasks:
  - steps:
      - {repeat: 3, steps: [{use: pair}]}
      - {repeat: {times: 4, until: "status == 200", every: 1s}, steps: [{get: /poll}, {think: {between: [200ms, 300ms]}}]}
      - {repeat: {times: 5, while: "status == 200"}, steps: [{get: /more}, {think: 1h}]}
      - {repeat: "rand(1, 2)", steps: [{get: /some}]}
      - {if: "status == 200", then: [{get: /then}, {think: 1s}], else: [{get: /else}, {get: /then}, {get: /then}, {think: 250ms}]}
`)
	counts := p.AtMost(loadtest.Options{Users: 1, RunTime: 30 * time.Second})
	// One iteration pauses at least 3 × 500 ms + 250 ms + 250 ms, and waits 1 s: 10 iterations in 30 s.
	for name, want := range map[string]float64{"/pair": 60, "/poll": 40, "/more": 50, "/some": 100_000, "/then": 20, "/else": 10} {
		require.InDelta(t, want, counts[loadtest.RequestName{Method: "GET", Name: name}], 1e-9, name)
	}
}

func TestAtMostOfLoopsInLoops(t *testing.T) {
	inner := "{think: 1000h}, {get: /x}"
	for range 5 {
		inner = "{repeat: 10000, steps: [" + inner + "]}"
	}
	counts := plan(t, "tasks: [{steps: ["+inner+"]}]").AtMost(loadtest.Options{Users: 1, RunTime: time.Minute})
	count := counts[loadtest.RequestName{Method: "GET", Name: "/x"}]
	require.Positive(t, count)
	require.Less(t, count, 1e20)
}

func TestSamplesFor(t *testing.T) {
	require.Equal(t, []int{29, 59, 299, 2995}, []int{
		loadtest.SamplesFor(0.9), loadtest.SamplesFor(0.95), loadtest.SamplesFor(0.99), loadtest.SamplesFor(0.999)})
}
