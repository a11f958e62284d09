package e2e

import (
	"testing"

	"github.com/stretchr/testify/require"
	corev1 "k8s.io/api/core/v1"

	"github.com/latency-pod-autoscaler/lpa/internal/config"
)

// TestDashboardExample holds that the dashboard's container reads the log that the autoscaler's writes, and can do no more.
func TestDashboardExample(t *testing.T) {
	pod := one[*corev1.Pod](t, kustomize(t, "../../example/dashboard"))
	require.Len(t, pod.Spec.Containers, 2)
	scaler, dashboard := pod.Spec.Containers[0], pod.Spec.Containers[1]
	require.Equal(t, []string{"autoscaler", "dashboard"}, []string{scaler.Name, dashboard.Name})
	c, err := config.Load(defaultConfig, lookup(scaler.Env))
	require.NoError(t, err)
	require.Equal(t, []string{"/lpa", "dashboard", c.DecisionLog.File, "--log-format", "json"}, dashboard.Command)
	require.Equal(t, scaler.Image, dashboard.Image)
	require.Equal(t, scaler.SecurityContext, dashboard.SecurityContext)
	require.Equal(t, []corev1.VolumeMount{{Name: "state", MountPath: "/state", ReadOnly: true}}, dashboard.VolumeMounts)
	require.Contains(t, scaler.VolumeMounts, corev1.VolumeMount{Name: "state", MountPath: "/state"})
	require.Empty(t, dashboard.Env)
}
