package e2e

import (
	"encoding/json"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	appsv1 "k8s.io/api/apps/v1"
	autoscalingv2 "k8s.io/api/autoscaling/v2"
	corev1 "k8s.io/api/core/v1"
	rbacv1 "k8s.io/api/rbac/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"sigs.k8s.io/yaml"

	"github.com/latency-pod-autoscaler/lpa/internal/config"
	"github.com/latency-pod-autoscaler/lpa/internal/scaling"
	"github.com/latency-pod-autoscaler/lpa/loadtest"
)

const (
	defaultConfig       = "../../config.yaml"
	locustFolder        = "../../example/locust"
	kneeFolder          = "../../example/knee"
	observeFolder       = "../../example/observe"
	exampleFolder       = "../../example/fibonacci"
	deploymentName      = "fibonacci"
	autoscalerContainer = "autoscaler"
	autoscalerPod       = "fibonacci-autoscaler"
	apiPort             = "5000"
	statePort           = "5001"

	// The example's own values, which TestExampleConfiguration holds it to.
	minReplicas = 1
	maxReplicas = 6
	requestKey  = "GET_/fibonacci?n=28"
	targetMS    = 250.0
)

// configItem is an entry of a CustomPodAutoscaler's config, which the operator turns into an environment variable.
type configItem struct {
	Name  string `json:"name"`
	Value string `json:"value"`
}

// customPodAutoscaler is the part of the operator's kind that the example uses.
type customPodAutoscaler struct {
	APIVersion string            `json:"apiVersion"`
	Kind       string            `json:"kind"`
	Metadata   metav1.ObjectMeta `json:"metadata"`
	Spec       struct {
		ScaleTargetRef autoscalingv2.CrossVersionObjectReference `json:"scaleTargetRef"`
		Config         []configItem                              `json:"config"`
		Template       struct {
			Metadata metav1.ObjectMeta `json:"metadata"`
			Spec     corev1.PodSpec    `json:"spec"`
		} `json:"template"`
	} `json:"spec"`
}

// manifest reads one of the example's files, strictly.
func manifest(t *testing.T, name string) []runtime.Object {
	t.Helper()
	data, err := os.ReadFile(filepath.Join(exampleFolder, name))
	require.NoError(t, err)
	objects, err := decode(data)
	require.NoError(t, err, name)
	return objects
}

func one[T runtime.Object](t *testing.T, objects []runtime.Object) T {
	t.Helper()
	i := slices.IndexFunc(objects, func(o runtime.Object) bool { _, is := o.(T); return is })
	require.GreaterOrEqual(t, i, 0, "no %T", *new(T))
	return objects[i].(T)
}

func readOperatorExample(t *testing.T) customPodAutoscaler {
	t.Helper()
	data, err := os.ReadFile(filepath.Join(exampleFolder, "operator", "autoscaler.yaml"))
	require.NoError(t, err)
	var cpa customPodAutoscaler
	require.NoError(t, yaml.UnmarshalStrict(data, &cpa))
	return cpa
}

// lookup finds variables in a container's environment, as the programs will.
func lookup(env []corev1.EnvVar) config.Lookup {
	return func(name string) (string, bool) {
		i := slices.IndexFunc(env, func(e corev1.EnvVar) bool { return e.Name == name && e.ValueFrom == nil })
		if i < 0 {
			return "", false
		}
		return env[i].Value, true
	}
}

// TestExampleConfiguration loads what the autoscaler's pod will load, and holds the end-to-end test's constants to it.
func TestExampleConfiguration(t *testing.T) {
	pod := one[*corev1.Pod](t, manifest(t, "autoscaler.yaml"))
	env := lookup(pod.Spec.Containers[0].Env)
	c, err := config.Load(defaultConfig, env)
	require.NoError(t, err)
	require.Equal(t, "/tasks/tasks.yaml", c.LoadTest.Script)
	plan, err := loadtest.LoadScript(filepath.Join(exampleFolder, "base", "tasks.yaml"), env)
	require.NoError(t, err)
	require.Empty(t, c.Check(plan))

	require.EqualValues(t, minReplicas, c.Framework.MinReplicas)
	require.EqualValues(t, maxReplicas, c.Framework.MaxReplicas)
	require.Len(t, c.Targets, 1)
	target := c.Targets[0]
	require.Equal(t, requestKey, target.Method+"_"+target.Endpoint)
	require.Equal(t, targetMS, target.Limit)
	require.Equal(t, scaling.Percentile, target.Statistic.Kind)
	require.Equal(t, 0.95, target.Statistic.Quantile)
}

// TestQuickenedConfiguration checks the example as the end-to-end test runs it.
func TestQuickenedConfiguration(t *testing.T) {
	pod := one[*corev1.Pod](t, manifest(t, "autoscaler.yaml"))
	quicken(t, pod)
	c, err := config.Load(defaultConfig, lookup(pod.Spec.Containers[0].Env))
	require.NoError(t, err)
	require.Empty(t, c.Check(nil))
	require.EqualValues(t, interval.Milliseconds(), c.Framework.Interval)
	require.Equal(t, runTime, c.LoadTest.RunTime.String())
	require.Equal(t, 20, c.LoadTest.Users)
	require.Equal(t, &scaling.Decay{Replicas: 1, UnchangedRuns: unchangedRuns}, c.Decay)
}

// TestLocustExample loads what the pod of the example with Locust will load, and holds the files to one another.
func TestLocustExample(t *testing.T) {
	var configMap corev1.ConfigMap
	var pod corev1.Pod
	kinds := map[string]int{}
	for _, document := range strings.Split(string(build(t, locustFolder)), "\n---\n") {
		var object metav1.PartialObjectMetadata
		require.NoError(t, yaml.Unmarshal([]byte(document), &object))
		kinds[object.Kind]++
		switch object.Kind + " " + object.Name {
		case "ConfigMap fibonacci-locust":
			require.NoError(t, yaml.UnmarshalStrict([]byte(document), &configMap))
		case "Pod fibonacci-autoscaler":
			require.NoError(t, yaml.UnmarshalStrict([]byte(document), &pod))
		}
	}
	require.Equal(t, map[string]int{"Deployment": 1, "Service": 1, "ConfigMap": 2, "Pod": 1, "Role": 1, "RoleBinding": 1, "ServiceAccount": 1}, kinds)

	container := pod.Spec.Containers[0]
	require.Equal(t, "latency-pod-autoscaler-locust:latest", container.Image)
	env := lookup(container.Env)
	require.Equal(t, "/tasks/config.yaml", config.Path(env))
	require.Equal(t, configMap.Name, pod.Spec.Volumes[0].ConfigMap.Name)
	require.True(t, slices.ContainsFunc(container.VolumeMounts, func(m corev1.VolumeMount) bool { return m.MountPath == "/tmp" }), "for Locust")

	// The file of the repository, as its place is that of the ConfigMap's key.
	path := filepath.Join(locustFolder, "config.yaml")
	data, err := os.ReadFile(path)
	require.NoError(t, err)
	require.Equal(t, configMap.Data["config.yaml"], string(data))
	c, err := config.Load(path, env)
	require.NoError(t, err)
	require.Contains(t, configMap.Data, strings.TrimPrefix(c.LoadTest.Script, "/tasks/"))
	plan, err := loadtest.LoadScript(filepath.Join(locustFolder, "locustfile.py"), os.LookupEnv)
	require.NoError(t, err)
	found, err := plan.CheckScript(t.Context()) // by Locust or Python, where there is one
	require.NoError(t, err)
	require.Empty(t, found.Refused())
	require.Len(t, c.Check(plan), 1, "that the targets cannot be checked: %v", c.Check(plan))
}

// TestKustomizations builds what users apply.
func TestKustomizations(t *testing.T) {
	for folder, kinds := range map[string][]string{
		"":          {"Deployment", "Service", "ConfigMap", "Pod", "Role", "RoleBinding", "ServiceAccount"},
		"/operator": {"Deployment", "Service", "ConfigMap", "CustomPodAutoscaler"},
		"/load":     {"Pod"},
	} {
		manifests := string(build(t, exampleFolder+folder))
		require.Equal(t, len(kinds), strings.Count("\n"+manifests, "\nkind: "), "%s", manifests)
		for _, kind := range kinds {
			require.Contains(t, "\n"+manifests, "\nkind: "+kind+"\n")
		}
	}
}

// TestKneeExamples loads what the pods of the examples with knee will load, and checks that their Role allows what it needs.
func TestKneeExamples(t *testing.T) {
	for folder, mode := range map[string]config.Mode{kneeFolder: config.Act, observeFolder: config.Observe} {
		objects := kustomize(t, folder)
		env := lookup(one[*corev1.Pod](t, objects).Spec.Containers[0].Env)
		c, err := config.Load(defaultConfig, env)
		require.NoError(t, err)
		plan, err := loadtest.LoadScript(filepath.Join(exampleFolder, "base", "tasks.yaml"), env)
		require.NoError(t, err)
		require.Empty(t, c.Check(plan))
		require.Equal(t, scaling.Policy{Knee: &scaling.Knee{BreachEvery: 60}, Untrusted: scaling.OnUntrusted{Action: scaling.Hold}, MinReplicas: minReplicas, MaxReplicas: maxReplicas}, c.Policy())
		require.Equal(t, mode, c.Mode)
		require.True(t, c.State.Annotation)
		require.True(t, c.Announce.Event)
		rules := one[*rbacv1.Role](t, objects).Rules
		require.Equal(t, append(one[*rbacv1.Role](t, manifest(t, "rbac.yaml")).Rules,
			rbacv1.PolicyRule{APIGroups: []string{"apps"}, Resources: []string{"deployments"}, ResourceNames: []string{deploymentName}, Verbs: []string{"patch"}},
			rbacv1.PolicyRule{APIGroups: []string{""}, Resources: []string{"events"}, Verbs: []string{"create"}},
		), rules)
	}
}

// TestOperatorExample checks that the CustomPodAutoscaler is the same autoscaler as the plain Pod.
func TestOperatorExample(t *testing.T) {
	cpa := readOperatorExample(t)
	require.Equal(t, "custompodautoscaler.com/v1", cpa.APIVersion)
	require.Equal(t, "CustomPodAutoscaler", cpa.Kind)
	pod := one[*corev1.Pod](t, manifest(t, "autoscaler.yaml"))
	require.Equal(t, pod.Name, cpa.Metadata.Name)

	plain := pod.Spec.DeepCopy()
	// The operator adds these two variables and the ServiceAccount itself, and the port is only a comment on the image.
	var reference autoscalingv2.CrossVersionObjectReference
	target, _ := lookup(plain.Containers[0].Env)("scaleTargetRef")
	require.NoError(t, json.Unmarshal([]byte(target), &reference))
	require.Equal(t, reference, cpa.Spec.ScaleTargetRef)
	var items []configItem
	for _, e := range plain.Containers[0].Env {
		if e.Name != "scaleTargetRef" && e.Name != "namespace" {
			items = append(items, configItem{e.Name, e.Value})
		}
	}
	require.Equal(t, items, cpa.Spec.Config)
	plain.ServiceAccountName = ""
	plain.Containers[0].Env = nil
	plain.Containers[0].Ports = nil
	require.Equal(t, *plain, cpa.Spec.Template.Spec)
}

// TestExampleRole checks that the Role allows the one Deployment and nothing else, to the account that the Pod uses.
func TestExampleRole(t *testing.T) {
	objects := manifest(t, "rbac.yaml")
	role := one[*rbacv1.Role](t, objects)
	require.Equal(t, []rbacv1.PolicyRule{
		{APIGroups: []string{"apps"}, Resources: []string{"deployments"}, ResourceNames: []string{deploymentName}, Verbs: []string{"get"}},
		{APIGroups: []string{"apps"}, Resources: []string{"deployments/scale"}, ResourceNames: []string{deploymentName}, Verbs: []string{"get", "patch"}},
	}, role.Rules)
	binding := one[*rbacv1.RoleBinding](t, objects)
	account := one[*corev1.ServiceAccount](t, objects).Name
	require.Equal(t, rbacv1.RoleRef{APIGroup: "rbac.authorization.k8s.io", Kind: "Role", Name: role.Name}, binding.RoleRef)
	require.Equal(t, []rbacv1.Subject{{Kind: "ServiceAccount", Name: account}}, binding.Subjects)
	require.Equal(t, account, one[*corev1.Pod](t, manifest(t, "autoscaler.yaml")).Spec.ServiceAccountName)
}

// TestExampleSecurity holds every pod of the example to the restricted Pod Security Standard, and beyond it to a read-only root.
func TestExampleSecurity(t *testing.T) {
	deployment := one[*appsv1.Deployment](t, manifest(t, "base/deployment.yaml"))
	require.Equal(t, deploymentName, deployment.Name)
	require.Nil(t, deployment.Spec.Replicas, "applying the example again must not undo the autoscaler's work")
	autoscaler := one[*corev1.Pod](t, manifest(t, "autoscaler.yaml")).Spec
	for name, spec := range map[string]corev1.PodSpec{
		"service":    deployment.Spec.Template.Spec,
		"autoscaler": autoscaler,
		"operator":   readOperatorExample(t).Spec.Template.Spec,
		"load":       one[*corev1.Pod](t, manifest(t, "load/pod.yaml")).Spec,
	} {
		t.Run(name, func(t *testing.T) {
			require.Equal(t, &corev1.PodSecurityContext{
				RunAsNonRoot:   new(true),
				SeccompProfile: &corev1.SeccompProfile{Type: corev1.SeccompProfileTypeRuntimeDefault},
			}, spec.SecurityContext)
			require.Len(t, spec.Containers, 1)
			container := spec.Containers[0]
			require.Equal(t, &corev1.SecurityContext{
				AllowPrivilegeEscalation: new(false),
				ReadOnlyRootFilesystem:   new(true),
				Capabilities:             &corev1.Capabilities{Drop: []corev1.Capability{"ALL"}},
			}, container.SecurityContext)
			require.Equal(t, corev1.PullIfNotPresent, container.ImagePullPolicy)
			require.False(t, container.Resources.Requests.Cpu().IsZero())
			require.False(t, container.Resources.Requests.Memory().IsZero())
			require.Equal(t, name == "service", !container.Resources.Limits.Cpu().IsZero(), "a CPU limit is for the service alone")
		})
	}
}

// TestExampleFiles checks that the kustomizations name files that exist, and every manifest is named by one.
func TestExampleFiles(t *testing.T) {
	named := map[string]bool{}
	err := filepath.WalkDir(exampleFolder, func(path string, entry os.DirEntry, err error) error {
		if err != nil || entry.Name() != "kustomization.yaml" {
			return err
		}
		data, err := os.ReadFile(path)
		require.NoError(t, err)
		var kustomization struct {
			Resources          []string `json:"resources"`
			ConfigMapGenerator []struct {
				Files []string `json:"files"`
			} `json:"configMapGenerator"`
		}
		require.NoError(t, yaml.Unmarshal(data, &kustomization), path)
		named[path] = true
		for _, generator := range kustomization.ConfigMapGenerator {
			kustomization.Resources = append(kustomization.Resources, generator.Files...)
		}
		for _, resource := range kustomization.Resources {
			file := filepath.Join(filepath.Dir(path), resource)
			require.True(t, exists(file), "%s names %s", path, resource)
			named[file] = true
		}
		return nil
	})
	require.NoError(t, err)
	require.NoError(t, filepath.WalkDir(exampleFolder, func(path string, _ os.DirEntry, err error) error {
		if strings.HasSuffix(path, ".yaml") {
			require.True(t, named[path], "no kustomization names %s", path)
		}
		return err
	}))
}

func exists(path string) bool {
	_, err := os.Stat(path)
	return err == nil
}
