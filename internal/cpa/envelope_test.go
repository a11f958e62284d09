package cpa_test

import (
	"bytes"
	"io"
	"os"
	"strings"
	"testing"

	"github.com/latency-pod-autoscaler/lpa/internal/cpa"
	"github.com/latency-pod-autoscaler/lpa/internal/kube"
	"github.com/stretchr/testify/require"
)

func at(n int) *int { return &n }

// TestRecordedInput reads what the framework v2.12.2 really sent to evaluate.
func TestRecordedInput(t *testing.T) {
	evaluate, err := os.Open("testdata/evaluate-stdin.json")
	require.NoError(t, err)
	defer evaluate.Close()
	e, err := cpa.ReadEvaluateInput(evaluate)
	require.NoError(t, err)
	require.Equal(t, []string{"{\"fib\":\"55\\n\"}", "scaler"}, []string{e.Value, e.RunType})
	r := e.Resource
	require.Equal(t, kube.Object{APIVersion: "apps/v1", Kind: "Deployment", Namespace: "default", Name: "fibonacci", UID: r.UID}, r.Object())
	require.Equal(t, []*int{at(4), at(4)}, []*int{r.Replicas, r.Ready})
	require.NotEmpty(t, r.UID)
	require.Positive(t, r.Generation)
	require.False(t, r.RollingOut)
	require.NotEmpty(t, r.Annotations)
}

func TestEvaluateInput(t *testing.T) {
	for stdin, want := range map[string]string{
		`{"metrics": null, "runType": "scaler"}`:             "stdin: metrics: is empty, so nothing was measured",
		`{"metrics": [null]}`:                                "stdin: metrics: is empty, so nothing was measured",
		`{"metrics": [{"resource": "x"}]}`:                   "stdin: metrics[0].value: is empty, so metric printed nothing",
		`{"metrics": [{"value": "1"}, {"value": "2"}]}`:      "stdin: metrics: must hold one measurement, got 2; runMode must be per-resource",
		`{"metrics": [{"value": {"a": 1}}]}`:                 "stdin: must be the framework's JSON: line 1, column 24: metrics.value has the wrong kind, got object",
		`{"metrics": [{"value": "1"}], "resource": [1]}`:     "stdin: resource: must be a JSON object",
		`{"metrics": [{"value": "1"}], "resource": {"a": 1}`: "stdin: must be the framework's JSON: line 1, column 50: unexpected end of JSON input",
	} {
		_, err := cpa.ReadEvaluateInput(strings.NewReader(stdin))
		require.EqualError(t, err, want, stdin)
	}
	in, err := cpa.ReadEvaluateInput(strings.NewReader(`{"metrics": [{"value": "{}"}], "run_type": "api_dry_run"}`))
	require.NoError(t, err)
	require.Equal(t, cpa.EvaluateInput{Value: "{}", RunType: "api_dry_run"}, in)
}

func TestDryRun(t *testing.T) {
	for runType, want := range map[string]bool{"scaler": false, "api": false, "": false, "api_dry_run": true, "one of a later version": true} {
		require.Equal(t, want, cpa.DryRun(runType), runType)
	}
}

func TestEvaluationHasItsKeyAlways(t *testing.T) {
	var out bytes.Buffer
	require.NoError(t, cpa.WriteEvaluation(&out, 0))
	require.Equal(t, "{\"targetReplicas\":0}\n", out.String())
	require.Error(t, cpa.WriteEvaluation(closed{}, 1))
}

type closed struct{}

func (closed) Write([]byte) (int, error) { return 0, io.ErrClosedPipe }

func FuzzInput(f *testing.F) {
	f.Add([]byte(`{"metrics":[{"value":"{\"requests\":{}}"}],"resource":{"spec":{"replicas":1}},"runType":"scaler"}`))
	f.Fuzz(func(t *testing.T, data []byte) {
		if in, err := cpa.ReadEvaluateInput(bytes.NewReader(data)); err == nil {
			require.NotEmpty(t, in.Value)
			_, _ = cpa.ParseReported(in.Value)
		}
	})
}
