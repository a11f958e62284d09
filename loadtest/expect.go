package loadtest

import (
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"
)

// expectation is what makes an answer a success. Its zero value accepts every status below 400.
type expectation struct {
	statuses   []int         // accepted; empty means below 400, or what statusOnly says
	statusOnly []*expression // about nothing but the status: if they hold, the status is a success
	checks     []check
	uses       uses
}

// check is one rule about an answer: an expression, or what a header or the body must be.
type check struct {
	expression *expression
	header     string // of which; empty means the body
	equals     *text
	contains   *text
	matches    *regexp.Regexp
}

// isPlain says that the status alone decides, and that it is one of those listed.
func (e *expectation) isPlain() bool { return len(e.checks) == 0 && len(e.statusOnly) == 0 }

// judge says whether an answer is a success for the user, and in words why not.
func (e *expectation) judge(u *user, a answer) (outcome Failure, reason string) {
	statuses := e.statuses
	if len(statuses) == 0 && (len(e.statusOnly) > 0 || e.uses.status) {
		statuses = []int{a.status} // the expressions decide
	}
	if outcome := judge(a, statuses); outcome != NoFailure {
		return outcome, e.statusReason(a)
	}
	for _, expression := range e.statusOnly {
		if reason := unmet(expression, u); reason != "" {
			return byStatus(a), reason
		}
	}
	return NoFailure, ""
}

// statusReason says which statuses were expected.
func (e *expectation) statusReason(a answer) string {
	if a.err != nil || len(e.statuses) == 0 {
		return ""
	}
	return fmt.Sprintf("expected status %s, got %d", statusRanges(e.statuses), a.status)
}

// statusRanges shortens 200, 201, …, 299 to 2xx.
func statusRanges(statuses []int) string {
	var words []string
	for i := 0; i < len(statuses); {
		if s := statuses[i]; s%100 == 0 && i+99 < len(statuses) && statuses[i+99] == s+99 {
			words = append(words, fmt.Sprintf("%dxx", s/100))
			i += 100
			continue
		}
		words = append(words, strconv.Itoa(statuses[i]))
		i++
	}
	return strings.Join(words, " or ")
}

// statusesLike are 200, 201, …, 299 for 2xx; nil if the text is no such class.
func statusesLike(text string) []int {
	if len(text) != 3 || !strings.EqualFold(text[1:], "xx") || text[0] < '1' || text[0] > '5' {
		return nil
	}
	codes := make([]int, 100)
	for i := range codes {
		codes[i] = int(text[0]-'0')*100 + i
	}
	return codes
}

// verify applies what is expected beyond the status.
func (e *expectation) verify(u *user) (reason string) {
	for i := range e.checks {
		if reason := e.checks[i].verify(u); reason != "" {
			return reason
		}
	}
	return ""
}

// failure is the class of an answer that was not what was expected: one with an error's status is that error, unless the
// script accepts the status.
func (e *expectation) failure(a answer) Failure {
	if slices.Contains(e.statuses, a.status) || len(e.statusOnly) > 0 {
		return FailureAssertion
	}
	return byStatus(a)
}

func byStatus(a answer) Failure {
	switch {
	case a.status >= 500:
		return Failure5xx
	case a.status >= 400:
		return Failure4xx
	}
	return FailureAssertion
}

// unmet says why a condition does not hold, empty if it does.
func unmet(e *expression, u *user) string {
	switch holds, err := e.isTrue(u); {
	case err != nil:
		return fmt.Sprintf("expected %s: %v", e.source, err) + e.noJSON(u)
	case !holds:
		return "expected " + e.source + e.noJSON(u)
	}
	return ""
}

// noJSON says why a condition on body does not hold of a body that seems to be as it should.
func (e *expression) noJSON(u *user) string {
	if !e.uses.json {
		return ""
	}
	v := u.scriptValues()
	if body, err := v.body(); err != nil || body != nil || len(v.answer.body) == 0 || string(v.answer.body) == "null" {
		return ""
	}
	return "; body is nil, as the answer is no JSON, and text is what came"
}

func (c *check) verify(u *user) (reason string) {
	if c.expression != nil {
		return unmet(c.expression, u)
	}
	v := u.scriptValues()
	what, got := "header "+c.header, ""
	if c.header == "" {
		var err error
		if got, err = v.text(); err != nil {
			return "expected a body to look at: " + err.Error()
		}
		what = "body"
	} else {
		got, _ = v.header(c.header)
	}
	if c.matches != nil {
		if !c.matches.MatchString(got) {
			return fmt.Sprintf("expected %s to match %s, got %s", what, c.matches, u.shown(c.header, got))
		}
		return ""
	}
	want := c.equals
	if want == nil {
		want = c.contains
	}
	wanted, err := want.expand(u)
	switch {
	case err != nil:
		return err.Error()
	case c.equals != nil && got != wanted:
		return fmt.Sprintf("expected %s to be %q, got %s", what, wanted, u.shown(c.header, got))
	case c.contains != nil && !strings.Contains(got, wanted):
		return fmt.Sprintf("expected %s to contain %q, got %s", what, wanted, u.shown(c.header, got))
	}
	return ""
}

// shown is what was found in a header, or in the body where that has no name, quoted and short. Secrets are hidden where somebody is
// shown it; else that would only take time.
func (u *user) shown(header, got string) string {
	v, s := u.scriptValues(), u.judging
	if s == nil || !u.run.isDry() && !u.lacksExample(s.nameIndex, s.request.expect.failure(v.answer), v.answer) {
		return shorten(got)
	}
	if header != "" {
		got = hideHeader(header, got)
	}
	return shorten(u.concealed(u.sending, got))
}

// shorten quotes what was found, but not a whole page.
func shorten(s string) string {
	const longest = 60
	if len(s) > longest {
		return strconv.Quote(strings.ToValidUTF8(s[:longest], "")) + "…"
	}
	return strconv.Quote(s)
}
