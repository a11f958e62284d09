package loadtest

import (
	"context"
	"fmt"
	"time"
)

// thinkStep is a pause between the requests of a task. A dry run leaves it out.
type thinkStep struct{ pause waitBetween }

func (t *thinkStep) do(ctx context.Context, u *user) flow {
	if !u.run.isDry() {
		u.sleep(ctx, t.pause.next(u.random, 0))
	}
	return goOn
}

// requestStep sends one request and records what came of it.
type requestStep struct {
	nameIndex int
	request   requestTemplate
	plain     func(answer) Failure // how to judge if the status alone decides, and nobody looks at the answer later
	forget    bool                 // nobody looks at the answer later
}

func (s *requestStep) do(ctx context.Context, u *user) flow {
	out, err := u.fill(&s.request)
	if err != nil {
		s.note(u, note{reason: err.Error()})
		if !s.forget {
			u.scriptValues().look(answer{})
		}
		u.cannotSend(ctx, s.nameIndex, err)
		return s.request.onFailure
	}
	judge := s.plain
	if judge == nil || u.run.isDry() {
		judge = func(a answer) Failure { return s.judge(u, a) }
	}
	u.judging, u.sending = s, out
	a, outcome := u.send(ctx, s.nameIndex, out, s.request.timeout, judge)
	if outcome == NoFailure {
		return goOn
	}
	if s.plain != nil && u.lacksExample(s.nameIndex, outcome, a) {
		u.exemplify(s.nameIndex, outcome, out, a, s.request.expect.statusReason(a))
	}
	return s.request.onFailure
}

// judge looks at an answer once: at its status, for what is to be captured, and at everything else that is expected.
func (s *requestStep) judge(u *user, a answer) Failure {
	v := u.scriptValues()
	v.look(a)
	n := note{}
	outcome, reason := s.request.expect.judge(u, a)
	if outcome == NoFailure {
		n.captured, reason = s.capture(v)
		if reason == "" {
			reason = s.request.expect.verify(u)
		}
		if reason != "" {
			outcome = s.request.expect.failure(a)
		}
	}
	if u.lacksExample(s.nameIndex, outcome, a) {
		u.exemplify(s.nameIndex, outcome, u.sending, a, reason)
	}
	if s.forget {
		v.look(answer{}) // what thousands of users need no more would fill the memory
	}
	n.reason = reason
	s.note(u, n)
	return outcome
}

// capture takes what the step captures; reason is what is missing, if anything is.
func (s *requestStep) capture(v *values) (taken []capturedValue, reason string) {
	for i := range s.request.captures {
		c := &s.request.captures[i]
		value, err := c.take(v)
		if err != nil {
			if reason == "" {
				reason = err.Error()
			}
			continue
		}
		v.capture(c.index, value)
		if v.user.run.isDry() {
			taken = append(taken, capturedValue{c, value})
		}
	}
	return taken, reason
}

// repeatStep takes its steps several times.
type repeatStep struct {
	times     int
	number    *expression // instead of times
	while     *expression // asked before each round
	until     *expression // asked after each round
	every     time.Duration
	steps     []step
	condition condition
}

// maxRepeat is how often steps can be repeated.
const maxRepeat = 10_000

// dryRounds is how often a dry run repeats steps that wait for nothing: to see three is to have seen all.
const dryRounds = 3

func (s *repeatStep) do(ctx context.Context, u *user) flow {
	times, err := s.rounds(u)
	if err != nil {
		return s.condition.broken(ctx, u, err)
	}
	for round := 0; round < times && ctx.Err() == nil; round++ {
		if round > 0 && (s.polls() || !u.run.isDry()) {
			u.sleep(ctx, s.every)
		}
		if s.while != nil {
			if goes, err := s.while.isTrue(u); err != nil || !goes {
				return s.condition.outcome(ctx, u, err)
			}
		}
		if next := u.perform(ctx, s.steps); next != goOn {
			return next
		}
		if s.until != nil {
			if done, err := s.until.isTrue(u); err != nil || done {
				return s.condition.outcome(ctx, u, err)
			}
		}
	}
	return goOn
}

// polls says whether the number of rounds depends on what the service answers.
func (s *repeatStep) polls() bool { return s.while != nil || s.until != nil }

// rounds is how many there are at most.
func (s *repeatStep) rounds(u *user) (int, error) {
	times := s.times
	if s.number != nil {
		value, err := s.number.eval(u)
		if err != nil {
			return 0, err
		}
		number, ok := value.(int)
		if !ok || number < 0 || number > maxRepeat {
			return 0, fmt.Errorf("must be a whole number from 0 to %d, got %v", maxRepeat, value)
		}
		times = number
	}
	if u.run.isDry() && !s.polls() {
		times = min(times, dryRounds)
	}
	return times, nil
}

// ifStep takes one of two ways.
type ifStep struct {
	condition condition
	then      []step
	otherwise []step
}

func (s *ifStep) do(ctx context.Context, u *user) flow {
	holds, err := s.condition.expression.isTrue(u)
	switch {
	case err != nil:
		return s.condition.broken(ctx, u, err)
	case holds:
		return u.perform(ctx, s.then)
	}
	return u.perform(ctx, s.otherwise)
}

// condition is what decides about steps. One that cannot be evaluated counts as a failure of the first request that it
// decides about, as there is no better place to tell of it.
type condition struct {
	expression *expression
	key        string // of the script, for messages
	nameIndex  int
	onFailure  flow
}

func (c *condition) outcome(ctx context.Context, u *user, err error) flow {
	if err != nil {
		return c.broken(ctx, u, err)
	}
	return goOn
}

func (c *condition) broken(ctx context.Context, u *user, err error) flow {
	u.scriptValues().note = note{reason: c.key + ": " + err.Error(), onFailure: c.onFailure}
	u.cannotSend(ctx, c.nameIndex, err)
	return c.onFailure
}

// groupStep is a list of steps with a name, taken in its place.
type groupStep struct {
	name  string
	steps []step
}

func (s *groupStep) do(ctx context.Context, u *user) flow {
	if !u.run.isDry() {
		return u.perform(ctx, s.steps)
	}
	v := u.scriptValues()
	outer := v.group
	v.group = s.name
	defer func() { v.group = outer }()
	return u.perform(ctx, s.steps)
}
