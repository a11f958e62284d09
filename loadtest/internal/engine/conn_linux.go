//go:build linux && !portable

package engine

import (
	"context"
	"io"
	"net"
	"net/netip"
	"os"
	"strconv"
	"time"
	"unsafe"

	"golang.org/x/sys/unix"
)

// conn is a TCP connection whose reads and writes suspend the fiber that it belongs to instead of its thread. It is a
// net.Conn, so that crypto/tls runs over it.
type conn struct {
	fiber    *Fiber
	fd       int
	born     int32 // tells it from those that had the same descriptor before
	remote   netip.AddrPort
	ctx      context.Context // its end ends every wait
	deadline int64           // on the loop's clock; 0 for none

	// What epoll said last. Events come at edges: readable stays set until a read finds nothing.
	readable, writable bool
	over               bool // the other side has closed, or the connection is broken

	waiter              *Fiber
	wantRead, wantWrite bool

	unsent []byte // written, but not taken by the kernel yet
	broken error  // why nothing can be written any more

	hasty int // reads since it has last waited
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
	f.loop.born++
	c.born = f.loop.born
	event := unix.EpollEvent{Events: edges | unix.EPOLLET, Fd: int32(fd), Pad: c.born}
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
		} else if n, err := strconv.ParseUint(zone, 10, 32); err == nil {
			sa.ZoneId = uint32(n)
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

// await suspends the fiber until there is something to read. What is yet unsent leaves in the meantime.
func (c *conn) await() error {
	f := c.fiber
	c.waiter, c.wantRead = f, true
	defer func() { c.waiter, c.hasty = nil, 0 }()
	for {
		c.flush()
		c.wantWrite = len(c.unsent) > 0
		if c.readable {
			return nil
		}
		if err := c.inTime(); err != nil {
			return err
		}
		f.wait(c.deadline)
	}
}

// inTime is an error once the time for reading is over.
func (c *conn) inTime() error {
	switch {
	case c.ctx.Err() != nil:
		return c.fault("read", c.ctx.Err())
	case c.deadline != 0 && c.fiber.loop.clock.now() >= c.deadline:
		return c.fault("read", os.ErrDeadlineExceeded)
	}
	return nil
}

// mostHaste is how often a connection may be read without a wait in between.
const mostHaste = 16

// turn lets the other fibers have their turn, and looks at the clock, once in a while: a server that sends faster than we read
// would never have us wait.
func (c *conn) turn() error {
	if c.hasty++; c.hasty <= mostHaste {
		return nil
	}
	c.hasty = 0
	c.fiber.pass()
	return c.inTime()
}

// Read reads at least one byte, waiting for it if there is none.
func (c *conn) Read(p []byte) (int, error) {
	if len(p) == 0 {
		return 0, nil
	}
	for {
		if !c.readable || len(c.unsent) > 0 {
			if err := c.await(); err != nil {
				return 0, err
			}
		}
		if err := c.turn(); err != nil {
			return 0, err
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

// send writes p to the stream, which is c or TLS over it.
func (c *conn) send(stream net.Conn, p []byte) error {
	_, err := stream.Write(p)
	return err
}

// Write never waits: what the kernel does not take at once leaves while the answer is waited for. So a service may answer
// before it has read all of a request, whether it wants the rest or not.
func (c *conn) Write(p []byte) (int, error) {
	n := 0
	if len(c.unsent) == 0 {
		n = c.push(p)
	}
	if c.broken != nil {
		return n, c.broken
	}
	c.unsent = append(c.unsent, p[n:]...)
	return len(p), nil
}

// push hands the kernel as much of p as it takes.
func (c *conn) push(p []byte) (n int) {
	for n < len(p) && c.broken == nil {
		m, err := transfer(unix.SYS_WRITE, c.fd, p[n:])
		switch err {
		case nil:
			n += m
		case unix.EINTR:
		case unix.EAGAIN:
			c.writable = false
			return n
		default:
			c.broken = c.fault("write", os.NewSyscallError("write", err))
		}
	}
	return n
}

// flush goes on sending what is unsent.
func (c *conn) flush() {
	if len(c.unsent) == 0 || !c.writable {
		return
	}
	c.unsent = c.unsent[c.push(c.unsent):]
	if len(c.unsent) == 0 || c.broken != nil {
		c.unsent = nil
	}
}

// sent says whether all that was written has left, and what has kept it. It forgets what has not.
func (c *conn) sent() (whole bool, err error) {
	whole = len(c.unsent) == 0 && c.broken == nil
	c.unsent = nil
	return whole, c.broken
}

// transfer is a read or write on a socket that never blocks, so the scheduler need not know of it.
func transfer(call uintptr, fd int, p []byte) (int, error) {
	n, _, errno := unix.RawSyscall(call, uintptr(fd), uintptr(unsafe.Pointer(&p[0])), uintptr(len(p)))
	return result(n, errno)
}

func (c *conn) fault(op string, err error) error {
	return &net.OpError{Op: op, Net: "tcp", Addr: net.TCPAddrFromAddrPort(c.remote), Err: err}
}

// ended says that the other side has closed the connection, as far as epoll has told yet.
func (c *conn) ended() bool { return c.over }

// silent says that there can be nothing to read. It is not known of an encrypted connection, which may have read ahead.
func (c *conn) silent(encrypted bool) bool { return !encrypted && !c.readable }

// hurry makes the next read take what is there and not wait.
func (c *conn) hurry() { c.ctx, c.deadline = context.Background(), 1 }

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

// SetWriteDeadline does nothing, as Write does not wait.
func (c *conn) SetWriteDeadline(time.Time) error { return nil }

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
