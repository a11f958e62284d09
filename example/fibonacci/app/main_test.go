package main

import (
	"bytes"
	"context"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

func TestHandler(t *testing.T) {
	tests := []struct {
		name, method, path string
		status             int
		body               string
	}{
		{"health", http.MethodGet, "/healthz", http.StatusOK, "ok\n"},
		{"zero", http.MethodGet, "/fibonacci?n=0", http.StatusOK, `{"fibonacci":0,"n":0}` + "\n"},
		{"one", http.MethodGet, "/fibonacci?n=1", http.StatusOK, `{"fibonacci":1,"n":1}` + "\n"},
		{"ten", http.MethodGet, "/fibonacci?n=10", http.StatusOK, `{"fibonacci":55,"n":10}` + "\n"},
		{"no n", http.MethodGet, "/fibonacci", http.StatusBadRequest, `n: must be a whole number from 0 to 35, got ""` + "\n"},
		{"negative", http.MethodGet, "/fibonacci?n=-1", http.StatusBadRequest, `n: must be a whole number from 0 to 35, got "-1"` + "\n"},
		{"too large", http.MethodGet, "/fibonacci?n=36", http.StatusBadRequest, `n: must be a whole number from 0 to 35, got "36"` + "\n"},
		{"not a number", http.MethodGet, "/fibonacci?n=ten", http.StatusBadRequest, `n: must be a whole number from 0 to 35, got "ten"` + "\n"},
		{"other method", http.MethodPost, "/fibonacci?n=10", http.StatusMethodNotAllowed, "Method Not Allowed\n"},
		{"other path", http.MethodGet, "/", http.StatusNotFound, "404 page not found\n"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			recorder := httptest.NewRecorder()
			handler().ServeHTTP(recorder, httptest.NewRequest(tt.method, tt.path, nil))
			require.Equal(t, tt.body, recorder.Body.String())
			require.Equal(t, tt.status, recorder.Code)
		})
	}
}

func TestWrongUsage(t *testing.T) {
	tests := []struct {
		name   string
		args   []string
		port   string
		stderr string
	}{
		{"unknown command", []string{"burn"}, "5000", `fibonacci: usage: fibonacci | fibonacci load -url URL | fibonacci files FOLDER, got ["burn"]`},
		{"files without a folder", []string{"files"}, "5000", `fibonacci: usage: fibonacci | fibonacci load -url URL | fibonacci files FOLDER, got ["files"]`},
		{"port not a number", nil, "http", `fibonacci: PORT: must be 1 to 65535, got "http"`},
		{"port too large", nil, "65536", `fibonacci: PORT: must be 1 to 65535, got "65536"`},
		{"no workers", []string{"load", "-workers", "0"}, "5000", `fibonacci: load: -workers: must be 1 to 1000, got 0`},
		{"url without host", []string{"load", "-url", "/fibonacci"}, "5000", `fibonacci: load: -url: must be an http URL, got "/fibonacci"`},
		{"no reuse", []string{"load", "-reuse", "0"}, "5000", `fibonacci: load: -reuse: must be at least 1, got 0`},
		{"unknown flag", []string{"load", "-rate", "1"}, "5000", `fibonacci: load: flag provided but not defined: -rate`},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			var stdout, stderr bytes.Buffer
			env := func(name string) (string, bool) { return tt.port, name == "PORT" }
			require.Equal(t, 2, run(t.Context(), tt.args, env, &stdout, &stderr))
			require.Equal(t, tt.stderr+"\n", stderr.String())
			require.Empty(t, stdout.String())
		})
	}
}

// TestServeDrains follows a client across the stop: it is answered during the drain and told to reconnect, and then the server ends.
func TestServeDrains(t *testing.T) {
	ctx, stop := context.WithCancel(t.Context())
	lines, stdout := io.Pipe()
	ended := make(chan error, 1)
	go func() {
		ended <- serve(ctx, "127.0.0.1:0", handler(), time.Second, stdout)
		stdout.Close()
	}()
	line := make([]byte, 100)
	n, err := lines.Read(line)
	require.NoError(t, err)
	go func() { _, _ = io.Copy(io.Discard, lines) }()
	url := "http://" + strings.TrimSpace(strings.TrimPrefix(string(line[:n]), "serving on ")) + "/fibonacci?n=10"

	response, err := http.Get(url)
	require.NoError(t, err)
	response.Body.Close()
	require.False(t, response.Close, "a connection lasts while the server does")

	stop()
	require.Eventually(t, func() bool {
		response, err := http.Get(url)
		if err != nil {
			return false
		}
		response.Body.Close()
		return response.Close
	}, 900*time.Millisecond, 5*time.Millisecond, "requests during the drain are answered, with Connection: close")
	require.NoError(t, <-ended)
	_, err = http.Get(url)
	require.Error(t, err)
}

// TestLoad drives a server for a moment and checks that clients reconnect and the report counts what they saw.
func TestLoad(t *testing.T) {
	var mu sync.Mutex
	connections := map[string]int{}
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		mu.Lock()
		defer mu.Unlock()
		connections[r.RemoteAddr]++
		if r.URL.Path == "/broken" {
			w.WriteHeader(http.StatusInternalServerError)
		}
	}))
	defer server.Close()
	line := regexp.MustCompile(`^(\d+\.\d) requests/s, p50 (\d+|NaN) ms, p95 (\d+|NaN) ms, (\d+) failures$`)

	run := func(path string) []string {
		ctx, cancel := context.WithTimeout(t.Context(), 700*time.Millisecond)
		defer cancel()
		var stdout bytes.Buffer
		args := []string{"-url", server.URL + path, "-workers", "2", "-every", "10ms", "-reuse", "3", "-report", "300ms"}
		require.NoError(t, runLoad(ctx, args, &stdout))
		first, _, _ := strings.Cut(stdout.String(), "\n")
		require.Regexp(t, line, first)
		return line.FindStringSubmatch(first)
	}

	fields := run("/")
	require.NotEqual(t, "0.0", fields[1])
	require.NotEqual(t, "NaN", fields[2])
	require.Equal(t, "0", fields[4])
	mu.Lock()
	require.Greater(t, len(connections), 2, "two clients that reconnect use more than two connections")
	for address, requests := range connections {
		require.LessOrEqual(t, requests, 3, "requests on the connection of %s", address)
	}
	mu.Unlock()

	fields = run("/broken")
	require.Equal(t, "0.0", fields[1])
	require.Equal(t, "NaN", fields[2])
	require.NotEqual(t, "0", fields[4])
}

func TestQuantile(t *testing.T) {
	var hundred []time.Duration
	for i := range 100 {
		hundred = append(hundred, time.Duration(i+1)*time.Millisecond)
	}
	require.Equal(t, 50.0, quantile(hundred, 0.50))
	require.Equal(t, 95.0, quantile(hundred, 0.95))
	require.Equal(t, 1.0, quantile(hundred[:1], 0.95))
}

// TestFiles serves a folder the way the end-to-end test reads the autoscaler's state.
func TestFiles(t *testing.T) {
	folder := t.TempDir()
	require.NoError(t, os.WriteFile(filepath.Join(folder, "state.json"), []byte("{}"), 0o600))
	ctx, stop := context.WithCancel(t.Context())
	free, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	port := strconv.Itoa(free.Addr().(*net.TCPAddr).Port)
	require.NoError(t, free.Close())
	var stdout, stderr bytes.Buffer
	ended := make(chan int, 1)
	env := func(name string) (string, bool) { return port, name == "PORT" }
	go func() { ended <- run(ctx, []string{"files", folder}, env, &stdout, &stderr) }()
	require.Eventually(t, func() bool {
		response, err := http.Get("http://127.0.0.1:" + port + "/state.json")
		if err != nil {
			return false
		}
		defer response.Body.Close()
		body, err := io.ReadAll(response.Body)
		return err == nil && string(body) == "{}"
	}, 5*time.Second, 10*time.Millisecond)
	stop()
	require.Zero(t, <-ended, "%s", &stderr)
}
