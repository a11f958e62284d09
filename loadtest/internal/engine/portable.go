//go:build !linux || portable

package engine

import (
	"context"
	"net"
	"net/netip"
	"sync"
	"time"
)

// Loop runs each fiber on a goroutine of its own.
type Loop struct {
	mu      sync.Mutex
	waiting []*Fiber
	running sync.WaitGroup
	started bool
}

// NewLoop makes a loop.
func NewLoop() (*Loop, error) { return &Loop{}, nil }

// Go adds a fiber. It begins when the loop runs, or at once if it does.
func (l *Loop) Go(body func(f *Fiber)) {
	f := &Fiber{body: body, unparked: make(chan struct{}, 1)}
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.started {
		l.running.Go(func() { body(f) })
		return
	}
	l.waiting = append(l.waiting, f)
}

// Run runs the fibers until all have ended. The end of ctx ends every wait of every fiber.
func (l *Loop) Run(context.Context) {
	l.mu.Lock()
	l.started = true
	for _, f := range l.waiting {
		l.running.Go(func() { f.body(f) })
	}
	l.mu.Unlock()
	l.running.Wait()
}

// Fiber is the thread of one user. Its methods are for that user alone.
type Fiber struct {
	body     func(f *Fiber)
	unparked chan struct{}
}

// SleepUntil waits until t, or until ctx ends, whichever is sooner.
func (f *Fiber) SleepUntil(ctx context.Context, t time.Time) {
	timer := time.NewTimer(time.Until(t))
	defer timer.Stop()
	select {
	case <-timer.C:
	case <-ctx.Done():
	}
}

// Park waits until Unpark, which may have come before, or until ctx ends.
func (f *Fiber) Park(ctx context.Context) {
	select {
	case <-f.unparked:
	case <-ctx.Done():
	}
}

// Unpark ends the fiber's Park, or its next one. Only fibers of the same loop may call it.
func (f *Fiber) Unpark() {
	select {
	case f.unparked <- struct{}{}:
	default:
	}
}

// Block does work that may block its thread.
func (f *Fiber) Block(work func()) { work() }

// conn is a TCP connection whose reads and writes end with a context.
type conn struct {
	net.Conn
	ctx      context.Context
	deadline time.Time
	undo     func() // ends the watch over ctx
	used     time.Time
	writing  chan error // of a long request, which is written while its answer may come already; nil if there is none
	broken   error
}

// begin says how long reads and writes may take from now on.
func (c *conn) begin(ctx context.Context, deadline time.Time) {
	c.release()
	c.ctx, c.deadline, c.used = ctx, deadline, time.Now()
	_ = c.SetDeadline(deadline)
	ended := make(chan struct{})
	stop := context.AfterFunc(ctx, func() {
		defer close(ended)
		_ = c.SetDeadline(longAgo)
	})
	c.undo = func() {
		if !stop() {
			<-ended
		}
	}
}

var longAgo = time.Unix(1, 0)

func (c *conn) release() {
	if c.undo != nil {
		c.undo()
		c.undo = nil
	}
}

// Close closes the connection.
func (c *conn) Close() error {
	c.release()
	err := c.Conn.Close()
	if c.writing != nil {
		<-c.writing
	}
	return err
}

// ended is not known here before a read.
func (c *conn) ended() bool { return false }

// silent says that a connection was used so lately that to look whether there is something to read would cost more than it
// is worth.
func (c *conn) silent(bool) bool { return time.Since(c.used) < 50*time.Millisecond }

// hurry makes the next read wait for a moment only.
func (c *conn) hurry() {
	c.release()
	_ = c.SetDeadline(time.Now().Add(time.Millisecond))
}

// dialAny connects to whichever of the addresses answers first. They are tried in their order, each next one when the one
// before has failed or has not answered for a moment (RFC 8305, "happy eyeballs").
func dialAny(ctx context.Context, _ *Fiber, addresses []netip.AddrPort, deadline time.Time) (*conn, error) {
	ctx, cancel := context.WithDeadline(ctx, deadline)
	defer cancel()
	attempts := make(chan attempt, len(addresses))
	var firstErr error
	for started, ended := 0, 0; ended < len(addresses); {
		var later <-chan time.Time
		if started < len(addresses) {
			to := addresses[started].String()
			go func() { attempts <- dialOne(ctx, to) }()
			if started++; started < len(addresses) {
				later = time.After(attemptDelay)
			}
		}
		select {
		case a := <-attempts:
			ended++
			if a.err == nil {
				go closeAll(attempts, started-ended)
				return &conn{Conn: a.conn}, nil
			}
			firstErr = firstOf(firstErr, a.err)
		case <-later:
		}
	}
	return nil, firstErr
}

// attempt is what came of one.
type attempt struct {
	conn net.Conn
	err  error
}

func dialOne(ctx context.Context, to string) attempt {
	c, err := new(net.Dialer).DialContext(ctx, "tcp", to)
	return attempt{c, err}
}

// closeAll closes the connections that came too late.
func closeAll(attempts chan attempt, n int) {
	for range n {
		if a := <-attempts; a.err == nil {
			_ = a.conn.Close()
		}
	}
}

// await does not wait: the read does.
func (c *conn) await() error { return nil }

// send writes p to the stream, which is c or TLS over it. A short p fits into the kernel's buffer.
func (c *conn) send(stream net.Conn, p []byte) error {
	if len(p) <= 16<<10 {
		_, err := stream.Write(p)
		return err
	}
	if c.writing != nil {
		c.broken = firstOf(c.broken, <-c.writing)
	}
	p = append([]byte(nil), p...)
	done := make(chan error, 1)
	c.writing = done
	go func() {
		_, err := stream.Write(p)
		done <- err
		close(done)
	}()
	return nil
}

// sent says whether all that was written has left, and what has kept it.
func (c *conn) sent() (whole bool, err error) {
	c.used = time.Now()
	if c.writing != nil {
		select {
		case err := <-c.writing:
			c.broken, c.writing = firstOf(c.broken, err), nil
		case <-time.After(50 * time.Millisecond): // the writer may not have been told yet that the last bytes have left
			return false, c.broken
		}
	}
	return c.broken == nil, c.broken
}

// limit shortens the deadline to so long from now and returns the one before.
func (c *conn) limit(d time.Duration) (before time.Time) {
	before = c.deadline
	if soon := time.Now().Add(d); before.IsZero() || soon.Before(before) {
		_ = c.SetReadDeadline(soon)
		c.endWith(c.ctx)
	}
	return before
}

func (c *conn) unlimit(before time.Time) {
	_ = c.SetReadDeadline(before)
	c.endWith(c.ctx)
}

// endWith makes good that a new deadline may have overwritten the one that the end of ctx has set.
func (c *conn) endWith(ctx context.Context) {
	if ctx.Err() != nil {
		_ = c.SetDeadline(longAgo)
	}
}

// retransmits is not known here.
func (c *conn) retransmits() int { return 0 }
