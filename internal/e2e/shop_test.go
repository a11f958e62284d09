package e2e

import (
	"bufio"
	"bytes"
	"encoding/json"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	rbacv1 "k8s.io/api/rbac/v1"

	"github.com/latency-pod-autoscaler/lpa/internal/config"
	"github.com/latency-pod-autoscaler/lpa/internal/measurement"
	"github.com/latency-pod-autoscaler/lpa/loadtest"
)

const examples = "../../example"

// shopExample is an example with the shop: its folder, what its names begin with, and what it needs to be tried here.
type shopExample struct {
	folder, prefix, script string
	tls                    bool
}

var shopExamples = []shopExample{
	{"checkout", "checkout", "tasks.yaml", false},
	{"starlark", "starlark", "tasks.star", false},
	{"open-model", "open-model", "tasks.yaml", false},
	{"mtls", "mtls", "tasks.yaml", true},
	{"services/catalog", "catalog", "tasks.yaml", false},
	{"services/basket", "basket", "tasks.yaml", false},
}

// programs builds the autoscaler's programs and the shop.
func programs(t *testing.T) string {
	t.Helper()
	bin := t.TempDir()
	out, err := exec.CommandContext(t.Context(), "go", "build", "-o", bin, "../../cmd/metric", "../../cmd/evaluate", "../../cmd/lpa").CombinedOutput()
	require.NoError(t, err, "%s", out)
	out, err = exec.CommandContext(t.Context(), "go", "build", "-o", filepath.Join(bin, "shop"), "../../example/shop/app").CombinedOutput()
	require.NoError(t, err, "%s", out)
	return bin
}

// startShop runs the shop on a free port, until the test ends, and gives its host and port.
func startShop(t *testing.T, bin string, env ...string) string {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), filepath.Join(bin, "shop"))
	cmd.Env = append(env, "PORT=0", "WORK=100", "PASSWORD=one of the test")
	out, err := cmd.StdoutPipe()
	require.NoError(t, err)
	cmd.Stderr = os.Stderr
	require.NoError(t, cmd.Start())
	t.Cleanup(func() {
		_ = cmd.Process.Kill()
		_ = cmd.Wait()
	})
	line, err := bufio.NewReader(out).ReadString('\n')
	require.NoError(t, err)
	return "127.0.0.1:" + line[strings.LastIndex(strings.TrimSpace(line), ":")+1:len(line)-1]
}

// TestShopExamplesRun lets each example measure the real shop once and decide, with the real programs.
func TestShopExamplesRun(t *testing.T) {
	bin := programs(t)
	for _, example := range shopExamples {
		t.Run(example.folder, func(t *testing.T) {
			folder, err := filepath.Abs(filepath.Join(examples, example.folder))
			require.NoError(t, err)
			load := map[string]any{"script": filepath.Join(folder, example.script), "runTime": "1s", "warmup": "0s"}
			var serve []string
			scheme := "http://"
			if example.tls {
				keys := certificates(t)
				serve = []string{"TLS_CERT=" + keys + "/server.crt", "TLS_KEY=" + keys + "/server.key", "CLIENT_CA=" + keys + "/ca.crt"}
				load["tls"] = map[string]string{"ca": keys + "/ca.crt", "cert": keys + "/client.crt", "key": keys + "/client.key"}
				scheme = "https://"
			}
			load["host"] = scheme + startShop(t, bin, serve...)
			overlay, err := json.Marshal(load)
			require.NoError(t, err)
			state := filepath.Join(t.TempDir(), "state.json")
			run := func(stdin string, program string, args ...string) (string, string) {
				cmd := exec.CommandContext(t.Context(), filepath.Join(bin, program), args...)
				cmd.Env = []string{"configPath=" + filepath.Join(folder, "config.yaml"), "loadTest=" + string(overlay), "PASSWORD=one of the test",
					"state={file: " + state + ", annotation: false}", "announce={event: false}"}
				cmd.Stdin = strings.NewReader(stdin)
				var out, said bytes.Buffer
				cmd.Stdout, cmd.Stderr = &out, &said
				require.NoError(t, cmd.Run(), "%s: %s", program, &said)
				return out.String(), said.String()
			}

			_, said := run("", "lpa", "check", "--dry-run")
			require.NotContains(t, said, "error")
			result, _ := run(`{"resource": {"spec": {"replicas": 2}}, "runType": "scaler"}`, "metric")
			var m measurement.Measurement
			require.NoError(t, json.Unmarshal([]byte(result), &m))
			c, err := config.Load(filepath.Join(folder, "config.yaml"), func(string) (string, bool) { return "", false })
			require.NoError(t, err)
			for _, target := range c.Targets {
				request, measured := m.Requests[target.Method+"_"+target.Endpoint]
				require.True(t, measured, "%s %s", target.Method, target.Endpoint)
				require.Zero(t, request.NumFailures, "%s %s: %v", target.Method, target.Endpoint, request.Failures)
			}
			metrics, err := json.Marshal(map[string]any{"metrics": []any{map[string]string{"resource": "shop", "value": result}}, "runType": "scaler",
				"resource": map[string]any{"spec": map[string]any{"replicas": 2}}})
			require.NoError(t, err)
			answer, sentence := run(string(metrics), "evaluate")
			require.Contains(t, answer, "targetReplicas", sentence)
		})
	}
}

// certificates runs the example's own script.
func certificates(t *testing.T) string {
	t.Helper()
	folder := t.TempDir()
	out, err := exec.CommandContext(t.Context(), filepath.Join(examples, "mtls", "certificates.sh"), folder).CombinedOutput()
	require.NoError(t, err, "%s", out)
	return folder
}

// TestShopExamplesDeploy builds what users apply, and holds the autoscaler to the shop that it is for.
func TestShopExamplesDeploy(t *testing.T) {
	for _, example := range shopExamples {
		t.Run(example.folder, func(t *testing.T) {
			objects := kustomize(t, filepath.Join(examples, example.folder))
			deployments := map[string]*appsv1.Deployment{}
			services := map[string]*corev1.Service{}
			for _, o := range objects {
				switch o := o.(type) {
				case *appsv1.Deployment:
					deployments[o.Name] = o
				case *corev1.Service:
					services[o.Name] = o
				}
			}
			name := example.prefix + "-shop"
			require.Contains(t, deployments, name)
			require.Contains(t, services, name)
			require.Subset(t, deployments[name].Spec.Template.Labels, services[name].Spec.Selector)
			require.NotSubset(t, deployments[example.prefix+"-autoscaler"].Spec.Template.Labels, services[name].Spec.Selector)

			spec := deployments[example.prefix+"-autoscaler"].Spec.Template.Spec
			env := lookup(spec.Containers[0].Env)
			target, _ := env("scaleTargetRef")
			require.JSONEq(t, `{"apiVersion": "apps/v1", "kind": "Deployment", "name": "`+name+`"}`, target)
			for _, rule := range one[*rbacv1.Role](t, objects).Rules[:2] {
				require.Equal(t, []string{name}, rule.ResourceNames)
			}
			folder := t.TempDir()
			tasks := slices.IndexFunc(spec.Volumes, func(v corev1.Volume) bool { return v.Name == "tasks" })
			for file, text := range configMap(t, objects, spec.Volumes[tasks].ConfigMap.Name) {
				require.NoError(t, os.WriteFile(filepath.Join(folder, file), []byte(text), 0o600))
			}
			env = lookup(append(spec.Containers[0].Env, corev1.EnvVar{Name: "PASSWORD", Value: "x"}))
			if example.tls { // the files that the mounted Secret has
				keys := certificates(t)
				env = lookup(append(spec.Containers[0].Env, corev1.EnvVar{Name: "loadTest",
					Value: "{tls: {ca: " + keys + "/ca.crt, cert: " + keys + "/client.crt, key: " + keys + "/client.key}}"}))
			}
			c, err := config.Load(filepath.Join(folder, "config.yaml"), env)
			require.NoError(t, err)
			require.Equal(t, "/tasks/"+example.script, c.LoadTest.Script)
			plan, err := loadtest.LoadScript(filepath.Join(folder, example.script), env)
			require.NoError(t, err)
			require.Empty(t, c.Check(plan))
			host := c.LoadTest.Host
			require.Equal(t, &url.URL{Scheme: host.Scheme, Host: name + ":8080"}, host)
			require.Equal(t, example.tls, host.Scheme == "https")
			if example.tls {
				mounted := map[string]string{}
				for _, d := range deployments {
					for _, volume := range d.Spec.Template.Spec.Volumes {
						if volume.Secret != nil {
							mounted[d.Name] = volume.Secret.SecretName
						}
					}
				}
				require.Equal(t, map[string]string{name: "shop-server", "mtls-autoscaler": "shop-client"}, mounted)
				require.Nil(t, deployments[name].Spec.Template.Spec.Containers[0].ReadinessProbe.HTTPGet)
			}
		})
	}
	require.Equal(t, 7+8, len(kustomize(t, filepath.Join(examples, "services"))), "both, one of them with a Secret")
}
