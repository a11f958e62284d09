package loadtest

import (
	"context"
	"crypto/tls"
	"fmt"
	"io"
	"math/rand/v2"
	"net"
	"net/http"
	"net/http/httptrace"
	"strings"
	"sync/atomic"
	"time"
)

// netHTTPClient is the engine on net/http: one transport, and so one connection, per user.
type netHTTPClient struct {
	http      *http.Client
	transport *http.Transport
	trace     *httptrace.ClientTrace
	reuse     Reuse
	random    *rand.Rand

	opened  atomic.Int64 // TCP connections; net/http dials in goroutines of its own
	carried int          // requests that the present connection has been used for
	limit   int          // at how many it is given up
}

// maxKeptBody is how much of an answer's body a script can look at.
const maxKeptBody = 1 << 20

// maxHeaderBytes keeps a hostile server from filling the memory with headers.
const maxHeaderBytes = 1 << 20

func newNetHTTPClient(tlsConfig *tls.Config, reuse Reuse, random *rand.Rand) *netHTTPClient {
	c := &netHTTPClient{reuse: reuse, random: random, limit: reuse.draw(random)}
	c.transport = &http.Transport{
		DialContext:            (&net.Dialer{}).DialContext, // the request's own deadline bounds dialling
		TLSClientConfig:        tlsConfig,
		MaxIdleConnsPerHost:    1,
		DisableCompression:     true, // a script that wants gzip says so; nothing is added behind its back
		MaxResponseHeaderBytes: maxHeaderBytes,
		// HTTP/2 would put all of a user's requests, and with a shared transport those of all users, on one
		// connection: one pod would get the whole load.
		TLSNextProto: map[string]func(string, *tls.Conn) http.RoundTripper{},
	}
	c.http = &http.Client{Transport: c.transport, Jar: newCookies()}
	c.trace = &httptrace.ClientTrace{GotConn: c.gotConnection, ConnectDone: c.connected}
	return c
}

// connected counts a connection as soon as there is one: a service that accepts it and then takes its time over the TLS
// handshake is not down.
func (c *netHTTPClient) connected(_, _ string, err error) {
	if err == nil {
		c.opened.Add(1)
	}
}

func (c *netHTTPClient) gotConnection(info httptrace.GotConnInfo) {
	if !info.Reused {
		c.carried = 0
	}
	c.carried++
}

func (c *netHTTPClient) connections() int { return int(c.opened.Load()) }

func (c *netHTTPClient) close() { c.transport.CloseIdleConnections() }

func (c *netHTTPClient) do(ctx context.Context, r *outgoing, deadline time.Time) answer {
	ctx, cancel := context.WithDeadline(ctx, deadline)
	defer cancel()
	request, err := c.request(httptrace.WithClientTrace(ctx, c.trace), r)
	if err != nil {
		return answer{err: &requestError{err}}
	}
	c.http.CheckRedirect = redirectPolicy(r.redirects)
	if request.Close {
		defer func() { c.carried, c.limit = 0, c.reuse.draw(c.random) }()
	}
	start := time.Now()
	response, err := c.http.Do(request)
	if err != nil {
		return answer{latency: time.Since(start), err: err}
	}
	if response.StatusCode == http.StatusSwitchingProtocols {
		// net/http hands the connection over to us now: the context would no longer end the reading.
		response.Body.Close()
		return answer{latency: time.Since(start), err: errSwitched}
	}
	defer response.Body.Close()
	a := answer{status: response.StatusCode}
	if r.keep {
		a.headers = response.Header
		a.body, err = io.ReadAll(io.LimitReader(response.Body, maxKeptBody))
	}
	if err == nil {
		_, err = io.Copy(io.Discard, response.Body)
	}
	a.latency = time.Since(start)
	if err != nil {
		return answer{latency: a.latency, err: err}
	}
	return a
}

// requestError is a request that could not be made; it is the script's fault, not the service's.
type requestError struct{ err error }

func (e *requestError) Error() string { return e.err.Error() }
func (e *requestError) Unwrap() error { return e.err }

func (c *netHTTPClient) request(ctx context.Context, r *outgoing) (*http.Request, error) {
	var body io.Reader
	if r.body != "" {
		body = strings.NewReader(r.body)
	}
	request, err := http.NewRequestWithContext(ctx, r.method, r.url.String(), body)
	if err != nil {
		return nil, err
	}
	for _, header := range r.headers {
		if !isOneLine(header[1]) {
			return nil, fmt.Errorf("the value of the header %s is not one line", header[0])
		}
		if strings.EqualFold(header[0], "Host") {
			request.Host = header[1]
			continue
		}
		request.Header.Add(header[0], header[1])
	}
	// The last request of a connection says so, and the next one dials: the server closes, nothing is cut off.
	request.Close = c.carried >= c.limit-1
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
