package e2e

import (
	"bytes"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	networkingv1 "k8s.io/api/networking/v1"
	policyv1 "k8s.io/api/policy/v1"
	rbacv1 "k8s.io/api/rbac/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"sigs.k8s.io/yaml"

	"github.com/latency-pod-autoscaler/lpa/internal/config"
	"github.com/latency-pod-autoscaler/lpa/internal/scaling"
	"github.com/latency-pod-autoscaler/lpa/loadtest"
)

const (
	chartFolder = "../../example/helm/latency-pod-autoscaler"
	chartValues = "../../example/helm/fibonacci.yaml"
)

// helm runs the Helm of internal/helm on a chart, with the values of the example fibonacci and its script, and without a cluster.
func helm(t *testing.T, folder, command string, args ...string) (stdout, stderr string, err error) {
	t.Helper()
	return helmOn(t, filepath.Join(t.TempDir(), "none"), folder, command, args...)
}

// helmOn is helm on a cluster.
func helmOn(t *testing.T, kubeconfig, folder, command string, args ...string) (stdout, stderr string, err error) {
	t.Helper()
	absolute := func(path string) string {
		path, err := filepath.Abs(path)
		require.NoError(t, err)
		return path
	}
	script := `scripts.tasks\.yaml=` + absolute(filepath.Join(exampleFolder, "base", "tasks.yaml"))
	all := append([]string{"tool", "helm"}, strings.Fields(command)...)
	all = append(all, absolute(folder), "--values", absolute(chartValues), "--set-file", script)
	cmd := exec.CommandContext(t.Context(), "go", append(all, args...)...)
	cmd.Dir = "../helm"
	home := t.TempDir() // not the configuration and the plugins of whoever runs the test
	cmd.Env = append(os.Environ(), "HELM_CONFIG_HOME="+home, "HELM_CACHE_HOME="+home, "HELM_DATA_HOME="+home, "KUBECONFIG="+kubeconfig)
	var out, problems bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &problems
	err = cmd.Run()
	return out.String(), problems.String(), err
}

// chart is what the chart makes, with an autoscaler for the operator apart, whose kind is not Kubernetes' own.
func chart(t *testing.T, args ...string) (objects []runtime.Object, operated *customPodAutoscaler) {
	t.Helper()
	return release(t, "fibonacci", args...)
}

// release is what the chart makes under a name.
func release(t *testing.T, name string, args ...string) (objects []runtime.Object, operated *customPodAutoscaler) {
	t.Helper()
	manifests, problems, err := helm(t, chartFolder, "template "+name, args...)
	require.NoError(t, err, "%s", problems)
	for _, document := range strings.Split("\n"+manifests, "\n---\n") {
		if strings.TrimSpace(document) == "" {
			continue
		}
		if strings.Contains(document, "\nkind: CustomPodAutoscaler\n") {
			operated = &customPodAutoscaler{}
			require.NoError(t, yaml.Unmarshal([]byte(document), operated))
			continue
		}
		some, err := decode([]byte(document))
		require.NoError(t, err)
		objects = append(objects, some...)
	}
	return objects, operated
}

func has[T runtime.Object](objects []runtime.Object) bool {
	for _, o := range objects {
		if _, is := o.(T); is {
			return true
		}
	}
	return false
}

// checkChartConfiguration loads a configuration of the chart as the programs will, and holds it to the values.
func checkChartConfiguration(t *testing.T, path string, env config.Lookup) *config.Config {
	t.Helper()
	c, err := config.Load(path, env)
	require.NoError(t, err)
	plan, err := loadtest.LoadScript(filepath.Join(exampleFolder, "base", "tasks.yaml"), env)
	require.NoError(t, err)
	require.Empty(t, c.Check(plan))
	require.Empty(t, c.RequireHost())
	require.Equal(t, scaling.Policy{Knee: &scaling.Knee{BreachEvery: 60}, Untrusted: scaling.OnUntrusted{Action: scaling.Hold}, MinReplicas: minReplicas, MaxReplicas: maxReplicas}, c.Policy())
	require.Equal(t, 15000, c.Framework.Interval)
	require.True(t, c.State.Annotation)
	return c
}

// TestChart renders the chart as it is meant for the example, and checks each of its objects.
func TestChart(t *testing.T) {
	objects, operated := chart(t)
	require.Nil(t, operated)
	require.Len(t, objects, 6, "a Deployment, two ConfigMaps, a ServiceAccount, a Role, a RoleBinding")

	deployment := one[*appsv1.Deployment](t, objects)
	require.Equal(t, "fibonacci-autoscaler", deployment.Name)
	require.EqualValues(t, 1, *deployment.Spec.Replicas)
	require.Equal(t, appsv1.RecreateDeploymentStrategyType, deployment.Spec.Strategy.Type, "never two autoscalers at once")
	require.Subset(t, deployment.Spec.Template.Labels, deployment.Spec.Selector.MatchLabels)
	spec := deployment.Spec.Template.Spec
	checkChartPod(t, spec)

	env := lookup(spec.Containers[0].Env)
	target, _ := env("scaleTargetRef")
	require.JSONEq(t, `{"apiVersion": "apps/v1", "kind": "Deployment", "name": "fibonacci"}`, target)
	require.Equal(t, "/config/config.yaml", config.Path(env))
	maps := map[string]map[string]string{}
	for _, o := range objects {
		if m, is := o.(*corev1.ConfigMap); is {
			maps[m.Name] = m.Data
		}
	}
	mounted := map[string]string{}
	for _, mount := range spec.Containers[0].VolumeMounts {
		for _, volume := range spec.Volumes {
			if volume.Name == mount.Name && volume.ConfigMap != nil {
				mounted[mount.MountPath] = volume.ConfigMap.Name
			}
		}
	}
	script, err := os.ReadFile(filepath.Join(exampleFolder, "base", "tasks.yaml"))
	require.NoError(t, err)
	require.Equal(t, map[string]string{"tasks.yaml": string(script)}, maps[mounted["/tasks"]])
	path := filepath.Join(t.TempDir(), "config.yaml")
	require.NoError(t, os.WriteFile(path, []byte(maps[mounted["/config"]]["config.yaml"]), 0o600))
	c := checkChartConfiguration(t, path, env)
	require.Equal(t, "/tasks/tasks.yaml", c.LoadTest.Script)

	require.Equal(t, []rbacv1.PolicyRule{
		{APIGroups: []string{"apps"}, Resources: []string{"deployments"}, ResourceNames: []string{deploymentName}, Verbs: []string{"get", "patch"}},
		{APIGroups: []string{"apps"}, Resources: []string{"deployments/scale"}, ResourceNames: []string{deploymentName}, Verbs: []string{"get", "patch"}},
		{APIGroups: []string{""}, Resources: []string{"events"}, Verbs: []string{"create"}},
	}, one[*rbacv1.Role](t, objects).Rules)
	binding := one[*rbacv1.RoleBinding](t, objects)
	require.Equal(t, one[*rbacv1.Role](t, objects).Name, binding.RoleRef.Name)
	require.Equal(t, []rbacv1.Subject{{Kind: "ServiceAccount", Name: spec.ServiceAccountName}}, binding.Subjects)
	require.Equal(t, spec.ServiceAccountName, one[*corev1.ServiceAccount](t, objects).Name)
}

// checkChartPod holds a pod of the chart to what the example's pods are held to.
func checkChartPod(t *testing.T, spec corev1.PodSpec) {
	t.Helper()
	user := int64(65532)
	require.Equal(t, &corev1.PodSecurityContext{
		RunAsNonRoot: new(true), RunAsUser: &user, RunAsGroup: &user, FSGroup: &user,
		SeccompProfile: &corev1.SeccompProfile{Type: corev1.SeccompProfileTypeRuntimeDefault},
	}, spec.SecurityContext)
	container := spec.Containers[0]
	require.Equal(t, &corev1.SecurityContext{
		AllowPrivilegeEscalation: new(false), ReadOnlyRootFilesystem: new(true),
		Capabilities: &corev1.Capabilities{Drop: []corev1.Capability{"ALL"}},
	}, container.SecurityContext)
	require.Equal(t, "latency-pod-autoscaler:latest", container.Image)
	require.True(t, container.Resources.Limits.Cpu().IsZero())
	require.False(t, container.Resources.Limits.Memory().IsZero())
}

// TestChartForTheOperator checks that the CustomPodAutoscaler's variables over the image's configuration say the same.
func TestChartForTheOperator(t *testing.T) {
	objects, operated := chart(t, "--set", "operator.enabled=true")
	require.NotNil(t, operated)
	require.False(t, has[*appsv1.Deployment](objects))
	require.False(t, has[*corev1.ServiceAccount](objects), "the operator's")
	require.Equal(t, "custompodautoscaler.com/v1", operated.APIVersion)
	require.Equal(t, deploymentName, operated.Spec.ScaleTargetRef.Name)
	checkChartPod(t, operated.Spec.Template.Spec)
	checkChartConfiguration(t, defaultConfig, lookup(operated.env()))
	require.Equal(t, []rbacv1.PolicyRule{{APIGroups: []string{""}, Resources: []string{"events"}, Verbs: []string{"create"}}},
		one[*rbacv1.Role](t, objects).Rules, "what the operator's own Role lacks")
	require.Equal(t, "fibonacci-autoscaler", one[*rbacv1.RoleBinding](t, objects).Subjects[0].Name, "the account that the operator makes")

	objects, operated = chart(t, "--set", "operator.enabled=true,config.announce.event=false", "--set-json", "config.decisionLog=false,config.interval=3600000")
	require.Len(t, objects, 1, "the script")
	c, err := config.Load(defaultConfig, lookup(operated.env()))
	require.NoError(t, err)
	require.Empty(t, c.DecisionLog.File, "off, which Helm reads as false")
	require.Equal(t, 3600000, c.Framework.Interval, "a number that is not made 3.6e+06")
}

// TestChartConfigurationIsReadAsItIs holds that nothing is lost on the way from the values to the file.
func TestChartConfigurationIsReadAsItIs(t *testing.T) {
	objects, _ := chart(t, "--set-json", `config.decisionLog=false,config.interval=3600000,config.targets=[{"method":"GET","endpoint":"/{{ x }}?a=1&b=<\"é\">","type":"p95","target":250}]`)
	path := filepath.Join(t.TempDir(), "config.yaml")
	require.NoError(t, os.WriteFile(path, []byte(configMap(t, objects, autoscalerPod)["config.yaml"]), 0o600))
	c, err := config.Load(path, func(string) (string, bool) { return "", false })
	require.NoError(t, err)
	require.Empty(t, c.DecisionLog.File)
	require.Equal(t, 3600000, c.Framework.Interval)
	require.Equal(t, `/{{ x }}?a=1&b=<"é">`, c.Targets[0].Endpoint)
}

// TestChartOptions turns on what is off.
func TestChartOptions(t *testing.T) {
	objects, _ := chart(t, "--set", "podDisruptionBudget.enabled=true,networkPolicy.enabled=true,stateVolume.kind=persistentVolumeClaim"+
		",config.state.annotation=false,config.announce=null,scriptsConfigMap=mine,priorityClassName=high"+
		",env[0].name=PASSWORD,env[0].valueFrom.secretKeyRef.name=shop,env[0].valueFrom.secretKeyRef.key=password"+
		",volumes[0].name=tls,volumes[0].secret.secretName=client,volumeMounts[0].name=tls,volumeMounts[0].mountPath=/tls"+
		",scaleTargetRef.kind=StatefulSet,imagePullSecrets[0].name=registry,image.tag=v1")
	spec := one[*appsv1.Deployment](t, objects).Spec.Template.Spec
	labels := one[*appsv1.Deployment](t, objects).Spec.Selector.MatchLabels
	claim := one[*corev1.PersistentVolumeClaim](t, objects)
	volumes := map[string]corev1.VolumeSource{}
	for _, volume := range spec.Volumes {
		volumes[volume.Name] = volume.VolumeSource
	}
	require.Equal(t, claim.Name, volumes["state"].PersistentVolumeClaim.ClaimName)
	require.Equal(t, "mine", volumes["tasks"].ConfigMap.Name)
	require.Equal(t, "client", volumes["tls"].Secret.SecretName)
	require.Equal(t, "latency-pod-autoscaler:v1", spec.Containers[0].Image)
	require.Equal(t, "PASSWORD", spec.Containers[0].Env[len(spec.Containers[0].Env)-1].Name)
	require.Equal(t, "registry", spec.ImagePullSecrets[0].Name)
	require.Equal(t, labels, one[*policyv1.PodDisruptionBudget](t, objects).Spec.Selector.MatchLabels)
	policy := one[*networkingv1.NetworkPolicy](t, objects).Spec
	require.Equal(t, labels, policy.PodSelector.MatchLabels)
	require.Equal(t, []networkingv1.PolicyType{networkingv1.PolicyTypeIngress}, policy.PolicyTypes)
	require.Empty(t, policy.Ingress)
	require.Equal(t, []rbacv1.PolicyRule{
		{APIGroups: []string{"apps"}, Resources: []string{"statefulsets"}, ResourceNames: []string{deploymentName}, Verbs: []string{"get"}},
		{APIGroups: []string{"apps"}, Resources: []string{"statefulsets/scale"}, ResourceNames: []string{deploymentName}, Verbs: []string{"get", "patch"}},
	}, one[*rbacv1.Role](t, objects).Rules, "no more than is used")

	objects, _ = chart(t, "--set", "networkPolicy.enabled=true,networkPolicy.egress[0].ports[0].port=5000,rbac.create=false,serviceAccount.create=false,serviceAccount.name=mine")
	require.Len(t, one[*networkingv1.NetworkPolicy](t, objects).Spec.Egress, 3, "the service, names, the API server")
	require.False(t, has[*rbacv1.Role](objects))
	require.Equal(t, "mine", one[*appsv1.Deployment](t, objects).Spec.Template.Spec.ServiceAccountName)
}

// TestChartNamesAreTexts is of names that YAML takes for a number or a truth value, where they stand without quotes.
func TestChartNamesAreTexts(t *testing.T) {
	objects, _ := release(t, "42", "--set-string", "scaleTargetRef.name=7,serviceAccount.name=0x10,priorityClassName=null,scriptsConfigMap=12",
		"--set-string", "stateVolume.kind=persistentVolumeClaim,stateVolume.storageClassName=1",
		"--set-string", "dashboard.tokenSecret.name=1e3,dashboard.tokenSecret.key=true", "--set", "dashboard.enabled=true,networkPolicy.enabled=true")
	require.Equal(t, []string{"7"}, one[*rbacv1.Role](t, objects).Rules[0].ResourceNames)
	deployment := one[*appsv1.Deployment](t, objects)
	require.Equal(t, "42", deployment.Spec.Selector.MatchLabels["app.kubernetes.io/instance"])
	require.Equal(t, []string{"0x10", "null"}, []string{deployment.Spec.Template.Spec.ServiceAccountName, deployment.Spec.Template.Spec.PriorityClassName})
	objects, _ = chart(t, "--set-string", "stateVolume.kind=persistentVolumeClaim,stateVolume.existingClaim=77")
	require.False(t, has[*corev1.PersistentVolumeClaim](objects))
}

// TestChartRefusesWrongValues holds that Helm says what is wrong before anything is installed.
func TestChartRefusesWrongValues(t *testing.T) {
	for _, wrong := range []struct{ set, message string }{
		{"scaleTargetRef.name=", "/scaleTargetRef/name"},
		{"config.loadTest.host=null", "/config/loadTest/host"},
		{"config.targets=null", "/config/targets"},
		{"config.loadTest.usrs=3", "additional properties 'usrs' not allowed"},
		{"config.loadTest.runTime=20", "/config/loadTest/runTime"},
		{"config.knee.breachEvery=2", "/config/knee/breachEvery"},
		{"config.decay.replicas=1", "config.knee: is another policy than decay; keep one of them"},
		{"stateVolume.kind=disk", "/stateVolume/kind"},
		{"replicas=2", "additional properties 'replicas' not allowed"},
		{"dashboard.port=80", "/dashboard/port"},
		{"dashboard.token=secret", "additional properties 'token' not allowed"},
		{"dashboard.enabled=true,config.decisionLog=off", "config.decisionLog is off, so no log is written"},
		{"dashboard.enabled=true,config.decisionLog=false", "config.decisionLog is off, so no log is written"},
		{"dashboard.enabled=true,config.decisionLog.file=", "config.decisionLog is off, so no log is written"},
		{"dashboard.enabled=true,config.decisionLog.file=/tmp/log.jsonl", "the decision log is /tmp/log.jsonl: it must be in /state"},
		{"dashboard.enabled=true,config.state.file=/state/../tmp/state.json", "the decision log is /tmp/decisions.jsonl: it must be in /state"},
		{"dashboard.podMonitor.enabled=true,dashboard.enabled=true", "set dashboard.tokenSecret.name"},
		{"config.loadTest.script=/tasks/other.star", `--set-file 'scripts.other\.star=FILE'`},
	} {
		_, problems, err := helm(t, chartFolder, "template fibonacci", "--set", wrong.set)
		require.Error(t, err, wrong.set)
		require.Contains(t, problems, wrong.message, wrong.set)
	}
}

// TestChartLint has Helm find fault.
func TestChartLint(t *testing.T) {
	out, problems, err := helm(t, chartFolder, "lint --strict")
	require.NoError(t, err, "%s%s", out, problems)
}

// TestChartNotes reads what an installation would say, which Helm prints of a real one only: here it is the text of a ConfigMap.
func TestChartNotes(t *testing.T) {
	folder := t.TempDir()
	require.NoError(t, os.CopyFS(folder, os.DirFS(chartFolder)))
	require.NoError(t, os.Rename(filepath.Join(folder, "templates", "NOTES.txt"), filepath.Join(folder, "notes")))
	const template = `{apiVersion: v1, kind: ConfigMap, metadata: {name: notes}, data: {notes: {{ tpl (.Files.Get "notes") . | quote }}}}`
	require.NoError(t, os.WriteFile(filepath.Join(folder, "templates", "notes.yaml"), []byte(template), 0o600))
	notes := func(set string) string {
		manifest, problems, err := helm(t, folder, "template fibonacci --show-only templates/notes.yaml", "--set", set)
		require.NoError(t, err, "%s", problems)
		objects, err := decode([]byte(manifest))
		require.NoError(t, err)
		return one[*corev1.ConfigMap](t, objects).Data["notes"]
	}
	text := notes("config.mode=observe,config.state.annotation=false")
	require.Contains(t, text, "fibonacci-autoscaler scales the Deployment fibonacci.\nIt only observes")
	require.Contains(t, text, "exec deployment/fibonacci-autoscaler -- /lpa check --dry-run")
	require.Contains(t, text, "The state is lost with the pod.")
	text = notes("operator.enabled=true")
	require.NotContains(t, text, "observes")
	require.NotContains(t, text, "lost")
	require.Contains(t, text, "logs --follow pod/fibonacci-autoscaler")
	require.NotContains(t, text, "dashboard")
	text = notes("dashboard.enabled=true,dashboard.port=9000,dashboard.tokenSecret.name=lpa,dashboard.tokenSecret.key=a.b")
	require.Contains(t, text, "at http://localhost:9000:")
	require.Contains(t, text, "port-forward deployment/fibonacci-autoscaler 9000\n")
	require.Contains(t, text, `get secret lpa --output go-template='{{ index .data "a.b" | base64decode }}'`)
	require.Contains(t, text, "It begins anew with each pod")
	require.NotContains(t, notes("dashboard.enabled=true,stateVolume.kind=persistentVolumeClaim"), "anew")
}
