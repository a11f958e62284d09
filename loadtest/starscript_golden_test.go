package loadtest_test

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/latency-pod-autoscaler/lpa/loadtest"
	"github.com/stretchr/testify/require"
)

// recorder is a server that keeps every request, to the byte, by the X-User header that it carries.
type recorder struct {
	mu     sync.Mutex
	byUser map[string][]string
	enough func(map[string][]string) bool
	done   func()
}

func (r *recorder) serve(c net.Conn) {
	in := bufio.NewReader(c)
	for {
		var head strings.Builder
		request, err := http.ReadRequest(bufio.NewReader(io.TeeReader(oneByOne{in}, &head)))
		if err != nil {
			return
		}
		_, _ = io.Copy(io.Discard, request.Body)
		r.mu.Lock()
		user := request.Header.Get("X-User")
		r.byUser[user] = append(r.byUser[user], strings.ReplaceAll(head.String(), request.Host, "HOST"))
		if r.enough(r.byUser) {
			r.done()
		}
		r.mu.Unlock()
		const answer = `{"data":{"token":"t0k3n"},"items":[{"id":7},{"id":8}]}`
		_, _ = fmt.Fprintf(c, "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n%s", len(answer), answer)
		if request.Close {
			return
		}
	}
}

// oneByOne keeps a reader from reading beyond the request.
type oneByOne struct{ io.Reader }

func (o oneByOne) Read(p []byte) (int, error) { return o.Reader.Read(p[:1]) }

// requestsOf runs a plan until each user has sent n requests, and gives back those by user.
func requestsOf(t *testing.T, p *loadtest.Plan, users, n int) map[string][]string {
	t.Helper()
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	r := &recorder{byUser: map[string][]string{}, done: cancel, enough: func(all map[string][]string) bool {
		for _, sent := range all {
			if len(sent) < n {
				return false
			}
		}
		return len(all) == users
	}}
	o := options(t, rawServer(t, r.serve))
	o.Users, o.RunTime, o.Seed = users, time.Minute, 42
	loadtest.Run(ctx, p, o)
	r.mu.Lock()
	defer r.mu.Unlock()
	first := map[string][]string{} // a copy, as requests that were under way may still come
	for user, sent := range r.byUser {
		require.GreaterOrEqual(t, len(sent), n)
		first[user] = slices.Clone(sent[:n])
	}
	return first
}

// TestBothLanguagesSendTheSame has the same scenario in YAML and in Starlark send the same requests, to the byte and in the
// same order, for the same seed.
func TestBothLanguagesSendTheSame(t *testing.T) {
	env := func(name string) (string, bool) { return `p"<w>é`, name == "PASSWORD" }
	yaml, err := loadtest.LoadScript("testdata/golden/shop.yaml", env)
	require.NoError(t, err)
	star, err := loadtest.LoadScript("testdata/golden/shop.star", env)
	require.NoError(t, err)
	require.ElementsMatch(t, yaml.Names(), star.Names())
	const users, n = 5, 40
	want, got := requestsOf(t, yaml, users, n), requestsOf(t, star, users, n)
	for user, requests := range want {
		for i := range requests {
			require.Equal(t, requests[i], got[user][i], "request %d of user %s", i, user)
		}
	}
	require.NotEqual(t, want["1"], want["2"], "users differ")
}
