package importer

import (
	"net/url"
	"time"
)

// exchange is one recorded request with what is known of its answer.
type exchange struct {
	started, ended time.Time // zero if not recorded
	method         string
	url            *url.URL
	headers        []header
	body           payload
	timeout        time.Duration // 0 for none of its own
	redirects      int           // how many to follow; 0 for the default
	status         int           // 0 if not recorded
	location       string        // where the answer redirects to, as written there
	answer         []byte        // the answer's body, if it is JSON and of a sensible size
	answerType     string        // its media type
	resource       string        // what the browser wanted it for, such as document or image; empty if not recorded
	cached         bool          // the browser answered it by itself
}

// header is a request header as it was sent.
type header struct{ name, value string }

// payload is the body of a request.
type payload struct {
	mediaType string // the Content-Type, with its parameters
	text      string
	lost      string // why the body cannot be written; empty if it can
}

// header is the value of a request header, empty if it was not sent. Names are as http.CanonicalHeaderKey has them.
func (e *exchange) header(name string) string {
	for _, h := range e.headers {
		if h.name == name {
			return h.value
		}
	}
	return ""
}

// defaultPorts are left out of an origin.
var defaultPorts = map[string]string{"http": "80", "https": "443"}

// origin is the part of an address that stands before the path, such as https://shop.example.com or http://localhost:8080.
func origin(u *url.URL) string {
	host := u.Host
	if port := u.Port(); port != "" && port == defaultPorts[u.Scheme] {
		host = host[:len(host)-len(port)-1]
	}
	return u.Scheme + "://" + host
}
