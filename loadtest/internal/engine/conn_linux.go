//go:build linux && !portable

package engine

import (
	"context"
	"fmt"
	"io"
	"net"
	"net/netip"
	"os"
	"time"
	"unsafe"

	"golang.org/x/sys/unix"
)

// conn is a TCP connection whose reads and writes suspend the fiber that it belongs to instead of its thread. It is a
// net.Conn, so that crypto/tls runs over it.
type conn struct {
	fiber    *Fiber
	fd       int
	remote   netip.AddrPort
	ctx      context.Context // its end ends every wait
	deadline int64           // on the loop's clock; 0 for none

	// What epoll said last. Events come at edges: readable stays set until a read finds nothing.
	readable, writable bool
	over               bool // the other side has closed, or the connection is broken

	waiter              *Fiber
	wantRead, wantWrite bool
}

// connect begins to connect; the connection is there once it becomes writable without an error.
func connect(ctx context.Context, f *Fiber, to netip.AddrPort) (*conn, error) {
	family := unix.AF_INET6
	if to.Addr().Unmap().Is4() {
		family = unix.AF_INET
	}
	fd, err := unix.Socket(family, unix.SOCK_STREAM|unix.SOCK_NONBLOCK|unix.SOCK_CLOEXEC, unix.IPPROTO_TCP)
	if err != nil {
		return nil, dialError(to, os.NewSyscallError("socket", err))
	}
	c := &conn{fiber: f, fd: fd, remote: to, ctx: ctx}
	_ = unix.SetsockoptInt(fd, unix.IPPROTO_TCP, unix.TCP_NODELAY, 1)
	if err := unix.Connect(fd, sockaddr(to)); err != nil && err != unix.EINPROGRESS {
		_ = unix.Close(fd)
		return nil, dialError(to, os.NewSyscallError("connect", err))
	}
	edges := uint32(unix.EPOLLIN | unix.EPOLLOUT | unix.EPOLLRDHUP)
	event := unix.EpollEvent{Events: edges | unix.EPOLLET, Fd: int32(fd)}
	if err := unix.EpollCtl(f.loop.epoll, unix.EPOLL_CTL_ADD, fd, &event); err != nil {
		_ = unix.Close(fd)
		return nil, dialError(to, os.NewSyscallError("epoll_ctl", err))
	}
	for len(f.loop.conns) <= fd {
		f.loop.conns = append(f.loop.conns, nil)
	}
	f.loop.conns[fd] = c
	return c, nil
}

func sockaddr(to netip.AddrPort) unix.Sockaddr {
	if addr := to.Addr().Unmap(); addr.Is4() {
		return &unix.SockaddrInet4{Port: int(to.Port()), Addr: addr.As4()}
	}
	sa := &unix.SockaddrInet6{Port: int(to.Port()), Addr: to.Addr().As16()}
	if zone := to.Addr().Zone(); zone != "" {
		if i, err := net.InterfaceByName(zone); err == nil {
			sa.ZoneId = uint32(i.Index)
		}
	}
	return sa
}

// connected says whether the attempt to connect has ended, and how.
func (c *conn) connected() (ended bool, err error) {
	if !c.writable && !c.over {
		return false, nil
	}
	code, err := unix.GetsockoptInt(c.fd, unix.SOL_SOCKET, unix.SO_ERROR)
	if err == nil && code != 0 {
		err = unix.Errno(code)
	}
	if err != nil {
		return true, dialError(c.remote, os.NewSyscallError("connect", err))
	}
	return true, nil
}

// begin says how long reads and writes may take from now on.
func (c *conn) begin(ctx context.Context, deadline time.Time) {
	c.ctx = ctx
	_ = c.SetDeadline(deadline)
}

// await suspends the fiber until the connection is ready for what is wanted.
func (c *conn) await(read, write bool) error {
	f := c.fiber
	c.waiter, c.wantRead, c.wantWrite = f, read, write
	defer func() { c.waiter = nil }()
	for !(read && c.readable) && !(write && c.writable) {
		if err := c.ctx.Err(); err != nil {
			return err
		}
		if c.deadline != 0 && f.loop.clock.now() >= c.deadline {
			return os.ErrDeadlineExceeded
		}
		f.wait(c.deadline)
	}
	return nil
}

// Read reads at least one byte, waiting for it if there is none.
func (c *conn) Read(p []byte) (int, error) {
	if len(p) == 0 {
		return 0, nil
	}
	for {
		if !c.readable {
			if err := c.await(true, false); err != nil {
				return 0, c.fault("read", err)
			}
		}
		n, err := transfer(unix.SYS_READ, c.fd, p)
		switch {
		case err == unix.EAGAIN:
			c.readable = false
		case err == unix.EINTR:
		case err != nil:
			return 0, c.fault("read", os.NewSyscallError("read", err))
		case n == 0:
			return 0, io.EOF
		default:
			// Fewer bytes than asked for: there is nothing more for now, and what comes next is a new edge (epoll(7)).
			c.readable = n == len(p) || c.over
			return n, nil
		}
	}
}

// Write writes all of p.
func (c *conn) Write(p []byte) (written int, err error) {
	for written < len(p) {
		n, err := c.writeSome(p[written:])
		written += n
		switch {
		case err == unix.EAGAIN:
			c.writable = false
			if err := c.await(false, true); err != nil {
				return written, c.fault("write", err)
			}
		case err != nil:
			return written, c.fault("write", os.NewSyscallError("write", err))
		}
	}
	return written, nil
}

func (c *conn) writeSome(p []byte) (int, error) {
	for {
		n, err := transfer(unix.SYS_WRITE, c.fd, p)
		if err != unix.EINTR {
			return n, err
		}
	}
}

// transfer is a read or write on a socket that never blocks, so the scheduler need not know of it.
func transfer(call uintptr, fd int, p []byte) (int, error) {
	n, _, errno := unix.RawSyscall(call, uintptr(fd), uintptr(unsafe.Pointer(&p[0])), uintptr(len(p)))
	return result(n, errno)
}

func (c *conn) fault(op string, err error) error {
	return &net.OpError{Op: op, Net: "tcp", Addr: net.TCPAddrFromAddrPort(c.remote), Err: err}
}

// stale says that an idle connection can take no request: the other side has closed it, or has sent something unasked.
// With TLS something unasked is no reason, as the protocol has messages of its own.
func (c *conn) stale(encrypted bool) bool {
	if c.over || !c.readable || encrypted {
		return c.over
	}
	var peeked [1]byte
	_, _, err := unix.Recvfrom(c.fd, peeked[:], unix.MSG_PEEK|unix.MSG_DONTWAIT)
	if err == unix.EAGAIN {
		c.readable = false
		return false
	}
	return true
}

// Close closes the connection.
func (c *conn) Close() error {
	if c.fd < 0 {
		return net.ErrClosed
	}
	c.fiber.loop.conns[c.fd] = nil
	err := unix.Close(c.fd) // which takes it out of epoll too
	c.fd = -1
	return err
}

// LocalAddr is not needed by anybody.
func (c *conn) LocalAddr() net.Addr { return &net.TCPAddr{} }

// RemoteAddr is the address that was dialled.
func (c *conn) RemoteAddr() net.Addr { return net.TCPAddrFromAddrPort(c.remote) }

// SetDeadline is when reads and writes give up; a zero time is never.
func (c *conn) SetDeadline(t time.Time) error {
	c.deadline = 0
	if !t.IsZero() {
		c.deadline = max(1, c.fiber.loop.clock.of(t))
	}
	return nil
}

// SetReadDeadline is SetDeadline: a fiber does one thing at a time.
func (c *conn) SetReadDeadline(t time.Time) error { return c.SetDeadline(t) }

// SetWriteDeadline does nothing: crypto/tls, which alone asks for it, means the alert that says farewell.
func (c *conn) SetWriteDeadline(time.Time) error { return nil }

// writeUntilAnswered writes p, but stops when the other side says something before it has read all: whole is false then.
func (c *conn) writeUntilAnswered(stream net.Conn, p []byte) (whole bool, err error) {
	if stream != net.Conn(c) {
		_, err := stream.Write(p)
		return err == nil, err
	}
	for len(p) > 0 {
		n, err := c.writeSome(p)
		p = p[n:]
		switch {
		case err == unix.EAGAIN:
			c.writable = false
			if c.readable {
				return false, nil
			}
			if err := c.await(true, true); err != nil {
				return false, fmt.Errorf("%w: %w", errWait, c.fault("write", err))
			}
		case err != nil:
			return false, c.fault("write", os.NewSyscallError("write", err))
		}
	}
	return true, nil
}

// limit shortens the deadline to so long from now and returns the one before.
func (c *conn) limit(d time.Duration) (before int64) {
	before = c.deadline
	if soon := c.fiber.loop.clock.now() + int64(d); before == 0 || soon < before {
		c.deadline = soon
	}
	return before
}

func (c *conn) unlimit(before int64) { c.deadline = before }

// retransmits is how many segments the kernel had to send again.
func (c *conn) retransmits() int {
	info, err := unix.GetsockoptTCPInfo(c.fd, unix.IPPROTO_TCP, unix.TCP_INFO)
	if err != nil {
		return 0
	}
	return int(info.Total_retrans)
}
