package kube

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"strings"
)

// StatusError is an answer of the API server that is no success.
type StatusError struct {
	Code    int    // of HTTP
	Message string // the API server's own
}

func newStatusError(code int, body []byte) *StatusError {
	var status struct {
		Message string `json:"message"`
	}
	if json.Unmarshal(body, &status) != nil || status.Message == "" {
		status.Message = http.StatusText(code) // the answer is a proxy's, say
	}
	return &StatusError{Code: code, Message: cut(strings.Join(strings.Fields(status.Message), " "), 500)}
}

// Error is what the API server says.
func (e *StatusError) Error() string {
	return fmt.Sprintf("the API server answers %d, %s", e.Code, e.Message)
}

// hint adds to an answer what to do about it; rule is what the Role needs for the request.
func hint(err error, rule string) error {
	var status *StatusError
	if !errors.As(err, &status) {
		return err
	}
	switch status.Code {
	case http.StatusForbidden:
		return fmt.Errorf("%w; the autoscaler's Role needs the rule %s", err, rule)
	case http.StatusUnauthorized:
		return fmt.Errorf("%w; the service account's token is not valid there", err)
	}
	return err
}

func isConflict(err error) bool {
	var status *StatusError
	return errors.As(err, &status) && status.Code == http.StatusConflict
}

// cut shortens a text to at most n bytes, at the end of a character.
func cut(text string, n int) string {
	if len(text) <= n {
		return text
	}
	const mark = "…"
	return strings.ToValidUTF8(text[:n-len(mark)], "") + mark
}
