package main

import (
	"context"
	"fmt"
	"net"
	"net/http"
	"strconv"
	"sync"
	"sync/atomic"
	"time"
)

// A replica is one copy of the demo's service: a bounded number of workers with a queue in front of them. A request holds a
// worker for the service time, so latency comes from queueing and grows with load as a real service's does, without burning CPU.
type replica struct {
	number      int
	workers     chan struct{} // one element per busy worker
	serviceTime func() time.Duration
	leaving     atomic.Bool
	server      *http.Server
	connections *handedConnections
}

func newReplica(number, workers int, serviceTime func() time.Duration, address net.Addr) *replica {
	r := &replica{
		number:      number,
		workers:     make(chan struct{}, workers),
		serviceTime: serviceTime,
		connections: &handedConnections{address: address, waiting: make(chan net.Conn), closed: make(chan struct{})},
	}
	r.server = &http.Server{Handler: r, ReadHeaderTimeout: time.Minute}
	return r
}

// serve answers on the connections that it is handed, until close.
func (r *replica) serve() { _ = r.server.Serve(r.connections) }

// leave lets go of the clients as a well-behaved pod does on its way out: with each answer a connection ends.
func (r *replica) leave() { r.leaving.Store(true) }

func (r *replica) close() { _ = r.server.Close() }

// ServeHTTP answers any path; `?n=` asks for a Fibonacci number.
func (r *replica) ServeHTTP(w http.ResponseWriter, request *http.Request) {
	if !r.work(request.Context()) {
		return // the client left
	}
	if r.leaving.Load() {
		w.Header().Set("Connection", "close")
	}
	w.Header().Set("Replica", strconv.Itoa(r.number))
	n, _ := strconv.Atoi(request.URL.Query().Get("n"))
	fmt.Fprintln(w, fibonacci(n))
}

// work waits for a worker and holds it for the service time. It is false when the client left while it waited.
func (r *replica) work(ctx context.Context) bool {
	select {
	case r.workers <- struct{}{}:
	case <-ctx.Done():
		return false
	}
	defer func() { <-r.workers }()
	time.Sleep(r.serviceTime())
	return true
}

func fibonacci(n int) uint64 {
	var a, b uint64 = 0, 1
	for range min(n, 93) { // the last that fits
		a, b = b, a+b
	}
	return a
}

// handedConnections is the listener of a replica: its connections come from the balancer.
type handedConnections struct {
	address net.Addr
	waiting chan net.Conn
	closed  chan struct{}
	once    sync.Once
}

func (h *handedConnections) hand(connection net.Conn) {
	select {
	case h.waiting <- connection:
	case <-h.closed:
		_ = connection.Close()
	}
}

func (h *handedConnections) Accept() (net.Conn, error) {
	select {
	case connection := <-h.waiting:
		return connection, nil
	case <-h.closed:
		return nil, net.ErrClosed
	}
}

func (h *handedConnections) Close() error {
	h.once.Do(func() { close(h.closed) })
	return nil
}

func (h *handedConnections) Addr() net.Addr { return h.address }
