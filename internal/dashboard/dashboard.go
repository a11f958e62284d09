// Package dashboard is a web page over a decision log: what was measured, what was decided, and why. It reads the log, follows
// it as it grows, and serves a page, what the page asks for, Prometheus' metrics and a health check. It changes nothing.
package dashboard

import (
	"context"
	"errors"
	"log/slog"
	"net"
	"net/http"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"golang.org/x/net/netutil"
)

// The bounds of what clients may take.
const (
	mostConnections = 128
	mostStreams     = 32
	mostHeader      = 16 << 10 // bytes
)

// DefaultListen is the address of a dashboard that is not given another.
const DefaultListen = "127.0.0.1:8089"

// Options are what a dashboard is told.
type Options struct {
	Log     string       // the decision log's path; it need not be there yet
	Token   string       // what visitors must know; empty only on a loopback address
	Version string       // of this program
	Logger  *slog.Logger // for people who run it
	// Poll is how often the log is looked at; 0 for twice a second.
	Poll time.Duration
	// Capacity is how many decisions are kept at most, the latest ones; 0 for 200,000.
	Capacity int
}

// Dashboard is one over a log. Serve runs it.
type Dashboard struct {
	options  Options
	history  *history
	follower *follower
	streams  chan struct{} // one element for each stream that there may be
	registry *prometheus.Registry
}

// New prepares a dashboard.
func New(options Options) *Dashboard {
	if options.Poll == 0 {
		options.Poll = 500 * time.Millisecond
	}
	if options.Capacity == 0 {
		options.Capacity = 200_000
	}
	if options.Logger == nil {
		options.Logger = slog.New(slog.DiscardHandler)
	}
	d := &Dashboard{options: options, history: newHistory(options.Capacity), streams: make(chan struct{}, mostStreams)}
	d.follower = &follower{path: options.Log, poll: options.Poll, history: d.history, logger: options.Logger}
	d.registry = prometheus.NewRegistry()
	d.registry.MustRegister(&collector{history: d.history, version: options.Version})
	return d
}

// ErrToken is the error of Listen for an address that others can reach, without a token.
var ErrToken = errors.New("can be reached from other machines, so it needs a token")

// Listen opens an address such as 127.0.0.1:8089. Only a loopback address may do without a token.
func Listen(address, token string) (net.Listener, error) {
	listener, err := net.Listen("tcp", address)
	if err != nil {
		return nil, err
	}
	if tcp, ok := listener.Addr().(*net.TCPAddr); token == "" && (!ok || !tcp.IP.IsLoopback()) {
		listener.Close()
		return nil, ErrToken
	}
	return listener, nil
}

// Serve reads the log and answers until ctx ends, which is no error. It closes the listener.
func (d *Dashboard) Serve(ctx context.Context, listener net.Listener) error {
	ctx, stop := context.WithCancel(ctx)
	defer stop()
	following := make(chan struct{})
	go func() {
		defer close(following)
		d.follower.follow(ctx)
	}()
	defer func() { stop(); <-following }()

	server := &http.Server{
		Handler:           d.Handler(),
		ReadHeaderTimeout: 5 * time.Second,
		ReadTimeout:       10 * time.Second,
		WriteTimeout:      30 * time.Second,
		IdleTimeout:       time.Minute,
		MaxHeaderBytes:    mostHeader,
		ErrorLog:          slog.NewLogLogger(d.options.Logger.Handler(), slog.LevelDebug),
		BaseContext:       func(net.Listener) context.Context { return ctx }, // streams end with it
	}
	ended := make(chan error, 1)
	go func() { ended <- server.Serve(netutil.LimitListener(listener, mostConnections)) }()
	select {
	case err := <-ended:
		return err
	case <-ctx.Done():
	}
	deadline, cancel := context.WithTimeout(context.WithoutCancel(ctx), 5*time.Second)
	defer cancel()
	if err := server.Shutdown(deadline); err != nil {
		server.Close()
	}
	return nil
}
