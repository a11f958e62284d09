package e2e

import (
	"encoding/json"
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	corev1 "k8s.io/api/core/v1"
	"sigs.k8s.io/yaml"
)

// The example with shorter times, so that the test takes minutes. Between two runs there is time left for a dry run.
const (
	interval      = 10 * time.Second
	runTime       = "3s"
	unchangedRuns = 2
)

// quicken gives the example's autoscaler shorter times, and a second container that shows its state.
func quicken(t *testing.T, pod *corev1.Pod) {
	t.Helper()
	hasten(t, pod)
	changeEnv(t, &pod.Spec.Containers[0], "decay", map[string]any{"unchangedRuns": unchangedRuns})
}

// hasten is quicken whatever the policy.
func hasten(t *testing.T, pod *corev1.Pod) {
	t.Helper()
	c := &pod.Spec.Containers[0]
	require.Equal(t, autoscalerContainer, c.Name)
	setEnv(t, c, "interval", fmt.Sprint(interval.Milliseconds()))
	changeEnv(t, c, "loadTest", map[string]any{"runTime": runTime})

	i := slices.IndexFunc(c.VolumeMounts, func(m corev1.VolumeMount) bool { return m.MountPath == "/state" })
	require.GreaterOrEqual(t, i, 0, "the example mounts nothing at /state")
	// The autoscaler's image has no shell to read the file with, nor has the service's, but that can serve a folder.
	pod.Spec.Containers = append(pod.Spec.Containers, corev1.Container{
		Name:            "state",
		Image:           "latency-pod-autoscaler-example-fibonacci:latest",
		ImagePullPolicy: corev1.PullIfNotPresent,
		Args:            []string{"files", "/state"},
		Env:             []corev1.EnvVar{{Name: "PORT", Value: statePort}},
		SecurityContext: c.SecurityContext.DeepCopy(),
		VolumeMounts:    []corev1.VolumeMount{{Name: c.VolumeMounts[i].Name, MountPath: "/state", ReadOnly: true}},
	})
}

func setEnv(t *testing.T, c *corev1.Container, name, value string) {
	t.Helper()
	i := slices.IndexFunc(c.Env, func(e corev1.EnvVar) bool { return e.Name == name })
	require.GreaterOrEqual(t, i, 0, "the example does not set %s", name)
	c.Env[i].Value = value
}

// changeEnv changes some keys of a variable that holds a YAML map.
func changeEnv(t *testing.T, c *corev1.Container, name string, keys map[string]any) {
	t.Helper()
	i := slices.IndexFunc(c.Env, func(e corev1.EnvVar) bool { return e.Name == name })
	require.GreaterOrEqual(t, i, 0, "the example does not set %s", name)
	value := map[string]any{}
	require.NoError(t, yaml.Unmarshal([]byte(c.Env[i].Value), &value), "%s of the example", name)
	for key, v := range keys {
		value[key] = v
	}
	text, err := json.Marshal(value) // JSON is YAML
	require.NoError(t, err)
	c.Env[i].Value = string(text)
}
