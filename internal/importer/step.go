package importer

import (
	"net/url"
	"slices"
	"strings"
	"time"
	"unicode/utf8"
)

// step is a request as the script has it; all texts are in the script's language.
type step struct {
	think     time.Duration // the pause before it
	method    string
	path      string
	name      string
	query     []header // what is not in the path: secrets
	headers   []header
	auth      credentials
	content   content
	timeout   time.Duration
	redirects int
	status    int
	comments  []string
}

// steps are the requests of the script, in the order of time.
func (r *report) steps(exchanges []exchange) []step {
	filter := newHeaderFilter(exchanges, r.name)
	r.passing = filter.passing
	r.tracker = newTracker()
	steps := make([]step, len(exchanges))
	var end time.Time
	for i := range exchanges {
		e := &exchanges[i]
		r.now = e.started
		steps[i] = r.step(e, filter)
		if !end.IsZero() {
			steps[i].think = pause(e.started.Sub(end))
		}
		if e.ended.After(end) {
			end = e.ended
		}
		r.tracker.answered(i, e)
	}
	for i := range steps {
		steps[i].comments = append(steps[i].comments, r.tracker.comments(i)...)
	}
	return steps
}

func (r *report) step(e *exchange, filter headerFilter) step {
	name := r.name(e)
	where := e.method + " " + printable(name)
	s := step{method: e.method, name: name, timeout: e.timeout, redirects: e.redirects, status: e.status}
	s.path, s.query = r.path(e, where)
	auth, extra := r.authorization(e, where)
	s.auth = auth
	s.headers = append(r.headers(e, filter, where), extra...)
	s.content = r.content(e, where)
	if kind := contentTypeValue(s.content.contentType); kind != "" {
		s.headers = append(s.headers, header{"Content-Type", escape(kind)})
	}
	switch {
	case e.status == 304:
		s.status = 200 // the browser had it already, and a user of the script has not
	case e.status < 200 || e.status > 599:
		s.status = 0
	case e.status >= 400:
		s.comments = append(s.comments, "the recording has a failure here; is that what the service should answer?")
	case e.redirects == unfollowed:
		s.comments = append(s.comments, "it redirects to "+printable(withoutQuery(e.location))+", where no request of this script goes")
	}
	return s
}

// withoutQuery is an address without what may be secret in it.
func withoutQuery(address string) string {
	before, _, _ := strings.Cut(address, "?")
	return before
}

// longestPause bounds the pauses: a person who is away from the keyboard is no part of the load.
const longestPause = 10 * time.Second

// pause is a recorded pause as a person would write it: to two digits or so; nothing below 100 ms.
func pause(d time.Duration) time.Duration {
	switch {
	case d < 100*time.Millisecond:
		return 0
	case d < time.Second:
		return d.Round(100 * time.Millisecond)
	case d < 5*time.Second:
		return d.Round(500 * time.Millisecond)
	}
	return min(d.Round(time.Second), longestPause)
}

// name is what results call a request: its path without query and data, after its origin if that is not the main one.
func (r *report) name(e *exchange) string {
	name := generalise(pathOf(e.url))
	if at := origin(e.url); at != r.origin {
		return at + name
	}
	return name
}

func pathOf(u *url.URL) string {
	if path := u.EscapedPath(); path != "" {
		return path
	}
	return "/"
}

// path is the path with its query, but for the secrets in it, after the origin if that is not the main one.
func (r *report) path(e *exchange, where string) (path string, secrets []header) {
	path = pathOf(e.url)
	for segment := range strings.SplitSeq(path, "/") {
		if plain, err := url.PathUnescape(segment); err == nil && isID(plain) {
			r.carries(plain, where)
		}
	}
	query, secrets := r.query(e.url.RawQuery, where)
	if query != "" {
		path += "?" + query
	}
	if at := origin(e.url); at != r.origin {
		path = at + path
	}
	return escape(path), secrets
}

// query takes the secrets out of a query.
func (r *report) query(raw, where string) (rest string, secrets []header) {
	if raw == "" {
		return "", nil
	}
	var kept []string
	for piece := range strings.SplitSeq(raw, "&") {
		name, value, _ := strings.Cut(piece, "=")
		name, errName := url.QueryUnescape(name)
		value, errValue := url.QueryUnescape(value)
		valid := errName == nil && errValue == nil && utf8.ValidString(name) && utf8.ValidString(value)
		if valid && isSecret(name) && value != "" {
			secrets = append(secrets, header{name, r.text(name, value, where)})
			continue
		}
		if valid && isID(value) {
			r.carries(value, where)
		}
		kept = append(kept, sendable(piece))
	}
	return strings.Join(kept, "&"), secrets
}

// sendable escapes what must not stand in a query as it is, and leaves all else as it was recorded.
func sendable(query string) string {
	const digits = "0123456789ABCDEF"
	var b strings.Builder
	for _, c := range []byte(query) {
		if c <= ' ' || c >= 0x7f || strings.IndexByte("\"<>`#", c) >= 0 {
			b.Write([]byte{'%', digits[c>>4], digits[c&15]})
			continue
		}
		b.WriteByte(c)
	}
	return b.String()
}

// common takes out of the steps what all of them say: credentials, and headers that most give the same value.
func common(steps []step) (headers []header, auth credentials) {
	if len(steps) < 2 {
		return nil, credentials{}
	}
	return takeHeaders(steps), takeAuth(steps)
}

func takeAuth(steps []step) credentials {
	auth := steps[0].auth
	if slices.ContainsFunc(steps, func(s step) bool { return s.auth != auth }) {
		return credentials{}
	}
	for i := range steps {
		steps[i].auth = credentials{}
	}
	return auth
}

func takeHeaders(steps []step) []header {
	var all []header
	for _, h := range slices.Clone(steps[0].headers) {
		value, ok := commonValue(steps, h.name)
		if !ok {
			continue
		}
		shared := header{h.name, value}
		all = append(all, shared)
		for i := range steps {
			steps[i].headers = slices.DeleteFunc(steps[i].headers, func(own header) bool { return own == shared })
		}
	}
	return all
}

// commonValue is what more than half of the steps give as a header's value; false unless all of them give some.
func commonValue(steps []step, name string) (string, bool) {
	counts := map[string]int{}
	for _, s := range steps {
		i := slices.IndexFunc(s.headers, func(h header) bool { return h.name == name })
		if i < 0 {
			return "", false
		}
		counts[s.headers[i].value]++
	}
	for value, n := range counts {
		if 2*n > len(steps) {
			return value, true
		}
	}
	return "", false
}
