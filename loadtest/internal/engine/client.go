package engine

import (
	"bytes"
	"compress/gzip"
	"context"
	"crypto/tls"
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"sync"
	"time"
)

// Config is what all clients of a run have in common.
type Config struct {
	TLS   *tls.Config                              // nil means the system's certificate authorities
	Proxy func(*url.URL) (*url.URL, error)         // nil means none
	Reuse func() (requests int, age time.Duration) // drawn for each connection: how much it may carry, how old it may become; age 0 is any
	Idle  *Idle                                    // nil means that nothing is learned
}

// Client is one user's connections: one to each host that it talks to, made when it is needed, and used again until it has
// carried its share of requests, has become too old, or was closed. No request is ever sent twice.
type Client struct {
	fiber  *Fiber
	config *Config
	links  []*link
	kept   []byte

	Opened      int // connections made so far
	Retransmits int // TCP segments sent again, SYNs apart, of the connections closed so far; Linux only
}

// maxLinks is how many hosts a client keeps a connection to at the same time.
const maxLinks = 8

// NewClient makes a client for a fiber.
func NewClient(f *Fiber, config *Config) *Client { return &Client{fiber: f, config: config} }

// link is a connection to one origin.
type link struct {
	scheme, host, port string
	conn               *conn
	stream             net.Conn // conn, or TLS over it
	reader             *reader
	proxied            bool // requests go to a proxy, which wants the absolute form
	authorization      string
	carried, limit     int
	expires            time.Time     // zero for never
	mostIdle           time.Duration // after how long without a request it is not used again, as the server says; 0 for any
	synRetransmits     int
	informational      int // answers of the kind 1xx to the present request
}

// Do sends a request and reads its answer to the end, until the deadline or the end of ctx, which is to be the context that the
// loop runs with or one without an end but its deadline. Times are filled in whatever happens.
func (c *Client) Do(ctx context.Context, r *Request, deadline time.Time) (Response, error) {
	var response Response
	if end, ok := ctx.Deadline(); ok && end.Before(deadline) {
		deadline = end
	}
	l, err := c.link(ctx, r.URL, deadline, &response.Times)
	if err != nil {
		return response, err
	}
	l.conn.begin(ctx, deadline)
	response.Times.Carried = l.carried
	lastRead := l.reader.read
	persistent, err := c.exchange(l, r, &response)
	if !response.Times.Sent.IsZero() && err != nil {
		response.Times.LastByte = time.Since(response.Times.Sent)
		if l.carried > 0 && response.Times.FirstByte == 0 && !isTimeout(err) && ctx.Err() == nil {
			c.config.Idle.ended(response.Times.Sent.Sub(lastRead))
		}
	}
	l.carried++
	if err != nil || !persistent || l.carried >= l.limit {
		c.drop(l)
	}
	return response, err
}

// Close closes all connections.
func (c *Client) Close() {
	for len(c.links) > 0 {
		c.drop(c.links[0])
	}
}

// link is the connection for an address: the one there is, or a new one.
func (c *Client) link(ctx context.Context, u *url.URL, deadline time.Time, times *Times) (*link, error) {
	for _, l := range c.links {
		if l.host != u.Host || l.scheme != u.Scheme {
			continue
		}
		lastRead := l.reader.read
		expired := c.expired(l)
		if !expired && !l.stale() {
			return l, nil
		}
		if !expired {
			c.config.Idle.ended(time.Since(lastRead))
		}
		c.drop(l)
		break
	}
	if len(c.links) >= maxLinks {
		c.drop(c.links[0])
	}
	l, err := c.dial(ctx, u, deadline, times)
	if err != nil {
		return nil, err
	}
	c.links = append(c.links, l)
	return l, nil
}

// expired says that a connection is too old, or has been idle for so long that the server may be about to close it.
func (c *Client) expired(l *link) bool {
	mostIdle := c.config.Idle.most()
	if mostIdle == 0 || l.mostIdle > 0 && l.mostIdle < mostIdle {
		mostIdle = l.mostIdle
	}
	if l.expires.IsZero() && mostIdle == 0 {
		return false
	}
	now := time.Now()
	return !l.expires.IsZero() && !now.Before(l.expires) || mostIdle > 0 && now.Sub(l.reader.read) >= mostIdle
}

// stale says that an idle connection can take no request: the other side has closed it, or has sent something unasked,
// which must not be taken for the next answer. TLS has messages of its own, which are read on that occasion.
func (l *link) stale() bool {
	if l.conn.ended() || l.conn.silent(l.stream != net.Conn(l.conn)) {
		return l.conn.ended()
	}
	l.conn.hurry()
	return !isTimeout(l.reader.fill())
}

func (c *Client) drop(l *link) {
	for i, other := range c.links {
		if other == l {
			c.links = append(c.links[:i], c.links[i+1:]...)
			break
		}
	}
	c.Retransmits += l.conn.retransmits() - l.synRetransmits
	_ = l.stream.Close()
}

// dial makes a connection: to the host itself or to a proxy, and with TLS if the scheme says so.
func (c *Client) dial(ctx context.Context, u *url.URL, deadline time.Time, times *Times) (*link, error) {
	times.Dialled = true
	l := &link{scheme: u.Scheme, host: u.Host, port: portOf(u.Scheme, u.Port())}
	proxy, err := c.proxy(u)
	if err != nil {
		return nil, err
	}
	host, port := u.Hostname(), l.port
	if proxy != nil {
		host, port = proxy.Hostname(), portOf(proxy.Scheme, proxy.Port())
		if user := proxy.User; user != nil {
			password, _ := user.Password()
			l.authorization = "Basic " + base64.StdEncoding.EncodeToString([]byte(user.Username()+":"+password))
		}
	}
	if err := c.connect(ctx, l, host, port, deadline, times); err != nil {
		return nil, &DialError{net.JoinHostPort(host, port), err}
	}
	if err := c.secure(ctx, l, u, proxy, deadline, times); err != nil {
		_ = l.stream.Close()
		return nil, &DialError{net.JoinHostPort(u.Hostname(), l.port), err}
	}
	var age time.Duration
	if l.limit, age = c.config.Reuse(); age > 0 {
		l.expires = time.Now().Add(age)
	}
	return l, nil
}

func (c *Client) proxy(u *url.URL) (*url.URL, error) {
	if c.config.Proxy == nil {
		return nil, nil
	}
	proxy, err := c.config.Proxy(u)
	if err == nil && proxy != nil && proxy.Scheme != "http" && proxy.Scheme != "https" {
		err = fmt.Errorf("the proxy %s is neither http nor https", proxy.Redacted())
	}
	return proxy, err
}

// lostSYNs are those of the repeated SYNs that were lost. A host that still holds an old connection from the same local port
// makes the kernel send its SYN again after some milliseconds (RFC 5961 §4.2): one that hangs has many of them.
func lostSYNs(repeated int, took time.Duration) int {
	const first = time.Second // until the first repetition of one that is lost (RFC 6298 §2)
	if took < first {
		return 0
	}
	return repeated
}

func (c *Client) connect(ctx context.Context, l *link, host, port string, deadline time.Time, times *Times) error {
	begin := time.Now()
	addresses, err := resolve(ctx, c.fiber, host, port, deadline)
	times.DNS = time.Since(begin)
	if err != nil {
		times.Broken = true
		return err
	}
	begin = time.Now()
	l.conn, err = dialAny(ctx, c.fiber, addresses, deadline)
	times.Connect = time.Since(begin)
	times.Broken = err != nil
	if err != nil {
		return err
	}
	l.synRetransmits = l.conn.retransmits()
	times.SYNRetransmits = lostSYNs(l.synRetransmits, times.Connect)
	c.Opened++
	l.stream = l.conn
	l.reader = newReader(l.stream, l.conn.await)
	l.conn.begin(ctx, deadline)
	return nil
}

// secure puts TLS over the connection where the proxy or the origin wants it.
func (c *Client) secure(ctx context.Context, l *link, u, proxy *url.URL, deadline time.Time, times *Times) error {
	if proxy != nil {
		if proxy.Scheme == "https" {
			if err := c.handshake(l, proxy.Hostname(), times); err != nil {
				return err
			}
		}
		if u.Scheme != "https" {
			l.proxied = true
			return nil
		}
		if err := l.tunnel(); err != nil {
			return err
		}
	}
	if u.Scheme != "https" {
		return nil
	}
	return c.handshake(l, u.Hostname(), times)
}

func (c *Client) handshake(l *link, host string, times *Times) error {
	config := &tls.Config{}
	if c.config.TLS != nil {
		config = c.config.TLS.Clone()
	}
	if config.ServerName == "" {
		config.ServerName = host
	}
	begin := time.Now()
	secured := tls.Client(l.stream, config)
	err := secured.Handshake()
	times.TLS += time.Since(begin)
	if err != nil {
		times.Broken = true
		return &HandshakeError{err}
	}
	times.Resumed = secured.ConnectionState().DidResume
	l.stream = secured
	l.reader = newReader(secured, nil)
	return nil
}

// DialError is a connection that could not be made, or not be secured, with where it was to lead: a host by its name, and a
// port.
type DialError struct {
	To  string
	Err error
}

func (e *DialError) Error() string { return e.Err.Error() }
func (e *DialError) Unwrap() error { return e.Err }

// HandshakeError is a connection that was made but could not be secured.
type HandshakeError struct{ Err error }

func (e *HandshakeError) Error() string { return e.Err.Error() }
func (e *HandshakeError) Unwrap() error { return e.Err }

// tunnel asks a proxy to connect through (RFC 9110 §9.3.6).
func (l *link) tunnel() error {
	to := net.JoinHostPort(hostname(l.host), l.port)
	b := append([]byte(nil), "CONNECT "+to+" HTTP/1.1\r\nHost: "+to+"\r\n"...)
	if l.authorization != "" {
		b = appendField(b, "Proxy-Authorization", l.authorization)
		l.authorization = ""
	}
	if _, err := l.stream.Write(append(b, "\r\n"...)); err != nil {
		return err
	}
	var response Response
	m, err := l.reader.head(&response, false)
	if err != nil {
		return err
	}
	switch {
	case m.status != http.StatusOK:
		return &net.OpError{Op: "dial", Net: "tcp", Err: fmt.Errorf("the proxy answered CONNECT with status %d", m.status)}
	case l.reader.r != l.reader.w:
		return violation("the proxy said more than that it is connected")
	}
	return nil
}

func hostname(host string) string {
	u := url.URL{Host: host}
	return u.Hostname()
}

// writeBuffers are where requests are put together.
var writeBuffers = sync.Pool{New: func() any { b := make([]byte, 0, 4<<10); return &b }}

// largestBuffer is up to which size such a buffer is kept for the next request.
const largestBuffer = 64 << 10

// send writes the request, but not the body that is to wait for 100 Continue.
func (l *link) send(r *Request, times *Times) (head, error) {
	buffer := writeBuffers.Get().(*[]byte)
	b, h := appendRequest((*buffer)[:0], r, l.proxied, l.carried+1 >= l.limit, l.authorization)
	if r.Body != "" && !h.awaits {
		b = appendBody(b, r.Body, h.chunked)
	}
	times.Sent = time.Now()
	err := l.conn.send(l.stream, b)
	if cap(b) <= largestBuffer {
		*buffer = b
		writeBuffers.Put(buffer)
	}
	return h, err
}

// exchange sends the request and reads the answer.
func (c *Client) exchange(l *link, r *Request, response *Response) (persistent bool, err error) {
	l.informational = 0
	h, writeErr := l.send(r, &response.Times)
	var m message
	withheld := writeErr == nil && h.awaits
	if withheld {
		if m, err = l.awaitContinue(response, r.Keep); err != nil {
			return false, err
		}
		if withheld = m.final(); !withheld {
			writeErr = l.conn.send(l.stream, appendBody(nil, r.Body, h.chunked))
		}
	}
	for err == nil && !m.final() {
		m, err = l.head(response, r.Keep)
	}
	if err == nil {
		err = c.finish(l, r, h, &m, response)
	}
	// A service may refuse a request before it has read all of it, and close: what it has to say is the answer. Only if it
	// says nothing is it the sending that went wrong.
	whole, sendErr := l.conn.sent()
	if writeErr = firstOf(writeErr, sendErr); err != nil && writeErr != nil {
		err = writeErr
	}
	// Bytes after the end of the answer belong to nothing that was asked for.
	return m.persistent && !h.closes && whole && !withheld && writeErr == nil && l.reader.r == l.reader.w, err
}

// continueTimeout is how long a body waits for the service's 100 Continue; RFC 9110 §10.1.1 wants it sent in the end even to
// one that does not know of it.
const continueTimeout = time.Second

// awaitContinue waits until the body may be sent. If m is final, it is not wanted.
func (l *link) awaitContinue(response *Response, keep bool) (m message, err error) {
	for !m.final() && m.status != http.StatusContinue {
		deadline := l.conn.limit(continueTimeout)
		err = l.reader.fillIfEmpty()
		l.conn.unlimit(deadline)
		if isTimeout(err) {
			return m, nil
		}
		if err == nil {
			m, err = l.head(response, keep)
		}
		if err != nil {
			return m, err
		}
	}
	return m, nil
}

func isTimeout(err error) bool {
	var timeout net.Error
	return errors.As(err, &timeout) && timeout.Timeout()
}

// final says that no other head follows for the same request.
func (m *message) final() bool { return m.status >= 200 }

// head reads the next head, be it the final one or an informational one.
func (l *link) head(response *Response, keep bool) (message, error) {
	if err := l.reader.fillIfEmpty(); err != nil {
		return message{}, err
	}
	if response.Times.FirstByte == 0 {
		response.Times.FirstByte = l.reader.read.Sub(response.Times.Sent)
	}
	m, err := l.reader.head(response, keep)
	if err != nil || m.final() {
		l.mostIdle = beforeEnd(m.keepAlive)
		return m, err
	}
	if m.status == http.StatusSwitchingProtocols {
		return m, ErrSwitched
	}
	if l.informational++; l.informational > maxInformational {
		return m, violation("more than %d answers of the kind 1xx", maxInformational)
	}
	*response = Response{Times: response.Times}
	return m, nil
}

// finish reads the body, if the answer has one.
func (c *Client) finish(l *link, r *Request, h head, m *message, response *Response) error {
	if r.Method != http.MethodHead && m.status != http.StatusNoContent && m.status != http.StatusNotModified {
		var kept *[]byte
		if r.Keep {
			c.kept = c.kept[:0]
			kept = &c.kept
		}
		if err := l.reader.body(m, response, kept); err != nil {
			return err
		}
		if r.Keep {
			response.Body = c.kept
		}
	}
	response.Times.LastByte = l.reader.read.Sub(response.Times.Sent)
	l.reader.trim()
	if m.gzipped && h.acceptsZ { // after the last stamp
		response.Unzip()
	}
	return nil
}

// Unzip makes a body that was compressed readable, if it can.
func (r *Response) Unzip() {
	if len(r.Body) == 0 {
		return
	}
	z, err := gzip.NewReader(bytes.NewReader(r.Body))
	if err != nil {
		return // as it came: the script's expectations will say what they do not find
	}
	plain, err := io.ReadAll(io.LimitReader(z, MaxKept+1))
	if len(plain) > MaxKept {
		plain, r.Truncated = plain[:MaxKept], true
	}
	if err == nil || r.Truncated {
		r.Body = plain
		r.Header.Del("Content-Encoding")
	}
}
