package main

import (
	"bytes"
	"container/heap"
	"errors"
	"time"

	"golang.org/x/sys/unix"
)

// connection is one client's. Its requests are answered one after the other.
type connection struct {
	fd     int
	buffer [4096]byte
	filled int
	busy   bool          // a request waits for its answer
	begun  time.Duration // when that request had been read, on the server's clock
	due    time.Duration // when it is to be answered
	gone   bool
}

func (s *server) read(c *connection) {
	if c == nil {
		return // closed by an event before this one
	}
	n, err := unix.Read(c.fd, c.buffer[c.filled:])
	switch {
	case errors.Is(err, unix.EAGAIN) || errors.Is(err, unix.EINTR):
		return
	case err != nil || n <= 0: // the client has closed
		s.hangUp(c)
		return
	}
	if c.filled += n; c.filled == len(c.buffer) { // more than any load generator sends; and there may be more to read
		s.hangUp(c)
		return
	}
	s.begin(c)
}

// begin takes up the next request, if all of it is there and none is being answered.
func (s *server) begin(c *connection) {
	if c.busy {
		return
	}
	end, ok := complete(c.buffer[:c.filled])
	if !ok {
		return
	}
	delay, ok := delayOf(c.buffer[:end])
	if !ok {
		s.hangUp(c)
		return
	}
	c.filled = copy(c.buffer[:], c.buffer[end:c.filled])
	c.busy, c.begun = true, s.now()
	if delay == 0 {
		s.answer(c)
		return
	}
	c.due = c.begun + delay
	heap.Push(&s.waiting, c)
}

// answer writes the answer. The socket's buffer is empty, as the client has read the answer before; a client that has not
// is no load generator.
func (s *server) answer(c *connection) {
	n, err := unix.Write(c.fd, response)
	if err != nil || n < len(response) {
		s.hangUp(c)
		return
	}
	s.served.add(c.begun, s.now(), s.idle)
	c.busy = false
	if c.filled > 0 {
		s.begin(c)
	}
}

// delayOf is how long to wait with the answer to a request: what its path says, such as /5ms. It is false for anything but
// GET. A Connection header is not looked at: a client that wants to close does.
func delayOf(head []byte) (delay time.Duration, ok bool) {
	rest, ok := bytes.CutPrefix(head, []byte("GET /"))
	if !ok {
		return 0, false
	}
	path, _, ok := bytes.Cut(rest, []byte(" HTTP/1.1\r\n"))
	if !ok || len(path) == 0 {
		return 0, ok
	}
	delay, err := time.ParseDuration(string(path))
	return delay, err == nil && delay >= 0
}

// waiting are the connections whose answers are not due yet, the next one first.
type waiting []*connection

func (w waiting) Len() int           { return len(w) }
func (w waiting) Less(i, j int) bool { return w[i].due < w[j].due }
func (w waiting) Swap(i, j int)      { w[i], w[j] = w[j], w[i] }
func (w *waiting) Push(x any)        { *w = append(*w, x.(*connection)) }

func (w *waiting) Pop() any {
	last := len(*w) - 1
	c := (*w)[last]
	(*w)[last] = nil
	*w = (*w)[:last]
	return c
}
