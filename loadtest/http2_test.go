package loadtest

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/latency-pod-autoscaler/lpa/loadtest/internal/engine"
	"github.com/stretchr/testify/require"
	"golang.org/x/net/http2"
)

// http2Server counts its connections.
func http2Server(t *testing.T, encrypted bool, handler http.HandlerFunc) (s *httptest.Server, opened, closed *atomic.Int64) {
	opened, closed = new(atomic.Int64), new(atomic.Int64)
	s = httptest.NewUnstartedServer(handler)
	s.Config.ConnState = func(_ net.Conn, state http.ConnState) {
		switch state {
		case http.StateNew:
			opened.Add(1)
		case http.StateClosed:
			closed.Add(1)
		}
	}
	if encrypted {
		s.EnableHTTP2 = true
		s.StartTLS()
	} else {
		s.Config.Protocols = new(http.Protocols)
		s.Config.Protocols.SetUnencryptedHTTP2(true)
		s.Start()
	}
	t.Cleanup(s.Close)
	return s, opened, closed
}

func trusting(s *httptest.Server) *tls.Config {
	if s.Certificate() == nil {
		return nil
	}
	authorities := x509.NewCertPool()
	authorities.AddCert(s.Certificate())
	return &tls.Config{RootCAs: authorities}
}

// TestHTTP2SpreadsOverConnections has users that share connections, and connections that are given up after their share.
func TestHTTP2SpreadsOverConnections(t *testing.T) {
	for _, encrypted := range []bool{false, true} {
		server, opened, closed := http2Server(t, encrypted, func(w http.ResponseWriter, r *http.Request) {
			if r.ProtoMajor != 2 {
				w.WriteHeader(http.StatusHTTPVersionNotSupported)
			}
		})
		host, err := url.Parse(server.URL)
		require.NoError(t, err)
		plan, err := ParseYAML("t.yaml", []byte("wait: {constant: 1ms}\ntasks: [{get: /x}]"), func(string) (string, bool) { return "", false })
		require.NoError(t, err)
		options := Options{Host: host, Users: 6, RunTime: 300 * time.Millisecond, HTTP: 2, Connections: 3, TLS: trusting(server), UserAgent: "test"}
		for name, test := range map[string]Reuse{"for good": {Min: 1 << 30, Max: 1 << 30}, "for five": {Min: 5, Max: 5}} {
			before := opened.Load()
			options.Reuse = test
			result := Run(t.Context(), plan, options)
			s := result.Summarise("test", nil)
			require.Zero(t, s.NumFailed, name)
			require.Positive(t, s.NumRequests, name)
			made := int(opened.Load() - before)
			if test.Max > 5 {
				require.LessOrEqual(t, made, s.Connections.Opened)
				require.LessOrEqual(t, s.Connections.Opened, 3)
			} else {
				require.GreaterOrEqual(t, made, s.NumRequests/5)
				require.LessOrEqual(t, made, (s.NumRequests+12)/5+3)
			}
			r := s.Requests["GET_/x"]
			require.LessOrEqual(t, r.Timings.FirstByte.Max, *r.Max*1.01, "timings are rounded")
			require.Positive(t, s.Connections.Connect.P50)
		}
		require.Eventually(t, func() bool { return closed.Load() == opened.Load() }, time.Minute, time.Millisecond, "all are closed at the end")
	}
}

// TestHTTP2KeepsWhatHTTP1Keeps has the same answer by both versions.
func TestHTTP2KeepsWhatHTTP1Keeps(t *testing.T) {
	answers := map[int]answer{}
	for _, version := range []int{1, 2} {
		server := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			body, _ := io.ReadAll(r.Body)
			w.Header().Set("X-Method", r.Method+string(body)+r.Header.Get("X-A"))
			w.Header().Set("Trailer", "X-T")
			w.WriteHeader(203)
			_, _ = io.WriteString(w, strings.Repeat("x", engine.MaxKept+10))
			w.Header().Set("X-T", "end")
		}))
		server.Config.Protocols = new(http.Protocols)
		server.Config.Protocols.SetHTTP1(true)
		server.Config.Protocols.SetUnencryptedHTTP2(true)
		server.Start()
		address, _ := url.Parse(server.URL)
		browse(t, version, func(ctx context.Context, c client) {
			out := &outgoing{method: "PUT", url: address, headers: [][2]string{{"X-A", "1"}}, body: "body", keep: true}
			a := c.do(ctx, out, time.Now().Add(time.Minute))
			require.NoError(t, a.err)
			require.Positive(t, a.latency)
			require.Positive(t, a.times.FirstByte)
			require.LessOrEqual(t, a.times.FirstByte, a.latency)
			require.True(t, a.times.Dialled)
			require.Positive(t, a.times.Connect)
			a.latency, a.times, a.body = 0, engine.Times{}, append([]byte(nil), a.body...)
			for _, key := range []string{"Date", "Transfer-Encoding", "Trailer"} {
				a.headers.Del(key)
			}
			answers[version] = a
		})
		server.Close()
	}
	require.Equal(t, answers[1], answers[2])
}

func TestHTTP2EndsInTime(t *testing.T) {
	server, _, _ := http2Server(t, false, func(_ http.ResponseWriter, r *http.Request) { <-r.Context().Done() })
	address, _ := url.Parse(server.URL)
	browse(t, 2, func(ctx context.Context, c client) {
		a := c.do(ctx, &outgoing{method: "GET", url: address}, time.Now().Add(50*time.Millisecond))
		require.Equal(t, FailureTimeout, judge(a, nil))
		require.GreaterOrEqual(t, a.latency, 10*time.Millisecond)
	})
}

// framed is a server of HTTP/2 that is told frame by frame what to do: answer gets each request, by its number on the
// connection, from 0.
func framed(t *testing.T, answer func(f *http2.Framer, stream uint32, n int) bool) (*url.URL, func() int) {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	t.Cleanup(func() { listener.Close() })
	var mu sync.Mutex
	received := 0
	serve := func(c net.Conn) {
		defer c.Close()
		if _, err := io.ReadFull(c, make([]byte, len(http2.ClientPreface))); err != nil {
			return
		}
		f := http2.NewFramer(c, c)
		_ = f.WriteSettings()
		for n := 0; ; {
			frame, err := f.ReadFrame()
			if err != nil {
				return
			}
			switch frame := frame.(type) {
			case *http2.SettingsFrame:
				if !frame.IsAck() {
					_ = f.WriteSettingsAck()
				}
			case *http2.HeadersFrame:
				mu.Lock()
				received++
				mu.Unlock()
				if !answer(f, frame.StreamID, n) {
					return
				}
				n++
			}
		}
	}
	go func() {
		for {
			c, err := listener.Accept()
			if err != nil {
				return
			}
			go serve(c)
		}
	}()
	return &url.URL{Scheme: "http", Host: listener.Addr().String(), Path: "/"}, func() int {
		mu.Lock()
		defer mu.Unlock()
		return received
	}
}

// ok is an answer of 200, in the static table of HPACK.
func ok(f *http2.Framer, stream uint32) bool {
	return f.WriteHeaders(http2.HeadersFrameParam{StreamID: stream, BlockFragment: []byte{0x88}, EndStream: true, EndHeaders: true}) == nil
}

// TestHTTP2SendsNothingTwice has servers that refuse the first request of a connection, also in ways which allow it to be sent
// again. That it was refused is to be seen.
func TestHTTP2SendsNothingTwice(t *testing.T) {
	for name, test := range map[string]struct {
		answer func(f *http2.Framer, stream uint32, n int) bool
		want   Failure
	}{
		"refuses the stream": {func(f *http2.Framer, stream uint32, _ int) bool {
			return f.WriteRSTStream(stream, http2.ErrCodeRefusedStream) == nil
		}, FailureReset},
		"resets the stream": {func(f *http2.Framer, stream uint32, _ int) bool {
			return f.WriteRSTStream(stream, http2.ErrCodeInternal) == nil
		}, FailureReset},
		"goes away before it": {func(f *http2.Framer, _ uint32, _ int) bool {
			_ = f.WriteGoAway(0, http2.ErrCodeNo, nil)
			return true
		}, FailureReset},
		"goes away in anger": {func(f *http2.Framer, _ uint32, _ int) bool {
			_ = f.WriteGoAway(0, http2.ErrCodeEnhanceYourCalm, nil)
			return false
		}, FailureReset},
		"closes":        {func(*http2.Framer, uint32, int) bool { return false }, FailureReset},
		"sends rubbish": {func(f *http2.Framer, _ uint32, _ int) bool { return f.WriteRawFrame(0, 0, 0, []byte("x")) == nil }, FailureProtocol},
	} {
		t.Run(name, func(t *testing.T) {
			u, received := framed(t, test.answer)
			browse(t, 2, func(ctx context.Context, c client) {
				a := c.do(ctx, &outgoing{method: "GET", url: u}, time.Now().Add(time.Minute))
				require.Error(t, a.err)
				require.Equal(t, test.want.String(), judge(a, nil).String(), "%v", a.err)
			})
			require.Equal(t, 1, received())
		})
	}
}

// TestHTTP2AsksElsewhereWhatWasNotProcessed has a server that retires a connection when the second request has come, which it does
// not look at, as nginx does with keepalive_requests.
func TestHTTP2AsksElsewhereWhatWasNotProcessed(t *testing.T) {
	const lost = 20 * time.Millisecond
	u, received := framed(t, func(f *http2.Framer, stream uint32, n int) bool {
		if n == 0 {
			return ok(f, stream)
		}
		time.Sleep(lost)
		_ = f.WriteGoAway(stream-2, http2.ErrCodeNo, nil)
		return true
	})
	browse(t, 2, func(ctx context.Context, c client) {
		for n := range 4 {
			a := c.do(ctx, &outgoing{method: "POST", url: u, body: "x"}, time.Now().Add(time.Minute))
			require.NoError(t, a.err)
			require.Equal(t, 200, a.status)
			if n > 0 {
				require.GreaterOrEqual(t, a.latency, lost, "what was lost is a part of the latency")
			}
		}
		opened, _ := c.connections()
		require.Equal(t, 4, opened)
	})
	require.Equal(t, 7, received())
}

// TestHTTP2GoesOnElsewhere has a server that answers two requests of each connection, and tells that it takes no more.
func TestHTTP2GoesOnElsewhere(t *testing.T) {
	u, received := framed(t, func(f *http2.Framer, stream uint32, n int) bool {
		if n == 1 {
			_ = f.WriteGoAway(stream, http2.ErrCodeNo, nil)
		}
		return ok(f, stream)
	})
	browse(t, 2, func(ctx context.Context, c client) {
		for range 6 {
			a := c.do(ctx, &outgoing{method: "GET", url: u}, time.Now().Add(time.Minute))
			require.NoError(t, a.err)
			require.Equal(t, 200, a.status)
		}
		opened, _ := c.connections()
		require.Equal(t, 3, opened)
	})
	require.Equal(t, 6, received())
}

func TestHTTP2WithAServerThatHasNone(t *testing.T) {
	server := httptest.NewTLSServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) {}))
	defer server.Close()
	address, _ := url.Parse(server.URL)
	connections := newHTTP2Connections(&Options{Users: 1, TLS: trusting(server)})
	defer connections.close()
	require.NoError(t, alone(t.Context(), func(f *engine.Fiber) {
		c := &http2Client{fiber: f, slot: connections.slots[0], draw: func() int { return 5 }}
		a := c.do(t.Context(), &outgoing{method: "GET", url: address}, time.Now().Add(time.Minute))
		require.Equal(t, FailureTLS.String(), judge(a, nil).String(), "%v", a.err)
		require.Equal(t, address.Host, placeOf(FailureTLS, a.err))
	}))
}

// TestHTTP2WaitsForOneDial has many requests that need the same connection at once, and a host that refuses.
func TestHTTP2WaitsForOneDial(t *testing.T) {
	server, _, _ := http2Server(t, false, func(http.ResponseWriter, *http.Request) {})
	address, _ := url.Parse(server.URL)
	var dials atomic.Int64
	slot := newHTTP2Connections(&Options{Users: 1}).slots[0]
	var group sync.WaitGroup
	for range 20 {
		group.Go(func() {
			c, carried, err := slot.take(t.Context(), address, func() int { return 1000 })
			if err != nil {
				t.Errorf("%v", err)
				return
			}
			if carried == 0 {
				dials.Add(1)
			}
			slot.give(c)
		})
	}
	group.Wait()
	require.EqualValues(t, 1, dials.Load())
	server.Close()
	for range 20 {
		group.Go(func() {
			_, _, err := slot.take(t.Context(), address, func() int { return 1000 })
			var op *net.OpError
			if err != nil && !errors.As(err, &op) {
				t.Errorf("%v", err)
			}
		})
	}
	group.Wait()
}

// TestAHandshakeThatHangsIsOverload has a service whose processes are too busy to begin TLS: the kernel still accepts connections for
// it. Whatever the version of HTTP, it is not down.
func TestAHandshakeThatHangsIsOverload(t *testing.T) {
	silent, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	defer silent.Close()
	plan, err := ParseYAML("t.yaml", []byte("tasks: [{get: /x}]"), func(string) (string, bool) { return "", false })
	require.NoError(t, err)
	for _, version := range []int{1, 2} {
		s := Run(t.Context(), plan, Options{Host: &url.URL{Scheme: "https", Host: silent.Addr().String()}, Users: 2,
			RunTime: 300 * time.Millisecond, Timeout: 100 * time.Millisecond, HTTP: version, UserAgent: "test"}).Summarise("test", nil)
		require.Positive(t, s.Connections.Opened, version)
		require.NotEqual(t, VerdictTargetDown, s.Quality.Verdict, "%d: %v", version, s.Quality.Reasons)
		require.Equal(t, s.NumFailed, s.Requests["GET_/x"].Failures["timeout"], version)
	}
}
