package main

import (
	"bufio"
	"context"
	"encoding/json"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"testing"

	"github.com/latency-pod-autoscaler/lpa/internal/program"
	"github.com/stretchr/testify/require"
)

// TestDashboardServes runs the command until it is asked to end, as Ctrl-C and SIGTERM do.
func TestDashboardServes(t *testing.T) {
	const token = "sixteen characters"
	file := filepath.Join(t.TempDir(), "token")
	require.NoError(t, os.WriteFile(file, []byte(token+"\n"), 0o600))
	ctx, stop := context.WithCancel(t.Context())
	defer stop()
	reader, writer := io.Pipe()
	ended := make(chan int, 1)
	go func() {
		ended <- run(ctx, program.Process{Name: "lpa", Args: []string{"dashboard", recordedLog, "--listen", "127.0.0.1:0", "--token-file", file, "--log-format", "json"},
			Env: func(string) (string, bool) { return "", false }, Stdout: io.Discard, Stderr: writer})
		writer.Close()
	}()
	lines := bufio.NewScanner(reader)
	said := func() (line map[string]any) {
		t.Helper()
		require.True(t, lines.Scan())
		require.NoError(t, json.Unmarshal(lines.Bytes(), &line))
		return line
	}
	serving := said()
	require.Equal(t, []any{"serving", recordedLog}, []any{serving["msg"], serving["log"]})
	read := said()
	require.Equal(t, []any{"the log is read", 13.0, 0.0}, []any{read["msg"], read["decisions"], read["damaged"]})

	status := func(authorization string) int {
		request, err := http.NewRequestWithContext(t.Context(), "GET", serving["url"].(string)+"/metrics", nil)
		require.NoError(t, err)
		request.Header.Set("Authorization", authorization)
		response, err := http.DefaultClient.Do(request)
		require.NoError(t, err)
		defer response.Body.Close()
		return response.StatusCode
	}
	require.Equal(t, 401, status(""))
	require.Equal(t, 200, status("Bearer "+token))
	events, err := http.NewRequestWithContext(t.Context(), "GET", serving["url"].(string)+"/api/events", nil)
	require.NoError(t, err)
	events.Header.Set("Authorization", "Bearer "+token)
	open, err := http.DefaultClient.Do(events)
	require.NoError(t, err)
	defer open.Body.Close()

	stop()
	require.Equal(t, "stopped", said()["msg"])
	require.Equal(t, program.OK, <-ended, "a page that is open does not hold it up")
}

// TestDashboardToken is of a Secret that was made of a file, and so ends with a newline.
func TestDashboardToken(t *testing.T) {
	p := program.Process{Env: func(string) (string, bool) { return "sixteen characters\n", true }}
	token, err := dashboardFlags{}.token(p)
	require.NoError(t, err)
	require.Equal(t, "sixteen characters", token)
}
