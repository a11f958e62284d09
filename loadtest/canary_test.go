package loadtest

import (
	"bufio"
	"io"
	"net"
	"net/http"
	"net/url"
	"os"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

func TestTheCanaryAnswersEverything(t *testing.T) {
	address, stop, err := startCanary()
	require.NoError(t, err)
	defer stop()
	connection, err := net.Dial("tcp", address)
	require.NoError(t, err)
	defer connection.Close()
	answers := bufio.NewReader(connection)
	for range 3 { // on one connection, so each has to be read to its end
		for _, request := range []string{
			"GET / HTTP/1.1\r\nHost: x\r\n\r\n",
			"HEAD /a?b HTTP/1.1\r\nHost: x\r\n\r\n",
			"POST / HTTP/1.1\r\nHost: x\r\ncontent-length: 18\r\n\r\nGET / HTTP/1.1\r\n\r\n",
			"PUT / HTTP/1.1\nContent-Length: 0\n\n",
		} {
			_, err := io.WriteString(connection, request)
			require.NoError(t, err)
			response, err := http.ReadResponse(answers, nil)
			require.NoError(t, err)
			require.Equal(t, 200, response.StatusCode)
			require.Zero(t, response.ContentLength)
		}
	}
	require.Zero(t, answers.Buffered())
}

func TestTheCanaryHangsUpOnWhatItCannotRead(t *testing.T) {
	address, stop, err := startCanary()
	require.NoError(t, err)
	defer stop()
	for name, request := range map[string]string{
		"chunked":            "POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n",
		"a negative length":  "POST / HTTP/1.1\r\nContent-Length: -1\r\n\r\n",
		"no length":          "POST / HTTP/1.1\r\nContent-Length: many\r\n\r\n",
		"an endless line":    "GET /" + strings.Repeat("a", 5000),
		"an empty beginning": "\r\n\x00\r\n" + strings.Repeat("\xff", 5000),
	} {
		connection, err := net.Dial("tcp", address)
		require.NoError(t, err)
		_, _ = io.WriteString(connection, request)
		_ = connection.SetReadDeadline(time.Now().Add(10 * time.Second))
		_, err = io.ReadAll(connection)
		require.NotErrorIs(t, err, os.ErrDeadlineExceeded, name) // a reset, if not all was read
		connection.Close()
	}
}

// TestTheCanaryStops ends it while connections are made and used.
func TestTheCanaryStops(t *testing.T) {
	for range 20 {
		address, stop, err := startCanary()
		require.NoError(t, err)
		var clients sync.WaitGroup
		for range 4 {
			clients.Go(func() {
				for {
					connection, err := net.Dial("tcp", address)
					if err != nil {
						return
					}
					_, _ = io.WriteString(connection, "GET / HTTP/1.1\r\n\r\n")
					_, _ = connection.Read(make([]byte, 1))
					connection.Close()
				}
			})
		}
		stop()
		clients.Wait() // nobody listens, and no connection was left open
	}
}

// TestTheEngineMeasuresTheCanary drives it as a run does.
func TestTheEngineMeasuresTheCanary(t *testing.T) {
	address, stop, err := startCanary()
	require.NoError(t, err)
	defer stop()
	plan, err := ParseYAML("t.yaml", []byte("wait: {constant: 1ms}\ntasks: [{get: /}, {post: /, json: {a: 1}}]"), func(string) (string, bool) { return "", false })
	require.NoError(t, err)
	result := Run(t.Context(), plan, Options{Host: &url.URL{Scheme: "http", Host: address}, Users: 2, RunTime: 200 * time.Millisecond, TightestTarget: 5 * time.Second})
	s := result.Summarise("test", nil)
	require.Positive(t, s.NumRequests)
	require.Zero(t, s.NumFailed)
}
