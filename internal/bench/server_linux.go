package main

import (
	"bytes"
	"container/heap"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"time"

	"golang.org/x/sys/unix"
)

// server answers HTTP/1.1 requests from one thread with an epoll loop, which costs it less than asking costs any client: a
// client that is slow here is slow by itself. GET / is answered at once, GET /5ms after that long. It notes of each request
// how long it took.
type server struct {
	epoll, listener, timer int
	control                *os.File  // a line asks for the record, the end of it ends the server
	out                    io.Writer // for the address and the records

	connections []*connection // by descriptor
	open, peak  int
	waiting     waiting
	armed       time.Duration // when the timer goes off; 0 if it does not
	start       time.Time
	served      serviceTimes
	idle        time.Duration // without anything to do, so far
}

var (
	headEnd  = []byte("\r\n\r\n")
	response = []byte("HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nContent-Length: 3\r\n\r\nok\n")
)

// serve runs a server on a free port of the loopback. It writes the address to out first, then a record per line of control.
func serve(control *os.File, out io.Writer) error {
	s := &server{control: control, out: out, start: time.Now(), served: newServiceTimes()}
	address, err := s.listen()
	if err != nil {
		return fmt.Errorf("starting the server: %w", err)
	}
	defer s.close()
	if _, err := fmt.Fprintln(out, address); err != nil {
		return fmt.Errorf("telling the address: %w", err)
	}
	return s.loop()
}

func (s *server) listen() (address string, err error) {
	if s.epoll, err = unix.EpollCreate1(unix.EPOLL_CLOEXEC); err != nil {
		return "", err
	}
	if s.timer, err = unix.TimerfdCreate(unix.CLOCK_MONOTONIC, unix.TFD_NONBLOCK|unix.TFD_CLOEXEC); err != nil {
		return "", err
	}
	if s.listener, err = unix.Socket(unix.AF_INET, unix.SOCK_STREAM|unix.SOCK_NONBLOCK|unix.SOCK_CLOEXEC, 0); err != nil {
		return "", err
	}
	if err = unix.Bind(s.listener, &unix.SockaddrInet4{Addr: [4]byte{127, 0, 0, 1}}); err != nil {
		return "", err
	}
	if err = unix.Listen(s.listener, unix.SOMAXCONN); err != nil {
		return "", err
	}
	for _, fd := range []int{s.timer, s.listener, int(s.control.Fd())} {
		if err = s.watch(fd, 0); err != nil {
			return "", err
		}
	}
	name, err := unix.Getsockname(s.listener)
	if err != nil {
		return "", err
	}
	return fmt.Sprintf("127.0.0.1:%d", name.(*unix.SockaddrInet4).Port), nil
}

// watch adds a descriptor, level-triggered unless events says otherwise.
func (s *server) watch(fd int, events uint32) error {
	return unix.EpollCtl(s.epoll, unix.EPOLL_CTL_ADD, fd, &unix.EpollEvent{Events: unix.EPOLLIN | events, Fd: int32(fd)})
}

func (s *server) close() {
	for _, c := range s.connections {
		if c != nil {
			_ = unix.Close(c.fd)
		}
	}
	for _, fd := range []int{s.epoll, s.timer, s.listener} {
		_ = unix.Close(fd)
	}
}

func (s *server) now() time.Duration { return time.Since(s.start) }

func (s *server) loop() error {
	events := make([]unix.EpollEvent, 256)
	for {
		n, err := s.wait(events)
		if err != nil {
			return fmt.Errorf("waiting for requests: %w", err)
		}
		for _, event := range events[:n] {
			switch fd := int(event.Fd); fd {
			case s.listener:
				s.accept()
			case s.timer:
				s.drain()
			case int(s.control.Fd()):
				if err := s.report(); err != nil {
					return orEnd(err)
				}
			default:
				s.read(s.connections[fd])
			}
		}
		if err := s.answerDue(); err != nil {
			return fmt.Errorf("setting the timer: %w", err)
		}
	}
}

// awake is how long the server looks for something to do before it sleeps. A client at full speed never has to wake it, which
// costs more than a request does.
const awake = 50 * time.Microsecond

// wait waits for events.
func (s *server) wait(events []unix.EpollEvent) (n int, err error) {
	if n, err = unix.EpollWait(s.epoll, events, 0); n > 0 {
		return n, nil
	}
	since := s.now()
	for n <= 0 && (err == nil || errors.Is(err, unix.EINTR)) {
		timeout := -1
		if s.now()-since < awake {
			timeout = 0
		}
		n, err = unix.EpollWait(s.epoll, events, timeout)
	}
	s.idle += s.now() - since
	return n, err
}

func orEnd(err error) error {
	if errors.Is(err, io.EOF) {
		return nil
	}
	return err
}

// report hands out the record, and begins a new one.
func (s *server) report() error {
	if _, err := s.control.Read(make([]byte, 1)); err != nil {
		return err
	}
	r := s.served.take()
	r.Connections, s.peak = s.peak, s.open
	return json.NewEncoder(s.out).Encode(r)
}

func (s *server) accept() {
	for {
		fd, _, err := unix.Accept4(s.listener, unix.SOCK_NONBLOCK|unix.SOCK_CLOEXEC)
		if err != nil {
			return // none left, or the client has gone already
		}
		_ = unix.SetsockoptInt(fd, unix.IPPROTO_TCP, unix.TCP_NODELAY, 1)
		if s.watch(fd, unix.EPOLLET) != nil {
			_ = unix.Close(fd)
			continue
		}
		for fd >= len(s.connections) {
			s.connections = append(s.connections, nil)
		}
		s.connections[fd] = &connection{fd: fd}
		s.open++
		s.peak = max(s.peak, s.open)
	}
}

// hangUp ends a connection. The kernel forgets its descriptor in epoll when it is closed.
func (s *server) hangUp(c *connection) {
	_ = unix.Close(c.fd)
	s.connections[c.fd] = nil
	c.gone = true
	s.open--
}

// answerDue answers what has waited long enough, and sets the timer for the next.
func (s *server) answerDue() error {
	for len(s.waiting) > 0 {
		if next := s.waiting[0]; next.due > s.now() {
			return s.arm(next.due)
		}
		if c := heap.Pop(&s.waiting).(*connection); !c.gone {
			s.answer(c)
		}
	}
	return nil
}

func (s *server) arm(due time.Duration) error {
	if s.armed == due {
		return nil
	}
	s.armed = due
	value := unix.NsecToTimespec(int64(max(1, due-s.now())))
	return unix.TimerfdSettime(s.timer, 0, &unix.ItimerSpec{Value: value}, nil)
}

// drain takes note that the timer has gone off.
func (s *server) drain() {
	_, _ = unix.Read(s.timer, make([]byte, 8))
	s.armed = 0
}

// complete reports where the head of the first request in data ends, if it is all there.
func complete(data []byte) (end int, ok bool) {
	end = bytes.Index(data, headEnd)
	return end + len(headEnd), end >= 0
}
