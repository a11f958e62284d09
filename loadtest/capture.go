package loadtest

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"regexp"

	"github.com/tidwall/gjson"
)

// capture takes a value out of an answer for later requests.
type capture struct {
	name     string
	index    int    // of the name among the class's
	source   string // as the script writes it, such as json:data.token
	kind     captureKind
	path     string         // of JSON, or the name of a header or cookie
	pattern  *regexp.Regexp // the value is its first group, or all of it if it has none
	fallback any            // what to take if there is nothing
	optional bool           // whether there is a fallback
}

type captureKind uint8

const (
	captureJSON captureKind = iota
	captureHeader
	captureCookie
	captureRegex
)

// uses is what the engine has to keep for the capture.
func (c *capture) uses() uses {
	return uses{body: c.kind == captureJSON || c.kind == captureRegex, headers: c.kind == captureHeader || c.kind == captureCookie}
}

// isSecret says whether the place that the value comes from is one that is never shown.
func (c *capture) isSecret() bool {
	return c.kind == captureCookie || c.kind == captureHeader && secretHeaders().MatchString(c.path)
}

// take is the value in the last answer.
func (c *capture) take(v *values) (any, error) {
	value, err := c.find(v)
	if err != nil && c.optional {
		return c.fallback, nil
	}
	if err != nil {
		return nil, fmt.Errorf("capture %s: %w", c.name, err)
	}
	return value, nil
}

func (c *capture) find(v *values) (any, error) {
	if c.uses().body && v.answer.truncated {
		return nil, errBodyCut
	}
	switch c.kind {
	case captureJSON:
		return c.findJSON(v)
	case captureRegex:
		return c.findPattern(v.answer.body)
	case captureHeader:
		if value, ok := v.header(c.path); ok {
			return value, nil
		}
		return nil, fmt.Errorf("the answer has no header %s", c.path)
	}
	for _, line := range v.answer.headers["Set-Cookie"] {
		if cookie, err := http.ParseSetCookie(line); err == nil && cookie.Name == c.path {
			return cookie.Value, nil
		}
	}
	return nil, fmt.Errorf("the answer sets no cookie %s", c.path)
}

var errNotJSON = errors.New("the body is not JSON")

func (c *capture) findJSON(v *values) (any, error) {
	if !v.isJSON() {
		return nil, errNotJSON
	}
	found := gjson.GetBytes(v.answer.body, c.path)
	switch {
	case !found.Exists() || found.Type == gjson.Null:
		return nil, fmt.Errorf("there is nothing at %s", c.source)
	case found.Type == gjson.String:
		return found.String(), nil
	case found.Type == gjson.Number:
		return plainNumber(found.Raw), nil
	case found.Type == gjson.JSON:
		return parseJSON([]byte(found.Raw))
	}
	return found.Bool(), nil
}

// isJSON says whether the last answer's body is JSON. It does not build the value, which few captures need.
func (v *values) isJSON() bool {
	if v.isParsed {
		return v.parsed != nil
	}
	return json.Valid(v.answer.body)
}

func (c *capture) findPattern(body []byte) (any, error) {
	at := c.pattern.FindSubmatchIndex(body)
	if len(at) > 2 {
		at = at[2:]
	}
	if at == nil || at[0] < 0 {
		return nil, fmt.Errorf("nothing in the body matches %s", c.source)
	}
	return string(body[at[0]:at[1]]), nil
}
