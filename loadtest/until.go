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

// atEnd finds a value when ctx ends, or when it is asked for if that is sooner. It is to be asked for once.
func atEnd[T any](ctx context.Context, find func() T) (ask func() T) {
	found := make(chan T, 1)
	stop := context.AfterFunc(ctx, func() { found <- find() })
	return func() T {
		if stop() {
			return find()
		}
		return <-found
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
