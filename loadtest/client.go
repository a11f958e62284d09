package loadtest

import (
	"context"
	"math/rand/v2"
	"net/http"
	"net/url"
	"time"

	"github.com/latency-pod-autoscaler/lpa/loadtest/internal/engine"
)

// client is the seam between users and the HTTP engine: one client is one user's connection to the world, used by that
// user alone.
type client interface {
	// do sends a request and reads the whole answer, following redirects, until the deadline or the end of ctx.
	do(ctx context.Context, r *outgoing, deadline time.Time) answer
	// connections is how many the client has opened so far, and how many TCP segments were sent again on those it has closed.
	connections() (opened, retransmits int)
	close()
}

// outgoing is a request with everything filled in.
type outgoing struct {
	method    string
	url       *url.URL
	headers   [][2]string
	body      string
	redirects int
	keep      bool // the script looks at the answer's headers or body
}

// sent is when the request was written, after its connection was made; begun is when the attempt began, if it never was.
func (a answer) sent(begun time.Time) time.Time {
	if a.times.Sent.IsZero() {
		return begun
	}
	return a.times.Sent
}

// newClient is a user's client; random draws how long its connections live.
func newClient(r *run, f *engine.Fiber, id int, random *rand.Rand) client {
	o := &r.options
	if r.http2 != nil {
		draw := func() int { n, _ := o.Reuse.draw(random); return n }
		return &http2Client{fiber: f, draw: draw, slot: r.http2.slots[(id-1)%len(r.http2.slots)]}
	}
	reuse := func() (int, time.Duration) { return o.Reuse.draw(random) }
	return newHTTP1Client(f, &engine.Config{TLS: o.TLS, Proxy: o.Proxy, Reuse: reuse, Idle: &r.idle})
}

// requestError is a request that could not be made; it is the script's fault, not the service's.
type requestError struct{ err error }

func (e *requestError) Error() string { return e.err.Error() }
func (e *requestError) Unwrap() error { return e.err }

// answer is what came of a request. Exactly one of status and err is set.
type answer struct {
	status  int
	headers http.Header   // only if the request says keep, or in a dry run
	body    []byte        // likewise; it is the engine's and only good until the next request of the same client
	latency time.Duration // from the send to the last byte, the connecting excluded
	times   engine.Times  // its parts, summed over redirects
	waited  time.Duration // that part of the latency in which the user was not free to send it

	truncated bool // the body was longer than what is kept
	err       error
}
