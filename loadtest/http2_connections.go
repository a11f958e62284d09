package loadtest

import (
	"cmp"
	"context"
	"crypto/tls"
	"net"
	"net/http"
	"net/url"
	"sync"

	"github.com/latency-pod-autoscaler/lpa/loadtest/internal/engine"
)

// DefaultConnections is over how many connections HTTP/2 is spread: with one, a Service would give a single pod all the load.
const DefaultConnections = 20

// http2Connections are what the users of a run share. With http it is spoken without negotiation (h2c, RFC 9113 §3.3).
type http2Connections struct {
	slots []*http2Slot
}

func newHTTP2Connections(o *Options) *http2Connections {
	c := &http2Connections{}
	dialer := newHTTP2Dialer(o)
	for range min(cmp.Or(o.Connections, DefaultConnections), max(o.MostUsers(), 1)) {
		c.slots = append(c.slots, &http2Slot{dialer: dialer, open: map[string]*http2Connection{}})
	}
	return c
}

// close closes what is open. Nothing may be under way.
func (c *http2Connections) close() {
	for _, s := range c.slots {
		for _, connection := range s.open {
			s.retire(connection)
		}
	}
}

// newHTTP2Dialer makes connections, and nothing else: it is never asked to send a request, so that it keeps no pool and does
// not try again what has failed.
func newHTTP2Dialer(o *Options) *http.Transport {
	protocols := new(http.Protocols)
	protocols.SetHTTP2(true)
	protocols.SetUnencryptedHTTP2(true)
	config := &tls.Config{}
	if o.TLS != nil {
		config = o.TLS.Clone()
	}
	return &http.Transport{
		Proxy: func(r *http.Request) (*url.URL, error) {
			if o.Proxy == nil {
				return nil, nil
			}
			return o.Proxy(r.URL)
		},
		DialContext:            (&net.Dialer{}).DialContext, // the request's own deadline bounds dialling
		TLSClientConfig:        config,
		Protocols:              protocols,
		DisableCompression:     true, // a script that wants gzip says so; nothing is added behind its back
		MaxResponseHeaderBytes: engine.MaxHead,
	}
}

// http2Slot is the place of one connection to each host. A connection is replaced when it has carried its share of requests,
// or takes no more: those under way on the old one go on, and the last of them closes it.
type http2Slot struct {
	dialer *http.Transport

	mu   sync.Mutex
	open map[string]*http2Connection // by scheme and host
}

// http2Connection is one connection.
type http2Connection struct {
	key    string
	dialed chan struct{} // closed when conn or err is there
	conn   *http.ClientConn
	err    error
	ctx    context.Context // of who dials

	// These are the slot's, to be used with its lock.
	carried, limit int
	underWay       int
	retired        bool
}

// take is a connection for one more request, to be given back. carried says how many requests it has carried before.
func (s *http2Slot) take(ctx context.Context, u *url.URL, draw func() int) (c *http2Connection, carried int, err error) {
	for {
		var fresh bool
		if c, fresh, carried = s.reserve(ctx, u, draw); fresh {
			c.dial(ctx, s.dialer, u)
		}
		select {
		case <-c.dialed:
			err = c.err
		case <-ctx.Done():
			err = ctx.Err()
		}
		if err == nil {
			return c, carried, nil
		}
		if c.failed() {
			s.retire(c)
		}
		s.give(c)
		// If another user's time was over while it dialled, that says nothing of the host.
		if fresh || ctx.Err() != nil || c.ctx.Err() == nil {
			return nil, 0, err
		}
	}
}

// reserve is the connection that there is, or a new one for the caller to dial.
func (s *http2Slot) reserve(ctx context.Context, u *url.URL, draw func() int) (c *http2Connection, fresh bool, carried int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	key := u.Scheme + "://" + u.Host
	c = s.open[key]
	if c != nil && (c.carried >= c.limit || c.over()) {
		s.retireLocked(c)
		c = nil
	}
	if fresh = c == nil; fresh {
		c = &http2Connection{key: key, ctx: ctx, dialed: make(chan struct{}), limit: draw()}
		s.open[key] = c
	}
	c.carried++
	c.underWay++
	return c, fresh, c.carried - 1
}

// give gives a connection back after its request.
func (s *http2Slot) give(c *http2Connection) {
	s.mu.Lock()
	defer s.mu.Unlock()
	c.underWay--
	c.closeIfDone()
}

// retire keeps a connection from being taken again.
func (s *http2Slot) retire(c *http2Connection) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.retireLocked(c)
}

func (s *http2Slot) retireLocked(c *http2Connection) {
	if s.open[c.key] == c {
		delete(s.open, c.key)
	}
	c.retired = true
	c.closeIfDone()
}

func (c *http2Connection) closeIfDone() {
	if c.retired && c.underWay == 0 && c.conn != nil {
		_ = c.conn.Close()
	}
}

func (c *http2Connection) dial(ctx context.Context, dialer *http.Transport, u *url.URL) {
	defer close(c.dialed)
	port := cmp.Or(u.Port(), map[string]string{"http": "80", "https": "443"}[u.Scheme])
	to := net.JoinHostPort(u.Hostname(), port)
	if c.conn, c.err = dialer.NewClientConn(ctx, u.Scheme, to); c.err != nil {
		c.err = &engine.DialError{To: to, Err: c.err}
	}
}

// failed says that the connection could not be made.
func (c *http2Connection) failed() bool {
	select {
	case <-c.dialed:
		return c.err != nil
	default:
		return false
	}
}

// over says that the server has closed the connection, or has said that it will (GOAWAY) and has answered all it had.
func (c *http2Connection) over() bool {
	select {
	case <-c.dialed:
		return c.conn != nil && (c.conn.Err() != nil || c.conn.Available() == 0 && c.conn.InFlight() == 0)
	default:
		return false
	}
}
