package loadtest

import (
	"context"
	"errors"
	"math/rand/v2"

	"go.starlark.net/starlark"
)

// maxCallSteps is how much a script may compute between two requests or pauses: some hundredths of a second. It ends endless
// loops, which would hold up every user.
const maxCallSteps = 1_000_000

// starUser is a user as its script sees it, and the thread that its functions run on, one call after the other.
type starUser struct {
	user    *user
	script  *starScript
	thread  starlark.Thread
	itself  starlark.Tuple // the user as the argument of its functions
	state   *starlark.Dict // nil until the script asks for it
	ctx     context.Context
	class   *starDefaults
	current *starResponse // the last request of the call under way
	held    *starResponse // whose body the engine overwrites with the next request
	ending  error         // why the call ends before its end, if the script means it to
}

func newStarUser(u *user, script *starScript) *starUser {
	t := &starUser{user: u, script: script}
	t.itself = starlark.Tuple{t}
	t.thread.Print = func(_ *starlark.Thread, text string) { u.log(text, NoFailure) }
	limitSteps(&t.thread, maxCallSteps, "more than a million steps without a request or a pause; is there an endless loop?")
	return t
}

func (t *starUser) random() *rand.Rand { return t.user.random }

// call runs one function of the script to its end and says how the user goes on.
func (t *starUser) call(ctx context.Context, task *starTask) flow {
	t.ctx, t.class, t.ending = ctx, task.class, nil
	t.thread.Steps = 0
	_, err := starlark.Call(&t.thread, task.function, t.itself, nil)
	var evaluation *starlark.EvalError
	crashed := t.ending == nil && errors.As(err, &evaluation)
	if crashed {
		t.thread.Uncancel()
		t.crashed(newMishap(evaluation))
	}
	idle := crashed && t.current == nil && !t.user.run.isDry()
	t.settle()
	t.ctx, t.current = nil, nil
	if t.state == nil {
		t.held = nil // nothing is left that could hold the answer
	}
	switch {
	case idle:
		t.user.sleep(ctx, refusedPause)
		return abortIteration
	case crashed, t.ending == errAbort:
		return abortIteration
	case t.ending == errStop:
		return stopUser
	}
	return goOn
}

// crashed makes a mistake of the script a failure of the request before it, the answer to which may well be what the
// script was not made for. After a request that has failed anyway, it is no more than a consequence of that.
func (t *starUser) crashed(m mishap) {
	text := t.user.run.plan.secrets.hide(m.Error())
	if t.user.starting {
		t.user.broken = true
	}
	if t.current != nil && t.current.outcome() != NoFailure {
		t.user.log(text, NoFailure)
		return
	}
	t.user.run.crashes.add(m.at.String(), text)
	if t.current == nil || t.current.settled {
		t.user.log(text, FailureAssertion)
		return
	}
	t.user.log(text, NoFailure)
	t.current.refuse("the script failed after it")
}

// end ends the call from within a function that the script calls.
func (t *starUser) end(why error) error {
	t.ending = why
	return why
}

// settle records the last request, if that has not been done.
func (t *starUser) settle() {
	if r := t.current; r != nil && !r.settled {
		r.settled = true
		if t.user.run.isDry() {
			t.user.scriptValues().note = note{reason: r.wrong}
		}
		if outcome := r.outcome(); t.user.lacksExample(r.name, outcome, r.answer) {
			t.user.exemplify(r.name, outcome, r.out, r.answer, r.reason())
		}
		t.user.settle(t.ctx, r.exchanged, r.outcome())
		r.out = nil
	}
}

// pause lets the user think in the middle of a call, which it does not do in a dry run.
func (t *starUser) pause(w waitBetween) error {
	t.settle()
	if !t.user.run.isDry() {
		t.user.sleep(t.ctx, w.next(t.random(), 0))
	}
	if t.ctx.Err() != nil {
		return t.end(errEnded)
	}
	t.thread.Steps = 0
	return nil
}

// send sends a request of the script and waits for the answer.
func (t *starUser) send(r *starRequest) (*starResponse, error) {
	t.settle()
	if t.ctx.Err() != nil {
		return nil, t.end(errEnded)
	}
	call, known := t.script.calls[t.thread.CallFrame(1).Pos]
	out, err := t.outgoing(r)
	if err != nil {
		return nil, err
	}
	out.keep = t.script.looks && !call.dropped || t.user.run.isDry()
	if t.held != nil {
		t.held.detach()
	}
	e := t.user.exchange(t.ctx, t.nameIndex(call, known, r), out, r.timeout)
	t.current = &starResponse{exchanged: e, user: t, judged: judge(e.answer, r.expect), codes: r.expect}
	t.held = t.current
	if e.cutOff {
		return nil, t.end(errEnded)
	}
	t.thread.Steps = 0
	return t.current, nil
}

// nameIndex is the name that a request is reported under: that which the text of the script shows, or else the name or the
// path that it has now.
func (t *starUser) nameIndex(call starRequestCall, known bool, r *starRequest) int {
	if known && call.name != madeUp {
		return call.name
	}
	name := r.name
	if name == "" {
		name = r.path
	}
	return t.user.run.names.of(RequestName{Method: r.method, Name: name})
}
