package loadtest

import (
	"bytes"
	"cmp"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"time"

	"github.com/tidwall/gjson"
	"go.starlark.net/starlark"
)

// starResponse is an answer as its script sees it, or what there is in place of one: status 0, no body, no headers.
type starResponse struct {
	exchanged
	user    *starUser
	judged  Failure // by the status, or for want of an answer
	codes   []int   // the statuses that it was judged by, if the script says any
	wrong   string  // why the script does not accept the answer; empty if it does
	settled bool    // it has been recorded, and nothing can be said about it any more
}

// outcome is what the request is recorded as.
func (r *starResponse) outcome() Failure {
	if r.judged == NoFailure && r.wrong != "" {
		return FailureAssertion
	}
	return r.judged
}

// refuse makes an answer a failure, for the first reason that is given.
func (r *starResponse) refuse(why string) {
	if r.wrong == "" {
		r.wrong = why
	}
}

// detach makes the body the script's own, before the engine reads the next one into the same place.
func (r *starResponse) detach() { r.answer.body = bytes.Clone(r.answer.body) }

func (r *starResponse) String() string {
	return fmt.Sprintf("<response %d>", r.answer.status)
}
func (r *starResponse) Type() string          { return "response" }
func (r *starResponse) Freeze()               {}
func (r *starResponse) Truth() starlark.Bool  { return true }
func (r *starResponse) Hash() (uint32, error) { return 0, errors.New("unhashable: response") }

// starResponseFunctions are the functions of an answer.
var starResponseFunctions = map[string]*starlark.Builtin{
	"json":   ofResponse("json", (*starResponse).json),
	"expect": ofResponse("expect", (*starResponse).expect),
	"fail":   ofResponse("fail", (*starResponse).fail),
}

func ofResponse(name string, f func(*starResponse, starlark.Tuple, []starlark.Tuple) (starlark.Value, error)) *starlark.Builtin {
	return starlark.NewBuiltin(name, func(_ *starlark.Thread, b *starlark.Builtin, args starlark.Tuple, kwargs []starlark.Tuple) (starlark.Value, error) {
		v, err := f(b.Receiver().(*starResponse), args, kwargs)
		if err != nil {
			return nil, &functionError{name, err}
		}
		return v, nil
	})
}

// AttrNames are what there is after `r.`, for hints at misspelt ones.
func (r *starResponse) AttrNames() []string {
	return []string{"cookies", "error", "expect", "fail", "headers", "json", "latency_ms", "ok", "status", "text"}
}

// Attr is r.name.
func (r *starResponse) Attr(name string) (starlark.Value, error) {
	switch name {
	case "status":
		return starlark.MakeInt(r.answer.status), nil
	case "ok":
		return starlark.Bool(r.outcome() == NoFailure), nil
	case "error":
		if r.outcome() == NoFailure {
			return starlark.None, nil
		}
		return starlark.String(r.outcome().String()), nil
	case "latency_ms":
		return starlark.Float(float64(r.answer.latency) / float64(time.Millisecond)), nil
	case "text":
		return starlark.String(r.answer.body), nil
	case "headers":
		return starHeaders(r.answer.headers), nil
	case "cookies":
		return r.cookies(), nil
	}
	if f := starResponseFunctions[name]; f != nil {
		return f.BindReceiver(r), nil
	}
	return nil, nil
}

// json is r.json(path, default): the whole body, or the part at a path as gjson writes it. Where there is none, be it that
// the body is not JSON or that there was no answer, it is default.
func (r *starResponse) json(args starlark.Tuple, kwargs []starlark.Tuple) (starlark.Value, error) {
	path, fallback := "", starlark.Value(starlark.None)
	if err := starlark.UnpackArgs("json", args, kwargs, "path?", &path, "default?", &fallback); err != nil {
		return nil, err
	}
	var v starlark.Value
	var err error
	if path == "" {
		v, err = starFromJSON(r.answer.body)
	} else {
		v, err = fromJSON(gjson.GetBytes(r.answer.body, path), 0)
	}
	if err != nil || v == starlark.None {
		return fallback, nil
	}
	return v, nil
}

// fail is r.fail(why): the answer is not what the script needs.
func (r *starResponse) fail(args starlark.Tuple, kwargs []starlark.Tuple) (starlark.Value, error) {
	var why string
	if err := starlark.UnpackArgs("fail", args, kwargs, "why", &why); err != nil {
		return nil, err
	}
	if err := r.open(); err != nil {
		return nil, err
	}
	if why == "" {
		why = "the script says so"
	}
	r.refuse(why)
	return starlark.None, nil
}

var errSettled = errors.New("the request has been counted; judge an answer before the next request, pause or end of the task")

func (r *starResponse) open() error {
	if r.settled {
		return errSettled
	}
	return nil
}

// expect is r.expect(condition, text, status, contains, latency): the answer is a failure unless all of it holds. An
// expected status takes the place of the rule that a status below 400 is a success.
func (r *starResponse) expect(args starlark.Tuple, kwargs []starlark.Tuple) (starlark.Value, error) {
	var condition, status, contains, latency starlark.Value
	text := ""
	if err := starlark.UnpackArgs("expect", args, kwargs, "condition?", &condition, "text?", &text,
		"status??", &status, "contains??", &contains, "latency??", &latency); err != nil {
		return nil, err
	}
	if err := r.open(); err != nil {
		return nil, err
	}
	wrongStatus, err := r.expectStatus(status)
	if err != nil {
		return nil, err
	}
	wrongText, err := r.expectText(contains)
	if err != nil {
		return nil, err
	}
	late, err := r.expectLatency(latency)
	if err != nil {
		return nil, err
	}
	unmet := ""
	if condition != nil && !condition.Truth() {
		unmet = cmp.Or(text, "a condition of the script does not hold")
	}
	holds := r.answer.err == nil
	for _, wrong := range []string{wrongStatus, wrongText, late, unmet} {
		if wrong != "" {
			holds = false
			r.refuse(wrong)
		}
	}
	return starlark.Bool(holds), nil
}

// expectStatus judges the status anew. What it says is wrong is empty if nothing is.
func (r *starResponse) expectStatus(v starlark.Value) (wrong string, err error) {
	if v == nil {
		return "", nil
	}
	codes, err := statuses("status", v)
	if err != nil || r.answer.err != nil {
		return "", err
	}
	r.codes = codes
	if r.judged = judge(r.answer, codes); r.judged == NoFailure {
		return "", nil
	}
	return r.statusReason(), nil
}

// statusReason says which statuses were expected; nothing if the script does not say.
func (r *starResponse) statusReason() string {
	e := expectation{statuses: slices.Sorted(slices.Values(r.codes))}
	return e.statusReason(r.answer)
}

// reason is why the answer failed, in words; nothing if there is no more to say than the class.
func (r *starResponse) reason() string {
	if r.wrong == "" && r.judged != NoFailure {
		return r.statusReason()
	}
	return r.wrong
}

func (r *starResponse) expectText(v starlark.Value) (wrong string, err error) {
	if v == nil {
		return "", nil
	}
	text, ok := starlark.AsString(v)
	if !ok {
		return "", fmt.Errorf("contains: must be text, got %s", shown(v))
	}
	if bytes.Contains(r.answer.body, []byte(text)) {
		return "", nil
	}
	return fmt.Sprintf("expected body to contain %q, got %s", text, r.shown(string(r.answer.body))), nil
}

// shown is a text of the answer, short, and without secrets where somebody may see it.
func (r *starResponse) shown(got string) string {
	u := r.user.user
	if u.run.isDry() || u.lacksExample(r.name, FailureAssertion, r.answer) {
		got = u.concealed(r.out, got)
	}
	return shorten(got)
}

func (r *starResponse) expectLatency(v starlark.Value) (wrong string, err error) {
	if v == nil {
		return "", nil
	}
	limit, err := durationOf(v, 0)
	if err != nil {
		return "", fmt.Errorf("latency: %w", err)
	}
	if r.answer.latency <= limit {
		return "", nil
	}
	return fmt.Sprintf("expected an answer within %s, got it after %s", limit, r.answer.latency.Round(time.Microsecond)), nil
}

// cookies are those that the answer sets, by name.
func (r *starResponse) cookies() starlark.Value {
	set := (&http.Response{Header: r.answer.headers}).Cookies()
	dict := starlark.NewDict(len(set))
	for _, c := range set {
		_ = dict.SetKey(starlark.String(c.Name), starlark.String(c.Value)) // a new dict takes texts
	}
	return dict
}
