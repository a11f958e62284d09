package loadtest

import (
	"encoding/base64"
	"encoding/json"
	"net/url"
	"strings"
	"time"
)

// requestTemplate is a request as the script describes it.
type requestTemplate struct {
	method    string
	path      text
	query     []field
	headers   []field
	auth      auth
	body      body
	timeout   time.Duration // 0 means the run's default
	redirects int           // how many to follow; the answer after that is a failure, unless none are followed
	expect    []int         // accepted statuses; empty accepts all below 400
}

// field is a name with a value that may differ from user to user.
type field struct {
	name  string
	value text
}

// auth is what to put into the Authorization header; its zero value is nothing.
type auth struct {
	user, password, bearer text
	scheme                 string // "", Basic or Bearer
}

func (a auth) header(vuID int) string {
	switch a.scheme {
	case "Basic":
		return "Basic " + base64.StdEncoding.EncodeToString([]byte(a.user.expand(vuID)+":"+a.password.expand(vuID)))
	case "Bearer":
		return "Bearer " + a.bearer.expand(vuID)
	}
	return ""
}

// body is what a request carries: raw text, a form or a JSON value. Its zero value is nothing.
type body struct {
	kind bodyKind
	raw  text
	form []field
	json any // map[string]any, []any, text, json.Number, bool or nil
}

type bodyKind int

const (
	bodyNone bodyKind = iota
	bodyRaw
	bodyForm
	bodyJSON
)

func (b body) contentType() string {
	switch b.kind {
	case bodyForm:
		return "application/x-www-form-urlencoded"
	case bodyJSON:
		return "application/json"
	}
	return ""
}

func (b body) expand(vuID int) (string, error) {
	switch b.kind {
	case bodyRaw:
		return b.raw.expand(vuID), nil
	case bodyForm:
		values := url.Values{}
		for _, f := range b.form {
			values.Add(f.name, f.value.expand(vuID))
		}
		return values.Encode(), nil
	case bodyJSON:
		encoded, err := json.Marshal(expandJSON(b.json, vuID))
		return string(encoded), err
	}
	return "", nil
}

// expandJSON replaces the texts in a tree by what they are for this user.
func expandJSON(value any, vuID int) any {
	switch v := value.(type) {
	case text:
		return v.expand(vuID)
	case []any:
		out := make([]any, len(v))
		for i, item := range v {
			out[i] = expandJSON(item, vuID)
		}
		return out
	case map[string]any:
		out := make(map[string]any, len(v))
		for key, item := range v {
			out[key] = expandJSON(item, vuID)
		}
		return out
	}
	return value
}

// url is the request's address: a path on host, or an address of its own.
func (r *requestTemplate) url(host *url.URL, vuID int) (*url.URL, error) {
	u, err := url.Parse(r.path.expand(vuID))
	if err != nil {
		return nil, err
	}
	if !u.IsAbs() {
		u.Scheme, u.Host, u.User = host.Scheme, host.Host, host.User
		if prefix := strings.TrimSuffix(host.EscapedPath(), "/"); prefix != "" {
			escaped := prefix + u.EscapedPath()
			if u.Path, err = url.PathUnescape(escaped); err != nil {
				return nil, err
			}
			u.RawPath = escaped
		}
	}
	if len(r.query) > 0 {
		query := url.Values{}
		for _, f := range r.query {
			query.Add(f.name, f.value.expand(vuID))
		}
		if u.RawQuery != "" {
			u.RawQuery += "&"
		}
		u.RawQuery += query.Encode()
	}
	return u, nil
}
