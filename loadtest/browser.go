package loadtest

import (
	"encoding/base64"
	"fmt"
	"net/http"
	"net/url"
	"strings"

	"github.com/latency-pod-autoscaler/lpa/loadtest/internal/engine"
	"golang.org/x/net/http/httpguts"
)

// browser is what a browser does by itself, above either version of HTTP: redirects, cookies, and the credentials that an
// address contains.
type browser struct {
	jar     *cookies // nil until the server sets one
	request engine.Request
}

// do sends a request and those that its answers redirect to.
func (b *browser) do(r *outgoing, send func(*engine.Request) (engine.Response, error)) answer {
	if err := checkRequest(r); err != nil {
		return answer{err: &requestError{err}}
	}
	b.request = engine.Request{Method: r.method, URL: r.url, Header: r.headers, Body: r.body, Keep: r.keep}
	var a answer
	for hop := 0; ; hop++ {
		if err := b.prepare(); err != nil {
			a.err = &requestError{err}
			return a
		}
		response, err := send(&b.request)
		a.add(response.Times)
		if err != nil {
			a.err = err
			return a
		}
		b.keepCookies(&response)
		next, err := redirect(&b.request, &response)
		switch {
		case next == nil && err == nil || r.redirects == 0:
			a.status, a.headers, a.body, a.truncated = response.Status, response.Header, response.Body, response.Truncated
			return a
		case err != nil:
			a.err = err
			return a
		case hop == r.redirects:
			a.err = errTooManyRedirects
			return a
		}
		b.request = *next
	}
}

// add puts the times of one more hop to an answer's.
func (a *answer) add(t engine.Times) {
	a.latency += t.LastByte
	a.times.DNS += t.DNS
	a.times.Connect += t.Connect
	if t.TLS > 0 { // of several handshakes one that makes a session takes the time
		a.times.Resumed = t.Resumed && (a.times.Resumed || a.times.TLS == 0)
	}
	a.times.TLS += t.TLS
	a.times.Broken = a.times.Broken || t.Broken
	a.times.FirstByte += t.FirstByte
	a.times.SYNRetransmits += t.SYNRetransmits
	a.times.Dialled = a.times.Dialled || t.Dialled
	if a.times.Sent.IsZero() {
		a.times.Sent, a.times.Carried = t.Sent, t.Carried
	}
}

// prepare puts to the request what its address calls for.
func (b *browser) prepare() error {
	r := &b.request
	ascii, err := httpguts.PunycodeHostPort(r.URL.Host)
	if err != nil {
		return fmt.Errorf("the host %q: %w", r.URL.Host, err)
	}
	if ascii != r.URL.Host {
		u := *r.URL
		u.Host = ascii
		r.URL = &u
	}
	if user := r.URL.User; user != nil && valueOf(r.Header, "Authorization") == "" {
		password, _ := user.Password()
		basic := "Basic " + base64.StdEncoding.EncodeToString([]byte(user.Username()+":"+password))
		r.Header = append(r.Header[:len(r.Header):len(r.Header)], [2]string{"Authorization", basic})
	}
	b.addCookies()
	return nil
}

func valueOf(headers [][2]string, name string) string {
	for _, h := range headers {
		if strings.EqualFold(h[0], name) {
			return h[1]
		}
	}
	return ""
}

// addCookies puts the jar's cookies after the script's own: a request has one Cookie header at most (RFC 6265 §5.4).
func (b *browser) addCookies() {
	r := &b.request
	r.Cookie = ""
	if b.jar == nil {
		return
	}
	set := b.jar.Cookies(cookieURL(r))
	if len(set) == 0 {
		return
	}
	var values []string
	for _, h := range r.Header {
		if strings.EqualFold(h[0], "Cookie") {
			values = append(values, h[1])
		}
	}
	for _, cookie := range set {
		values = append(values, cookie.String())
	}
	r.Cookie = strings.Join(values, "; ")
}

func (b *browser) keepCookies(response *engine.Response) {
	if len(response.SetCookie) == 0 {
		return
	}
	if b.jar == nil {
		b.jar = newCookies()
	}
	parsed := http.Response{Header: http.Header{"Set-Cookie": response.SetCookie}}
	b.jar.SetCookies(cookieURL(&b.request), parsed.Cookies())
}

// cookieURL is whose cookies go with a request: those of the host that it names, wherever it is sent.
func cookieURL(r *engine.Request) *url.URL {
	host := valueOf(r.Header, "Host")
	if host == "" {
		return r.URL
	}
	u := *r.URL
	u.Host = host
	return &u
}

// redirect is the request that an answer leads to, nil if it leads nowhere (RFC 9110 §15.4).
func redirect(r *engine.Request, response *engine.Response) (*engine.Request, error) {
	withBody := false
	switch response.Status {
	case http.StatusMovedPermanently, http.StatusFound, http.StatusSeeOther:
	case http.StatusTemporaryRedirect, http.StatusPermanentRedirect:
		withBody = true
	default:
		return nil, nil
	}
	if response.Location == "" {
		return nil, nil
	}
	next := *r
	if !withBody {
		next.Body = ""
		next.Header = without(next.Header, bodyHeaders...)
		if r.Method != http.MethodHead {
			next.Method = http.MethodGet
		}
	}
	location, err := url.Parse(response.Location)
	if err != nil {
		return nil, fmt.Errorf("%w: its redirect leads to no address: %w", engine.ErrProtocol, err)
	}
	to := r.URL.ResolveReference(location)
	if to.Scheme != "http" && to.Scheme != "https" || to.Host == "" {
		return nil, fmt.Errorf("%w: its redirect leads to %s", engine.ErrProtocol, to.Redacted())
	}
	if to.Fragment == "" {
		to.Fragment = r.URL.Fragment
	}
	if !strings.EqualFold(to.Hostname(), r.URL.Hostname()) {
		next.Header = without(next.Header, firstHostHeaders...)
	}
	if location.Host != "" {
		next.Header = without(next.Header, "Host")
	}
	next.URL = to
	return &next, nil
}

// bodyHeaders are about a body, and go when it goes.
var bodyHeaders = []string{"Content-Encoding", "Content-Language", "Content-Location", "Content-Type", "Content-Length", "Transfer-Encoding", "Expect"}

// firstHostHeaders are meant for the first host only.
var firstHostHeaders = []string{"Authorization", "Www-Authenticate", "Cookie", "Cookie2", "Proxy-Authorization", "Proxy-Authenticate"}

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

// checkRequest refuses what would end a line of the request's head, and so let a value become a header or a body of its own.
func checkRequest(r *outgoing) error {
	if !httpguts.ValidHeaderFieldName(r.method) {
		return fmt.Errorf("%q is no method", r.method)
	}
	for _, h := range r.headers {
		switch {
		case !httpguts.ValidHeaderFieldName(h[0]):
			return fmt.Errorf("%q is no name of a header", h[0])
		case !isOneLine(h[1]):
			return fmt.Errorf("the value of the header %s is not one line", h[0])
		case !httpguts.ValidHeaderFieldValue(h[1]):
			return fmt.Errorf("the value of the header %s has a control character", h[0])
		}
	}
	return nil
}
