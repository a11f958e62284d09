package engine

import (
	"bufio"
	"context"
	"io"
	"net"
	"net/http"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// TestWhatIsLostToAnIdleEndIsLostOnce has a server whose end of an idle connection crosses the next request each time. The first
// one is lost; after that, connections are given up before, also by other clients.
func TestWhatIsLostToAnIdleEndIsLostOnce(t *testing.T) {
	for _, scheme := range []string{"http", "https"} {
		t.Run(scheme, func(t *testing.T) {
			t.Parallel()
			u, config := serveScheme(t, scheme, requests(func(c net.Conn, n int, _ *http.Request, _ []byte) bool {
				if n > 0 {
					return false
				}
				_, err := io.WriteString(c, "HTTP/1.1 204 No Content\r\n\r\n")
				return err == nil
			}))
			config = &Config{TLS: config.TLS, Reuse: config.Reuse, Idle: &Idle{}}
			alone(t, func(ctx context.Context, f *Fiber) {
				for _, lost := range []bool{true, false} {
					client := NewClient(f, config)
					defer client.Close()
					_, err := client.Do(ctx, &Request{Method: "POST", URL: u}, soon())
					require.NoError(t, err)
					f.SleepUntil(ctx, time.Now().Add(leastIdle))
					_, err = client.Do(ctx, &Request{Method: "POST", URL: u}, soon())
					require.Equal(t, lost, err != nil, "%v", err)
					require.Equal(t, lost, client.Opened == 1)
				}
			})
		})
	}
}

// TestAnIdleEndThatIsSeenIsLearned has a server that closes every connection at once: after a short time that means nothing.
func TestAnIdleEndThatIsSeenIsLearned(t *testing.T) {
	u := serve(t, func(c net.Conn) {
		if _, err := http.ReadRequest(bufio.NewReader(c)); err == nil {
			_, _ = io.WriteString(c, "HTTP/1.1 204 No Content\r\n\r\n")
		}
		c.Close()
	})
	config := &Config{Reuse: forGood.Reuse, Idle: &Idle{}}
	alone(t, func(ctx context.Context, f *Fiber) {
		client := NewClient(f, config)
		defer client.Close()
		for _, wait := range []time.Duration{leastIdle / 4, leastIdle} {
			require.Zero(t, config.Idle.most())
			_, err := client.Do(ctx, &Request{Method: "POST", URL: u}, soon())
			require.NoError(t, err)
			f.SleepUntil(ctx, time.Now().Add(wait))
		}
		_, err := client.Do(ctx, &Request{Method: "POST", URL: u}, soon())
		require.NoError(t, err)
		require.GreaterOrEqual(t, config.Idle.most(), leastIdle/2)
	})
}

func TestIdleKeepsTheLeast(t *testing.T) {
	var idle Idle
	require.Zero(t, idle.most())
	idle.ended(leastIdle - 1)
	require.Zero(t, idle.most())
	idle.ended(5 * time.Second)
	require.Equal(t, 4*time.Second, idle.most())
	idle.ended(7 * time.Second)
	require.Equal(t, 4*time.Second, idle.most())
	idle.ended(1500 * time.Millisecond)
	require.Equal(t, 750*time.Millisecond, idle.most())
	(*Idle)(nil).ended(time.Minute)
	require.Zero(t, (*Idle)(nil).most())
}
