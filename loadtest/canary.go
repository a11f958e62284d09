package loadtest

import (
	"bufio"
	"bytes"
	"errors"
	"io"
	"net"
	"strconv"
	"sync"
)

// canaryAnswer is what the canary answers to everything; it has no body, so it fits HEAD too.
const canaryAnswer = "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n"

// startCanary begins to answer HTTP/1.1 requests on an address of this machine that only it can reach. A service could hardly
// be faster, so the latency that a client measures of it is the least that this process can measure at the time. The
// function that it returns ends it and closes its connections.
func startCanary() (address string, stop func(), err error) {
	listener, err := net.Listen("tcp4", "127.0.0.1:0")
	if err != nil {
		var err6 error
		if listener, err6 = net.Listen("tcp6", "[::1]:0"); err6 != nil {
			return "", nil, errors.Join(err, err6)
		}
	}
	c := &canary{listener: listener, connections: map[net.Conn]bool{}}
	c.running.Go(c.accept)
	return listener.Addr().String(), c.stop, nil
}

type canary struct {
	listener net.Listener
	running  sync.WaitGroup

	mu          sync.Mutex
	stopped     bool
	connections map[net.Conn]bool
}

func (c *canary) accept() {
	for {
		connection, err := c.listener.Accept()
		if err != nil {
			return
		}
		if c.add(connection) {
			c.running.Go(func() { c.serve(connection) })
		}
	}
}

// add keeps a connection, so that it can be closed at the end, unless that has come.
func (c *canary) add(connection net.Conn) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.stopped {
		connection.Close()
		return false
	}
	c.connections[connection] = true
	return true
}

func (c *canary) serve(connection net.Conn) {
	defer func() {
		connection.Close()
		c.mu.Lock()
		defer c.mu.Unlock()
		delete(c.connections, connection)
	}()
	requests := bufio.NewReader(connection)
	for skipRequest(requests) == nil {
		if _, err := io.WriteString(connection, canaryAnswer); err != nil {
			return
		}
	}
}

func (c *canary) stop() {
	c.listener.Close()
	c.mu.Lock()
	c.stopped = true
	for connection := range c.connections {
		connection.Close()
	}
	c.mu.Unlock()
	c.running.Wait()
}

var errLength = errors.New("only a body whose length is given can be skipped")

// skipRequest reads one request and forgets it.
func skipRequest(from *bufio.Reader) error {
	var length int64
	for first := true; ; first = false {
		line, err := from.ReadSlice('\n') // a line longer than the buffer is an error
		if err != nil {
			return err
		}
		line = bytes.TrimRight(line, "\r\n")
		if len(line) == 0 && !first {
			break
		}
		name, value, _ := bytes.Cut(line, []byte(":"))
		switch {
		case bytes.EqualFold(name, []byte("Content-Length")):
			if length, err = strconv.ParseInt(string(bytes.TrimSpace(value)), 10, 64); err != nil || length < 0 {
				return errLength
			}
		case bytes.EqualFold(name, []byte("Transfer-Encoding")):
			return errLength
		}
	}
	_, err := io.CopyN(io.Discard, from, length)
	return err
}
