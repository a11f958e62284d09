package main

import (
	"bufio"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// askArgument makes the test's own binary ask for the address that follows.
const askArgument = "ask"

// TestMain makes the test's own binary the server where startBackend asks for it.
func TestMain(m *testing.M) {
	if len(os.Args) == 2 && os.Args[1] == serveArgument {
		main()
	}
	if len(os.Args) == 3 && os.Args[1] == askArgument {
		_, err := http.Get(os.Args[2])
		if err != nil {
			panic(err)
		}
		return
	}
	os.Exit(m.Run())
}

func startTestServer(t *testing.T) *backend {
	t.Helper()
	server, _, err := cores()
	require.NoError(t, err)
	b, err := startBackend(server)
	require.NoError(t, err)
	t.Cleanup(b.stop)
	return b
}

func TestServerAnswersAndRecords(t *testing.T) {
	b := startTestServer(t)
	client := http.Client{Transport: &http.Transport{}}
	for _, path := range []string{"/", "/20ms", "/20ms"} {
		response, err := client.Get(b.url + path)
		require.NoError(t, err)
		body, err := io.ReadAll(response.Body)
		require.NoError(t, err)
		require.NoError(t, response.Body.Close())
		require.Equal(t, "ok\n", string(body))
	}
	r, err := b.record()
	require.NoError(t, err)
	require.Equal(t, []int{3, 1}, []int{r.Requests, r.Connections})
	require.GreaterOrEqual(t, r.P50, 20*time.Millisecond)
	require.GreaterOrEqual(t, r.P99, r.P50)
	require.GreaterOrEqual(t, r.Elapsed, r.P50+r.P99, "one after the other")
	require.Greater(t, r.Idle, 20*time.Millisecond)

	r, err = b.record()
	require.NoError(t, err)
	require.Equal(t, record{Connections: 1}, r, "a new one, with the connection still open")
}

// TestServerTakesRequestsAsTheyCome has requests in pieces, several at once, and clients that leave.
func TestServerTakesRequestsAsTheyCome(t *testing.T) {
	b := startTestServer(t)
	dial := func() net.Conn {
		c, err := net.Dial("tcp", strings.TrimPrefix(b.url, "http://"))
		require.NoError(t, err)
		t.Cleanup(func() { c.Close() })
		return c
	}
	answers := func(c net.Conn, n int) {
		reader := bufio.NewReader(c)
		for range n {
			response, err := http.ReadResponse(reader, nil)
			require.NoError(t, err)
			_, err = io.Copy(io.Discard, response.Body)
			require.NoError(t, err)
		}
	}
	pieces := dial()
	for _, piece := range []string{"GET / HT", "TP/1.1\r\nHost: x\r", "\n\r", "\n"} {
		fmt.Fprint(pieces, piece)
		_, err := b.record() // so that the server has had the time to read it
		require.NoError(t, err)
	}
	answers(pieces, 1)
	several := dial()
	fmt.Fprint(several, strings.Repeat("GET /1ms HTTP/1.1\r\nHost: x\r\n\r\n", 5))
	answers(several, 5)

	leaves := dial()
	fmt.Fprint(leaves, "GET /5ms HTTP/1.1\r\n\r\n")
	require.NoError(t, leaves.Close())
	fmt.Fprint(several, "GET /10ms HTTP/1.1\r\n\r\n")
	answers(several, 1)
}

func TestServerHangsUp(t *testing.T) {
	b := startTestServer(t)
	for name, request := range map[string]string{
		"another method":    "POST / HTTP/1.1\r\n\r\n",
		"an unknown path":   "GET /favicon.ico HTTP/1.1\r\n\r\n",
		"a negative time":   "GET /-5ms HTTP/1.1\r\n\r\n",
		"another protocol":  "GET / HTTP/1.0\r\n\r\n",
		"an endless header": "GET / HTTP/1.1\r\nX: " + strings.Repeat("x", 5000),
	} {
		t.Run(name, func(t *testing.T) {
			c, err := net.Dial("tcp", strings.TrimPrefix(b.url, "http://"))
			require.NoError(t, err)
			defer c.Close()
			fmt.Fprint(c, request)
			data, _ := io.ReadAll(c) // a reset, if the server has left something unread
			require.Empty(t, data)
		})
	}
	r, err := b.record()
	require.NoError(t, err)
	require.Zero(t, r.Requests)
}

func TestServerEndsWithItsParent(t *testing.T) {
	control, write, err := os.Pipe()
	require.NoError(t, err)
	read, out, err := os.Pipe()
	require.NoError(t, err)
	done := make(chan error, 1)
	go func() { done <- serve(control, out) }()
	address, err := bufio.NewReader(read).ReadString('\n')
	require.NoError(t, err)
	require.Regexp(t, `^127\.0\.0\.1:\d+\n$`, address)
	require.NoError(t, write.Close())
	require.NoError(t, <-done)
	_, err = net.Dial("tcp", strings.TrimSpace(address))
	require.Error(t, err)
}

func TestServerWithoutAControl(t *testing.T) {
	file, err := os.Open(os.DevNull)
	require.NoError(t, err)
	require.EqualError(t, serve(file, io.Discard), "starting the server: operation not permitted")
}

func TestRecordAsJSON(t *testing.T) {
	var s serviceTimes
	s.add(time.Second, 1005*time.Millisecond, 100*time.Millisecond)
	s.add(1100*time.Millisecond, 1103*time.Millisecond, 150*time.Millisecond)
	r := s.take()
	require.Equal(t, record{Requests: 2, Elapsed: 103 * time.Millisecond, Idle: 50 * time.Millisecond,
		P50: 3 * time.Millisecond, P99: 5 * time.Millisecond}, r)
	data, err := json.Marshal(r)
	require.NoError(t, err)
	back, err := readJSON[record](data)
	require.NoError(t, err)
	require.Equal(t, r, back)
	require.Equal(t, record{}, s.take())
}
