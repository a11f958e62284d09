package loadtest

import (
	"context"
	"net/url"
	"time"
)

// client is the seam between users and the HTTP engine: one client is one user's connection to the world, used by one
// goroutine.
type client interface {
	// do sends a request and reads the whole answer, following redirects.
	do(ctx context.Context, r *outgoing) answer
	// connections is how many the client has opened so far.
	connections() int
	close()
}

// outgoing is a request with everything filled in.
type outgoing struct {
	method    string
	url       *url.URL
	headers   [][2]string
	body      string
	redirects int
}

// answer is what came of a request. Exactly one of status and err is set.
type answer struct {
	status  int
	latency time.Duration // from the send to the last byte
	err     error
}
