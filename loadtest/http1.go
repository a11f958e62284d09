package loadtest

import (
	"context"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/latency-pod-autoscaler/lpa/loadtest/internal/engine"
)

// http1Client is a user's HTTP/1.1: the engine's connections, and above them what a browser does by itself, redirects and
// cookies.
type http1Client struct {
	engine *engine.Client
	jar    *cookies // nil until the server sets one
}

func newHTTP1Client(f *engine.Fiber, config *engine.Config) *http1Client {
	return &http1Client{engine: engine.NewClient(f, config)}
}

func (c *http1Client) connections() (opened, retransmits int) {
	return c.engine.Opened, c.engine.Retransmits
}

func (c *http1Client) close() { c.engine.Close() }

func (c *http1Client) do(ctx context.Context, r *outgoing, deadline time.Time) answer {
	request := engine.Request{Method: r.method, URL: r.url, Header: r.headers, Body: r.body, Keep: r.keep}
	if err := checkHeaders(r.headers); err != nil {
		return answer{err: &requestError{err}}
	}
	var a answer
	for hop := 0; ; hop++ {
		c.addCookies(&request)
		response, err := c.engine.Do(ctx, &request, deadline)
		a.add(response.Times)
		if err != nil {
			a.err = err
			return a
		}
		c.keepCookies(request.URL, &response)
		next, err := redirect(&request, &response)
		switch {
		case err != nil:
			a.err = err
			return a
		case next == nil || r.redirects == 0:
			a.status, a.headers, a.body, a.truncated = response.Status, response.Header, response.Body, response.Truncated
			return a
		case hop == r.redirects:
			a.err = errTooManyRedirects
			return a
		}
		request = *next
	}
}

// add puts the times of one more hop to an answer's.
func (a *answer) add(t engine.Times) {
	a.latency += t.LastByte
	a.times.DNS += t.DNS
	a.times.Connect += t.Connect
	a.times.TLS += t.TLS
	a.times.FirstByte += t.FirstByte
	a.times.SYNRetransmits += t.SYNRetransmits
	a.times.Dialled = a.times.Dialled || t.Dialled
	if a.times.Sent.IsZero() {
		a.times.Sent, a.times.Carried = t.Sent, t.Carried
	}
}

func (c *http1Client) addCookies(r *engine.Request) {
	if c.jar == nil {
		return
	}
	var values []string
	for _, cookie := range c.jar.Cookies(r.URL) {
		values = append(values, cookie.String())
	}
	r.Cookie = strings.Join(values, "; ")
}

func (c *http1Client) keepCookies(u *url.URL, response *engine.Response) {
	if len(response.SetCookie) == 0 {
		return
	}
	if c.jar == nil {
		c.jar = newCookies()
	}
	parsed := http.Response{Header: http.Header{"Set-Cookie": response.SetCookie}}
	c.jar.SetCookies(u, parsed.Cookies())
}

// redirect is the request that an answer leads to, nil if it leads nowhere (RFC 9110 §15.4).
func redirect(r *engine.Request, response *engine.Response) (*engine.Request, error) {
	next := *r
	next.Cookie = ""
	switch response.Status {
	case http.StatusMovedPermanently, http.StatusFound, http.StatusSeeOther:
		if r.Method != http.MethodGet && r.Method != http.MethodHead {
			next.Method = http.MethodGet
		}
		next.Body = ""
		next.Header = without(next.Header, "Content-Type", "Content-Length", "Transfer-Encoding", "Expect")
	case http.StatusTemporaryRedirect, http.StatusPermanentRedirect:
	default:
		return nil, nil
	}
	if response.Location == "" {
		return nil, nil
	}
	to, err := r.URL.Parse(response.Location)
	if err != nil {
		return nil, fmt.Errorf("%w: its redirect leads to no address: %w", engine.ErrProtocol, err)
	}
	if to.Scheme != "http" && to.Scheme != "https" || to.Host == "" {
		return nil, fmt.Errorf("%w: its redirect leads to %s", engine.ErrProtocol, to.Redacted())
	}
	if to.Fragment == "" {
		to.Fragment = r.URL.Fragment
	}
	if !strings.EqualFold(to.Hostname(), r.URL.Hostname()) {
		next.Header = without(next.Header, "Authorization", "Cookie", "Www-Authenticate") // what was meant for the first host only
	}
	if to.Host != r.URL.Host {
		next.Header = without(next.Header, "Host")
	}
	next.URL = to
	return &next, nil
}

func without(headers [][2]string, names ...string) [][2]string {
	var kept [][2]string
	for _, h := range headers {
		drop := false
		for _, name := range names {
			drop = drop || strings.EqualFold(h[0], name)
		}
		if !drop {
			kept = append(kept, h)
		}
	}
	return kept
}

// checkHeaders refuses what would end a header, and so let a value become a header or a body of its own.
func checkHeaders(headers [][2]string) error {
	for _, h := range headers {
		if !isOneLine(h[1]) {
			return fmt.Errorf("the value of the header %s is not one line", h[0])
		}
	}
	return nil
}
