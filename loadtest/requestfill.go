package loadtest

import (
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"
)

// isConstant says whether the request is the same every time.
func (r *requestTemplate) isConstant() bool {
	dynamic := func(f field) bool { return !f.value.isConstant() }
	return r.path.isConstant() && r.auth.isConstant() && (r.body.kind == bodyNone || r.body.constant) &&
		!slices.ContainsFunc(r.query, dynamic) && !slices.ContainsFunc(r.headers, dynamic)
}

// preparedRequest is what of a request is the same for all users of a run.
type preparedRequest struct {
	options  *Options
	constant *outgoing   // the whole request, if all of it is
	headers  [][2]string // with empty values where they differ
	dynamic  []dynamicHeader
}

// dynamicHeader is a header whose value differs; a nil value is that of the auth key.
type dynamicHeader struct {
	at    int
	value *text
}

// fill makes the script's request into one of this user. The result is read-only: a request that is always the same is
// made once.
func (u *user) fill(r *requestTemplate) (*outgoing, error) {
	p := r.prepared.Load()
	if p == nil || p.options != &u.run.options {
		p = r.prepare(&u.run.options)
		if r.isConstant() {
			var err error
			if p.constant, err = u.make(r, p); err != nil {
				return nil, err
			}
		}
		r.prepared.Store(p)
	}
	if p.constant != nil {
		return p.constant, nil
	}
	return u.make(r, p)
}

func (u *user) make(r *requestTemplate, p *preparedRequest) (*outgoing, error) {
	address, err := r.url(u)
	if err != nil {
		return nil, err
	}
	body, err := r.body.expand(u)
	if err != nil {
		return nil, err
	}
	headers, err := u.headers(r, p)
	if err != nil {
		return nil, err
	}
	return &outgoing{method: r.method, url: address, body: body, redirects: r.redirects, headers: headers, keep: r.keep || u.run.isDry()}, nil
}

// prepare collects the headers: the script's, and what it does not say of our own.
func (r *requestTemplate) prepare(o *Options) *preparedRequest {
	p := &preparedRequest{options: o}
	scripted := map[string]bool{}
	for i := range r.headers {
		f := &r.headers[i]
		if !f.value.isConstant() {
			p.dynamic = append(p.dynamic, dynamicHeader{len(p.headers), &f.value})
		}
		p.headers = append(p.headers, [2]string{f.name, f.value.constant})
		scripted[http.CanonicalHeaderKey(f.name)] = true
	}
	for _, own := range [][2]string{{"User-Agent", o.UserAgent}, {"Content-Type", r.body.contentType()}} {
		if own[1] != "" && !scripted[own[0]] {
			p.headers = append(p.headers, own)
		}
	}
	if r.auth.scheme != "" && !scripted["Authorization"] {
		p.dynamic = append(p.dynamic, dynamicHeader{len(p.headers), nil})
		p.headers = append(p.headers, [2]string{"Authorization", ""})
	}
	return p
}

func (u *user) headers(r *requestTemplate, p *preparedRequest) ([][2]string, error) {
	if len(p.dynamic) == 0 {
		return p.headers, nil
	}
	headers := slices.Clone(p.headers)
	for _, d := range p.dynamic {
		var err error
		if d.value == nil {
			headers[d.at][1], err = r.auth.header(u)
		} else {
			headers[d.at][1], err = d.value.expand(u)
		}
		if err != nil {
			return nil, fmt.Errorf("header %s: %w", headers[d.at][0], err)
		}
	}
	return headers, nil
}

// url is the request's address: a path on the host, or an address of its own.
func (r *requestTemplate) url(u *user) (*url.URL, error) {
	path, err := r.path.address(u)
	if err != nil {
		return nil, err
	}
	if !isPath(path) {
		return nil, fmt.Errorf("the path must start with a single / or be an address with http:// or https://, got %q", path)
	}
	address, err := url.Parse(path)
	if err != nil {
		return nil, err
	}
	if !address.IsAbs() {
		if err := putAfter(u.run.options.Host, address); err != nil {
			return nil, err
		}
	}
	if len(r.query) > 0 {
		query, err := expandFields(r.query, u)
		if err != nil {
			return nil, err
		}
		if address.RawQuery != "" {
			address.RawQuery += "&"
		}
		address.RawQuery += query.Encode()
	}
	return address, nil
}

// putAfter makes a path one on the host, whose own path comes first.
func putAfter(host, address *url.URL) error {
	address.Scheme, address.Host, address.User = host.Scheme, host.Host, host.User
	prefix := strings.TrimSuffix(host.EscapedPath(), "/")
	if prefix == "" {
		return nil
	}
	escaped := prefix + address.EscapedPath()
	path, err := url.PathUnescape(escaped)
	address.Path, address.RawPath = path, escaped
	return err
}

// isPath says whether a request can go to the text: to a path, or to an address of its own.
func isPath(s string) bool {
	return strings.HasPrefix(s, "/") && !strings.HasPrefix(s, "//") || strings.HasPrefix(s, "http://") || strings.HasPrefix(s, "https://")
}
