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
func TestBadScripts(t *testing.T) {
	scripts, err := filepath.Glob("testdata/bad/*.yaml")
	require.NoError(t, err)
	require.NotEmpty(t, scripts)
	for _, path := range scripts {
		t.Run(filepath.Base(path), func(t *testing.T) {
			_, err := loadtest.LoadScript(path, noEnv)
			require.Error(t, err)
			want := strings.TrimSuffix(path, ".yaml") + ".txt"
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
	counts := p.AtMost(10, 20*time.Second)
	// A task and its wait take 2 s, the flow 4 s: 2.5 s on average, so 8 iterations in 20 s for each of 10 users.
	require.InDelta(t, 60, counts[loadtest.RequestName{Method: "GET", Name: "/a"}], 1e-9)
	require.InDelta(t, 40, counts[loadtest.RequestName{Method: "GET", Name: "/b"}], 1e-9)
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
	counts := p.AtMost(1, 30*time.Second)
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
	counts := plan(t, "tasks: [{steps: ["+inner+"]}]").AtMost(1, time.Minute)
	count := counts[loadtest.RequestName{Method: "GET", Name: "/x"}]
	require.Positive(t, count)
	require.Less(t, count, 1e20)
}

func TestSamplesFor(t *testing.T) {
	require.Equal(t, []int{29, 59, 299, 2995}, []int{
		loadtest.SamplesFor(0.9), loadtest.SamplesFor(0.95), loadtest.SamplesFor(0.99), loadtest.SamplesFor(0.999)})
}
