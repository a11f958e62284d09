package loadtest

import (
	"context"
	"crypto/tls"
	"errors"
	"io"
	"net/http"
	"net/http/httptrace"
	"strings"
	"sync"
	"time"

	"github.com/latency-pod-autoscaler/lpa/loadtest/internal/engine"
)

// http2Client is a user's share of the HTTP/2 connections. The protocol is net/http's, which has goroutines of its own: the
// user's fiber waits for them. As with HTTP/1.1 no request is ever processed twice, nor sent again when a server has too much to
// do for it (REFUSED_STREAM): net/http by itself would try again, and neither the refusal nor the time would ever be seen.
type http2Client struct {
	fiber   *engine.Fiber
	slot    *http2Slot
	draw    func() int // how many requests the next connection carries
	browser browser
	opened  int
}

func (c *http2Client) connections() (opened, retransmits int) { return c.opened, 0 }

func (c *http2Client) close() {}

func (c *http2Client) do(ctx context.Context, r *outgoing, deadline time.Time) (a answer) {
	c.fiber.Block(func() {
		ctx, cancel := context.WithDeadline(ctx, deadline)
		defer cancel()
		a = c.browser.do(r, func(request *engine.Request) (engine.Response, error) { return c.send(ctx, request) })
	})
	return a
}

// send sends one request and reads its answer. Another connection is made if the one that there is takes no more requests, which is
// known only when it is asked; or if its server has retired it while the request was under way, and says that it has not looked at
// it. The time that was lost to this is a part of the latency.
func (c *http2Client) send(ctx context.Context, r *engine.Request) (engine.Response, error) {
	var response engine.Response
	var unprocessed bool // it has been sent, in vain
	for {
		trace := &http2Trace{}
		traced := httptrace.WithClientTrace(ctx, trace.hooks())
		request, err := newHTTP2Request(traced, r)
		if err != nil {
			return response, &requestError{err}
		}
		connection, carried, err := c.slot.take(traced, r.URL, c.draw)
		response.Times.Carried = carried
		if err == nil {
			if !unprocessed {
				response.Times.Sent = time.Now()
			}
			err = exchange(connection.conn, request, r, &response)
			response.Times.LastByte = time.Since(response.Times.Sent)
		}
		connected, written := trace.fill(&response.Times)
		if connected {
			c.opened++ // as with HTTP/1.1, whether or not TLS succeeds: a service that hangs there is not down
		}
		if connection == nil {
			return response, err
		}
		full := err != nil && !written && connection.conn.Available() == 0
		again := (full || retired(err)) && carried > 0 && ctx.Err() == nil
		if again {
			c.slot.retire(connection)
		}
		c.slot.give(connection)
		if !again {
			return response, err
		}
		unprocessed = unprocessed || !full
	}
}

// retired says that a server has closed a connection in good order, and the request came too late to be processed: its stream is
// beyond the last one of the GOAWAY (RFC 9113 §6.8). net/http has no error to compare with.
func retired(err error) bool {
	return err != nil && strings.Contains(err.Error(), "graceful shutdown GOAWAY")
}

// exchange sends the request and reads all of the answer.
func exchange(connection *http.ClientConn, request *http.Request, r *engine.Request, response *engine.Response) error {
	got, err := connection.RoundTrip(request)
	if err != nil {
		return err
	}
	defer got.Body.Close()
	response.Status = got.StatusCode
	response.Location = got.Header.Get("Location")
	response.SetCookie = got.Header["Set-Cookie"]
	if r.Keep {
		response.Header = got.Header
		response.Body, err = io.ReadAll(io.LimitReader(got.Body, engine.MaxKept+1))
		if len(response.Body) > engine.MaxKept {
			response.Body, response.Truncated = response.Body[:engine.MaxKept], true
		}
	}
	if err == nil {
		_, err = io.Copy(io.Discard, got.Body)
	}
	if err != nil {
		return err
	}
	if r.Keep {
		keepTrailers(response, got)
	}
	return nil
}

// keepTrailers puts the trailers, and the body as it was before compression, where HTTP/1.1 has them.
func keepTrailers(response *engine.Response, got *http.Response) {
	for key, values := range got.Trailer {
		if response.Header[key] == nil {
			response.Header[key] = values
		}
	}
	asked := got.Request != nil && strings.Contains(strings.ToLower(got.Request.Header.Get("Accept-Encoding")), "gzip")
	if asked && strings.EqualFold(got.Header.Get("Content-Encoding"), "gzip") {
		response.Unzip()
	}
}

// brokenOff says that a server of HTTP/2 has ended a request or its connection, rather than violated the protocol. net/http
// has no errors of these kinds to compare with; a stream's makes itself into one of the same fields.
func brokenOff(err error) bool {
	var stream streamError
	if errors.As(err, &stream) {
		return stream.Cause != nil && stream.Cause.Error() == "received from peer"
	}
	text := err.Error()
	return strings.HasPrefix(text, "http2: ") && (strings.Contains(text, "GOAWAY") || strings.Contains(text, "client conn"))
}

type streamError struct {
	StreamID uint32
	Code     uint32
	Cause    error
}

func (e streamError) Error() string { return e.Cause.Error() }

func newHTTP2Request(ctx context.Context, r *engine.Request) (*http.Request, error) {
	var body io.Reader
	if r.Body != "" {
		body = strings.NewReader(r.Body)
	}
	request, err := http.NewRequestWithContext(ctx, r.Method, r.URL.String(), body)
	if err != nil {
		return nil, err
	}
	for _, header := range r.Header {
		switch {
		case strings.EqualFold(header[0], "Host"):
			request.Host = header[1]
		case strings.EqualFold(header[0], "Cookie") && r.Cookie != "":
		default:
			request.Header.Add(header[0], header[1])
		}
	}
	if r.Cookie != "" {
		request.Header.Set("Cookie", r.Cookie)
	}
	return request, nil
}

// http2Trace collects the stamps of one request; net/http calls it from several goroutines.
type http2Trace struct {
	mu                               sync.Mutex
	dnsStart, connectStart, tlsStart time.Time
	firstByte                        time.Time
	dns, connect, tls                time.Duration
	dialled, connected, written      bool
	resumed, broken                  bool
}

func (t *http2Trace) locked(f func()) {
	t.mu.Lock()
	defer t.mu.Unlock()
	f()
}

func (t *http2Trace) hooks() *httptrace.ClientTrace {
	return &httptrace.ClientTrace{
		DNSStart:     func(httptrace.DNSStartInfo) { t.locked(func() { t.dnsStart, t.dialled = time.Now(), true }) },
		DNSDone:      func(httptrace.DNSDoneInfo) { t.locked(func() { t.dns += time.Since(t.dnsStart) }) },
		ConnectStart: func(_, _ string) { t.locked(func() { t.connectStart, t.dialled = time.Now(), true }) },
		ConnectDone: func(_, _ string, err error) {
			t.locked(func() { t.connect, t.connected = t.connect+time.Since(t.connectStart), t.connected || err == nil })
		},
		TLSHandshakeStart: func() { t.locked(func() { t.tlsStart = time.Now() }) },
		TLSHandshakeDone: func(state tls.ConnectionState, err error) {
			t.locked(func() {
				t.tls, t.resumed, t.broken = t.tls+time.Since(t.tlsStart), state.DidResume, t.broken || err != nil
			})
		},
		WroteHeaderField:     func(string, []string) { t.locked(func() { t.written = true }) },
		GotFirstResponseByte: func() { t.locked(func() { t.firstByte = time.Now() }) },
	}
}

// fill adds the stamps to a request's times. connected says that a connection was made for it, written that some of the request
// was sent.
func (t *http2Trace) fill(times *engine.Times) (connected, written bool) {
	t.mu.Lock()
	defer t.mu.Unlock()
	times.DNS += t.dns
	times.Connect += t.connect
	times.TLS += t.tls
	times.Resumed, times.Broken = t.resumed, t.broken || t.dialled && !t.connected
	times.Dialled = times.Dialled || t.dialled
	if !times.Sent.IsZero() && t.firstByte.After(times.Sent) {
		times.FirstByte = t.firstByte.Sub(times.Sent)
	}
	return t.connected, t.written
}
