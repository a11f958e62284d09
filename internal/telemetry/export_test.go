package telemetry_test

import (
	"context"
	"encoding/pem"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/latency-pod-autoscaler/lpa/internal/config"
	"github.com/latency-pod-autoscaler/lpa/internal/telemetry"
	"github.com/stretchr/testify/require"
	tracepb "go.opentelemetry.io/proto/otlp/trace/v1"
	"google.golang.org/protobuf/proto"
)

func settings(t *testing.T, values map[string]string) telemetry.Settings {
	t.Helper()
	s, problems := telemetry.Read(config.Telemetry{}, environment(values), nil)
	require.Empty(t, problems)
	return s
}

// TestReceiversInTrouble says what went wrong in one line, whatever it is.
func TestReceiversInTrouble(t *testing.T) {
	for name, test := range map[string]struct {
		answer http.HandlerFunc
		want   string
	}{
		"accepted":           {func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusAccepted) }, ""},
		"an empty partial":   {func(w http.ResponseWriter, _ *http.Request) { _, _ = w.Write([]byte{0x0a, 0}) }, ""},
		"no message at all":  {func(w http.ResponseWriter, _ *http.Request) { _, _ = w.Write([]byte("<html>ok")) }, ""},
		"some were rejected": {func(w http.ResponseWriter, _ *http.Request) { _, _ = w.Write([]byte("\x0a\x09\x08\x03\x12\x05no\nno")) }, `exporting telemetry: traces and metrics: URL: 3 were rejected: "no\nno"`},
		"only a word":        {func(w http.ResponseWriter, _ *http.Request) { _, _ = w.Write([]byte("\x0a\x07\x12\x05often")) }, `exporting telemetry: traces and metrics: URL: 0 were rejected: "often"`},
		"overloaded": {func(w http.ResponseWriter, _ *http.Request) {
			w.WriteHeader(http.StatusTooManyRequests)
			_, _ = w.Write([]byte("\x08\x08\x12\x04slow"))
		}, `exporting telemetry: traces: URL: /v1/traces answers 429: "slow"; metrics: URL: /v1/metrics answers 429: "slow"`},
		"elsewhere": {func(w http.ResponseWriter, r *http.Request) {
			http.Redirect(w, r, "/other", http.StatusTemporaryRedirect)
		},
			`exporting telemetry: traces: URL: /v1/traces answers 307; metrics: URL: /v1/metrics answers 307`},
		"one of the two": {func(w http.ResponseWriter, r *http.Request) {
			if strings.HasSuffix(r.URL.Path, "metrics") {
				http.NotFound(w, r)
			}
		}, `exporting telemetry: metrics: URL: /v1/metrics answers 404`},
		"without end": {func(w http.ResponseWriter, r *http.Request) {
			for r.Context().Err() == nil {
				_, _ = w.Write(make([]byte, 1<<16))
			}
		}, ""},
		"hung up": {func(http.ResponseWriter, *http.Request) { panic(http.ErrAbortHandler) }, `exporting telemetry: traces and metrics: URL: EOF`},
	} {
		t.Run(name, func(t *testing.T) {
			server, _ := receiver(t, test.answer)
			server.Start()
			err := settings(t, map[string]string{"OTEL_EXPORTER_OTLP_ENDPOINT": server.URL, "OTEL_EXPORTER_OTLP_TIMEOUT": "60000"}).Export(t.Context(), batch)
			if test.want == "" {
				require.NoError(t, err)
				return
			}
			require.EqualError(t, err, strings.ReplaceAll(test.want, "URL", server.URL))
		})
	}
}

// TestWhatHangsIsLeftBehind has receivers that do not answer, do not end their answer, or of which not even a file can be read: each
// costs its time, and both signals together no more.
func TestWhatHangsIsLeftBehind(t *testing.T) {
	silent, _ := receiver(t, func(_ http.ResponseWriter, r *http.Request) { <-r.Context().Done() })
	silent.Start()
	endless, _ := receiver(t, func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Length", "5")
		_ = http.NewResponseController(w).Flush()
		<-r.Context().Done()
	})
	endless.Start()
	pipe := filepath.Join(t.TempDir(), "pipe")
	require.NoError(t, syscall.Mkfifo(pipe, 0o600))
	for name, values := range map[string]map[string]string{
		"no answer":                {"OTEL_EXPORTER_OTLP_ENDPOINT": silent.URL},
		"no end":                   {"OTEL_EXPORTER_OTLP_ENDPOINT": endless.URL},
		"a file that nobody fills": {"OTEL_EXPORTER_OTLP_ENDPOINT": silent.URL, "OTEL_EXPORTER_OTLP_CERTIFICATE": pipe},
	} {
		t.Run(name, func(t *testing.T) {
			values["OTEL_EXPORTER_OTLP_TIMEOUT"] = "200"
			err := settings(t, values).Export(t.Context(), batch)
			require.Regexp(t, `^exporting telemetry: traces and metrics: (`+silent.URL+`: did not answer in time|`+endless.URL+`: did not answer in time|it takes too long)$`, err)

			values["OTEL_EXPORTER_OTLP_TIMEOUT"] = "3600000"
			ctx, cancel := context.WithTimeout(t.Context(), 100*time.Millisecond)
			defer cancel()
			require.Error(t, settings(t, values).Export(ctx, batch), "the run's own end counts")
		})
	}
}

func TestNobodyListens(t *testing.T) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	require.NoError(t, listener.Close())
	err = settings(t, map[string]string{"OTEL_EXPORTER_OTLP_ENDPOINT": "http://" + listener.Addr().String(), "OTEL_EXPORTER_OTLP_TIMEOUT": "60000"}).Export(t.Context(), batch)
	require.ErrorContains(t, err, "exporting telemetry: traces and metrics: http://"+listener.Addr().String()+": dial tcp ")
	require.ErrorContains(t, err, "connection refused")
}

// TestTLS trusts the authority that a variable names, and no other.
func TestTLS(t *testing.T) {
	server, got := receiver(t, nil)
	server.StartTLS()
	ca := filepath.Join(t.TempDir(), "ca.pem")
	require.NoError(t, os.WriteFile(ca, pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: server.Certificate().Raw}), 0o600))
	values := map[string]string{"OTEL_EXPORTER_OTLP_TRACES_ENDPOINT": server.URL + "/in", "OTEL_EXPORTER_OTLP_TIMEOUT": "60000"}
	require.ErrorContains(t, settings(t, values).Export(t.Context(), batch), "certificate signed by unknown authority")
	values["OTEL_EXPORTER_OTLP_CERTIFICATE"] = ca
	values["OTEL_EXPORTER_OTLP_HEADERS"] = "api-key=secret"
	require.NoError(t, settings(t, values).Export(t.Context(), batch))
	s := <-got
	require.Equal(t, []string{"/in", "secret"}, []string{s.request.URL.Path, s.request.Header.Get("Api-Key")})

	values["OTEL_EXPORTER_OTLP_CLIENT_KEY"] = ca
	require.ErrorContains(t, settings(t, values).Export(t.Context(), batch), "the client's certificate: open : no such file or directory")
	values["OTEL_EXPORTER_OTLP_CERTIFICATE"] = os.DevNull
	require.EqualError(t, settings(t, values).Export(t.Context(), batch), "exporting telemetry: traces: /dev/null: has no certificate in PEM form")
}

// TestTheEnvironmentNamesWhoExports lets it add to the resource, and replace what is said of itself.
func TestTheEnvironmentNamesWhoExports(t *testing.T) {
	for name, test := range map[string]struct {
		env  map[string]string
		want map[string]string
	}{
		"attributes": {map[string]string{"OTEL_RESOURCE_ATTRIBUTES": "team=a%2Cb, service.instance.id=7,service.name=x"}, map[string]string{"service.name": "x", "service.instance.id": "7", "team": "a,b"}},
		"a name":     {map[string]string{"OTEL_RESOURCE_ATTRIBUTES": "service.name=x", "OTEL_SERVICE_NAME": "y"}, map[string]string{"service.name": "y", "service.instance.id": "web/Deployment/shop"}},
	} {
		t.Run(name, func(t *testing.T) {
			server, got := receiver(t, nil)
			server.Start()
			test.env["OTEL_EXPORTER_OTLP_TRACES_ENDPOINT"] = server.URL
			test.env["OTEL_EXPORTER_OTLP_TIMEOUT"] = "60000"
			require.NoError(t, settings(t, test.env).Export(t.Context(), batch))
			var data tracepb.TracesData
			require.NoError(t, proto.Unmarshal((<-got).body, &data))
			found := map[string]string{}
			for _, a := range data.ResourceSpans[0].Resource.Attributes {
				require.NotContains(t, found, a.Key)
				found[a.Key] = a.Value.GetStringValue()
			}
			for key, value := range test.want {
				require.Equal(t, value, found[key], key)
			}
		})
	}
}
