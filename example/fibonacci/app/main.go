// The fibonacci command is the service that this example scales. It answers GET /fibonacci?n=28 and spends real CPU time on it, so
// that a small CPU limit makes it slow under load and more replicas make it fast again.
//
// It has two more uses, so that the example and its test need no other image:
//
//	fibonacci                 serve on $PORT (5000 by default)
//	fibonacci load -url URL   be the clients: steady load that prints the latency it sees
//	fibonacci files FOLDER    serve the files of a folder, read only, on $PORT
package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/signal"
	"strconv"
	"sync/atomic"
	"syscall"
	"time"
)

// maxN bounds what one request may cost: 30 million calls, about 0.1 s of a whole core and a second and more of a tenth of one.
const maxN = 35

// drainTime is how long the service goes on answering after SIGTERM. Kubernetes takes a pod out of a Service at the same time as it
// asks it to stop, and clients need a moment to notice: stopping at once would turn every scale-down into failed requests.
const drainTime = 3 * time.Second

// stopTime bounds the wait for requests still running after the drain; both together stay below the usual 30 s grace period.
const stopTime = 10 * time.Second

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	os.Exit(run(ctx, os.Args[1:], os.LookupEnv, os.Stdout, os.Stderr))
}

// run is the whole program; it returns the exit code: 0 for a clean stop, 1 for a failure, 2 for wrong usage.
func run(ctx context.Context, args []string, env func(string) (string, bool), stdout, stderr io.Writer) int {
	err := dispatch(ctx, args, env, stdout)
	var wrong usageError
	switch {
	case err == nil:
		return 0
	case errors.As(err, &wrong):
		fmt.Fprintf(stderr, "fibonacci: %v\n", err)
		return 2
	default:
		fmt.Fprintf(stderr, "fibonacci: %v\n", err)
		return 1
	}
}

// usageError is a mistake in how the program was called.
type usageError struct{ error }

func dispatch(ctx context.Context, args []string, env func(string) (string, bool), stdout io.Writer) error {
	address := ":5000"
	if port, set := env("PORT"); set {
		if n, err := strconv.ParseUint(port, 10, 16); err != nil || n == 0 {
			return usageError{fmt.Errorf("PORT: must be 1 to 65535, got %q", port)}
		}
		address = ":" + port
	}
	switch {
	case len(args) == 0:
		return serve(ctx, address, handler(), drainTime, stdout)
	case args[0] == "load":
		return runLoad(ctx, args[1:], stdout)
	case args[0] == "files" && len(args) == 2:
		return serve(ctx, address, http.FileServer(http.Dir(args[1])), 0, stdout)
	default:
		return usageError{fmt.Errorf("usage: fibonacci | fibonacci load -url URL | fibonacci files FOLDER, got %q", args)}
	}
}

// handler routes the service's two paths.
func handler() http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /healthz", func(w http.ResponseWriter, _ *http.Request) {
		fmt.Fprintln(w, "ok")
	})
	mux.HandleFunc("GET /fibonacci", func(w http.ResponseWriter, r *http.Request) {
		n, err := parseN(r.URL.Query().Get("n"))
		if err != nil {
			http.Error(w, err.Error(), http.StatusBadRequest)
			return
		}
		w.Header().Set("Content-Type", "application/json")
		// A client that went away is the only thing that can go wrong here, and it does not read errors.
		_ = json.NewEncoder(w).Encode(map[string]int{"n": n, "fibonacci": fibonacci(n)})
	})
	return mux
}

// parseN reads the query's n.
func parseN(s string) (int, error) {
	n, err := strconv.Atoi(s)
	if err != nil || n < 0 || n > maxN {
		return 0, fmt.Errorf("n: must be a whole number from 0 to %d, got %q", maxN, s)
	}
	return n, nil
}

// fibonacci is the slow way on purpose: the work is what the example is about.
func fibonacci(n int) int {
	if n < 2 {
		return n
	}
	return fibonacci(n-1) + fibonacci(n-2)
}

// serve answers until the context ends, then drains: it goes on answering for a while, but asks each client to come back on a new
// connection, which reaches another pod, and only then closes.
func serve(ctx context.Context, address string, h http.Handler, drain time.Duration, stdout io.Writer) error {
	listener, err := net.Listen("tcp", address)
	if err != nil {
		return fmt.Errorf("listening on %s: %w", address, err)
	}
	fmt.Fprintf(stdout, "serving on %s\n", listener.Addr())

	var draining atomic.Bool
	server := &http.Server{
		Handler: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			if draining.Load() {
				w.Header().Set("Connection", "close")
			}
			h.ServeHTTP(w, r)
		}),
		ReadHeaderTimeout: 5 * time.Second,
		ReadTimeout:       10 * time.Second,
		WriteTimeout:      30 * time.Second,
		IdleTimeout:       60 * time.Second,
		MaxHeaderBytes:    16 << 10,
	}
	failed := make(chan error, 1)
	go func() { failed <- server.Serve(listener) }()
	select {
	case err := <-failed:
		return fmt.Errorf("serving: %w", err)
	case <-ctx.Done():
	}

	draining.Store(true)
	time.Sleep(drain)
	// The context of the signal is over; the last requests get one of their own.
	stopping, cancel := context.WithTimeout(context.Background(), stopTime)
	defer cancel()
	if err := server.Shutdown(stopping); err != nil {
		return fmt.Errorf("stopping: %w", err)
	}
	fmt.Fprintln(stdout, "stopped")
	return nil
}
