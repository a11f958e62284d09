package importer

import (
	"encoding/base64"
	"net/http"
	"regexp"
	"slices"
	"strings"
)

// browserHeaders are set by every browser or HTTP client by itself, or hold for one moment only.
var browserHeaders = words(`Accept-Encoding Alt-Used Cache-Control Connection Content-Length Cookie Cookie2 Date Dnt
	Expect Forwarded Host If-Match If-Modified-Since If-None-Match If-Range If-Unmodified-Since Keep-Alive Origin Pragma
	Priority Proxy-Authorization Proxy-Connection Purpose Range Referer Save-Data Set-Cookie Te Trailer Transfer-Encoding
	Upgrade Upgrade-Insecure-Requests User-Agent Via X-Client-Data X-Real-Ip
	Content-Type Authorization`) // the last two are written in their own ways

// passingHeaders identify one request, session or moment; a script that repeats them is told apart from real users, or refused.
var passingHeaders = words(`Baggage B3 Idempotency-Key Newrelic Request-Id Sentry-Trace Signature Traceparent Tracestate Uber-Trace-Id
	X-Amz-Content-Sha256 X-Amz-Date X-Amz-Security-Token X-Amzn-Trace-Id X-Cloud-Trace-Context X-Correlation-Id X-Request-Id
	X-Session-Id X-Transaction-Id`)

func words(s string) map[string]bool {
	set := map[string]bool{}
	for _, word := range strings.Fields(s) {
		set[word] = true
	}
	return set
}

var (
	browserPrefixes = []string{"Sec-", "Access-Control-", "X-Forwarded-", ":"}
	passingPrefixes = []string{"X-B3-", "X-Datadog-", "X-Trace-", "X-Csrf", "X-Xsrf", "Csrf", "X-Newrelic-", "X-Ot-"}
	momentPattern   = regexp.MustCompile(`^(\d{10,}(\.\d+)?|\d{4}-\d\d-\d\d[T ].*|(Mon|Tue|Wed|Thu|Fri|Sat|Sun), .*)$`)
)

func hasPrefix(name string, prefixes []string) bool {
	return slices.ContainsFunc(prefixes, func(p string) bool { return strings.HasPrefix(name, p) })
}

// headerFilter knows which headers of a recording are worth keeping.
type headerFilter struct{ passing map[string]bool }

// newHeaderFilter finds the headers that pass: they are known to, look made up, or differ between requests of one name.
func newHeaderFilter(exchanges []exchange, name func(*exchange) string) headerFilter {
	f := headerFilter{passing: map[string]bool{}}
	seen := map[[2]string]string{}
	for i := range exchanges {
		e := &exchanges[i]
		request := e.method + " " + name(e)
		for _, h := range e.headers {
			if isBrowserHeader(h) || isSecretHeader(h.name) {
				continue
			}
			at := [2]string{request, h.name}
			before, again := seen[at]
			seen[at] = h.value
			if passingHeaders[h.name] || hasPrefix(h.name, passingPrefixes) || isToken64(h.value) || momentPattern.MatchString(h.value) ||
				again && before != h.value && strings.HasPrefix(h.name, "X-") {
				f.passing[h.name] = true
			}
		}
	}
	return f
}

// isBrowserHeader says whether a header goes without saying, or cannot be sent.
func isBrowserHeader(h header) bool {
	return browserHeaders[h.name] || hasPrefix(h.name, browserPrefixes) || !isToken(h.name) || hasControls(h.value) ||
		h.name == "Accept" && h.value == "*/*" // the same as none (RFC 9110 §12.5.1)
}

func hasControls(s string) bool {
	return strings.ContainsFunc(s, func(c rune) bool { return c < ' ' && c != '\t' || c == 0x7f })
}

// isSecretHeader says whether a header is a key that stays the same from session to session.
func isSecretHeader(name string) bool {
	return isSecret(name) && !passingHeaders[name] && !hasPrefix(name, passingPrefixes)
}

// headers are those of a request that the script keeps, in the script's language and each name once.
func (r *report) headers(e *exchange, f headerFilter, where string) []header {
	var kept []header
	places := map[string]int{}
	for _, h := range e.headers {
		if isBrowserHeader(h) || f.passing[h.name] {
			continue
		}
		value := escape(h.value)
		switch {
		case isSecretHeader(h.name) && h.value != "":
			r.carries(h.value, where)
			value = r.secrets.reference(h.name, h.value, "the header "+h.name)
		case h.name == "Accept" && strings.HasPrefix(h.value, "text/html,"):
			value = "text/html" // what browsers add says what they can show
		}
		if i, again := places[h.name]; again {
			kept[i].value += ", " + value
			continue
		}
		places[h.name] = len(kept)
		kept = append(kept, header{h.name, value})
	}
	return kept
}

// credentials are what a request's Authorization header says, in the script's language.
type credentials struct {
	bearer         string
	user, password string // if bearer is empty
}

// authorization reads the Authorization header: as credentials, or as the header itself where a script has no better way.
func (r *report) authorization(e *exchange, where string) (credentials, []header) {
	value := e.header("Authorization")
	scheme, rest, _ := strings.Cut(value, " ")
	rest = strings.TrimSpace(rest)
	const found = "the header Authorization"
	switch {
	case value == "":
		return credentials{}, nil
	case strings.EqualFold(scheme, "Bearer") && rest != "":
		r.carries(rest, where)
		return credentials{bearer: r.secrets.reference("token", rest, found)}, nil
	case strings.EqualFold(scheme, "Basic"):
		if pair, err := base64.StdEncoding.DecodeString(rest); err == nil {
			return r.basic(string(pair), found), nil
		}
	}
	return credentials{}, []header{{"Authorization", r.secrets.reference("authorization", value, found)}}
}

// basic reads user:password. Without a password, a user that looks made up is a key.
func (r *report) basic(pair, found string) credentials {
	user, password, _ := strings.Cut(strings.ToValidUTF8(pair, "?"), ":")
	if password == "" && isToken64(user) {
		return credentials{user: r.secrets.reference("apiKey", user, found), password: ""}
	}
	return credentials{user: escape(user), password: r.secrets.reference("password", password, found)}
}

// setBasic gives a request a user and password, unless it has its own Authorization.
func (e *exchange) setBasic(pair string) {
	if e.header("Authorization") == "" {
		e.headers = append(e.headers, header{"Authorization", "Basic " + base64.StdEncoding.EncodeToString([]byte(pair))})
	}
}

// moveUser takes a user and password out of the address, where the script's relative paths have no place for them.
func (e *exchange) moveUser() {
	if e.url == nil || e.url.User == nil {
		return
	}
	password, _ := e.url.User.Password()
	e.setBasic(e.url.User.Username() + ":" + password)
	e.url.User = nil
}

// canonical is a header with its name as HTTP/1.1 has it.
func canonical(name, value string) header {
	return header{http.CanonicalHeaderKey(name), strings.TrimSpace(value)}
}

// escape writes a recorded text in the language of scripts, where ${ begins a reference.
func escape(s string) string { return strings.ReplaceAll(s, "${", "$${") }
