package e2e

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
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
	_, problems, err := helmOn(t, os.Getenv("KUBECONFIG"), chartFolder, "install fibonacci --namespace "+c.namespace+" --wait --timeout 2m",
		"--set", fmt.Sprintf("image.repository=%s,image.tag=%s,config.interval=%d,config.loadTest.runTime=%s", name, tag, interval.Milliseconds(), runTime))
	require.NoError(t, err, "%s", problems)
	c.scales()

	_, problems, err = helmOn(t, os.Getenv("KUBECONFIG"), chartFolder, "upgrade fibonacci --namespace "+c.namespace+" --wait --timeout 2m",
		"--set", fmt.Sprintf("image.repository=%s,image.tag=%s,config.mode=observe", name, tag))
	require.NoError(t, err, "%s", problems)
}

// TestBaseScales does so with the base for clusters without the operator.
func TestBaseScales(t *testing.T) {
	c := connect(t)
	c.apply(kustomize(t, filepath.Join(basesFolder, "fibonacci"))...)
	c.waitAvailable(deploymentName)
	c.scales()
}

// scales puts load on the example's service and waits until its Deployment's autoscaler has answered with more replicas, and told
// so as an Event.
func (c *cluster) scales() {
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
}
