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
func dialAny(ctx context.Context, f *Fiber, addresses []netip.AddrPort, deadline time.Time) (*conn, error) {
	var attempts []*conn
	var firstErr error
	var won *conn
	defer func() {
		for _, c := range attempts {
			if c.waiter = nil; c != won {
				_ = c.Close()
			}
		}
	}()
	end := max(1, f.loop.clock.of(deadline))
	nextStart := int64(0)
	for {
		if now := f.loop.clock.now(); len(addresses) > 0 && (len(attempts) == 0 || now >= nextStart) {
			c, err := connect(ctx, f, addresses[0])
			addresses, nextStart = addresses[1:], now+int64(attemptDelay)
			if err != nil {
				firstErr, nextStart = firstOf(firstErr, err), 0
				continue
			}
			c.waiter, c.wantRead, c.wantWrite = f, true, true
			attempts = append(attempts, c)
		}
		for i := 0; i < len(attempts); i++ {
			c := attempts[i]
			ended, err := c.connected()
			switch {
			case ended && err == nil:
				won = c
				return c, nil
			case ended:
				firstErr = firstOf(firstErr, err)
				_ = c.Close()
				attempts = append(attempts[:i], attempts[i+1:]...)
				i--
				nextStart = 0
			}
		}
		switch {
		case len(attempts) == 0 && len(addresses) == 0:
			return nil, firstErr
		case len(addresses) > 0 && (len(attempts) == 0 || f.loop.clock.now() >= nextStart):
			continue
		case ctx.Err() != nil:
			return nil, dialError(attempts[0].remote, ctx.Err())
		case f.loop.clock.now() >= end:
			return nil, dialError(attempts[0].remote, os.ErrDeadlineExceeded)
		}
		until := end
		if len(addresses) > 0 {
			until = min(until, nextStart)
		}
		f.wait(until)
	}
}
