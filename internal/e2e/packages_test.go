//go:build e2e

package e2e

import (
	"crypto/rand"
	"encoding/json"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
)

// TestChartScales has Helm install the chart for the example's service, puts load on it and waits for replicas; then Helm takes
// all of it away.
func TestChartScales(t *testing.T) {
	c := connect(t)
	c.apply(kustomize(t, filepath.Join(exampleFolder, "base"))...)
	c.waitAvailable(deploymentName)
	image := os.Getenv("E2E_IMAGE")
	colon := strings.LastIndex(image, ":") // another may stand before the registry's port
	require.Greater(t, colon, strings.LastIndex(image, "/"), "E2E_IMAGE has no tag")
	name, tag := image[:colon], image[colon+1:]
	secret := &corev1.Secret{ObjectMeta: metav1.ObjectMeta{Name: "dashboard"}, StringData: map[string]string{"token": rand.Text()}}
	_, err := c.client.CoreV1().Secrets(c.namespace).Create(t.Context(), secret, metav1.CreateOptions{})
	require.NoError(t, err)
	_, problems, err := helmOn(t, os.Getenv("KUBECONFIG"), chartFolder, "install fibonacci --namespace "+c.namespace+" --wait --timeout 2m",
		"--set", fmt.Sprintf("image.repository=%s,image.tag=%s,config.interval=%d,config.loadTest.runTime=%s,dashboard.enabled=true,dashboard.tokenSecret.name=dashboard", name, tag, interval.Milliseconds(), runTime))
	require.NoError(t, err, "%s", problems)
	c.checkDashboard(c.scales())

	_, problems, err = helmOn(t, os.Getenv("KUBECONFIG"), chartFolder, "upgrade fibonacci --namespace "+c.namespace+" --wait --timeout 2m",
		"--set", fmt.Sprintf("image.repository=%s,image.tag=%s,config.mode=observe", name, tag))
	require.NoError(t, err, "%s", problems)
}

// TestBaseScales does so with the base for clusters without the operator.
func TestBaseScales(t *testing.T) {
	c := connect(t)
	c.apply(kustomize(t, filepath.Join(basesFolder, "fibonacci"))...)
	c.waitAvailable(deploymentName)
	c.checkNoRestarts(c.scales())
}

// scales puts load on the example's service and waits until its Deployment's autoscaler has answered with more replicas, and told
// so as an Event. It returns the autoscaler's pod.
func (c *cluster) scales() (pod string) {
	c.t.Helper()
	c.waitAvailable(autoscalerPod)
	deployment, err := c.client.AppsV1().Deployments(c.namespace).Get(c.t.Context(), autoscalerPod, metav1.GetOptions{})
	require.NoError(c.t, err)
	pods, err := c.client.CoreV1().Pods(c.namespace).List(c.t.Context(), metav1.ListOptions{LabelSelector: metav1.FormatLabelSelector(deployment.Spec.Selector)})
	require.NoError(c.t, err)
	require.Len(c.t, pods.Items, 1)
	scaler := c.followAutoscaler(pods.Items[0].Name)
	replicas := c.watchReplicas(deploymentName, minReplicas, maxReplicas)
	loadPod, _ := take(c.t, kustomize(c.t, exampleFolder+"/load"))
	c.apply(loadPod)
	c.waitReady(loadPod.Name)
	eventually(c.t, 3*time.Minute, "there are more replicas", func() (bool, string) {
		return replicas.now() > minReplicas, fmt.Sprint(scaler.sentences())
	})
	c.checkEvents()
	for _, sentence := range scaler.sentences() {
		require.NotContains(c.t, sentence, "the API server", "the Role allows all that it needs")
	}
	c.deletePod(loadPod.Name)
	return pods.Items[0].Name
}

// checkDashboard asks the dashboard of an autoscaler's pod, by way of the API server, as the kubelet and as one without the token.
func (c *cluster) checkDashboard(pod string) {
	c.t.Helper()
	text, err := c.podURL(http.MethodGet, pod, dashboardPort, "/healthz")
	require.NoError(c.t, err)
	var health struct {
		Status    string
		Decisions int
	}
	require.NoError(c.t, json.Unmarshal(text, &health))
	require.Equal(c.t, "ok", health.Status)
	require.Positive(c.t, health.Decisions, "it reads the log that the autoscaler writes")
	_, err = c.podURL(http.MethodGet, pod, dashboardPort, "/metrics")
	require.True(c.t, errors.IsUnauthorized(err), "%v", err)
	c.checkNoRestarts(pod)
}

// checkNoRestarts holds that all containers of a pod are ready, and have been from their start.
func (c *cluster) checkNoRestarts(name string) {
	c.t.Helper()
	pod, err := c.client.CoreV1().Pods(c.namespace).Get(c.t.Context(), name, metav1.GetOptions{})
	require.NoError(c.t, err)
	require.Len(c.t, pod.Status.ContainerStatuses, 2)
	for _, status := range pod.Status.ContainerStatuses {
		require.True(c.t, status.Ready, status.Name)
		require.Zero(c.t, status.RestartCount, status.Name)
	}
}
