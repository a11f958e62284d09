package e2e

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	networkingv1 "k8s.io/api/networking/v1"
	"k8s.io/apimachinery/pkg/util/intstr"
	"sigs.k8s.io/yaml"

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

const dashboardPort = "8089"

// checkDashboard holds the dashboard's container of a pod to its autoscaler's: the same image and rights, and a volume with the log
// that the configuration names, which it can only read. env is what the operator gives to both.
func checkDashboard(t *testing.T, spec corev1.PodSpec, files map[string]string, env []corev1.EnvVar) corev1.Container {
	t.Helper()
	require.Len(t, spec.Containers, 2)
	scaler, dashboard := spec.Containers[0], spec.Containers[1]
	require.Equal(t, []string{"autoscaler", "dashboard"}, []string{scaler.Name, dashboard.Name})
	require.Equal(t, scaler.Image, dashboard.Image)
	require.Equal(t, scaler.SecurityContext, dashboard.SecurityContext)
	require.Equal(t, []string{"/lpa", "dashboard", "--log-format=json"}, dashboard.Command[:3])
	log := logOf(t, scaler, files, env)
	require.Equal(t, log, logOf(t, dashboard, files, env))
	mounts := map[string]corev1.VolumeMount{}
	for _, mount := range dashboard.VolumeMounts {
		require.True(t, mount.ReadOnly, mount.Name)
		mounts[mount.MountPath] = mount
	}
	require.True(t, slices.ContainsFunc(scaler.VolumeMounts, func(m corev1.VolumeMount) bool {
		return m.MountPath == filepath.Dir(log) && m.Name == mounts[m.MountPath].Name
	}), "both have the folder of %s", log)
	return dashboard
}

// logOf is the decision log by the configuration that a container has: a mounted file of those given, or the image's.
func logOf(t *testing.T, container corev1.Container, files map[string]string, env []corev1.EnvVar) string {
	t.Helper()
	look := lookup(slices.Concat(container.Env, env))
	path := config.Path(look)
	if path == "/config.yaml" {
		path = defaultConfig
	} else {
		require.True(t, slices.ContainsFunc(container.VolumeMounts, func(m corev1.VolumeMount) bool { return m.MountPath == filepath.Dir(path) }), path)
		text := files[filepath.Base(path)]
		path = filepath.Join(t.TempDir(), "config.yaml")
		require.NoError(t, os.WriteFile(path, []byte(text), 0o600))
	}
	c, err := config.Load(path, look)
	require.NoError(t, err)
	return c.DecisionLog.File
}

// checkToken holds a dashboard to what one that others reach must have.
func checkToken(t *testing.T, spec corev1.PodSpec, dashboard corev1.Container, secret, key string) {
	t.Helper()
	require.Equal(t, []string{"--listen=:" + dashboardPort, "--token-file=/token/token"}, dashboard.Command[3:])
	require.Equal(t, []corev1.ContainerPort{{Name: "dashboard", ContainerPort: 8089}}, dashboard.Ports)
	require.Equal(t, &corev1.HTTPGetAction{Path: "/healthz", Port: intstr.FromString("dashboard")}, dashboard.ReadinessProbe.HTTPGet)
	require.Equal(t, &corev1.HTTPGetAction{Path: "/livez", Port: intstr.FromString("dashboard")}, dashboard.LivenessProbe.HTTPGet)
	require.Contains(t, dashboard.VolumeMounts, corev1.VolumeMount{Name: "token", MountPath: "/token", ReadOnly: true})
	require.Contains(t, spec.Volumes, corev1.Volume{Name: "token", VolumeSource: corev1.VolumeSource{
		Secret: &corev1.SecretVolumeSource{SecretName: secret, Items: []corev1.KeyToPath{{Key: key, Path: "token"}}}}})
	require.NotContains(t, spec.Containers[0].VolumeMounts, corev1.VolumeMount{Name: "token", MountPath: "/token", ReadOnly: true})
}

// checkAlone holds a dashboard to the pod's loopback address, where no probe reaches it.
func checkAlone(t *testing.T, dashboard corev1.Container) {
	t.Helper()
	require.Empty(t, dashboard.Ports)
	require.Nil(t, dashboard.ReadinessProbe)
	require.Nil(t, dashboard.LivenessProbe)
	for _, argument := range dashboard.Command[3:] {
		require.Equal(t, "--listen=127.0.0.1:"+dashboardPort, argument)
	}
}

// podMonitor is one of the Prometheus Operator, as far as it is used.
type podMonitor struct {
	APIVersion, Kind string
	Metadata         struct {
		Name   string
		Labels map[string]string
	}
	Spec struct {
		Selector            struct{ MatchLabels map[string]string }
		PodMetricsEndpoints []struct {
			Port, Interval string
			Authorization  struct{ Credentials corev1.SecretKeySelector }
		}
	}
}

// TestChartDashboard renders the chart with the dashboard, alone and with a token, with and without the operator.
func TestChartDashboard(t *testing.T) {
	objects, _ := chart(t, "--set", "dashboard.enabled=true,networkPolicy.enabled=true")
	pod := one[*appsv1.Deployment](t, objects).Spec.Template
	require.Equal(t, "autoscaler", pod.Annotations["kubectl.kubernetes.io/default-container"])
	checkAlone(t, checkDashboard(t, pod.Spec, configMap(t, objects, autoscalerPod), nil))
	require.False(t, has[*corev1.Service](objects))
	require.Empty(t, one[*networkingv1.NetworkPolicy](t, objects).Spec.Ingress)

	const token = "dashboard.enabled=true,dashboard.tokenSecret.name=lpa,dashboard.tokenSecret.key=secret,networkPolicy.enabled=true," +
		"networkPolicy.dashboardFrom[0].podSelector.matchLabels.app=prometheus,config.decisionLog.file=/state/shop.jsonl"
	objects, _ = chart(t, "--set", token)
	deployment := one[*appsv1.Deployment](t, objects)
	pod = deployment.Spec.Template
	checkToken(t, pod.Spec, checkDashboard(t, pod.Spec, configMap(t, objects, autoscalerPod), nil), "lpa", "secret")
	service := one[*corev1.Service](t, objects)
	require.Equal(t, deployment.Spec.Selector.MatchLabels, service.Spec.Selector)
	require.Equal(t, []corev1.ServicePort{{Name: "dashboard", Port: 8089, TargetPort: intstr.FromString("dashboard")}}, service.Spec.Ports)
	rule := one[*networkingv1.NetworkPolicy](t, objects).Spec.Ingress
	require.Len(t, rule, 1)
	require.Equal(t, 8089, rule[0].Ports[0].Port.IntValue(), "the dashboard's port, and not the framework's")
	require.Equal(t, map[string]string{"app": "prometheus"}, rule[0].From[0].PodSelector.MatchLabels)

	_, cpa := chart(t, "--set", token+",operator.enabled=true")
	checkToken(t, cpa.Spec.Template.Spec, checkDashboard(t, cpa.Spec.Template.Spec, nil, cpa.env()), "lpa", "secret")
}

func TestChartPodMonitor(t *testing.T) {
	manifests, problems, err := helm(t, chartFolder, "template fibonacci --show-only templates/dashboard.yaml", "--set",
		"dashboard.enabled=true,dashboard.tokenSecret.name=lpa,dashboard.podMonitor.enabled=true,dashboard.podMonitor.labels.release=prometheus")
	require.NoError(t, err, "%s", problems)
	checkPodMonitor(t, manifests, map[string]string{"app.kubernetes.io/name": "latency-pod-autoscaler", "app.kubernetes.io/instance": "fibonacci"}, "lpa")
	require.Contains(t, manifests, "release: prometheus")
}

func checkPodMonitor(t *testing.T, manifests string, labels map[string]string, secret string) {
	t.Helper()
	for _, document := range strings.Split("\n"+manifests, "\n---\n") {
		var m podMonitor
		require.NoError(t, yaml.Unmarshal([]byte(document), &m))
		if m.Kind != "PodMonitor" {
			continue
		}
		require.Equal(t, "monitoring.coreos.com/v1", m.APIVersion)
		require.Equal(t, autoscalerPod, m.Metadata.Name)
		require.Equal(t, labels, m.Spec.Selector.MatchLabels)
		endpoint := m.Spec.PodMetricsEndpoints[0]
		require.Equal(t, []string{"dashboard", "30s"}, []string{endpoint.Port, endpoint.Interval})
		require.Equal(t, corev1.SecretKeySelector{LocalObjectReference: corev1.LocalObjectReference{Name: secret}, Key: "token"}, endpoint.Authorization.Credentials)
		return
	}
	t.Fatal("no PodMonitor")
}

// overlay is a folder beside the bases that adds components to one of those that are there.
func overlay(t *testing.T, resource string, components ...string) string {
	t.Helper()
	folder := t.TempDir()
	bases := filepath.Join(folder, "kustomize")
	require.NoError(t, os.CopyFS(bases, os.DirFS(basesFolder)))
	path := filepath.Join(bases, resource, "kustomization.yaml")
	text, err := os.ReadFile(path)
	require.NoError(t, err)
	up, err := filepath.Rel(filepath.Dir(path), bases)
	require.NoError(t, err)
	with := "  - " + up + "/dashboard\n"
	require.Contains(t, string(text), with)
	for _, component := range components {
		with += "  - " + up + "/" + component + "\n"
	}
	text = []byte(strings.Replace(string(text), "  - "+up+"/dashboard\n", with, 1))
	require.NoError(t, os.WriteFile(path, text, 0o600))
	return filepath.Dir(path)
}

// TestDashboardComponents builds both bases with the dashboard, alone as in the examples and with a token.
func TestDashboardComponents(t *testing.T) {
	objects := kustomize(t, filepath.Join(basesFolder, "fibonacci", "autoscaler"))
	pod := one[*appsv1.Deployment](t, objects).Spec.Template
	require.Equal(t, "autoscaler", pod.Annotations["kubectl.kubernetes.io/default-container"])
	checkAlone(t, checkDashboard(t, pod.Spec, configMap(t, objects, pod.Spec.Volumes[0].ConfigMap.Name), nil))
	require.Empty(t, one[*networkingv1.NetworkPolicy](t, objects).Spec.Ingress)

	objects = kustomize(t, overlay(t, "fibonacci/autoscaler", "dashboard-token"))
	pod = one[*appsv1.Deployment](t, objects).Spec.Template
	checkToken(t, pod.Spec, checkDashboard(t, pod.Spec, configMap(t, objects, pod.Spec.Volumes[0].ConfigMap.Name), nil), "lpa-dashboard", "token")
	rule := one[*networkingv1.NetworkPolicy](t, objects).Spec.Ingress
	require.Len(t, rule, 1)
	require.Equal(t, 8089, rule[0].Ports[0].Port.IntValue())
	service := one[*corev1.Service](t, objects)
	require.Equal(t, "fibonacci-autoscaler", service.Name)
	require.Subset(t, pod.Labels, service.Spec.Selector)

	cpa, objects := operated(t, filepath.Join(basesFolder, "fibonacci-operator"))
	checkAlone(t, checkDashboard(t, cpa.Spec.Template.Spec, configMap(t, objects, cpa.Spec.Template.Spec.Volumes[0].ConfigMap.Name), cpa.env()))
	cpa, objects = operated(t, overlay(t, "fibonacci-operator", "dashboard-token"))
	spec := cpa.Spec.Template.Spec
	checkToken(t, spec, checkDashboard(t, spec, configMap(t, objects, spec.Volumes[0].ConfigMap.Name), cpa.env()), "lpa-dashboard", "token")

	manifests := string(build(t, overlay(t, "fibonacci/autoscaler", "dashboard-token", "pod-monitor")))
	checkPodMonitor(t, manifests, map[string]string{"app": "latency-pod-autoscaler"}, "lpa-dashboard")
}
