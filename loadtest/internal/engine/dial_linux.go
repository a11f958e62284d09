//go:build linux && !portable

package engine

import (
	"context"
	"net"
	"net/netip"
	"os"
	"time"
)

func dialError(to netip.AddrPort, err error) error {
	return &net.OpError{Op: "dial", Net: "tcp", Addr: net.TCPAddrFromAddrPort(to), Err: err}
}

// dialAny connects to whichever of the addresses answers first. They are tried in their order, each next one when the one
// before has failed or has not answered for a moment (RFC 8305, "happy eyeballs").
func dialAny(ctx context.Context, f *Fiber, addresses []netip.AddrPort, deadline time.Time) (won *conn, err error) {
	r := race{f: f, addresses: addresses}
	defer func() { r.end(won) }()
	end := max(1, f.loop.clock.of(deadline))
	for {
		for r.due() {
			r.start(ctx)
		}
		if c := r.winner(); c != nil {
			return c, nil
		}
		switch {
		case len(r.attempts) == 0 && len(r.addresses) == 0:
			return nil, r.err
		case r.due():
			continue
		case ctx.Err() != nil:
			return nil, dialError(r.attempts[0].remote, ctx.Err())
		case f.loop.clock.now() >= end:
			return nil, dialError(r.attempts[0].remote, os.ErrDeadlineExceeded)
		}
		until := end
		if len(r.addresses) > 0 {
			until = min(until, r.next)
		}
		f.wait(until)
	}
}

// race is the attempts to connect to several addresses.
type race struct {
	f         *Fiber
	addresses []netip.AddrPort // that have not been tried
	attempts  []*conn          // under way
	next      int64            // when to try the next address, by the loop's clock, even if others are under way
	err       error            // of the first that failed
}

// due says whether it is time for the next address.
func (r *race) due() bool {
	return len(r.addresses) > 0 && (len(r.attempts) == 0 || r.f.loop.clock.now() >= r.next)
}

func (r *race) start(ctx context.Context) {
	r.next = r.f.loop.clock.now() + int64(attemptDelay)
	c, err := connect(ctx, r.f, r.addresses[0])
	r.addresses = r.addresses[1:]
	if err != nil {
		r.failed(err)
		return
	}
	c.waiter, c.wantRead, c.wantWrite = r.f, true, true
	r.attempts = append(r.attempts, c)
}

// failed makes the next address due.
func (r *race) failed(err error) {
	r.err, r.next = firstOf(r.err, err), 0
}

// winner is an attempt that has succeeded; nil if none has. Those that have failed are no longer under way.
func (r *race) winner() *conn {
	underWay := r.attempts[:0]
	for i, c := range r.attempts {
		ended, err := c.connected()
		switch {
		case ended && err == nil:
			r.attempts = append(underWay, r.attempts[i:]...)
			return c
		case ended:
			_ = c.Close()
			r.failed(err)
		default:
			underWay = append(underWay, c)
		}
	}
	r.attempts = underWay
	return nil
}

// end closes all attempts but the one that has won, if one has.
func (r *race) end(won *conn) {
	for _, c := range r.attempts {
		if c.waiter = nil; c != won {
			_ = c.Close()
		}
	}
}
