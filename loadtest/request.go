package loadtest

import (
	"encoding/base64"
	"maps"
	"net/url"
	"slices"
	"sync/atomic"
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
	expect    expectation
	captures  []capture
	onFailure flow
	keep      bool // whether anything looks at the answer's headers or body

	prepared atomic.Pointer[preparedRequest] // of the last run
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

func (a *auth) isConstant() bool {
	return a.user.isConstant() && a.password.isConstant() && a.bearer.isConstant()
}

func (a *auth) header(u *user) (string, error) {
	if a.scheme == "Bearer" {
		token, err := a.bearer.expand(u)
		return "Bearer " + token, err
	}
	name, err := a.user.expand(u)
	if err != nil {
		return "", err
	}
	password, err := a.password.expand(u)
	return "Basic " + base64.StdEncoding.EncodeToString([]byte(name+":"+password)), err
}

// body is what a request carries: raw text, a form or a JSON value. Its zero value is nothing.
type body struct {
	kind     bodyKind
	raw      text
	form     []field
	json     any  // map[string]any, []any, text, json.Number, bool or nil
	constant bool // nothing in it differs from one request to the next
}

type bodyKind int

const (
	bodyNone bodyKind = iota
	bodyRaw
	bodyForm
	bodyJSON
)

func (b *body) contentType() string {
	switch b.kind {
	case bodyForm:
		return "application/x-www-form-urlencoded"
	case bodyJSON:
		return "application/json"
	}
	return ""
}

func (b *body) expand(u *user) (string, error) {
	switch b.kind {
	case bodyRaw:
		return b.raw.expand(u)
	case bodyForm:
		values, err := expandFields(b.form, u)
		return values.Encode(), err
	case bodyJSON:
		value, err := expandJSON(b.json, u)
		if err != nil {
			return "", err
		}
		encoded, err := compactJSON(value)
		return string(encoded), err
	}
	return "", nil
}

func expandFields(fields []field, u *user) (url.Values, error) {
	values := url.Values{}
	for i := range fields {
		value, err := fields[i].value.expand(u)
		if err != nil {
			return nil, err
		}
		values.Add(fields[i].name, value)
	}
	return values, nil
}

// expandJSON replaces the texts in a tree by what they are for this user, key by key in their order, as what is drawn at
// random must not depend on the order of a Go map.
func expandJSON(value any, u *user) (any, error) {
	switch v := value.(type) {
	case text:
		return v.value(u)
	case []any:
		out := make([]any, len(v))
		for i, item := range v {
			var err error
			if out[i], err = expandJSON(item, u); err != nil {
				return nil, err
			}
		}
		return out, nil
	case map[string]any:
		out := make(map[string]any, len(v))
		for _, key := range slices.Sorted(maps.Keys(v)) {
			var err error
			if out[key], err = expandJSON(v[key], u); err != nil {
				return nil, err
			}
		}
		return out, nil
	}
	return value, nil
}
