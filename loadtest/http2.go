package loadtest

import (
	"cmp"
	"context"
	"crypto/tls"
	"errors"
	"io"
	"net"
	"net/http"
	"net/http/httptrace"
	"net/url"
	"strings"
	"sync"
	"time"

	"github.com/latency-pod-autoscaler/lpa/loadtest/internal/engine"
)

// DefaultConnections is over how many connections HTTP/2 is spread: with one, a Service would give a single pod all the load.
const DefaultConnections = 20

// http2Connections are what the users of a run share: each of them is a transport that keeps one connection to each host,
// which is HTTP/2's own way. With http it is spoken without negotiation (h2c, RFC 9113 §3.3).
type http2Connections struct {
	transports []*http2Transport
}

func newHTTP2Connections(o *Options) *http2Connections {
	c := &http2Connections{}
	for range min(cmp.Or(o.Connections, DefaultConnections), max(o.MostUsers(), 1)) {
		c.transports = append(c.transports, &http2Transport{options: o})
	}
	return c
}

// http2Transport is one of the connections. It is replaced when it has carried its share of requests: those under way on the
// old one go on.
type http2Transport struct {
	options *Options

	mu      sync.Mutex
	current *http.Transport
	carried int
	limit   int
}

// take is the transport for one more request.
func (t *http2Transport) take(draw func() int) *http.Transport {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.current != nil && t.carried >= t.limit {
		t.current.CloseIdleConnections()
		t.current = nil
	}
	if t.current == nil {
		t.current, t.carried, t.limit = t.make(), 0, draw()
	}
	t.carried++
	return t.current
}

func (t *http2Transport) make() *http.Transport {
	protocols := new(http.Protocols)
	protocols.SetHTTP2(true)
	protocols.SetUnencryptedHTTP2(true)
	config := &tls.Config{}
	if t.options.TLS != nil {
		config = t.options.TLS.Clone()
	}
	return &http.Transport{
		Proxy: func(r *http.Request) (*url.URL, error) {
			if t.options.Proxy == nil {
				return nil, nil
			}
			return t.options.Proxy(r.URL)
		},
		DialContext:            (&net.Dialer{}).DialContext, // the request's own deadline bounds dialling
		TLSClientConfig:        config,
		Protocols:              protocols,
		MaxConnsPerHost:        1,
		DisableCompression:     true, // a script that wants gzip says so; nothing is added behind its back
		MaxResponseHeaderBytes: engine.MaxHead,
	}
}

func (c *http2Connections) close() {
	for _, t := range c.transports {
		t.mu.Lock()
		if t.current != nil {
			t.current.CloseIdleConnections()
		}
		t.mu.Unlock()
	}
}

// http2Client is a user's share of the HTTP/2 connections. The requests are net/http's, which has goroutines of its own: the
// user's fiber waits for them.
type http2Client struct {
	fiber     *engine.Fiber
	transport *http2Transport
	draw      func() int // how many requests the next connection carries
	opened    int
	jar       *cookies
}

func (c *http2Client) connections() (opened, retransmits int) { return c.opened, 0 }

func (c *http2Client) close() {}

func (c *http2Client) do(ctx context.Context, r *outgoing, deadline time.Time) (a answer) {
	c.fiber.Block(func() { a = c.send(ctx, r, deadline) })
	return a
}

func (c *http2Client) send(ctx context.Context, r *outgoing, deadline time.Time) (a answer) {
	ctx, cancel := context.WithDeadline(ctx, deadline)
	defer cancel()
	trace := &http2Trace{}
	request, err := c.request(httptrace.WithClientTrace(ctx, trace.hooks()), r)
	if err != nil {
		a.err = &requestError{err}
		return a
	}
	if c.jar == nil {
		c.jar = newCookies()
	}
	client := http.Client{Transport: c.transport.take(c.draw), Jar: c.jar, CheckRedirect: redirectPolicy(r.redirects)}
	begin := time.Now()
	defer func() { c.opened += trace.fill(&a, begin) }()
	response, err := client.Do(request)
	if err != nil {
		a.err = withoutAddress(err)
		return a
	}
	defer response.Body.Close()
	a.status = response.StatusCode
	if r.keep {
		a.headers = response.Header
		a.body, err = io.ReadAll(io.LimitReader(response.Body, engine.MaxKept+1))
		if len(a.body) > engine.MaxKept {
			a.body, a.truncated = a.body[:engine.MaxKept], true
		}
	}
	if err == nil {
		_, err = io.Copy(io.Discard, response.Body)
	}
	trace.end(time.Now())
	if err != nil {
		a = answer{err: err}
	}
	return a
}

// withoutAddress leaves out the method and the address, which whoever shows the error has too.
func withoutAddress(err error) error {
	var wrapped *url.Error
	if errors.As(err, &wrapped) {
		return wrapped.Err
	}
	return err
}

func (c *http2Client) request(ctx context.Context, r *outgoing) (*http.Request, error) {
	if err := checkHeaders(r.headers); err != nil {
		return nil, err
	}
	var body io.Reader
	if r.body != "" {
		body = strings.NewReader(r.body)
	}
	request, err := http.NewRequestWithContext(ctx, r.method, r.url.String(), body)
	if err != nil {
		return nil, err
	}
	request.GetBody = nil // without it a request cannot be sent a second time unasked
	for _, header := range r.headers {
		if strings.EqualFold(header[0], "Host") {
			request.Host = header[1]
			continue
		}
		request.Header.Add(header[0], header[1])
	}
	return request, nil
}

func redirectPolicy(limit int) func(*http.Request, []*http.Request) error {
	return func(_ *http.Request, via []*http.Request) error {
		switch {
		case limit == 0:
			return http.ErrUseLastResponse
		case len(via) > limit:
			return errTooManyRedirects
		}
		return nil
	}
}

// http2Trace collects the stamps of one request; net/http calls it from several goroutines.
type http2Trace struct {
	mu                               sync.Mutex
	dnsStart, connectStart, tlsStart time.Time
	got, firstByte, last             time.Time
	dns, connect, tls                time.Duration
	dialled, opened                  int
}

func (t *http2Trace) locked(f func()) {
	t.mu.Lock()
	defer t.mu.Unlock()
	f()
}

func (t *http2Trace) hooks() *httptrace.ClientTrace {
	return &httptrace.ClientTrace{
		DNSStart:     func(httptrace.DNSStartInfo) { t.locked(func() { t.dnsStart = time.Now() }) },
		DNSDone:      func(httptrace.DNSDoneInfo) { t.locked(func() { t.dns += time.Since(t.dnsStart) }) },
		ConnectStart: func(_, _ string) { t.locked(func() { t.connectStart = time.Now(); t.dialled++ }) },
		ConnectDone: func(_, _ string, err error) {
			t.locked(func() {
				t.connect += time.Since(t.connectStart)
				if err == nil {
					t.opened++
				}
			})
		},
		TLSHandshakeStart:    func() { t.locked(func() { t.tlsStart = time.Now() }) },
		TLSHandshakeDone:     func(tls.ConnectionState, error) { t.locked(func() { t.tls += time.Since(t.tlsStart) }) },
		GotConn:              func(httptrace.GotConnInfo) { t.locked(func() { t.got = time.Now() }) },
		GotFirstResponseByte: func() { t.locked(func() { t.firstByte = time.Now() }) },
	}
}

func (t *http2Trace) end(now time.Time) { t.locked(func() { t.last = now }) }

// fill puts the times into an answer. The latency begins when there is a connection, if there ever is one.
func (t *http2Trace) fill(a *answer, begin time.Time) (opened int) {
	t.mu.Lock()
	defer t.mu.Unlock()
	a.times = engine.Times{DNS: t.dns, Connect: t.connect, TLS: t.tls, Dialled: t.dialled > 0}
	if t.last.IsZero() {
		t.last = time.Now()
	}
	if !t.got.IsZero() {
		begin = t.got
		a.times.Sent = t.got
		if t.firstByte.After(t.got) {
			a.times.FirstByte = t.firstByte.Sub(t.got)
		}
	}
	a.latency = t.last.Sub(begin)
	a.times.LastByte = a.latency
	return t.opened
}
