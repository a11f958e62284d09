package loadtest

import (
	"fmt"
	"slices"
	"strings"
	"sync"
)

// Example is an answer that was not what the script expects. Secrets are hidden in it, and it is short; its texts may have any
// characters.
type Example struct {
	Reason string `json:"reason"`         // what was expected, and what came where that is not the status or the body
	Status int    `json:"status"`         // that came
	Body   string `json:"body,omitempty"` // how it begins, if the script looks at bodies
}

// String is such as `expected len(body.items) > 0; it came with status 200 and the body "{\"items\": []}"`.
func (e Example) String() string {
	status := fmt.Sprintf(", got %d", e.Status)
	switch {
	case e.Body != "": // with what came said once
		reason := strings.TrimSuffix(strings.TrimSuffix(e.Reason, status), ", got "+shorten(e.Body))
		return fmt.Sprintf("%s; it came with status %d and the body %q", reason, e.Status, e.Body)
	case strings.HasSuffix(e.Reason, status):
		return e.Reason
	}
	return fmt.Sprintf("%s; it came with status %d", e.Reason, e.Status)
}

// The bounds of examples: how many a run keeps, and how long each is in bytes.
const (
	mostExamples  = 100
	longestReason = 300
	longestBody   = 120
	// longestLooked is how much of an answer is looked through for secrets: far more than is shown, as one that begins there must
	// be known as a whole, and far less than a body may have, as all other users of the thread wait meanwhile.
	longestLooked = 64 << 10
)

// examples are those of a run that keeps them: the first one of each request name and class of failure. Its methods may be
// called by all users at once, and are called for failures only.
type examples struct {
	mu    sync.Mutex
	found map[exampleOf]Example
}

type exampleOf struct {
	name  int
	class Failure
}

// lacks says whether there is room for an example.
func (e *examples) lacks(of exampleOf) bool {
	e.mu.Lock()
	defer e.mu.Unlock()
	_, has := e.found[of]
	return !has && len(e.found) < mostExamples
}

func (e *examples) add(of exampleOf, example Example) {
	e.mu.Lock()
	defer e.mu.Unlock()
	if _, has := e.found[of]; has || len(e.found) >= mostExamples {
		return
	}
	if e.found == nil {
		e.found = map[exampleOf]Example{}
	}
	e.found[of] = example
}

// lacksExample says whether an answer that failed is to be kept as an example.
func (u *user) lacksExample(name int, outcome Failure, a answer) bool {
	return u.run.options.Examples && outcome != NoFailure && a.err == nil && !u.leaving && !u.run.isDry() &&
		u.run.examples.lacks(exampleOf{name, outcome})
}

// exemplify keeps an answer with the reason why it was not what was expected. No reason means that nothing was expected.
func (u *user) exemplify(name int, outcome Failure, out *outgoing, a answer, reason string) {
	if reason == "" {
		return
	}
	u.run.examples.add(exampleOf{name, outcome}, Example{
		Reason: cut(u.secrets(out).hide(reason), longestReason), Status: a.status, Body: cut(u.concealed(out, string(a.body)), longestBody)})
}

// concealed is what an excerpt of an answer's text is cut from: without secrets, as a part of one is not known as such any more.
func (u *user) concealed(out *outgoing, text string) string {
	return u.secrets(out).hide(hideFields(text[:min(len(text), longestLooked)]))
}

// secrets are those that an answer to the user may have in it: the script's, those that the user captured, and those that it sent.
func (u *user) secrets(out *outgoing) *secrets {
	known := &secrets{slices.Clone(u.run.plan.secrets.values)}
	for _, captured := range u.secretCaptures() {
		if text, err := appendText(nil, captured); err == nil {
			known.add(string(text))
		}
	}
	if out == nil {
		return known
	}
	for _, h := range out.headers {
		if secretHeaders().MatchString(h[0]) {
			known.add(h[1])
			_, token, _ := strings.Cut(h[1], " ") // as in Bearer TOKEN
			known.add(token)
		}
	}
	return known
}

func (u *user) secretCaptures() []any {
	v := u.values
	if v == nil {
		return nil
	}
	var all []any
	for i, secret := range u.class.secret {
		if secret && v.has[i] {
			all = append(all, v.captured[i])
		}
	}
	return all
}

// cut is a text of at most so many bytes, with a sign that there was more.
func cut(text string, most int) string {
	if text = strings.ToValidUTF8(text, "\ufffd"); len(text) <= most {
		return text
	}
	return strings.ToValidUTF8(text[:most], "") + "…"
}

// Exemplify adds to a summary of the result of a run with Options.Examples, for each name and class of failure, an answer that the
// script did not expect.
func (r *Result) Exemplify(s *Summary) {
	for _, request := range r.requests {
		key := request.name.Key()
		summary, ok := s.Requests[key]
		if !ok || len(request.examples) == 0 {
			continue
		}
		for class, example := range request.examples {
			if summary.Failures[class.String()] == 0 {
				continue // of the warm-up
			}
			if summary.Examples == nil {
				summary.Examples = map[string]Example{}
			}
			summary.Examples[class.String()] = example
		}
		s.Requests[key] = summary
	}
}

// of are those of a request name, by the class of failure.
func (e *examples) of(name int) map[Failure]Example {
	e.mu.Lock()
	defer e.mu.Unlock()
	var all map[Failure]Example
	for of, example := range e.found {
		if of.name == name {
			if all == nil {
				all = map[Failure]Example{}
			}
			all[of.class] = example
		}
	}
	return all
}
