package loadtest

import (
	"context"
	"errors"
	"time"
)

// refusedPause keeps a user whose request cannot even be sent, which takes no time, from trying in a busy loop.
const refusedPause = 100 * time.Millisecond

// send sends a request, lets judge say whether the answer is a success, and records what came of it under the name. A
// timeout of 0 means the run's.
func (u *user) send(ctx context.Context, name int, out *outgoing, timeout time.Duration, judge func(answer) Failure) (answer, Failure) {
	e := u.exchange(ctx, name, out, timeout)
	outcome := judge(e.answer)
	u.settle(ctx, e, outcome)
	return e.answer, outcome
}

// cannotSend records a request that the script describes but that cannot be made.
func (u *user) cannotSend(ctx context.Context, name int, err error) {
	now := time.Now()
	u.settle(ctx, exchanged{name: name, sent: now, ended: now, answer: answer{err: &requestError{err}}}, FailureRequest)
}

// exchanged is a request with its answer, or with why there is none, that is not judged and recorded yet.
type exchanged struct {
	name   int
	sent   time.Time
	ended  time.Time
	out    *outgoing // nil if it could not be made
	answer answer
	cutOff bool // the end of the run came before the answer
}

// exchange is the first half of send, for a script that looks at the answer before it judges it. settle must follow before
// the user's next request.
func (u *user) exchange(ctx context.Context, name int, out *outgoing, timeout time.Duration) exchanged {
	if timeout == 0 {
		timeout = u.run.options.Timeout
	}
	e := exchanged{name: name, sent: time.Now(), out: out}
	waited := u.waited
	u.waited = 0
	e.answer = u.client.do(ctx, out, e.sent.Add(timeout))
	e.ended = time.Now()
	if !u.leaving {
		u.busy += e.ended.Sub(e.sent)
	}
	e.answer.waited = waited
	e.answer.latency += waited
	e.cutOff = e.answer.err != nil && ctx.Err() != nil
	return e
}

// settle is the second half of send: it records what came of a request.
func (u *user) settle(ctx context.Context, e exchanged, outcome Failure) {
	if u.run.observe != nil {
		u.run.observe(e.name, e.out, e.answer, outcome)
	}
	u.record(e, outcome)
	if outcome.neverSent() {
		u.sleep(ctx, refusedPause)
	}
}

// record keeps a request that was sent in the counted time. One of the warm-up counts only if it is still waiting when the
// run ends: were it left out, a user who waits for a service that hangs would vanish from the result; were it counted too
// when it is answered, the long ones would be counted more often than they occur, as they are more likely to be under way
// at any given moment. One that runs into its timeout in the counted time counts too, for the same reason: no answer that
// is any good comes of it. What the end of the run cut off has no latency, only an age.
func (u *user) record(e exchanged, outcome Failure) {
	if u.leaving || !e.sent.Before(u.run.end) {
		return
	}
	if e.answer.err == nil {
		u.answered = e.ended
	}
	a, underWay := e.answer, earlier(e.ended, u.run.end).Sub(e.answer.sent(e.sent))
	latency := a.latency
	if e.cutOff {
		outcome, latency = unfinished, max(0, underWay+a.waited)
	}
	if u.run.progress != nil && outcome != unfinished {
		u.run.progress.record(e.name, latency, outcome)
	}
	if u.starting && outcome != NoFailure && outcome != unfinished {
		u.broken = true
	}
	gaveUp := outcome == FailureTimeout && e.ended.After(u.run.countFrom)
	if e.sent.Before(u.run.countFrom) && outcome != unfinished && !gaveUp {
		if outcome == NoFailure {
			u.run.recorder.warmUp(e.name, latency)
		}
		return
	}
	if !outcome.neverSent() {
		u.flight += latency - a.waited
		u.underWay += underWay
	}
	u.run.recorder.connecting(a)
	u.run.recorder.places.record(e.name, outcome, a.err)
	if outcome == NoFailure && u.run.options.ConnectionWarmup > a.times.Carried {
		return
	}
	u.run.recorder.times(e.name, a, u.run.options.Open())
	u.samples = u.run.recorder.keep(u.samples, sample{
		name: uint32(e.name), outcome: outcome, status: uint16(a.status), microseconds: inMicroseconds(latency),
		sure: outcome.withoutConnection() && !timedOut(a.err)})
}

// judge says whether an answer is a success.
func judge(a answer, expect []int) Failure {
	switch {
	case a.err != nil:
		return classifyAnswer(a.err)
	case a.status < 100 || a.status > 599:
		return FailureProtocol
	case accepted(a.status, expect):
		return NoFailure
	case a.status >= 500:
		return Failure5xx
	case a.status >= 400:
		return Failure4xx
	}
	return FailureAssertion
}

// classifyAnswer says which failure it is that there was no answer.
func classifyAnswer(err error) Failure {
	var request *requestError
	if errors.As(err, &request) {
		return FailureRequest
	}
	return classify(err)
}

func accepted(status int, expect []int) bool {
	if len(expect) == 0 {
		return status < 400
	}
	for _, code := range expect {
		if code == status {
			return true
		}
	}
	return false
}
