package main

import (
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	tracepb "go.opentelemetry.io/proto/otlp/trace/v1"
	"google.golang.org/protobuf/proto"
)

// startCollector is a receiver of OpenTelemetry's protocol that hands on the spans that it gets.
func startCollector(t *testing.T) (env []string, spans <-chan *tracepb.Span) {
	t.Helper()
	got := make(chan *tracepb.Span, 10)
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, err := io.ReadAll(r.Body)
		var data tracepb.TracesData
		if err != nil || r.URL.Path != "/v1/traces" || proto.Unmarshal(body, &data) != nil {
			w.WriteHeader(http.StatusBadRequest)
			return
		}
		got <- data.ResourceSpans[0].ScopeSpans[0].Spans[0]
	}))
	t.Cleanup(server.Close)
	return []string{"OTEL_EXPORTER_OTLP_ENDPOINT=" + server.URL, "OTEL_EXPORTER_OTLP_TIMEOUT=60000"}, got
}

// attributesOf are a span's attributes that are texts and numbers.
func attributesOf(s *tracepb.Span) map[string]any {
	found := map[string]any{}
	for _, a := range s.Attributes {
		found[a.Key] = a.Value.GetStringValue()
		if n := a.Value.GetIntValue(); n != 0 {
			found[a.Key] = n
		}
	}
	return found
}

// TestARunIsASpan hands the trace on to evaluate in its result.
func TestARunIsASpan(t *testing.T) {
	server := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) {}))
	defer server.Close()
	dir := t.TempDir()
	env, spans := startCollector(t)
	cmd, stdout, stderr := command(t, self(t), dir, configuration(dir, server.URL, "runTime: 300ms", time.Minute))
	cmd.Env = append(cmd.Env, env...)
	require.NoError(t, cmd.Run(), "%s", stderr)
	require.NotContains(t, stderr.String(), "telemetry")

	m, s := parse(t, stdout), <-spans
	require.Equal(t, fmt.Sprintf("00-%x-%x-01", s.TraceId, s.SpanId), m.Trace)
	require.Empty(t, s.ParentSpanId)
	require.Equal(t, "probe", s.Name)
	require.Nil(t, s.Status)
	facts := attributesOf(s)
	require.EqualValues(t, m.NumRequests, facts["lpa.requests"])
	require.EqualValues(t, 3, facts["lpa.replicas.current"])
	require.Equal(t, []any{"scaler", "act", "127.0.0.1", string(m.Quality.Verdict)}, []any{facts["lpa.run_type"], facts["lpa.mode"], facts["server.address"], facts["lpa.verdict"]})
	require.Len(t, s.Events, 2)
	require.Less(t, s.StartTimeUnixNano, s.Events[0].TimeUnixNano)
	require.Less(t, s.Events[0].TimeUnixNano, s.Events[1].TimeUnixNano)
	require.Less(t, s.Events[1].TimeUnixNano, s.EndTimeUnixNano)
}

// TestAFailedRunIsASpanWithItsError has a script that is not there.
func TestAFailedRunIsASpanWithItsError(t *testing.T) {
	dir := t.TempDir()
	env, spans := startCollector(t)
	cmd, stdout, stderr := command(t, self(t), dir, configuration(dir, "http://localhost:1", "runTime: 300ms", time.Minute))
	require.NoError(t, os.Remove(filepath.Join(dir, "tasks.yaml")))
	cmd.Env = append(cmd.Env, env...)
	require.Error(t, cmd.Run())
	require.Empty(t, stdout.String())
	s := <-spans
	require.Equal(t, tracepb.Status_STATUS_CODE_ERROR, s.Status.GetCode())
	require.Equal(t, strings.TrimPrefix(stderr.String(), "metric: "), s.Status.GetMessage()+"\n")
	require.Empty(t, s.Events)
}

// TestACollectorThatHangs lets the export take an hour: the program ends by the timeout that the configuration says. It is
// killed later than that, so that the test does not depend on how busy the machine is.
func TestACollectorThatHangs(t *testing.T) {
	hangs := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		_, _ = io.Copy(io.Discard, r.Body) // only then the server notices that the client has gone
		<-r.Context().Done()
	}))
	defer hangs.Close()
	defer hangs.CloseClientConnections()
	server := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) {}))
	defer server.Close()
	dir := t.TempDir()
	const limit = 4 * time.Second
	cmd, stdout, stderr := command(t, self(t), dir, configuration(dir, server.URL, "runTime: 300ms", limit))
	cmd.Env = append(cmd.Env, "OTEL_EXPORTER_OTLP_ENDPOINT="+hangs.URL, "OTEL_EXPORTER_OTLP_TIMEOUT=3600000")
	require.NoError(t, cmd.Start())
	killer := time.AfterFunc(limit+time.Minute, func() { _ = cmd.Process.Kill() })
	require.NoError(t, cmd.Wait(), "%s", stderr)
	require.True(t, killer.Stop())
	parse(t, stdout)
	require.Contains(t, stderr.String(), "metric: exporting telemetry: traces: "+hangs.URL+": did not answer in time\n")
}
