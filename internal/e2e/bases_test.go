package e2e

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	networkingv1 "k8s.io/api/networking/v1"
	policyv1 "k8s.io/api/policy/v1"
	rbacv1 "k8s.io/api/rbac/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/labels"
	"k8s.io/apimachinery/pkg/runtime"
	"sigs.k8s.io/yaml"

	"github.com/latency-pod-autoscaler/lpa/internal/config"
	"github.com/latency-pod-autoscaler/lpa/loadtest"
)

const basesFolder = "../../example/kustomize"

// configMap is one of those made, by the name that a volume has for it.
func configMap(t *testing.T, objects []runtime.Object, name string) map[string]string {
	t.Helper()
	for _, o := range objects {
		if m, is := o.(*corev1.ConfigMap); is && m.Name == name {
			return m.Data
		}
	}
	t.Fatalf("no ConfigMap %s", name)
	return nil
}

// checkConfigMap loads the configuration and the script of a ConfigMap that is mounted at /tasks.
func checkConfigMap(t *testing.T, data map[string]string, env config.Lookup) *config.Config {
	t.Helper()
	folder := t.TempDir()
	for name, text := range data {
		require.NoError(t, os.WriteFile(filepath.Join(folder, name), []byte(text), 0o600))
	}
	require.Equal(t, "/tasks/config.yaml", config.Path(env))
	c, err := config.Load(filepath.Join(folder, "config.yaml"), env)
	require.NoError(t, err)
	script, mounted := strings.CutPrefix(c.LoadTest.Script, "/tasks/")
	require.True(t, mounted)
	plan, err := loadtest.LoadScript(filepath.Join(folder, script), env)
	require.NoError(t, err)
	require.Empty(t, c.Check(plan))
	require.Empty(t, c.RequireHost())
	require.True(t, c.State.Annotation)
	return c
}

// TestDeploymentBase builds the base as the overlay for the example fibonacci makes it, with both components.
func TestDeploymentBase(t *testing.T) {
	objects := kustomize(t, filepath.Join(basesFolder, "fibonacci"))
	require.Len(t, objects, 10)
	byName := map[string]*appsv1.Deployment{}
	for _, o := range objects {
		if d, is := o.(*appsv1.Deployment); is {
			byName[d.Name] = d
		}
	}
	service, autoscaler := byName[deploymentName], byName[autoscalerPod]
	require.NotNil(t, service)
	require.NotNil(t, autoscaler)
	require.EqualValues(t, 1, *autoscaler.Spec.Replicas)
	require.Equal(t, appsv1.RecreateDeploymentStrategyType, autoscaler.Spec.Strategy.Type)
	require.Equal(t, map[string]string{"app": "latency-pod-autoscaler", "autoscaler": "fibonacci"}, autoscaler.Spec.Selector.MatchLabels)

	spec := autoscaler.Spec.Template.Spec
	env := lookup(spec.Containers[0].Env)
	target, _ := env("scaleTargetRef")
	require.JSONEq(t, `{"apiVersion": "apps/v1", "kind": "Deployment", "name": "fibonacci"}`, target)
	c := checkConfigMap(t, configMap(t, objects, spec.Volumes[0].ConfigMap.Name), env)
	require.True(t, c.Announce.Event)
	require.Equal(t, []rbacv1.PolicyRule{
		{APIGroups: []string{"apps"}, Resources: []string{"deployments"}, ResourceNames: []string{deploymentName}, Verbs: []string{"get", "patch"}},
		{APIGroups: []string{"apps"}, Resources: []string{"deployments/scale"}, ResourceNames: []string{deploymentName}, Verbs: []string{"get", "patch"}},
		{APIGroups: []string{""}, Resources: []string{"events"}, Verbs: []string{"create"}},
	}, one[*rbacv1.Role](t, objects).Rules)
	require.Equal(t, spec.ServiceAccountName, one[*corev1.ServiceAccount](t, objects).Name)
	require.Equal(t, spec.ServiceAccountName, one[*rbacv1.RoleBinding](t, objects).Subjects[0].Name)
	require.Equal(t, one[*rbacv1.Role](t, objects).Name, one[*rbacv1.RoleBinding](t, objects).RoleRef.Name)

	selects := func(selector *metav1.LabelSelector, d *appsv1.Deployment) bool {
		s, err := metav1.LabelSelectorAsSelector(selector)
		require.NoError(t, err)
		return s.Matches(labels.Set(d.Spec.Template.Labels))
	}
	budget := one[*policyv1.PodDisruptionBudget](t, objects).Spec.Selector
	require.True(t, selects(budget, service) && !selects(budget, autoscaler), "the budget is the service's")
	policy := one[*networkingv1.NetworkPolicy](t, objects).Spec
	require.True(t, selects(&policy.PodSelector, autoscaler) && !selects(&policy.PodSelector, service), "the policy is the autoscaler's")
	require.Empty(t, policy.Ingress)
	require.Len(t, policy.Egress, 3)

	// The pod is that of the example with a plain Pod, but for what it is told.
	plain := one[*corev1.Pod](t, manifest(t, "autoscaler.yaml")).Spec
	require.Equal(t, plain.SecurityContext, spec.SecurityContext)
	for _, container := range []*corev1.Container{&plain.Containers[0], &spec.Containers[0]} {
		container.Env = nil
	}
	require.Equal(t, plain.Containers, spec.Containers[:1])
}

// operated is what kustomize makes of a folder for the operator: its kind is not Kubernetes' own.
func operated(t *testing.T, folder string) (cpa customPodAutoscaler, objects []runtime.Object) {
	t.Helper()
	for _, document := range strings.Split(string(build(t, folder)), "\n---\n") {
		if strings.Contains(document, "kind: CustomPodAutoscaler") {
			require.NoError(t, yaml.UnmarshalStrict([]byte(document), &cpa))
			continue
		}
		some, err := decode([]byte(document))
		require.NoError(t, err)
		objects = append(objects, some...)
	}
	return cpa, objects
}

// env are the variables that the operator gives to each container.
func (c customPodAutoscaler) env() (env []corev1.EnvVar) {
	for _, item := range c.Spec.Config {
		env = append(env, corev1.EnvVar{Name: item.Name, Value: item.Value})
	}
	return env
}

// TestOperatorBase builds the base as the overlay for the operator makes it.
func TestOperatorBase(t *testing.T) {
	cpa, objects := operated(t, filepath.Join(basesFolder, "fibonacci-operator"))
	require.Equal(t, autoscalerPod, cpa.Metadata.Name)
	require.Equal(t, deploymentName, cpa.Spec.ScaleTargetRef.Name)
	spec := cpa.Spec.Template.Spec
	c := checkConfigMap(t, configMap(t, objects, spec.Volumes[0].ConfigMap.Name), lookup(cpa.env()))
	require.False(t, c.Announce.Event, "the operator's Role does not allow it")
	deployment := one[*appsv1.Deployment](t, kustomize(t, filepath.Join(basesFolder, "deployment"))).Spec.Template.Spec
	require.Equal(t, deployment.SecurityContext, spec.SecurityContext)
	require.Equal(t, deployment.Containers[0].SecurityContext, spec.Containers[0].SecurityContext)
	require.Equal(t, deployment.Containers[0].VolumeMounts, spec.Containers[0].VolumeMounts)
}

// TestBasesBuild holds that every folder is one that kustomize builds.
func TestBasesBuild(t *testing.T) {
	folders, err := filepath.Glob(filepath.Join(basesFolder, "*", "kustomization.yaml"))
	require.NoError(t, err)
	require.Len(t, folders, 9)
	for _, folder := range folders {
		text, err := os.ReadFile(folder)
		require.NoError(t, err)
		made := string(build(t, filepath.Dir(folder)))
		require.Equal(t, strings.Contains(string(text), "resources:"), strings.Contains(made, "kind: "), folder)
	}
}
