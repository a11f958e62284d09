package measurement_test

import (
	"bytes"
	"io"
	"os"
	"strings"
	"testing"

	"github.com/latency-pod-autoscaler/lpa/internal/measurement"
	"github.com/stretchr/testify/require"
)

func read(r io.Reader) (measurement.Input, error) {
	document, err := measurement.ReadStdin(r)
	if err != nil {
		return measurement.Input{}, err
	}
	return measurement.ParseInput(document)
}

func at(n int) *int { return &n }

// TestRecordedInput reads what the framework v2.12.2 really sent to metric.
func TestRecordedInput(t *testing.T) {
	stdin, err := os.Open("testdata/metric-stdin.json")
	require.NoError(t, err)
	defer stdin.Close()
	in, err := read(stdin)
	require.NoError(t, err)
	require.Equal(t, measurement.Input{RunType: "scaler", Resource: measurement.Resource{
		Kind: "Deployment", Namespace: "default", Name: "fibonacci", Replicas: at(4), Ready: at(4),
	}}, in)
}

func TestInput(t *testing.T) {
	for name, test := range map[string]struct {
		stdin string
		want  measurement.Input
		err   string
	}{
		"old run type":  {stdin: `{"resource": {"spec": {"replicas": 2}}, "run_type": "api"}`, want: measurement.Input{RunType: "api", Resource: measurement.Resource{Replicas: at(2)}}},
		"bare resource": {stdin: `{"kind": "Deployment", "metadata": {"name": "x"}, "spec": {"replicas": 2}, "status": {}}`, want: measurement.Input{Resource: measurement.Resource{Kind: "Deployment", Name: "x", Replicas: at(2)}}},
		"unknown keys":  {stdin: `{"resource": {"spec": {"replicas": 0}}, "runType": "scaler", "kubernetesMetrics": [{"a": 1}], "future": []}`, want: measurement.Input{RunType: "scaler", Resource: measurement.Resource{Replicas: at(0)}}},

		"none ready":                 {stdin: `{"resource": {"kind": "Deployment", "spec": {"replicas": 3}, "status": {"observedGeneration": 1, "replicas": 3}}}`, want: measurement.Input{Resource: measurement.Resource{Kind: "Deployment", Replicas: at(3), Ready: at(0)}}},
		"a status not written yet":   {stdin: `{"resource": {"kind": "Deployment", "spec": {"replicas": 3}, "status": {}}}`, want: measurement.Input{Resource: measurement.Resource{Kind: "Deployment", Replicas: at(3)}}},
		"a kind that does not count": {stdin: `{"resource": {"kind": "Other", "spec": {"replicas": 3}, "status": {"observedGeneration": 1}}}`, want: measurement.Input{Resource: measurement.Resource{Kind: "Other", Replicas: at(3)}}},

		"no sections": {stdin: `{"resource": {"spec": {"replicas": 1}, "status": null, "metadata": {"name": 5}}}`, want: measurement.Input{Resource: measurement.Resource{Replicas: at(1)}}},

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
		"replicas too many":  {stdin: `{"resource": {"spec": {"replicas": 2147483648}}}`, err: "stdin: resource.spec.replicas: must be a whole number of at least 0, got 2147483648"},
		"replicas is null":   {stdin: `{"resource": {"spec": {"replicas": null}}}`, err: "stdin: resource.spec.replicas: must be a whole number of at least 0, got null"},
		"replicas elsewhere": {stdin: `{"resource": {"Spec": {"replicas": 1}, "spec": {"Replicas": 1}}}`, err: "stdin: resource.spec.replicas: is missing; runMode must be per-resource and the resource one that scales, such as a Deployment"},
		"ready as text":      {stdin: `{"resource": {"spec": {"replicas": 3}, "status": {"readyReplicas": "x"}}}`, err: "stdin: resource.status.readyReplicas: must be a whole number of at least 0, got \"x\""},
		"two documents":      {stdin: `{"resource": {"spec": {"replicas": 1}}} {}`, err: "stdin: must be the framework's JSON: line 1, column 41: invalid character '{' after top-level value"},
		"ten megabytes":      {stdin: `{"resource": {"spec": {"replicas": 1}}, "x": "` + strings.Repeat("x", 10<<20) + `"}`, err: "stdin: must be at most 8 MiB"},
		"metrics of another": {stdin: `{"metrics": 5}`, err: "stdin: must be the framework's JSON: line 1, column 13: metrics has the wrong kind, got number"},
	} {
		t.Run(name, func(t *testing.T) {
			got, err := read(strings.NewReader(test.stdin))
			if test.err != "" {
				require.EqualError(t, err, test.err)
				return
			}
			require.NoError(t, err)
			require.Equal(t, test.want, got)
		})
	}
}

func FuzzInput(f *testing.F) {
	f.Add([]byte(`{"resource":{"metadata":{"name":"x"},"spec":{"replicas":1},"status":{"readyReplicas":1}},"runType":"scaler"}`))
	f.Fuzz(func(t *testing.T, data []byte) {
		if in, err := read(bytes.NewReader(data)); err == nil {
			require.NotNil(t, in.Resource.Replicas)
		}
	})
}
