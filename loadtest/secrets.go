package loadtest

import (
	"encoding/json"
	"net/url"
	"regexp"
	"slices"
	"strings"

	"github.com/latency-pod-autoscaler/lpa/loadtest/internal/lazyregexp"
)

// secrets are the values that must not be shown: those of environment variables, and what was captured to authorise
// requests.
type secrets struct{ values []string }

// Hidden stands for a secret.
const Hidden = "***"

func (s *secrets) add(value string) {
	if value != "" && !slices.Contains(s.values, value) {
		s.values = append(s.values, value)
	}
}

// hide replaces every secret in a text, also where it is written as addresses and JSON write it.
func (s *secrets) hide(text string) string {
	var forms []string
	for _, value := range s.values {
		quoted, _ := json.Marshal(value)
		forms = append(forms, value, url.QueryEscape(value), url.PathEscape(value), strings.Trim(string(quoted), `"`), escapeAddress(value, true))
	}
	slices.SortFunc(forms, func(a, b string) int { return len(b) - len(a) }) // one may be a part of another
	for _, form := range slices.Compact(forms) {
		text = hideForm(text, form)
	}
	return text
}

// shortSecret is the length from which a secret is replaced wherever it stands. The digit 1, say, is replaced only where
// it stands alone.
const shortSecret = 4

func hideForm(text, form string) string {
	if len(form) >= shortSecret {
		return strings.ReplaceAll(text, form, Hidden)
	}
	alone := regexp.MustCompile(`(^|[^\pL\pN])` + regexp.QuoteMeta(form) + `($|[^\pL\pN])`)
	for range 2 { // neighbours share the character between them
		text = alone.ReplaceAllString(text, "${1}"+Hidden+"${2}")
	}
	return text
}

// secretField finds what is named like a secret in JSON, forms and queries.
var (
	secretJSON = lazyregexp.New(`(?i)("[a-z_-]*(?:password|passwd|passphrase|secret|token|api_?key|credential)[a-z_-]*"\s*:\s*)"(?:[^"\\]|\\.)*"?`)
	secretForm = lazyregexp.New(`(?i)((?:^|[?&])[a-z_-]*(?:password|passwd|passphrase|secret|token|api_?key|credential)[a-z_-]*=)[^&\s]+`)
)

// hideFields hides what is named like a secret in a body or an address.
func hideFields(text string) string {
	text = secretJSON().ReplaceAllString(text, `${1}"`+Hidden+`"`)
	return secretForm().ReplaceAllString(text, "${1}"+Hidden)
}

// secretHeaders are never shown.
var secretHeaders = lazyregexp.New(`(?i)^(authorization|proxy-authorization|cookie|set-cookie|.*(token|secret|api-?key|password).*)$`)
