//go:build !linux || portable

package engine

import (
	"context"
	"errors"
	"fmt"
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
	deadline time.Time
	undo     func() bool
}

// begin says how long reads and writes may take from now on.
func (c *conn) begin(ctx context.Context, deadline time.Time) {
	if c.undo != nil {
		c.undo()
	}
	c.deadline = deadline
	_ = c.SetDeadline(deadline)
	c.undo = context.AfterFunc(ctx, func() { _ = c.SetDeadline(time.Unix(1, 0)) })
}

// stale is not known here before a request has failed.
func (c *conn) stale(bool) bool { return false }

// dialAny connects to whichever of the addresses answers first, in their order.
func dialAny(ctx context.Context, _ *Fiber, addresses []netip.AddrPort, deadline time.Time) (*conn, error) {
	var firstErr error
	for i, to := range addresses {
		dialer := net.Dialer{Deadline: deadline}
		if left := len(addresses) - i; left > 1 {
			dialer.Timeout = time.Until(deadline) / time.Duration(left)
		}
		c, err := dialer.DialContext(ctx, "tcp", to.String())
		if err == nil {
			return &conn{Conn: c}, nil
		}
		firstErr = firstOf(firstErr, err)
	}
	return nil, firstErr
}

// writeUntilAnswered writes p.
func (c *conn) writeUntilAnswered(stream net.Conn, p []byte) (whole bool, err error) {
	_, err = stream.Write(p)
	var timeout net.Error
	if errors.As(err, &timeout) && timeout.Timeout() {
		err = fmt.Errorf("%w: %w", errWait, err)
	}
	return err == nil, err
}

// limit shortens the deadline to so long from now and returns the one before.
func (c *conn) limit(d time.Duration) (before time.Time) {
	before = c.deadline
	if soon := time.Now().Add(d); before.IsZero() || soon.Before(before) {
		_ = c.SetReadDeadline(soon)
	}
	return before
}

func (c *conn) unlimit(before time.Time) { _ = c.SetReadDeadline(before) }

// retransmits is not known here.
func (c *conn) retransmits() int { return 0 }
