package loadtest

import (
	"context"
	"net/http"
	"slices"
	"time"

	"github.com/latency-pod-autoscaler/lpa/loadtest/internal/engine"
)

// Exchange is a request that a dry run sent and what came of it. Secrets are hidden in everything that it holds.
type Exchange struct {
	Class string
	Part  string // of the user's life: onStart, the task's name or "task 2", onStop
	Group string // the named steps that the request belongs to, if any

	Name    RequestName
	Method  string // empty if the request could not be made
	URL     string
	Headers [][2]string
	Body    string

	Status          int // 0 if there was no answer
	Latency         time.Duration
	ResponseHeaders http.Header
	ResponseBody    string
	Truncated       bool // the response body was longer than what is kept
	Captured        []Captured

	Failure Failure
	Reason  string // in words, where there is more to say than the failure's class and the status
	Err     error  // what went wrong, if there was no answer
	Then    string // abortIteration or stopUser, if the failure has that consequence

	// Log is a line that the script prints, or a mistake in it, in place of a request: only Class and Part are set besides,
	// and Failure if the mistake is not that of a request that is reported.
	Log string
}

// Captured is a value that was taken out of an answer.
type Captured struct {
	Name  string
	Value string
}

// note is what a step knows about its request beyond what is counted. Dry runs show it.
type note struct {
	reason    string
	captured  []capturedValue
	onFailure flow
}

type capturedValue struct {
	capture *capture
	value   any
}

func (s *requestStep) note(u *user, n note) {
	if u.run.isDry() {
		n.onFailure = s.request.onFailure
		u.scriptValues().note = n
	}
}

// isDry says that somebody is shown each request, and that no time is to be lost.
func (r *run) isDry() bool { return r.observe != nil }

// DryRun performs each user class once: onStart, every task, onStop, without waits and think times. It reports each
// request when it has been answered. It puts no load on the service and measures nothing.
func DryRun(ctx context.Context, plan *Plan, options Options, report func(Exchange)) {
	for i := range plan.classes {
		r := newRun(plan, options)
		r.schedule = newSchedule(0, r.options.stages())
		d := dryUser{class: &plan.classes[i], report: report, secrets: secrets{slices.Clone(plan.secrets.values)}}
		r.observe, r.log = d.observe, d.log
		_ = alone(ctx, func(f *engine.Fiber) {
			d.user = newUser(r, f, i+1, d.class)
			d.live(ctx)
			d.user.client.close()
		})
	}
}

// dryUser is the user of a class in a dry run.
type dryUser struct {
	class   *class
	user    *user
	part    string
	report  func(Exchange)
	secrets secrets
}

// live is a user's life in which every task comes once.
func (d *dryUser) live(ctx context.Context) {
	u := d.user
	d.part, u.starting = "onStart", true
	next := u.perform(ctx, d.class.onStart)
	u.starting = false
	for i := 0; i < len(d.class.tasks) && next != stopUser; i++ {
		d.part = d.class.tasks[i].title(i)
		next = u.perform(ctx, d.class.tasks[i].steps)
		u.iteration++
	}
	d.part, u.leaving = "onStop", true
	u.perform(ctx, d.class.onStop)
}

// observe is told of each request.
func (d *dryUser) observe(name int, out *outgoing, a answer, outcome Failure) {
	e := Exchange{Class: d.class.name, Part: d.part, Name: d.user.run.names.at(name), Status: a.status, Latency: a.latency,
		Failure: outcome, Truncated: a.truncated, ResponseHeaders: http.Header{}}
	if v := d.user.values; v != nil {
		d.addNote(&e, v.note)
		e.Group, v.note = v.group, note{}
	}
	hide := d.secrets.hide
	e.Name.Name = hide(e.Name.Name)
	if a.err != nil {
		e.Err = &hiddenError{hide(a.err.Error()), a.err}
	}
	if out != nil {
		e.Method, e.URL, e.Body = out.method, hide(hideFields(out.url.Redacted())), hide(hideFields(out.body))
		for _, h := range out.headers {
			e.Headers = append(e.Headers, [2]string{h[0], hide(hideHeader(h[0], h[1]))})
		}
	}
	e.ResponseBody = hide(hideFields(string(a.body)))
	for key, found := range a.headers {
		for _, value := range found {
			e.ResponseHeaders[key] = append(e.ResponseHeaders[key], hide(hideHeader(key, value)))
		}
	}
	d.report(e)
}

// log is told of each line of the script.
func (d *dryUser) log(text string, failure Failure) {
	d.report(Exchange{Class: d.class.name, Part: d.part, Log: d.secrets.hide(text), Failure: failure})
}

// addNote tells what the step knows. A value that authorises requests is a secret from now on.
func (d *dryUser) addNote(e *Exchange, n note) {
	for _, c := range n.captured {
		b, err := appendText(nil, c.value)
		if err != nil {
			b = []byte("nothing")
		}
		if d.class.secret[c.capture.index] {
			d.secrets.add(string(b))
		}
		e.Captured = append(e.Captured, Captured{Name: c.capture.name, Value: d.secrets.hide(string(b))})
	}
	e.Reason = d.secrets.hide(n.reason)
	if e.Failure != NoFailure {
		e.Then = n.onFailure.consequence()
	}
}

// hiddenError is an error whose text has been freed of secrets.
type hiddenError struct {
	text string
	error
}

func (e *hiddenError) Error() string { return e.text }
func (e *hiddenError) Unwrap() error { return e.error }

func hideHeader(name, value string) string {
	if secretHeaders().MatchString(name) {
		return Hidden
	}
	return hideFields(value)
}

// consequence is the word for a flow that a failure leads to.
func (f flow) consequence() string {
	return [...]string{goOn: "", abortIteration: "abortIteration", stopUser: "stopUser"}[f]
}
