package cpa_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/latency-pod-autoscaler/lpa/internal/cpa"
	"github.com/stretchr/testify/require"
)

func TestRollingOut(t *testing.T) {
	for name, test := range map[string]struct {
		kind, spec, status string
		want               bool
	}{
		"at rest":                       {"Deployment", `{}`, `{"observedGeneration": 3, "replicas": 4, "updatedReplicas": 4}`, false},
		"not seen yet":                  {"Deployment", `{}`, `{"observedGeneration": 2, "replicas": 4, "updatedReplicas": 4}`, true},
		"old pods are left":             {"Deployment", `{}`, `{"observedGeneration": 3, "replicas": 5, "updatedReplicas": 4}`, true},
		"no new pod yet":                {"Deployment", `{}`, `{"observedGeneration": 3, "replicas": 4}`, true},
		"paused half-way":               {"Deployment", `{"paused": true}`, `{"observedGeneration": 3, "replicas": 4, "updatedReplicas": 1}`, false},
		"a status that says nothing":    {"Deployment", `{}`, `{"replicas": 4}`, false},
		"no status":                     {"Deployment", `{}`, `{}`, false},
		"a stateful set":                {"StatefulSet", `{}`, `{"observedGeneration": 3, "replicas": 4, "updatedReplicas": 2}`, true},
		"a stateful set's partition":    {"StatefulSet", `{"updateStrategy": {"rollingUpdate": {"partition": 2}}}`, `{"observedGeneration": 3, "replicas": 4, "updatedReplicas": 2}`, false},
		"a stateful set by hand":        {"StatefulSet", `{"updateStrategy": {"type": "OnDelete"}}`, `{"observedGeneration": 3, "replicas": 4, "updatedReplicas": 2}`, false},
		"a rollout writes text":         {"Rollout", `{}`, `{"observedGeneration": "2", "replicas": 4, "updatedReplicas": 4}`, true},
		"a rollout at rest":             {"Rollout", `{}`, `{"observedGeneration": "3", "replicas": 4, "updatedReplicas": 4}`, false},
		"a rollout between two steps":   {"Rollout", `{}`, `{"observedGeneration": "3", "replicas": 5, "updatedReplicas": 1, "pauseConditions": [{"reason": "CanaryPauseStep"}]}`, false},
		"a replica set replaces no pod": {"ReplicaSet", `{}`, `{"observedGeneration": 3, "replicas": 4}`, false},
		"a hash of the old controllers": {"Rollout", `{}`, `{"observedGeneration": "5d8f9", "replicas": 4, "updatedReplicas": 4}`, false},
	} {
		t.Run(name, func(t *testing.T) {
			resource := fmt.Sprintf(`{"metrics": [{"value": "1"}], "resource": {"kind": %q, "metadata": {"generation": 3, "annotations": {"a": "b", "c": 1}}, "spec": {"replicas": 4, %s, "status": %s}}`,
				test.kind, test.spec[1:], test.status)
			in, err := cpa.ReadEvaluateInput(strings.NewReader(strings.Replace(resource, "4, }", "4}", 1)))
			require.NoError(t, err)
			require.Equal(t, test.want, in.Resource.RollingOut)
			require.Equal(t, map[string]string{"a": "b"}, in.Resource.Annotations)
		})
	}
}

// TestGenerationIsOfThePods holds that a number stands for the pods' template, whatever else changes.
func TestGenerationIsOfThePods(t *testing.T) {
	read := func(text string) int64 {
		in, err := cpa.ReadEvaluateInput(strings.NewReader(`{"metrics": [{"value": "1"}], "resource": ` + text + `}`))
		require.NoError(t, err)
		return in.Resource.Generation
	}
	first := read(`{"metadata": {"generation": 3}, "spec": {"replicas": 4, "template": {"spec": {"a": 1, "b": 2}}}}`)
	require.Positive(t, first)
	require.Less(t, first, int64(1)<<53)
	require.Equal(t, first, read(`{"metadata": {"generation": 4, "annotations": {"x": "y"}}, "spec": {"replicas": 5, "template": {"spec": {"b": 2, "a": 1}}}}`))
	require.NotEqual(t, first, read(`{"metadata": {"generation": 3}, "spec": {"replicas": 4, "template": {"spec": {"a": 1, "b": 3}}}}`))
	require.Zero(t, read(`{"metadata": {"generation": 3}, "spec": {"replicas": 4}}`))
}
