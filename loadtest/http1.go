package loadtest

import (
	"context"
	"time"

	"github.com/latency-pod-autoscaler/lpa/loadtest/internal/engine"
)

// http1Client is a user's HTTP/1.1: the engine's connections, and above them what a browser does by itself.
type http1Client struct {
	engine  *engine.Client
	browser browser
}

func newHTTP1Client(f *engine.Fiber, config *engine.Config) *http1Client {
	return &http1Client{engine: engine.NewClient(f, config)}
}

func (c *http1Client) connections() (opened, retransmits int) {
	return c.engine.Opened, c.engine.Retransmits
}

func (c *http1Client) close() { c.engine.Close() }

func (c *http1Client) do(ctx context.Context, r *outgoing, deadline time.Time) answer {
	return c.browser.do(r, func(request *engine.Request) (engine.Response, error) {
		return c.engine.Do(ctx, request, deadline)
	})
}
