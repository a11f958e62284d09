package loadtest

import (
	"fmt"
	"net/url"
	"slices"
	"strings"
)

// outgoing is the request as it goes out.
func (t *starUser) outgoing(r *starRequest) (*outgoing, error) {
	address, err := addressOf(t.user.run.options.Host, r.path, r.query)
	if err != nil {
		return nil, fmt.Errorf("path: must be a valid path (%w)", err)
	}
	return &outgoing{method: r.method, url: address, body: r.body, redirects: r.redirects, headers: t.headers(r)}, nil
}

// addressOf is a path on host, or an address of its own, with a query after the one it has.
func addressOf(host *url.URL, path, query string) (*url.URL, error) {
	address, err := url.Parse(path)
	if err != nil {
		return nil, err
	}
	if !address.IsAbs() {
		if err := putAfter(host, address); err != nil {
			return nil, err
		}
	}
	if query != "" && address.RawQuery != "" {
		address.RawQuery += "&"
	}
	address.RawQuery += query
	return address, nil
}

// headers are those of the class and of the request, and what they do not say of our own.
func (t *starUser) headers(r *starRequest) [][2]string {
	headers := make([][2]string, 0, len(t.class.headers)+len(r.headers)+3)
	for _, h := range t.class.headers {
		if !hasHeader(r.headers, h[0]) {
			headers = append(headers, h)
		}
	}
	headers = append(headers, r.headers...)
	authorization := r.authorization
	if authorization == "" {
		authorization = t.class.authorization
	}
	for _, own := range [][2]string{
		{"User-Agent", t.user.run.options.UserAgent},
		{"Content-Type", r.contentType},
		{"Authorization", authorization},
	} {
		if own[1] != "" && !hasHeader(headers, own[0]) {
			headers = append(headers, own)
		}
	}
	return headers
}

func hasHeader(headers [][2]string, name string) bool {
	return slices.ContainsFunc(headers, func(h [2]string) bool { return strings.EqualFold(h[0], name) })
}
