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

// TestRecordedInput reads what the framework v2.12.2 really sent to the programs.
func TestRecordedInput(t *testing.T) {
	metric, err := os.Open("testdata/metric-stdin.json")
	require.NoError(t, err)
	defer metric.Close()
	m, err := cpa.ReadMetricInput(metric)
	require.NoError(t, err)
	require.Equal(t, "scaler", m.RunType)
	r := m.Resource
	require.Equal(t, kube.Object{APIVersion: "apps/v1", Kind: "Deployment", Namespace: "default", Name: "fibonacci", UID: r.UID}, r.Object())
	require.Equal(t, []*int{at(4), at(4)}, []*int{r.Replicas, r.Ready})
	require.NotEmpty(t, r.UID)
	require.Positive(t, r.Generation)
	require.False(t, r.RollingOut)
	require.NotEmpty(t, r.Annotations)

	evaluate, err := os.Open("testdata/evaluate-stdin.json")
	require.NoError(t, err)
	defer evaluate.Close()
	e, err := cpa.ReadEvaluateInput(evaluate)
	require.NoError(t, err)
	require.Equal(t, cpa.EvaluateInput{Value: `{"fib":"55\n"}`, RunType: "scaler", Resource: m.Resource}, e)
}

func TestMetricInput(t *testing.T) {
	for name, test := range map[string]struct {
		stdin string
		want  cpa.MetricInput
		err   string
	}{
		"old run type":  {stdin: `{"resource": {"spec": {"replicas": 2}}, "run_type": "api"}`, want: cpa.MetricInput{RunType: "api", Resource: cpa.Resource{Replicas: at(2)}}},
		"bare resource": {stdin: `{"kind": "Deployment", "metadata": {"name": "x"}, "spec": {"replicas": 2}, "status": {}}`, want: cpa.MetricInput{Resource: cpa.Resource{Kind: "Deployment", Name: "x", Replicas: at(2)}}},
		"unknown keys":  {stdin: `{"resource": {"spec": {"replicas": 0}}, "runType": "scaler", "kubernetesMetrics": [{"a": 1}], "future": []}`, want: cpa.MetricInput{RunType: "scaler", Resource: cpa.Resource{Replicas: at(0)}}},

		"empty":              {stdin: " \n", err: "stdin: is empty; this program is run by the Custom Pod Autoscaler framework, which sends JSON"},
		"truncated":          {stdin: `{"resource": {"spec": {"rep`, err: "stdin: must be the framework's JSON: line 1, column 27: unexpected end of JSON input"},
		"not JSON":           {stdin: "{\n  oops", err: "stdin: must be the framework's JSON: line 2, column 3: invalid character 'o' looking for beginning of object key string"},
		"a list":             {stdin: `[]`, err: "stdin: must be the framework's JSON: line 1, column 1: the document has the wrong kind, got array"},
		"null":               {stdin: `null`, err: "stdin: resource: must be a JSON object"},
		"wrong shape":        {stdin: `{"resource": "fibonacci"}`, err: "stdin: resource: must be a JSON object"},
		"a pod":              {stdin: `{"resource": {"spec": {}}}`, err: "stdin: resource.spec.replicas: is missing; runMode must be per-resource and the resource one that scales, such as a Deployment"},
		"replicas as text":   {stdin: `{"resource": {"spec": {"replicas": "3"}}}`, err: "stdin: resource.spec.replicas: must be a whole number of at least 0, got \"3\""},
		"replicas broken":    {stdin: `{"resource": {"spec": {"replicas": 1.5}}}`, err: "stdin: resource.spec.replicas: must be a whole number of at least 0, got 1.5"},
		"replicas negative":  {stdin: `{"resource": {"spec": {"replicas": -1}}}`, err: "stdin: resource.spec.replicas: must be a whole number of at least 0, got -1"},
		"spec is a list":     {stdin: `{"resource": {"spec": []}}`, err: "stdin: resource.spec.replicas: must be a whole number of at least 0, got what is no object around it"},
		"two documents":      {stdin: `{"resource": {"spec": {"replicas": 1}}} {}`, err: "stdin: must be the framework's JSON: line 1, column 41: invalid character '{' after top-level value"},
		"ten megabytes":      {stdin: `{"resource": {"spec": {"replicas": 1}}, "x": "` + strings.Repeat("x", 10<<20) + `"}`, err: "stdin: must be at most 8 MiB"},
		"metrics of another": {stdin: `{"metrics": 5}`, err: "stdin: must be the framework's JSON: line 1, column 13: metrics has the wrong kind, got number"},
	} {
		t.Run(name, func(t *testing.T) {
			got, err := cpa.ReadMetricInput(strings.NewReader(test.stdin))
			if test.err != "" {
				require.EqualError(t, err, test.err)
				return
			}
			require.NoError(t, err)
			require.Equal(t, test.want, got)
		})
	}
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
		if in, err := cpa.ReadMetricInput(bytes.NewReader(data)); err == nil {
			require.NotNil(t, in.Resource.Replicas)
		}
		if in, err := cpa.ReadEvaluateInput(bytes.NewReader(data)); err == nil {
			require.NotEmpty(t, in.Value)
			_, _ = cpa.ParseReported(in.Value)
		}
	})
}
