package state_test

import (
	"context"
	"encoding/json"
	"encoding/pem"
	"io"
	"maps"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"testing"

	"github.com/latency-pod-autoscaler/lpa/internal/kube"
	"github.com/latency-pod-autoscaler/lpa/internal/scaling"
	"github.com/latency-pod-autoscaler/lpa/internal/state"
	"github.com/stretchr/testify/require"
)

// cluster is an API server with one Deployment.
type cluster struct {
	mu          sync.Mutex
	version     int
	annotations map[string]string
	requests    int
	refuse      map[string]int // the status to answer to a method with
	// before is called with the lock held before a request is answered.
	before func(method string)
	env    kube.Lookup
}

func newCluster(t *testing.T, annotations map[string]string) *cluster {
	t.Helper()
	if annotations == nil {
		annotations = map[string]string{}
	}
	c := &cluster{version: 1, annotations: annotations, refuse: map[string]int{}}
	server := httptest.NewTLSServer(c)
	t.Cleanup(server.Close)
	folder := t.TempDir()
	ca := pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: server.Certificate().Raw})
	require.NoError(t, os.WriteFile(filepath.Join(folder, "ca.crt"), ca, 0o600))
	require.NoError(t, os.WriteFile(filepath.Join(folder, "token"), []byte("x"), 0o600))
	address, err := url.Parse(server.URL)
	require.NoError(t, err)
	values := map[string]string{"KUBERNETES_SERVICE_HOST": address.Hostname(), "KUBERNETES_SERVICE_PORT": address.Port(), "serviceAccountPath": folder}
	c.env = func(name string) (string, bool) { v, set := values[name]; return v, set }
	return c
}

func (c *cluster) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.requests++
	if c.before != nil {
		c.before(r.Method)
	}
	if code := c.refuse[r.Method]; code != 0 {
		w.WriteHeader(code)
		return
	}
	if r.URL.Path != "/apis/apps/v1/namespaces/web/deployments/shop" {
		w.WriteHeader(http.StatusNotFound)
		return
	}
	if r.Method == http.MethodPatch && !c.patch(r.Body) {
		w.WriteHeader(http.StatusConflict)
		return
	}
	_ = json.NewEncoder(w).Encode(map[string]any{"metadata": map[string]any{"resourceVersion": strconv.Itoa(c.version), "annotations": c.annotations}})
}

func (c *cluster) patch(body io.Reader) bool {
	var change struct {
		Metadata struct {
			ResourceVersion string
			Annotations     map[string]*string
		}
	}
	if json.NewDecoder(body).Decode(&change) != nil || change.Metadata.ResourceVersion != strconv.Itoa(c.version) {
		return false
	}
	c.version++
	for key, value := range change.Metadata.Annotations {
		if delete(c.annotations, key); value != nil {
			c.annotations[key] = *value
		}
	}
	return true
}

// kept is the state's annotation.
func (c *cluster) kept() string {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.annotations[state.Annotation]
}

// store keeps its state in the cluster and in a folder.
func (c *cluster) store(dir string) state.Store {
	c.mu.Lock()
	defer c.mu.Unlock()
	object := kube.Object{APIVersion: "apps/v1", Kind: "Deployment", Namespace: "web", Name: "shop"}
	return state.Store{Path: filepath.Join(dir, "state.json"), Of: object.Identity(), Resource: state.OnResource(c.env, object, maps.Clone(c.annotations))}
}

func update(t *testing.T, s state.Store) (warning string) {
	t.Helper()
	warning, err := s.Update(t.Context(), increment)
	require.NoError(t, err)
	return warning
}

func TestTheResourceKeepsTheStateWhenThePodIsLost(t *testing.T) {
	c := newCluster(t, map[string]string{"other": "stays"})
	dir := t.TempDir()
	require.Empty(t, update(t, c.store(dir)))
	require.Empty(t, update(t, c.store(dir)))
	want := `{"version":1,"run":2,"resource":"Deployment web/shop","runs_since_change":2,"last_replicas":3}`
	require.JSONEq(t, want, c.kept())
	file, err := os.ReadFile(filepath.Join(dir, "state.json"))
	require.NoError(t, err)
	require.JSONEq(t, want, string(file))

	require.Empty(t, update(t, c.store(t.TempDir())), "a new pod has a new folder")
	require.JSONEq(t, `{"version":1,"run":3,"resource":"Deployment web/shop","runs_since_change":3,"last_replicas":3}`, c.kept())
	require.Equal(t, "stays", c.annotations["other"])
}

// TestACopiedAnnotation is one that came with a Deployment that was copied: it is about other pods.
func TestACopiedAnnotation(t *testing.T) {
	copied := `{"version":1,"run":800,"resource":"Deployment web/cart","runs_since_change":9,"last_replicas":3}`
	c := newCluster(t, map[string]string{state.Annotation: copied})
	require.Equal(t, "reading state: the annotation latency-pod-autoscaler.github.io/state of Deployment shop: is that of "+
		`"Deployment web/cart", and this autoscaler scales "Deployment web/shop": each needs a state of its own; `+
		"starting afresh, which never takes replicas away in its first run\n"+
		"the annotation that cannot be used is kept as latency-pod-autoscaler.github.io/state.bad", update(t, c.store(t.TempDir())))
	require.JSONEq(t, `{"version":1,"run":1,"resource":"Deployment web/shop","runs_since_change":1,"last_replicas":3}`, c.kept())
	require.Equal(t, copied, c.annotations["latency-pod-autoscaler.github.io/state.bad"])
}

func TestTheNewerCopyIsTheState(t *testing.T) {
	for name, test := range map[string]struct {
		annotation, file string
		want             scaling.State
	}{
		"the resource's is newer":                 {`{"version":1,"run":9,"resource":"Deployment web/shop","runs_since_change":5,"last_replicas":3}`, `{"version":1,"run":8,"resource":"Deployment web/shop","runs_since_change":1,"last_replicas":3}`, scaling.State{RunsSinceChange: 5, LastReplicas: at(3)}},
		"the file is newer":                       {`{"version":1,"run":8,"resource":"Deployment web/shop","runs_since_change":5,"last_replicas":3}`, `{"version":1,"run":9,"resource":"Deployment web/shop","runs_since_change":1,"last_replicas":3}`, scaling.State{RunsSinceChange: 1, LastReplicas: at(3)}},
		"a newer file that remembers nothing":     {`{"version":1,"run":8,"resource":"Deployment web/shop","runs_since_change":5,"last_replicas":3}`, `{"version":1,"run":9,"resource":"Deployment web/shop","runs_since_change":0}`, scaling.State{RunsSinceChange: 5, LastReplicas: at(3)}},
		"a newer resource that knows nothing":     {`{"version":1,"run":9,"resource":"Deployment web/shop","runs_since_change":0}`, `{"version":1,"run":8,"resource":"Deployment web/shop","runs_since_change":1,"last_replicas":3}`, scaling.State{RunsSinceChange: 1, LastReplicas: at(3)}},
		"only the file":                           {``, `{"version":1,"run":8,"resource":"Deployment web/shop","runs_since_change":1,"last_replicas":3}`, scaling.State{RunsSinceChange: 1, LastReplicas: at(3)}},
		"only the resource":                       {`{"version":1,"run":9,"resource":"Deployment web/shop","runs_since_change":5,"last_replicas":3}`, ``, scaling.State{RunsSinceChange: 5, LastReplicas: at(3)}},
		"a file of before there were runs":        {``, `{"version":1,"runs_since_change":1,"last_replicas":3}`, scaling.State{RunsSinceChange: 1, LastReplicas: at(3)}},
		"neither":                                 {``, ``, scaling.State{Fresh: true}},
		"the resource's is of a later program":    {`{"version":2,"run":9,"runs_since_change":5,"last_replicas":3}`, `{"version":1,"run":8,"resource":"Deployment web/shop","runs_since_change":1,"last_replicas":3}`, scaling.State{RunsSinceChange: 1, LastReplicas: at(3)}},
		"the file is damaged, the resource's not": {`{"version":1,"run":9,"resource":"Deployment web/shop","runs_since_change":5,"last_replicas":3}`, `{`, scaling.State{RunsSinceChange: 5, LastReplicas: at(3)}},
		"both are damaged":                        {`{`, `{`, scaling.State{Fresh: true}},
	} {
		t.Run(name, func(t *testing.T) {
			c := newCluster(t, map[string]string{state.Annotation: test.annotation})
			dir := t.TempDir()
			if test.file != "" {
				require.NoError(t, os.WriteFile(filepath.Join(dir, "state.json"), []byte(test.file), 0o600))
			}
			store := c.store(dir)
			require.Equal(t, test.want, store.Read(t.Context()).State)
			update(t, store)
			loaded := store.Read(t.Context())
			require.Equal(t, test.want.RunsSinceChange+1, loaded.State.RunsSinceChange)
			require.Empty(t, loaded.Warning, "both are good again")
		})
	}
}

func TestAnUnusableAnnotationIsSetAside(t *testing.T) {
	later := `{"version":2,"much":"` + strings.Repeat("x", 20_000) + `"}`
	c := newCluster(t, map[string]string{state.Annotation: later})
	warning := update(t, c.store(t.TempDir()))
	require.Equal(t, "reading state: the annotation latency-pod-autoscaler.github.io/state of Deployment shop: has version 2, and this program knows version 1; "+
		"starting afresh, which never takes replicas away in its first run\n"+
		"the annotation that cannot be used is kept as latency-pod-autoscaler.github.io/state.bad", warning)
	require.JSONEq(t, `{"version":1,"run":1,"resource":"Deployment web/shop","runs_since_change":1,"last_replicas":3}`, c.kept())
	require.Equal(t, later[:16<<10], c.annotations["latency-pod-autoscaler.github.io/state.bad"], "cut, as annotations have a bound")
}

// TestWithoutTheAPIServer holds that the file goes on where the resource left off, and the other way round.
func TestWithoutTheAPIServer(t *testing.T) {
	c := newCluster(t, nil)
	dir := t.TempDir()
	update(t, c.store(dir))

	c.refuse[http.MethodGet] = http.StatusForbidden
	warning := update(t, c.store(dir))
	require.Equal(t, `reading state: the API server answers 403, Forbidden; the autoscaler's Role needs the rule {apiGroups: ["apps"], resources: [deployments], verbs: [get]}; `+
		"the file, "+dir+"/state.json, is used meanwhile", warning)
	require.JSONEq(t, `{"version":1,"run":1,"resource":"Deployment web/shop","runs_since_change":1,"last_replicas":3}`, c.kept())

	clear(c.refuse)
	c.refuse[http.MethodPatch] = http.StatusForbidden
	warning = update(t, c.store(dir))
	require.Equal(t, `saving state on Deployment shop: the API server answers 403, Forbidden; the autoscaler's Role needs the rule {apiGroups: ["apps"], resources: [deployments], verbs: [patch]}; `+
		"it is kept in the file, "+dir+"/state.json, meanwhile", warning)

	clear(c.refuse)
	require.Empty(t, update(t, c.store(dir)))
	require.JSONEq(t, `{"version":1,"run":4,"resource":"Deployment web/shop","runs_since_change":4,"last_replicas":3}`, c.kept(), "no run was lost")

	c.refuse[http.MethodGet] = http.StatusInternalServerError
	lost := t.TempDir()
	loaded := c.store(lost).Read(t.Context())
	require.Equal(t, 4, loaded.State.RunsSinceChange, "what the framework handed over is better than nothing")
	require.ErrorContains(t, func() error { _, err := unwritable(c, t).Update(t.Context(), increment); return err }(), "saving state: ")
}

// unwritable is a store without a place for files, also for root.
func unwritable(c *cluster, t *testing.T) state.Store {
	t.Helper()
	dir := t.TempDir()
	for _, name := range []string{"state.json.lock", "state.json.tmp"} {
		require.NoError(t, os.Mkdir(filepath.Join(dir, name), 0o755))
	}
	return c.store(dir)
}

func TestWithoutAPlaceForFilesTheResourceIsEnough(t *testing.T) {
	c := newCluster(t, nil)
	require.Empty(t, update(t, unwritable(c, t)))
	require.Empty(t, update(t, unwritable(c, t)))
	require.JSONEq(t, `{"version":1,"run":2,"resource":"Deployment web/shop","runs_since_change":2,"last_replicas":3}`, c.kept())
}

func TestOutsideOfACluster(t *testing.T) {
	dir := t.TempDir()
	env := func(string) (string, bool) { return "", false }
	store := state.Store{Path: filepath.Join(dir, "state.json"), Resource: state.OnResource(env, kube.Object{}, nil)}
	warning := update(t, store)
	require.Equal(t, "reading state: the API server is not known: KUBERNETES_SERVICE_HOST is not set, so this is no pod of a cluster; "+
		"the file, "+dir+"/state.json, is used meanwhile; starting afresh, which never takes replicas away in its first run", warning)
	require.Equal(t, 1, store.Read(t.Context()).State.RunsSinceChange)
}

// TestConflicts holds that changes of the resource by others are no trouble: they are waited for, and another state there
// is decided from anew.
func TestConflicts(t *testing.T) {
	t.Run("its status changes", func(t *testing.T) {
		c := newCluster(t, nil)
		times := 3
		c.before = func(method string) {
			if method == http.MethodPatch && times > 0 {
				c.version++
				times--
			}
		}
		require.Empty(t, update(t, c.store(t.TempDir())))
		require.JSONEq(t, `{"version":1,"run":1,"resource":"Deployment web/shop","runs_since_change":1,"last_replicas":3}`, c.kept())
	})
	t.Run("its status changes all the time", func(t *testing.T) {
		c := newCluster(t, nil)
		c.before = func(string) { c.version++ }
		dir := t.TempDir()
		require.Equal(t, "saving state on Deployment shop: Deployment shop changed 8 times in a row; it is kept in the file, "+dir+"/state.json, meanwhile", update(t, c.store(dir)))
		c.before = nil
		require.Equal(t, 1, c.store(dir).Read(t.Context()).State.RunsSinceChange)
	})
	t.Run("another autoscaler was quicker", func(t *testing.T) {
		c := newCluster(t, nil)
		c.before = func(method string) {
			if method == http.MethodPatch && c.kept0() == "" {
				c.version++
				c.annotations[state.Annotation] = `{"version":1,"run":7,"resource":"Deployment web/shop","runs_since_change":5,"last_replicas":3}`
			}
		}
		require.Empty(t, update(t, c.store(t.TempDir())))
		require.JSONEq(t, `{"version":1,"run":8,"resource":"Deployment web/shop","runs_since_change":6,"last_replicas":3}`, c.kept(), "neither run is lost")
	})
	t.Run("many at once, without a common folder", func(t *testing.T) {
		c := newCluster(t, nil)
		var wg sync.WaitGroup
		for range 4 {
			store := c.store(t.TempDir())
			wg.Go(func() {
				// One that is overtaken again and again says that it was not saved, and is not counted.
				for {
					if _, err := store.Update(context.Background(), increment); err == nil {
						return
					}
				}
			})
		}
		wg.Wait()
		require.JSONEq(t, `{"version":1,"run":4,"resource":"Deployment web/shop","runs_since_change":4,"last_replicas":3}`, c.kept())
	})
}

// kept0 is kept for those that hold the lock.
func (c *cluster) kept0() string { return c.annotations[state.Annotation] }

func TestReadingChangesNothing(t *testing.T) {
	c := newCluster(t, map[string]string{state.Annotation: "{"})
	c.refuse[http.MethodPatch] = http.StatusTeapot
	dir := t.TempDir()
	loaded := c.store(dir).Read(t.Context())
	require.True(t, loaded.State.Fresh)
	require.Equal(t, 1, c.requests)
	entries, err := os.ReadDir(dir)
	require.NoError(t, err)
	require.Empty(t, entries)
}
