package engine

import (
	"net/http"
	"net/url"
	"strconv"
	"strings"
)

// Request is a request with everything filled in. The engine adds nothing to it but what HTTP/1.1 demands: Host,
// Content-Length, and Connection: close on the last request of a connection.
type Request struct {
	Method string
	URL    *url.URL    // absolute
	Header [][2]string // in the order sent; each value one line. A Host replaces the URL's
	Cookie string      // unless it is empty, the value of a Cookie header, which stands in for any in Header
	Body   string
	Keep   bool // keep the answer's header and body
}

// head is what the engine has to know of a request's header.
type head struct {
	chunked  bool // the script asks for Transfer-Encoding: chunked
	awaits   bool // for 100 Continue before the body
	closes   bool // Connection: close
	acceptsZ bool // Accept-Encoding names gzip
}

// appendRequest writes the request in the form of HTTP/1.1, up to but without its body. absolute is the form that a proxy
// wants. last says that the connection is to be closed afterwards.
func appendRequest(b []byte, r *Request, absolute, last bool, authorization string) ([]byte, head) {
	var h head
	host := wireHost(r.URL.Host)
	for _, field := range r.Header {
		if strings.EqualFold(field[0], "Host") {
			host = field[1]
		}
	}
	b = append(b, r.Method...)
	b = append(b, ' ')
	b = appendTarget(b, r.Method, r.URL, absolute)
	b = append(b, " HTTP/1.1\r\nHost: "...)
	b = append(b, host...)
	b = append(b, "\r\n"...)
	for _, field := range r.Header {
		if !h.note(field[0], field[1], r) {
			b = appendField(b, field[0], field[1])
		}
	}
	if r.Cookie != "" {
		b = appendField(b, "Cookie", r.Cookie)
	}
	if authorization != "" {
		b = appendField(b, "Proxy-Authorization", authorization)
	}
	switch {
	case h.chunked:
		b = append(b, "Transfer-Encoding: chunked\r\n"...)
	case r.Body != "" || r.Method == "POST" || r.Method == "PUT" || r.Method == "PATCH":
		b = append(b, "Content-Length: "...)
		b = strconv.AppendInt(b, int64(len(r.Body)), 10)
		b = append(b, "\r\n"...)
	}
	if last && !h.closes {
		b = append(b, "Connection: close\r\n"...)
	}
	return append(b, "\r\n"...), h
}

func appendField(b []byte, name, value string) []byte {
	b = append(b, name...)
	b = append(b, ": "...)
	b = append(b, value...)
	return append(b, "\r\n"...)
}

// note looks at a field that matters to the engine; it is true for those that the engine writes itself.
func (h *head) note(name, value string, r *Request) (own bool) {
	hasBody := r.Body != ""
	switch len(name) { // most names are told apart by their length alone
	case len("Host"):
		return strings.EqualFold(name, "Host")
	case len("Expect"): // and Cookie
		h.awaits = h.awaits || hasBody && strings.EqualFold(name, "Expect") && strings.EqualFold(value, "100-continue")
		return r.Cookie != "" && strings.EqualFold(name, "Cookie")
	case len("Connection"):
		h.closes = h.closes || strings.EqualFold(name, "Connection") && hasToken(value, "close")
	case len("Content-Length"):
		return strings.EqualFold(name, "Content-Length")
	case len("Accept-Encoding"):
		h.acceptsZ = h.acceptsZ || strings.EqualFold(name, "Accept-Encoding") && strings.Contains(strings.ToLower(value), "gzip")
	case len("Transfer-Encoding"):
		if strings.EqualFold(name, "Transfer-Encoding") {
			h.chunked = hasBody && hasToken(value, "chunked")
			return true
		}
	}
	return false
}

// wireHost is a host as it is sent: without the zone, which means something to this machine only (RFC 6874 §1), and without a
// colon that no port follows.
func wireHost(host string) string {
	if zone := strings.IndexByte(host, '%'); zone > 0 && host[0] == '[' {
		if end := strings.IndexByte(host[zone:], ']'); end > 0 {
			host = host[:zone] + host[zone+end:]
		}
	}
	return strings.TrimSuffix(host, ":")
}

// appendTarget writes what stands between the method and the version (RFC 9112 §3.2).
func appendTarget(b []byte, method string, u *url.URL, absolute bool) []byte {
	if absolute {
		b = append(b, u.Scheme...)
		b = append(b, "://"...)
		b = append(b, wireHost(u.Host)...)
	}
	path := u.EscapedPath()
	if path == "*" && method == "OPTIONS" { // the whole server, for which the absolute form has no path
		if absolute {
			return b
		}
		return append(b, '*')
	}
	if path == "" || path[0] != '/' {
		b = append(b, '/')
	}
	b = append(b, path...)
	if u.RawQuery != "" || u.ForceQuery {
		b = appendQuery(append(b, '?'), u.RawQuery)
	}
	return b
}

// appendQuery writes a query, and escapes what would end the request's target.
func appendQuery(b []byte, query string) []byte {
	for i := range len(query) {
		if c := query[i]; c <= ' ' || c == 0x7f {
			b = append(b, '%', "0123456789ABCDEF"[c>>4], "0123456789ABCDEF"[c&15])
		} else {
			b = append(b, c)
		}
	}
	return b
}

// appendBody writes the body as the head has announced it.
func appendBody(b []byte, body string, chunked bool) []byte {
	if !chunked {
		return append(b, body...)
	}
	const largest = 32 << 10
	for len(body) > 0 {
		n := min(len(body), largest)
		b = strconv.AppendInt(b, int64(n), 16)
		b = append(b, "\r\n"...)
		b = append(b, body[:n]...)
		b = append(b, "\r\n"...)
		body = body[n:]
	}
	return append(b, "0\r\n\r\n"...)
}

// hasToken says whether a comma-separated list has a token, which is lower-case here and may be of any case there.
func hasToken(list, token string) bool {
	for part := range strings.SplitSeq(list, ",") {
		if equalFold(strings.Trim(part, " \t"), token) {
			return true
		}
	}
	return false
}

// Response is an answer, read to its end.
type Response struct {
	Status int
	// Header and Body are there if the request says Keep. Header holds the trailers too, but those that a header of the same
	// name stands against. Body is at most MaxKept bytes, decompressed if it was gzip on the request's own wish, and good until
	// the next request of the same client.
	Header    http.Header
	Body      []byte
	Truncated bool     // the body was longer
	Location  string   // of a redirect
	SetCookie []string // every value
	Times     Times
}
