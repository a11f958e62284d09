package main

import (
	"bytes"
	"encoding/json"
	"encoding/pem"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"github.com/latency-pod-autoscaler/lpa/internal/scaling"
	"github.com/latency-pod-autoscaler/lpa/internal/state"
	"github.com/stretchr/testify/require"
)

// apiServer is a cluster's API server as far as announcements need one.
type apiServer struct {
	*httptest.Server
	env []string // of a pod in the cluster

	mu   sync.Mutex
	seen []announced
}

type announced struct {
	request string
	body    map[string]any
}

func startAPIServer(t *testing.T, answer http.HandlerFunc) *apiServer {
	t.Helper()
	s := &apiServer{}
	s.Server = httptest.NewTLSServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		var body map[string]any
		data, _ := io.ReadAll(r.Body)
		_ = json.Unmarshal(data, &body)
		s.mu.Lock()
		s.seen = append(s.seen, announced{r.Method + " " + r.URL.Path, body})
		s.mu.Unlock()
		answer(w, r)
	}))
	t.Cleanup(s.Close)
	folder := t.TempDir()
	ca := pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: s.Certificate().Raw})
	require.NoError(t, os.WriteFile(filepath.Join(folder, "ca.crt"), ca, 0o600))
	require.NoError(t, os.WriteFile(filepath.Join(folder, "token"), []byte("t"), 0o600))
	address, err := url.Parse(s.URL)
	require.NoError(t, err)
	s.env = []string{"KUBERNETES_SERVICE_HOST=" + address.Hostname(), "KUBERNETES_SERVICE_PORT=" + address.Port(), "serviceAccountPath=" + folder}
	return s
}

// take is what was announced since the last call: the reasons of Events, and the annotations.
func (s *apiServer) take() (events []map[string]any, annotations []string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, a := range s.seen {
		switch a.request {
		case "POST /api/v1/namespaces/web/events":
			events = append(events, a.body)
		case "PATCH /apis/apps/v1/namespaces/web/deployments/shop":
			annotations = append(annotations, a.body["metadata"].(map[string]any)["annotations"].(map[string]any)[decisionAnnotation].(string))
		}
	}
	s.seen = nil
	return events, annotations
}

const (
	breached = "9"
	met      = "4"
)

// announce runs the real program once with a measurement of so many milliseconds.
func announce(t *testing.T, dir string, env []string, ms string) (stdout, stderr string) {
	t.Helper()
	cmd := evaluation(t, self(t), dir)
	cmd.Stdin = strings.NewReader(`{"metrics": [{"value": "{\"requests\": {\"GET_/a\": {\"avg_response_time\": ` + ms + `}}}"}], "runType": "scaler",
		"resource": {"apiVersion": "apps/v1", "kind": "Deployment", "metadata": {"namespace": "web", "name": "shop", "uid": "u-1"}, "spec": {"replicas": 5}}}`)
	cmd.Env = append(cmd.Env, env...)
	var out, said bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &said
	require.NoError(t, cmd.Run(), "%s", &said)
	return out.String(), said.String()
}

func ok(w http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(w, "{}") }

func TestAnnouncements(t *testing.T) {
	server := startAPIServer(t, ok)
	dir := configure(t)
	env := append(server.env, "announce={event: true, annotation: true}")

	stdout, stderr := announce(t, dir, env, breached)
	require.Equal(t, "{\"targetReplicas\":6}\n", stdout)
	require.Equal(t, "evaluate: mean of GET /a is 9 ms against 5 ms: 5 → 6\n", stderr)
	events, annotations := server.take()
	require.Len(t, events, 1)
	require.Equal(t, "TargetBreached", events[0]["reason"])
	require.Equal(t, "Normal", events[0]["type"])
	require.Equal(t, "mean of GET /a is 9 ms against 5 ms: 5 → 6", events[0]["message"])
	require.Equal(t, map[string]any{"apiVersion": "apps/v1", "kind": "Deployment", "namespace": "web", "name": "shop", "uid": "u-1"}, events[0]["involvedObject"])
	require.Len(t, annotations, 1)
	require.Regexp(t, `^20\d\d-\d\d-\d\dT\d\d:\d\d:\d\dZ TargetBreached: mean of GET /a is 9 ms against 5 ms: 5 → 6$`, annotations[0])

	// What had no effect and is asked for again is no news, and neither is a hold for the same reason; another reason is.
	for _, step := range []struct {
		ms     string
		reason []string
	}{{breached, nil}, {met, []string{"WithinTarget"}}, {met, nil}, {breached, []string{"TargetBreached"}}} {
		announce(t, dir, env, step.ms)
		events, annotations = server.take()
		var reasons []string
		for _, event := range events {
			reasons = append(reasons, event["reason"].(string))
		}
		require.Equal(t, step.reason, reasons)
		require.Len(t, annotations, 1, "the annotation is always the last decision's")
	}

	stdout, _ = announce(t, dir, append(env, "mode=observe"), breached)
	require.Equal(t, "{\"targetReplicas\":5}\n", stdout)
	events, annotations = server.take()
	require.Len(t, events, 1)
	require.Equal(t, "observing only: mean of GET /a is 9 ms against 5 ms: 5 → 6", events[0]["message"])
	require.Contains(t, annotations[0], "observing only: ")

	announce(t, dir, server.env, met)
	events, annotations = server.take()
	require.Empty(t, events, "nothing is announced unless it is wanted")
	require.Empty(t, annotations)
}

func TestDryRunsAnnounceNothing(t *testing.T) {
	server := startAPIServer(t, ok)
	dir := configure(t)
	cmd := evaluation(t, self(t), dir)
	cmd.Stdin = strings.NewReader(`{"metrics": [{"value": "{\"requests\": {\"GET_/a\": {\"avg_response_time\": 9}}}"}], "runType": "api_dry_run", "resource": {"spec": {"replicas": 5}}}`)
	cmd.Env = append(append(cmd.Env, server.env...), "announce={event: true, annotation: true}")
	require.NoError(t, cmd.Run())
	events, annotations := server.take()
	require.Empty(t, events)
	require.Empty(t, annotations)
	require.NoFileExists(t, filepath.Join(dir, "decisions.jsonl"))
}

// TestAnnouncementsThatFail holds that whatever the API server does, the answer is given, and it is said what is wrong.
func TestAnnouncementsThatFail(t *testing.T) {
	for name, test := range map[string]struct {
		answer http.HandlerFunc
		want   []string
	}{
		"the Role does not allow it": {func(w http.ResponseWriter, _ *http.Request) {
			w.WriteHeader(http.StatusForbidden)
			_, _ = io.WriteString(w, `{"message": "User cannot do it"}`)
		}, []string{
			`announcing an Event: the API server answers 403, User cannot do it; the autoscaler's Role needs the rule {apiGroups: [""], resources: [events], verbs: [create]}`,
			`announcing by an annotation: the API server answers 403, User cannot do it; the autoscaler's Role needs the rule {apiGroups: ["apps"], resources: [deployments], verbs: [patch]}`,
		}},
		"it hangs": {func(_ http.ResponseWriter, r *http.Request) { <-r.Context().Done() }, []string{
			"announcing an Event: the API server did not answer in time", "announcing by an annotation: the API server did not answer in time",
		}},
		"it answers with nonsense": {func(w http.ResponseWriter, _ *http.Request) {
			w.WriteHeader(http.StatusTeapot)
		}, []string{"announcing an Event: the API server answers 418, I'm a teapot"}},
		"it hangs up": {func(http.ResponseWriter, *http.Request) { panic(http.ErrAbortHandler) }, []string{
			"announcing an Event: the API server cannot be asked: ",
		}},
	} {
		t.Run(name, func(t *testing.T) {
			server := startAPIServer(t, test.answer)
			dir := configure(t)
			stdout, stderr := announce(t, dir, append(server.env, "announce={event: true, annotation: true}",
				"evaluate={type: shell, timeout: 1000, shell: {entrypoint: /evaluate}}"), breached)
			require.Equal(t, "{\"targetReplicas\":6}\n", stdout)
			for _, want := range test.want {
				require.Contains(t, stderr, "evaluate: "+want)
			}
			kept, _ := logged(t, dir)
			require.Len(t, kept, 1)
		})
	}
	_, stderr := announce(t, configure(t), []string{"announce={event: true}", "KUBERNETES_SERVICE_HOST="}, breached)
	require.Contains(t, stderr, "evaluate: announcing an Event: the API server is not known: KUBERNETES_SERVICE_HOST is not set, so this is no pod of a cluster\n")
}

func TestWorthAnEvent(t *testing.T) {
	record := func(current, desired int, reason scaling.Reason) state.Record {
		return state.Record{Decision: scaling.Decision{Current: current, Desired: desired, Reason: reason}}
	}
	hold, up := record(4, 4, scaling.WithinTarget), record(4, 5, scaling.TargetBreached)
	for name, test := range map[string]struct {
		now    state.Record
		last   *state.Record
		logged bool
		want   bool
	}{
		"the first of a log":                {hold, nil, true, true},
		"without a log, a hold is no news":  {hold, nil, false, false},
		"without a log, a change is":        {up, nil, false, true},
		"the same hold":                     {hold, &hold, true, false},
		"the same hold of other replicas":   {record(5, 5, scaling.WithinTarget), &hold, true, false},
		"another reason":                    {record(4, 4, scaling.Untrusted), &hold, true, true},
		"a change":                          {up, &hold, true, true},
		"the same change again":             {up, &up, true, false},
		"the same change of other replicas": {record(5, 6, scaling.TargetBreached), &up, true, true},
	} {
		require.Equal(t, test.want, worthAnEvent(test.now, test.last, test.logged), name)
	}
	require.True(t, warns(scaling.Untrusted))
	require.False(t, warns(scaling.Decayed))
}
