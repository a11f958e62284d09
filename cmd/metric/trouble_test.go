package main

import (
	"bufio"
	"context"
	"crypto/tls"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"path"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/latency-pod-autoscaler/lpa/loadtest"
	"github.com/stretchr/testify/require"
)

// TestServicesInTrouble runs the real program against services that fail in each way there is. It ends by itself well
// before the framework would kill it, with a result in which nothing is faster than it was: no latency at all, or one that
// is only a lower bound.
func TestServicesInTrouble(t *testing.T) {
	for name, service := range map[string]func(t *testing.T) string{
		"hangs": served(func(_ http.ResponseWriter, r *http.Request) { <-r.Context().Done() }),
		"refuses": func(t *testing.T) string {
			listener, err := net.Listen("tcp", "127.0.0.1:0")
			require.NoError(t, err)
			require.NoError(t, listener.Close())
			return "http://" + listener.Addr().String()
		},
		"resets":             raw(func(c net.Conn) { _ = c.(*net.TCPConn).SetLinger(0) }),
		"500 at once":        served(func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusInternalServerError) }),
		"answers garbage":    raw(func(c net.Conn) { _, _ = io.WriteString(c, "SSH-2.0-OpenSSH_9.2p1\r\n") }),
		"redirects for ever": served(func(w http.ResponseWriter, r *http.Request) { http.Redirect(w, r, "/x", http.StatusFound) }),
	} {
		t.Run(name, func(t *testing.T) {
			const limit = 5 * time.Second
			dir := t.TempDir()
			cmd, stdout, stderr := command(t, self(t), dir, configuration(dir, service(t), "runTime: 300ms", limit))
			require.NoError(t, cmd.Start())
			killer := time.AfterFunc(limit, func() { _ = cmd.Process.Kill() })
			require.NoError(t, cmd.Wait(), "%s", stderr)
			require.True(t, killer.Stop())

			r := parse(t, stdout).Requests["GET_/x"]
			require.Positive(t, r.NumFailures+r.Unfinished)
			require.Equal(t, r.NumFailures, r.NumRequests, "nothing succeeded")
			require.Nil(t, r.Min)
			for key, value := range map[string]*float64{
				"avg_response_time": r.Average, "median_response_time": r.Median, "max_response_time": r.Max,
			} {
				if value != nil {
					require.Contains(t, r.AtLeast, key)
				}
			}
			for key, p := range r.Percentiles {
				require.True(t, p.Failed || p.AtLeast, key)
				require.Equal(t, p.Failed, p.Value == nil, key)
			}
		})
	}
}

// TestAServiceThatStopsAnswering answers hundreds of requests at once, and then none: few of all, and each user waits.
func TestAServiceThatStopsAnswering(t *testing.T) {
	var requests atomic.Int64
	host := served(func(_ http.ResponseWriter, r *http.Request) {
		if requests.Add(1) > 300 {
			<-r.Context().Done()
		}
	})(t)
	dir := t.TempDir()
	cmd, stdout, stderr := command(t, self(t), dir, configuration(dir, host, "runTime: 3s", time.Minute))
	require.NoError(t, cmd.Run(), "%s", stderr)
	m := parse(t, stdout)
	require.Equal(t, loadtest.VerdictOK, m.Quality.Verdict)
	require.Less(t, *m.Requests["GET_/x"].Percentiles["p97.5"].Value, 400.0, "which is within the target")
	waits := "5 of 5 users were waiting for longer than 400 ms, and than any answer took, when the run ended, as if the service, or a replica, had stopped answering"
	require.Equal(t, []string{waits}, m.HiddenWaits)
	require.Contains(t, m.Quality.Reasons, waits)
}

// TestLongRequestsAreNoTrouble has users wait at the end for what takes long as a rule.
func TestLongRequestsAreNoTrouble(t *testing.T) {
	host := served(func(_ http.ResponseWriter, r *http.Request) {
		if took, err := time.ParseDuration(path.Base(r.URL.Path)); err == nil {
			select {
			case <-time.After(took):
			case <-r.Context().Done():
			}
		}
	})(t)
	for name, test := range map[string]struct{ loadTest, tasks string }{
		"a poll that outlasts the run": {"runTime: 1500ms, warmup: 0s, users: 6",
			"users: [{name: reader, tasks: [{get: /poll/1m}]}, {name: shopper, wait: {constant: 5ms}, tasks: [{get: /x}]}]"},
		"a report of which only the warm-up has an answer": {"runTime: 1s, warmup: 1600ms",
			"wait: {constant: 0s}\ntasks: [{steps: [{get: /x}, {get: /report/1500ms}]}]"},
		"requests that are sent once": {"runTime: 1200ms, warmup: 0s",
			"wait: {constant: 0s}\ntasks: [{steps: [{get: /x}, {get: /a/700ms}, {get: /b/700ms}]}]"},
	} {
		t.Run(name, func(t *testing.T) {
			dir := t.TempDir()
			configuration := fmt.Sprintf(`
metric: {type: shell, timeout: 60000, shell: {entrypoint: /metric}}
loadTest: {script: %s/tasks.yaml, host: %q, spawnRate: 1000, %s}
targets: [{method: GET, endpoint: /x, type: p90, target: 400ms}]
state: {file: %s/state.json}
`, dir, host, test.loadTest, dir)
			cmd, stdout, stderr := command(t, self(t), dir, configuration)
			require.NoError(t, os.WriteFile(filepath.Join(dir, "tasks.yaml"), []byte(test.tasks), 0o600))
			require.NoError(t, cmd.Run(), "%s", stderr)
			require.Empty(t, parse(t, stdout).HiddenWaits)
		})
	}
}

// TestAServiceShortOfProcesses has one for all connections, so that clients queue for it in the handshake, and answers at once.
func TestAServiceShortOfProcesses(t *testing.T) {
	var process sync.Mutex
	server := httptest.NewUnstartedServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { time.Sleep(100 * time.Millisecond) }))
	server.Config.ConnContext = func(ctx context.Context, _ net.Conn) context.Context {
		process.Lock()
		return ctx
	}
	server.Config.ConnState = func(_ net.Conn, state http.ConnState) {
		if state == http.StateClosed {
			process.Unlock()
		}
	}
	server.StartTLS()
	t.Cleanup(server.Close)
	dir := t.TempDir()
	loadTest := "runTime: 8s, tls: {insecureSkipVerify: true}, connections: {reuse: 3}"
	cmd, stdout, stderr := command(t, self(t), dir, configuration(dir, server.URL, loadTest, time.Minute))
	require.NoError(t, cmd.Run(), "%s", stderr)
	m := parse(t, stdout)
	require.Equal(t, loadtest.VerdictOK, m.Quality.Verdict)
	require.Less(t, *m.Requests["GET_/x"].Percentiles["p90"].Value, 400.0, "which is within the target")
	require.Regexp(t, `half of \d+ (connections|TLS handshakes) took [\d.]+ ms or more, and the fastest [\d.]+ ms`, strings.Join(m.HiddenWaits, "\n"))
	require.Subset(t, m.Quality.Reasons, m.HiddenWaits)
}

// TestReplicasWithKeysOfTheirOwn resume only sessions that they have made themselves, and a new one takes long: no client waits in a
// queue there.
func TestReplicasWithKeysOfTheirOwn(t *testing.T) {
	server := httptest.NewUnstartedServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) {}))
	var connections atomic.Int64
	replicas := make([]*tls.Config, 4)
	server.TLS = &tls.Config{GetConfigForClient: func(*tls.ClientHelloInfo) (*tls.Config, error) {
		return replicas[int(connections.Add(1))%len(replicas)], nil
	}}
	server.StartTLS()
	t.Cleanup(server.Close)
	for i := range replicas {
		replicas[i] = &tls.Config{GetCertificate: func(*tls.ClientHelloInfo) (*tls.Certificate, error) { // not asked for to resume
			time.Sleep(500 * time.Millisecond)
			return &server.TLS.Certificates[0], nil
		}}
		replicas[i].SetSessionTicketKeys([][32]byte{{byte(i + 1)}})
	}
	dir := t.TempDir()
	loadTest := "runTime: 4s, tls: {insecureSkipVerify: true}, connections: {reuse: 1}"
	cmd, stdout, stderr := command(t, self(t), dir, configuration(dir, server.URL, loadTest, time.Minute))
	require.NoError(t, cmd.Run(), "%s", stderr)
	m := parse(t, stdout)
	require.GreaterOrEqual(t, m.Connections.TLS.P50, 500.0, "most are new sessions")
	require.Empty(t, m.HiddenWaits)
}

func served(handler http.HandlerFunc) func(t *testing.T) string {
	return func(t *testing.T) string {
		server := httptest.NewServer(handler)
		t.Cleanup(func() { server.CloseClientConnections(); server.Close() })
		return server.URL
	}
}

// raw is a service that reads a line of each request and does as it likes with the connection.
func raw(answer func(net.Conn)) func(t *testing.T) string {
	return func(t *testing.T) string {
		listener, err := net.Listen("tcp", "127.0.0.1:0")
		require.NoError(t, err)
		t.Cleanup(func() { listener.Close() })
		go func() {
			for {
				c, err := listener.Accept()
				if err != nil {
					return
				}
				go func() {
					defer c.Close()
					_, _ = bufio.NewReader(c).ReadString('\n')
					answer(c)
				}()
			}
		}()
		return "http://" + listener.Addr().String()
	}
}
