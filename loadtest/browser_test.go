package loadtest

import (
	"context"
	"fmt"
	"io"
	"math"
	"net/http"
	"net/http/cookiejar"
	"net/http/httptest"
	"net/url"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/latency-pod-autoscaler/lpa/loadtest/internal/engine"
	"github.com/stretchr/testify/require"
)

// redirecting is a server, of HTTP/1.1 and h2c, that keeps an account of its requests. /go?code=302&to=x redirects; the cookies
// that it has set come back.
type redirecting struct {
	*httptest.Server
	mu   sync.Mutex
	seen []string
}

func newRedirecting(t *testing.T) *redirecting {
	s := &redirecting{}
	s.Server = httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		line := r.Method + " " + strings.NewReplacer("127.0.0.1:", "A:", "localhost:", "B:", s.port(), "").Replace(r.Host) + r.URL.Path
		for _, key := range []string{"Authorization", "Cookie", "Content-Type", "X-A"} {
			if value := r.Header.Get(key); value != "" {
				line += " " + key + "=" + value
			}
		}
		s.mu.Lock()
		s.seen = append(s.seen, strings.TrimSpace(line+" "+string(body)))
		n := len(s.seen)
		s.mu.Unlock()
		query := r.URL.Query()
		http.SetCookie(w, &http.Cookie{Name: "n", Value: fmt.Sprint(n), Path: "/"})
		code, _ := strconv.Atoi(query.Get("code"))
		if to := query["to"]; to != nil {
			w.Header().Set("Location", strings.ReplaceAll(to[0], "PORT", s.port()))
		}
		w.WriteHeader(max(code, 200))
		if code == 0 {
			_, _ = io.WriteString(w, "here")
		}
	}))
	s.Config.Protocols = new(http.Protocols)
	s.Config.Protocols.SetHTTP1(true)
	s.Config.Protocols.SetUnencryptedHTTP2(true)
	s.Start()
	t.Cleanup(s.Close)
	return s
}

func (s *redirecting) port() string {
	_, port, _ := strings.Cut(s.Listener.Addr().String(), ":")
	return port
}

func (s *redirecting) take() []string {
	s.mu.Lock()
	defer s.mu.Unlock()
	seen := s.seen
	s.seen = nil
	return seen
}

// browse does a request with a client of a version of HTTP.
func browse(t *testing.T, version int, do func(ctx context.Context, c client)) {
	t.Helper()
	require.NoError(t, alone(t.Context(), func(f *engine.Fiber) {
		if version == 1 {
			c := newHTTP1Client(f, &engine.Config{Reuse: func() (int, time.Duration) { return math.MaxInt, 0 }})
			defer c.close()
			do(t.Context(), c)
			return
		}
		connections := newHTTP2Connections(&Options{Users: 1})
		defer connections.close()
		do(t.Context(), &http2Client{fiber: f, slot: connections.slots[0], draw: func() int { return math.MaxInt }})
	}))
}

// TestRedirects follows redirects of every kind as net/http does.
func TestRedirects(t *testing.T) {
	type request struct {
		method, path, body string
		header             [][2]string
		fails              bool
	}
	secret := [][2]string{{"Authorization", "secret"}, {"Cookie", "own=1"}, {"X-A", "1"}, {"Content-Type", "text/plain"}}
	requests := map[string]request{
		"without a location":      {method: "GET", path: "/go?code=302"},
		"no redirect":             {method: "GET", path: "/go?code=304&to=/x"},
		"300 is none":             {method: "GET", path: "/go?code=300&to=/x"},
		"absolute":                {method: "GET", path: "/go?code=302&to=http://127.0.0.1:PORT/x?y", header: secret},
		"other host":              {method: "GET", path: "/go?code=302&to=http://localhost:PORT/x", header: secret},
		"other host, no scheme":   {method: "GET", path: "/go?code=302&to=//localhost:PORT/x", header: secret},
		"other host and back":     {method: "GET", path: "/go?code=302&to=" + url.QueryEscape("http://localhost:PORT/go?code=302&to=http://127.0.0.1:PORT/x"), header: secret},
		"relative":                {method: "GET", path: "/a/b/go?code=302&to=../x"},
		"only a query":            {method: "GET", path: "/go?code=302&to=?y"},
		"escaped":                 {method: "GET", path: "/go?code=302&to=/a%252Fb"},
		"its own host":            {method: "GET", path: "/go?code=302&to=/x", header: [][2]string{{"Host", "other.example"}}},
		"its own host, elsewhere": {method: "GET", path: "/go?code=302&to=http://127.0.0.1:PORT/x", header: [][2]string{{"Host", "other.example"}}},
		"loop":                    {method: "GET", path: "/go?code=302&to=" + url.QueryEscape("/go?code=302&to=%2Fgo%3Fcode%3D302%26to%3D%2Fx"), fails: true},
		"no address":              {method: "GET", path: "/go?code=302&to=http://[", fails: true},
		"no host":                 {method: "GET", path: "/go?code=302&to=http:///x", fails: true},
		"another scheme":          {method: "GET", path: "/go?code=302&to=file:///etc/passwd", fails: true},
		"a number for a port":     {method: "GET", path: "/go?code=302&to=http://127.0.0.1:x/", fails: true},
	}
	for _, code := range []int{301, 302, 303, 307, 308} {
		for _, method := range []string{"GET", "HEAD", "POST", "PUT", "DELETE"} {
			r := request{method: method, path: fmt.Sprintf("/go?code=%d&to=/x", code)}
			if method == "POST" || method == "PUT" {
				r.header, r.body = secret, "body"
			}
			requests[fmt.Sprint(code, " ", method)] = r
		}
	}
	for name, r := range requests {
		for _, version := range []int{1, 2} {
			t.Run(fmt.Sprint(name, " by HTTP/", version), func(t *testing.T) {
				server := newRedirecting(t)
				address, err := url.Parse(server.URL + strings.ReplaceAll(r.path, "PORT", server.port()))
				require.NoError(t, err)
				var a answer
				browse(t, version, func(ctx context.Context, c client) {
					out := &outgoing{method: r.method, url: address, headers: r.header, body: r.body, redirects: 2, keep: true}
					a = c.do(ctx, out, time.Now().Add(time.Minute))
				})
				got := server.take()
				wantStatus, want := 0, []string(nil)
				if response, err := netHTTP(t, r.method, address, r.header, r.body); err == nil {
					wantStatus = response.StatusCode
				}
				want = server.take()
				require.Equal(t, want, got)
				require.Equal(t, wantStatus, a.status)
				require.Equal(t, r.fails, a.err != nil, "%v", a.err)
			})
		}
	}
}

// netHTTP does what a client does, with net/http.
func netHTTP(t *testing.T, method string, address *url.URL, header [][2]string, body string) (*http.Response, error) {
	jar, err := cookiejar.New(nil)
	require.NoError(t, err)
	transport := &http.Transport{}
	defer transport.CloseIdleConnections()
	c := http.Client{Jar: jar, Transport: transport, CheckRedirect: func(_ *http.Request, via []*http.Request) error {
		if len(via) > 2 {
			return errTooManyRedirects
		}
		return nil
	}}
	r, err := http.NewRequestWithContext(t.Context(), method, address.String(), strings.NewReader(body))
	require.NoError(t, err)
	for _, h := range header {
		if r.Header.Add(h[0], h[1]); h[0] == "Host" {
			r.Host = h[1]
		}
	}
	response, err := c.Do(r)
	if err == nil {
		_ = response.Body.Close()
	}
	return response, err
}

func TestCredentialsInTheAddress(t *testing.T) {
	for _, version := range []int{1, 2} {
		server := newRedirecting(t)
		address, err := url.Parse(server.URL + "/go?code=302&to=/x")
		require.NoError(t, err)
		address.User = url.UserPassword("me", "p:w")
		for _, header := range [][][2]string{nil, {{"Authorization", "own"}}} {
			browse(t, version, func(ctx context.Context, c client) {
				a := c.do(ctx, &outgoing{method: "GET", url: address, headers: header, redirects: 1}, time.Now().Add(time.Minute))
				require.NoError(t, a.err)
			})
			got := server.take()
			_, err = netHTTP(t, "GET", address, header, "")
			require.NoError(t, err)
			require.Equal(t, server.take(), got)
		}
	}
}

// TestOneCookieHeader has the script's own cookies and those that the server has set in one header.
func TestOneCookieHeader(t *testing.T) {
	for _, version := range []int{1, 2} {
		var got [][]string
		server := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			got = append(got, r.Header["Cookie"])
			http.SetCookie(w, &http.Cookie{Name: "set", Value: "2"})
		}))
		server.Config.Protocols = new(http.Protocols)
		server.Config.Protocols.SetHTTP1(true)
		server.Config.Protocols.SetUnencryptedHTTP2(true)
		server.Start()
		address, err := url.Parse(server.URL)
		require.NoError(t, err)
		browse(t, version, func(ctx context.Context, c client) {
			for range 2 {
				a := c.do(ctx, &outgoing{method: "GET", url: address, headers: [][2]string{{"Cookie", "own=1"}}}, time.Now().Add(time.Minute))
				require.NoError(t, a.err)
			}
		})
		server.Close()
		if version == 1 {
			require.Equal(t, [][]string{{"own=1"}, {"own=1; set=2"}}, got)
		} else {
			require.Equal(t, "own=1; set=2", strings.Join(got[1], "; "))
		}
	}
}

func TestHostsAreSentInASCII(t *testing.T) {
	b := browser{request: engine.Request{URL: &url.URL{Scheme: "http", Host: "bücher.example:81"}}}
	require.NoError(t, b.prepare())
	require.Equal(t, "xn--bcher-kva.example:81", b.request.URL.Host)
}

func TestRequestsThatCannotBeSent(t *testing.T) {
	for name, test := range map[string]struct {
		out  outgoing
		want string
	}{
		"method": {outgoing{method: "GET /x HTTP/1.1\r\nX:", url: &url.URL{Scheme: "http", Host: "h"}}, `"GET /x HTTP/1.1\r\nX:" is no method`},
		"empty":  {outgoing{url: &url.URL{Scheme: "http", Host: "h"}}, `"" is no method`},
		"name": {outgoing{method: "GET", url: &url.URL{Scheme: "http", Host: "h"}, headers: [][2]string{{"X: y\r\nZ", "1"}}},
			`"X: y\r\nZ" is no name of a header`},
		"value": {outgoing{method: "GET", url: &url.URL{Scheme: "http", Host: "h"}, headers: [][2]string{{"X", "1\r\nY: 2"}}},
			`the value of the header X is not one line`},
		"control": {outgoing{method: "GET", url: &url.URL{Scheme: "http", Host: "h"}, headers: [][2]string{{"X", "\x07"}}},
			`the value of the header X has a control character`},
	} {
		for _, version := range []int{1, 2} {
			browse(t, version, func(ctx context.Context, c client) {
				a := c.do(ctx, &test.out, time.Now().Add(time.Minute))
				require.EqualError(t, a.err, test.want, name)
				require.Equal(t, FailureRequest, judge(a, nil))
			})
		}
	}
}
