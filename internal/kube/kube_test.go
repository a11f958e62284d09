package kube_test

import (
	"context"
	"encoding/json"
	"encoding/pem"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/latency-pod-autoscaler/lpa/internal/kube"
	"github.com/stretchr/testify/require"
)

var shop = kube.Object{APIVersion: "apps/v1", Kind: "Deployment", Namespace: "web", Name: "shop", UID: "u-1"}

// request is what the API server saw.
type request struct {
	method, path, token, content string
	body                         map[string]any
}

// serve starts an API server that answers everything alike, and gives a client for it and what it saw.
func serve(t *testing.T, code int, answer string) (*kube.Client, *[]request, string) {
	t.Helper()
	var seen []request
	server := httptest.NewTLSServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		data, _ := io.ReadAll(r.Body)
		saw := request{method: r.Method, path: r.URL.Path, token: r.Header.Get("Authorization"), content: r.Header.Get("Content-Type")}
		if len(data) > 0 {
			_ = json.Unmarshal(data, &saw.body)
		}
		seen = append(seen, saw)
		w.WriteHeader(code)
		_, _ = io.WriteString(w, answer)
	}))
	t.Cleanup(server.Close)
	folder := serviceAccount(t, server)
	address, err := url.Parse(server.URL)
	require.NoError(t, err)
	client, err := kube.InCluster(environment(map[string]string{
		"KUBERNETES_SERVICE_HOST": address.Hostname(), "KUBERNETES_SERVICE_PORT": address.Port(), "serviceAccountPath": folder,
	}))
	require.NoError(t, err)
	return client, &seen, folder
}

func serviceAccount(t *testing.T, server *httptest.Server) string {
	t.Helper()
	folder := t.TempDir()
	ca := pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: server.Certificate().Raw})
	require.NoError(t, os.WriteFile(filepath.Join(folder, "ca.crt"), ca, 0o600))
	require.NoError(t, os.WriteFile(filepath.Join(folder, "token"), []byte("first\n"), 0o600))
	return folder
}

func environment(values map[string]string) kube.Lookup {
	return func(name string) (string, bool) { v, set := values[name]; return v, set }
}

func TestMetadata(t *testing.T) {
	client, seen, folder := serve(t, 200, `{"kind": "PartialObjectMetadata", "metadata": {"resourceVersion": "17", "annotations": {"a": "b"}}}`)
	got, err := client.Metadata(t.Context(), shop)
	require.NoError(t, err)
	require.Equal(t, kube.Metadata{Annotations: map[string]string{"a": "b"}, ResourceVersion: "17"}, got)
	require.NoError(t, os.WriteFile(filepath.Join(folder, "token"), []byte("second"), 0o600))
	_, err = client.Metadata(t.Context(), shop)
	require.NoError(t, err)
	path := "/apis/apps/v1/namespaces/web/deployments/shop"
	require.Equal(t, []request{{method: "GET", path: path, token: "Bearer first"}, {method: "GET", path: path, token: "Bearer second"}}, *seen)
}

func TestPaths(t *testing.T) {
	client, seen, _ := serve(t, 200, `{}`)
	for _, object := range []kube.Object{
		{APIVersion: "v1", Kind: "ReplicationController", Namespace: "n", Name: "x"},
		{APIVersion: "argoproj.io/v1alpha1", Kind: "Rollout", Namespace: "n", Name: "x"},
		{APIVersion: "example.com/v1", Kind: "Proxy", Namespace: "n", Name: "x"},
		{APIVersion: "example.com/v1", Kind: "Process", Namespace: "n", Name: "../../x"},
	} {
		_, err := client.Metadata(t.Context(), object)
		require.NoError(t, err)
	}
	var paths []string
	for _, r := range *seen {
		paths = append(paths, r.path)
	}
	require.Equal(t, []string{
		"/api/v1/namespaces/n/replicationcontrollers/x", "/apis/argoproj.io/v1alpha1/namespaces/n/rollouts/x",
		"/apis/example.com/v1/namespaces/n/proxies/x", "/apis/example.com/v1/namespaces/n/processes/../../x",
	}, paths)
}

func TestAnnotate(t *testing.T) {
	client, seen, _ := serve(t, 200, `{}`)
	text := "{}"
	conflict, err := client.Annotate(t.Context(), shop, "17", map[string]*string{"x/state": &text, "x/old": nil})
	require.NoError(t, err)
	require.False(t, conflict)
	_, err = client.Annotate(t.Context(), shop, "", map[string]*string{"x/state": &text})
	require.NoError(t, err)
	path := "/apis/apps/v1/namespaces/web/deployments/shop"
	require.Equal(t, []request{
		{"PATCH", path, "Bearer first", "application/merge-patch+json", map[string]any{"metadata": map[string]any{
			"resourceVersion": "17", "annotations": map[string]any{"x/state": "{}", "x/old": nil}}}},
		{"PATCH", path, "Bearer first", "application/merge-patch+json", map[string]any{"metadata": map[string]any{
			"annotations": map[string]any{"x/state": "{}"}}}},
	}, *seen)

	client, _, _ = serve(t, 409, `{"message": "the object has been modified"}`)
	conflict, err = client.Annotate(t.Context(), shop, "17", nil)
	require.NoError(t, err)
	require.True(t, conflict)
}

func TestEvent(t *testing.T) {
	client, seen, _ := serve(t, 201, `{}`)
	at := time.Date(2026, 3, 4, 5, 6, 7, 8, time.UTC)
	require.NoError(t, client.Event(t.Context(), shop, kube.Event{Reason: "Decayed", Message: strings.Repeat("ü", 600), Time: at}))
	require.Equal(t, []request{{"POST", "/api/v1/namespaces/web/events", "Bearer first", "application/json", map[string]any{
		"apiVersion": "v1", "kind": "Event",
		"metadata":       map[string]any{"name": fmt.Sprintf("shop.%x", at.UnixNano()), "namespace": "web"},
		"involvedObject": map[string]any{"apiVersion": "apps/v1", "kind": "Deployment", "namespace": "web", "name": "shop", "uid": "u-1"},
		"type":           "Normal", "reason": "Decayed", "message": strings.Repeat("ü", 510) + "…", "count": 1.0,
		"source":         map[string]any{"component": "latency-pod-autoscaler"},
		"firstTimestamp": "2026-03-04T05:06:07Z", "lastTimestamp": "2026-03-04T05:06:07Z",
	}}}, *seen)
}

// TestWhatIsToBeDone holds that every refusal says what the user can do.
func TestWhatIsToBeDone(t *testing.T) {
	forbidden := `{"kind": "Status", "message": "deployments.apps \"shop\" is forbidden: User\n \"x\" cannot do it"}`
	client, _, _ := serve(t, 403, forbidden)
	_, err := client.Metadata(t.Context(), shop)
	require.EqualError(t, err, `the API server answers 403, deployments.apps "shop" is forbidden: User "x" cannot do it; `+
		`the autoscaler's Role needs the rule {apiGroups: ["apps"], resources: [deployments], verbs: [get]}`)
	_, err = client.Annotate(t.Context(), shop, "", nil)
	require.ErrorContains(t, err, `needs the rule {apiGroups: ["apps"], resources: [deployments], verbs: [patch]}`)
	err = client.Event(t.Context(), shop, kube.Event{Time: time.Now()})
	require.ErrorContains(t, err, `needs the rule {apiGroups: [""], resources: [events], verbs: [create]}`)

	client, _, _ = serve(t, 401, `no`)
	_, err = client.Metadata(t.Context(), shop)
	require.EqualError(t, err, "the API server answers 401, Unauthorized; the service account's token is not valid there")

	client, _, _ = serve(t, 200, `<html>`)
	_, err = client.Metadata(t.Context(), shop)
	require.EqualError(t, err, "the API server's answer is not what it should be: line 1, column 1: invalid character '<' looking for beginning of value")

	client, _, _ = serve(t, 200, `{"metadata": {"annotations": [1]}}`)
	_, err = client.Metadata(t.Context(), shop)
	require.EqualError(t, err, "the API server's answer is not what it should be: line 1, column 30: metadata.annotations has the wrong kind, got array")

	client, _, _ = serve(t, 302, ``)
	_, err = client.Metadata(t.Context(), shop)
	require.EqualError(t, err, "the API server answers 302, Found")

	_, err = client.Metadata(t.Context(), kube.Object{Name: "x"})
	require.EqualError(t, err, "the resource that is scaled does not say its apiVersion, kind, metadata.namespace")

	_, err = kube.InCluster(environment(nil))
	require.EqualError(t, err, "the API server is not known: KUBERNETES_SERVICE_HOST is not set, so this is no pod of a cluster")
	folder := t.TempDir()
	_, err = kube.New("https://x", folder)
	require.EqualError(t, err, "the service account cannot be read: open "+folder+"/ca.crt: no such file or directory; automountServiceAccountToken must not be false")
	require.NoError(t, os.WriteFile(folder+"/ca.crt", []byte("x"), 0o600))
	_, err = kube.New("https://x", folder)
	require.EqualError(t, err, folder+"/ca.crt: has no certificate in PEM form")
}

// TestAServerThatDoesNotAnswer holds that no request outlives its time.
func TestAServerThatDoesNotAnswer(t *testing.T) {
	stop := make(chan struct{})
	server := httptest.NewTLSServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { <-stop }))
	defer server.Close()
	defer close(stop)
	client, err := kube.New(server.URL, serviceAccount(t, server))
	require.NoError(t, err)
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Millisecond)
	defer cancel()
	_, err = client.Metadata(ctx, shop)
	require.ErrorIs(t, err, context.DeadlineExceeded)
	require.ErrorContains(t, err, "the API server did not answer in time")
}

// TestAnotherServersCertificate holds that the token goes to nobody but the cluster's API server.
func TestAnotherServersCertificate(t *testing.T) {
	asked := false
	server := httptest.NewTLSServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { asked = true }))
	defer server.Close()
	client, err := kube.New(strings.Replace(server.URL, "127.0.0.1", "localhost", 1), serviceAccount(t, server))
	require.NoError(t, err)
	_, err = client.Metadata(t.Context(), shop)
	require.ErrorContains(t, err, "the API server cannot be asked: ")
	require.ErrorContains(t, err, "certificate")
	require.False(t, asked)
}
