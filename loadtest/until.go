package loadtest

import (
	"context"
	"time"
)

// until is a context that ends at its deadline by the clock, rather than when a timer gets to run: whoever is woken at the
// deadline must not take another step.
type until struct {
	context.Context
	end time.Time
}

// newUntil ends at the deadline of ctx, if that is sooner.
func newUntil(ctx context.Context, end time.Time) (context.Context, context.CancelFunc) {
	ctx, cancel := context.WithDeadline(ctx, end)
	end, _ = ctx.Deadline()
	return until{ctx, end}, cancel
}

// endOf says when ctx ended, which is now if it has not. It is to be asked once.
func endOf(ctx context.Context) (ended func() time.Time) {
	at := make(chan time.Time, 1)
	stop := context.AfterFunc(ctx, func() { at <- time.Now() })
	return func() time.Time {
		if stop() {
			return time.Now()
		}
		return <-at
	}
}

// Err is what ended the context, nil while it goes on.
func (u until) Err() error {
	if err := u.Context.Err(); err != nil {
		return err
	}
	if !time.Now().Before(u.end) {
		return context.DeadlineExceeded
	}
	return nil
}
