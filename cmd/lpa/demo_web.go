package main

import (
	"context"
	"fmt"
	"net"

	"github.com/latency-pod-autoscaler/lpa/internal/dashboard"
	"github.com/latency-pod-autoscaler/lpa/internal/program"
)

// serveDemo serves the dashboard of the demo's log until stop is called, at its usual address or, if that is taken, on a free
// port.
func serveDemo(ctx context.Context, log string) (url string, stop func(), err error) {
	var listener net.Listener
	for _, address := range []string{dashboard.DefaultListen, "127.0.0.1:0"} {
		if listener, err = dashboard.Listen(address, ""); err == nil {
			break
		}
	}
	if err != nil {
		return "", nil, fmt.Errorf("--web: %w", err)
	}
	ctx, cancel := context.WithCancel(ctx)
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		// Whatever happens to the page, the demo goes on.
		_ = dashboard.New(dashboard.Options{Log: log, Version: program.Version(version)}).Serve(ctx, listener)
	}()
	return "http://" + listener.Addr().String(), func() { cancel(); <-ended }, nil
}
