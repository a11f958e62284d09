package loadtest

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"strconv"
	"strings"

	"github.com/latency-pod-autoscaler/lpa/loadtest/internal/engine"
)

// values are what the expressions of one user can see: what was captured, the rows drawn from feeds, the last answer.
type values struct {
	user     *user
	captured []any  // by the class's index of the name
	has      []bool // likewise: whether it has been captured
	feeds    []drawing
	answer   answer // the last one
	parsed   any    // its body, if it has been asked for
	isParsed bool
	cost     int    // of the evaluation under way
	note     note   // about the present request
	group    string // the named steps that are being taken
}

// values are the user's, made when they are first needed: most scripts need none.
func (u *user) scriptValues() *values {
	if u.values == nil {
		names := len(u.class.captures)
		u.values = &values{user: u, captured: make([]any, names), has: make([]bool, names), feeds: make([]drawing, len(u.class.feeds))}
	}
	return u.values
}

func (v *values) capture(index int, value any) { v.captured[index], v.has[index] = value, true }

// look makes an answer the one that expressions see. It is good until the user's next request.
func (v *values) look(a answer) { v.answer, v.parsed, v.isParsed = a, nil, false }

var errBodyCut = fmt.Errorf("the body has more than %d bytes, and what comes after is not looked at", engine.MaxKept)

// text is the body of the last answer.
func (v *values) text() (string, error) {
	if v.answer.truncated {
		return "", errBodyCut
	}
	return string(v.answer.body), nil
}

// body is the last answer's body as JSON; nil if it is something else.
func (v *values) body() (any, error) {
	if v.answer.truncated {
		return nil, errBodyCut
	}
	if !v.isParsed {
		v.parsed, _ = parseJSON(v.answer.body)
		v.isParsed = true
	}
	return v.parsed, nil
}

// header is a header of the last answer, in any case of letters; several of a name are joined as RFC 9110 §5.3 has it.
func (v *values) header(name string) (value string, ok bool) {
	found := v.answer.headers[http.CanonicalHeaderKey(name)]
	return strings.Join(found, ", "), len(found) > 0
}

// headers are all headers of the last answer, their names in lower case.
func (v *values) headers() map[string]string {
	all := make(map[string]string, len(v.answer.headers))
	for name, found := range v.answer.headers {
		all[strings.ToLower(name)] = strings.Join(found, ", ")
	}
	return all
}

// parseJSON is one JSON value: whole numbers as int, as they would else lose digits.
func parseJSON(data []byte) (any, error) {
	decoder := json.NewDecoder(bytes.NewReader(data))
	decoder.UseNumber()
	var value any
	if err := decoder.Decode(&value); err != nil {
		return nil, err
	}
	if rest := bytes.TrimSpace(data[decoder.InputOffset():]); len(rest) > 0 {
		return nil, errors.New("there is more after the JSON value")
	}
	return plainNumbers(value), nil
}

// plainNumbers replaces the numbers of a tree by int or float64; those that neither can hold exactly stay texts.
func plainNumbers(value any) any {
	switch v := value.(type) {
	case json.Number:
		return plainNumber(v.String())
	case []any:
		for i := range v {
			v[i] = plainNumbers(v[i])
		}
	case map[string]any:
		for key := range v {
			v[key] = plainNumbers(v[key])
		}
	}
	return value
}

// plainNumber is a number of JSON as an int or a float64; a whole number that is too large for both is its text.
func plainNumber(text string) any {
	if n, err := strconv.ParseInt(text, 10, 64); err == nil {
		return int(n)
	}
	if !strings.ContainsAny(text, ".eE") {
		return text
	}
	if f, err := strconv.ParseFloat(text, 64); err == nil {
		return f
	}
	return text
}
