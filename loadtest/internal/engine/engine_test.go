package engine

import (
	"bufio"
	"bytes"
	"context"
	"io"
	"math"
	"net"
	"net/http"
	"net/url"
	"os"
	"runtime"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// alone runs one fiber to its end. Its requests go by a context that ends with the test only, so that a test which waits for
// ever is one that hangs.
func alone(t testing.TB, body func(ctx context.Context, f *Fiber)) {
	t.Helper()
	loop, err := NewLoop()
	require.NoError(t, err)
	loop.Go(func(f *Fiber) { body(t.Context(), f) })
	loop.Run(t.Context())
}

// for a client that keeps its connections.
var forGood = &Config{Reuse: func() (int, time.Duration) { return math.MaxInt, 0 }}

// soon is a deadline that no test is to reach.
func soon() time.Time { return time.Now().Add(time.Minute) }

// serve answers each connection on an address of its own, and closes it afterwards.
func serve(t testing.TB, answer func(c net.Conn)) *url.URL {
	t.Helper()
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
				answer(c)
			}()
		}
	}()
	return &url.URL{Scheme: "http", Host: listener.Addr().String(), Path: "/"}
}

// requests hands each request of a connection, with its body read, to answer, until that is false.
func requests(answer func(c net.Conn, n int, r *http.Request, body []byte) bool) func(net.Conn) {
	return func(c net.Conn) {
		from := bufio.NewReader(c)
		for n := 0; ; n++ {
			r, err := http.ReadRequest(from)
			if err != nil {
				return
			}
			body, err := io.ReadAll(r.Body)
			if err != nil || !answer(c, n, r, body) {
				return
			}
		}
	}
}

// says answers every request in the same way.
func says(text string) func(net.Conn) {
	return requests(func(c net.Conn, _ int, _ *http.Request, _ []byte) bool {
		_, err := io.WriteString(c, text)
		return err == nil
	})
}

// get asks once, with a client of its own.
func get(t testing.TB, u *url.URL) (response Response, err error) {
	t.Helper()
	alone(t, func(ctx context.Context, f *Fiber) {
		client := NewClient(f, forGood)
		defer client.Close()
		response, err = client.Do(ctx, &Request{Method: "GET", URL: u, Keep: true}, soon())
		response.Body = bytes.Clone(response.Body)
	})
	return response, err
}

// leavesNothing fails if there are more descriptors or goroutines at the end of the test than there are now.
func leavesNothing(t *testing.T) {
	t.Helper()
	first, err := net.Listen("tcp", "127.0.0.1:0") // what the runtime opens once, it opens now
	require.NoError(t, err)
	require.NoError(t, first.Close())
	descriptors, goroutines := countDescriptors(), runtime.NumGoroutine()
	t.Cleanup(func() {
		for end := soon(); countDescriptors() > descriptors || runtime.NumGoroutine() > goroutines; time.Sleep(time.Millisecond) {
			if time.Now().After(end) { // others need a moment to end, but not for ever
				t.Fatalf("%d descriptors and %d goroutines, of %d and %d before", countDescriptors(), runtime.NumGoroutine(), descriptors, goroutines)
			}
		}
	})
}

// countDescriptors is 0 where the system does not tell.
func countDescriptors() int {
	entries, _ := os.ReadDir("/proc/self/fd")
	return len(entries)
}
