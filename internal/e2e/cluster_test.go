//go:build e2e

package e2e

import (
	"context"
	"fmt"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	networkingv1 "k8s.io/api/networking/v1"
	policyv1 "k8s.io/api/policy/v1"
	rbacv1 "k8s.io/api/rbac/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/client-go/kubernetes"
	"k8s.io/client-go/tools/clientcmd"
)

// images gives each image name of the example its replacement in this test.
type images map[string]string

// cluster is a namespace of our own in the cluster under test.
type cluster struct {
	t         *testing.T
	client    *kubernetes.Clientset
	namespace string
	images    images
}

// connect opens the cluster of the environment and makes the namespace; the test's end removes it.
func connect(t *testing.T) *cluster {
	set := func(name, what string) string {
		require.NotEmpty(t, os.Getenv(name), "%s must name %s", name, what)
		return os.Getenv(name)
	}
	set("KUBECONFIG", "a file that says how to reach a cluster")
	image := set("E2E_IMAGE", "the autoscaler's image")
	app, shop := set("E2E_APP_IMAGE", "the image of example/fibonacci/app"), set("E2E_SHOP_IMAGE", "the image of example/shop/app")
	config, err := clientcmd.NewNonInteractiveDeferredLoadingClientConfig(
		clientcmd.NewDefaultClientConfigLoadingRules(), &clientcmd.ConfigOverrides{}).ClientConfig()
	require.NoError(t, err, "reading KUBECONFIG")
	// The test polls often and is alone; the client's default of 5 requests a second would only make it slow.
	config.QPS, config.Burst = 50, 100
	client, err := kubernetes.NewForConfig(config)
	require.NoError(t, err)

	namespace, err := client.CoreV1().Namespaces().Create(t.Context(), &corev1.Namespace{
		ObjectMeta: metav1.ObjectMeta{
			GenerateName: "lpa-e2e-",
			// The API server refuses any pod of the example that falls short of the restricted Pod Security Standard.
			Labels: map[string]string{"pod-security.kubernetes.io/enforce": "restricted"},
		},
	}, metav1.CreateOptions{})
	require.NoError(t, err, "creating a namespace")
	c := &cluster{t: t, client: client, namespace: namespace.Name, images: images{
		"latency-pod-autoscaler:latest":                   image,
		"latency-pod-autoscaler-example-fibonacci:latest": app,
		"latency-pod-autoscaler-example-shop:latest":      shop,
	}}
	t.Cleanup(c.remove)
	// Registered after remove, so it runs before it.
	t.Cleanup(func() {
		if t.Failed() {
			c.describe()
		}
	})
	t.Logf("namespace %s", c.namespace)
	return c
}

// remove deletes the namespace and waits a while for its pods to be gone, so that a test that follows has the CPUs for itself.
func (c *cluster) remove() {
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	if err := c.client.CoreV1().Namespaces().Delete(ctx, c.namespace, metav1.DeleteOptions{}); err != nil {
		c.t.Logf("deleting namespace %s: %v", c.namespace, err)
		return
	}
	for ctx.Err() == nil {
		_, err := c.client.CoreV1().Namespaces().Get(ctx, c.namespace, metav1.GetOptions{})
		if apierrors.IsNotFound(err) {
			return
		}
		time.Sleep(pollEvery)
	}
	c.t.Logf("namespace %s is still being deleted", c.namespace)
}

// apply creates the objects, with this test's images.
func (c *cluster) apply(objects ...runtime.Object) {
	c.t.Helper()
	for _, object := range objects {
		require.NoError(c.t, c.create(object.DeepCopyObject()), "creating a %T", object)
	}
}

func (c *cluster) create(object runtime.Object) error {
	ctx, options := c.t.Context(), metav1.CreateOptions{}
	core, rbac := c.client.CoreV1(), c.client.RbacV1()
	var err error
	switch o := object.(type) {
	case *corev1.ConfigMap:
		_, err = core.ConfigMaps(c.namespace).Create(ctx, o, options)
	case *corev1.Service:
		_, err = core.Services(c.namespace).Create(ctx, o, options)
	case *corev1.ServiceAccount:
		_, err = core.ServiceAccounts(c.namespace).Create(ctx, o, options)
	case *rbacv1.Role:
		_, err = rbac.Roles(c.namespace).Create(ctx, o, options)
	case *rbacv1.RoleBinding:
		_, err = rbac.RoleBindings(c.namespace).Create(ctx, o, options)
	case *networkingv1.NetworkPolicy:
		_, err = c.client.NetworkingV1().NetworkPolicies(c.namespace).Create(ctx, o, options)
	case *policyv1.PodDisruptionBudget:
		_, err = c.client.PolicyV1().PodDisruptionBudgets(c.namespace).Create(ctx, o, options)
	case *appsv1.Deployment:
		c.images.replace(&o.Spec.Template.Spec)
		_, err = c.client.AppsV1().Deployments(c.namespace).Create(ctx, o, options)
	case *corev1.Pod:
		c.images.replace(&o.Spec)
		_, err = core.Pods(c.namespace).Create(ctx, o, options)
	default:
		err = fmt.Errorf("the example has a kind that this test does not know: %T", object)
	}
	return err
}

func (i images) replace(spec *corev1.PodSpec) {
	for k := range spec.Containers {
		if image, known := i[spec.Containers[k].Image]; known {
			spec.Containers[k].Image = image
		}
	}
}

// take removes the one pod among the objects and returns it with the rest.
func take(t *testing.T, objects []runtime.Object) (*corev1.Pod, []runtime.Object) {
	t.Helper()
	i := slices.IndexFunc(objects, func(o runtime.Object) bool { _, isPod := o.(*corev1.Pod); return isPod })
	require.GreaterOrEqual(t, i, 0, "the example has no Pod")
	return objects[i].(*corev1.Pod), slices.Delete(slices.Clone(objects), i, i+1)
}

// deletePod asks the pod to stop and waits until it is gone.
func (c *cluster) deletePod(name string) {
	c.t.Helper()
	pods := c.client.CoreV1().Pods(c.namespace)
	require.NoError(c.t, pods.Delete(c.t.Context(), name, metav1.DeleteOptions{}), "deleting pod %s", name)
	eventually(c.t, time.Minute, "pod "+name+" is gone", func() (bool, string) {
		pod, err := pods.Get(c.t.Context(), name, metav1.GetOptions{})
		if apierrors.IsNotFound(err) {
			return true, ""
		}
		return false, fmt.Sprintf("phase %v, error %v", pod.Status.Phase, err)
	})
}

// waitReady waits until the pod is ready.
func (c *cluster) waitReady(name string) {
	c.t.Helper()
	eventually(c.t, time.Minute, "pod "+name+" is ready", func() (bool, string) {
		pod, err := c.client.CoreV1().Pods(c.namespace).Get(c.t.Context(), name, metav1.GetOptions{})
		if err != nil {
			return false, err.Error()
		}
		ready := slices.ContainsFunc(pod.Status.Conditions, func(condition corev1.PodCondition) bool {
			return condition.Type == corev1.PodReady && condition.Status == corev1.ConditionTrue
		})
		return ready, podLine(*pod)
	})
}

// podURL asks a pod's HTTP port through the API server.
func (c *cluster) podURL(method, pod, port, path string, parameters ...string) ([]byte, error) {
	request := c.client.CoreV1().RESTClient().Verb(method).Namespace(c.namespace).
		Resource("pods").Name(pod + ":" + port).SubResource("proxy").Suffix(path)
	for i := 0; i+1 < len(parameters); i += 2 {
		request = request.Param(parameters[i], parameters[i+1])
	}
	ctx, cancel := context.WithTimeout(c.t.Context(), time.Minute)
	defer cancel()
	return request.DoRaw(ctx)
}

// describe prints what a failure is understood from.
func (c *cluster) describe() {
	ctx, cancel := context.WithTimeout(context.Background(), 30*time.Second)
	defer cancel()
	var out strings.Builder
	fmt.Fprintf(&out, "--- pods of %s\n", c.namespace)
	pods, err := c.client.CoreV1().Pods(c.namespace).List(ctx, metav1.ListOptions{})
	if err != nil {
		fmt.Fprintln(&out, err)
		pods = &corev1.PodList{}
	}
	for _, pod := range pods.Items {
		fmt.Fprintln(&out, podLine(pod))
	}
	fmt.Fprintln(&out, "--- events")
	events, err := c.client.CoreV1().Events(c.namespace).List(ctx, metav1.ListOptions{})
	if err != nil {
		fmt.Fprintln(&out, err)
		events = &corev1.EventList{}
	}
	slices.SortFunc(events.Items, func(a, b corev1.Event) int { return a.CreationTimestamp.Compare(b.CreationTimestamp.Time) })
	for _, event := range events.Items {
		fmt.Fprintf(&out, "%s %s %s/%s %s: %s\n", event.CreationTimestamp.UTC().Format(time.TimeOnly), event.Type,
			event.InvolvedObject.Kind, event.InvolvedObject.Name, event.Reason, event.Message)
	}
	c.t.Log(out.String())
}

// podLine is a pod's state in one line.
func podLine(pod corev1.Pod) string {
	line := fmt.Sprintf("%s: %s", pod.Name, pod.Status.Phase)
	for _, status := range pod.Status.ContainerStatuses {
		line += fmt.Sprintf(", %s ready=%t restarts=%d", status.Name, status.Ready, status.RestartCount)
		switch state := status.State; {
		case state.Waiting != nil:
			line += fmt.Sprintf(" waiting: %s %s", state.Waiting.Reason, state.Waiting.Message)
		case state.Terminated != nil:
			line += fmt.Sprintf(" ended: %s, exit code %d", state.Terminated.Reason, state.Terminated.ExitCode)
		}
	}
	return line
}
