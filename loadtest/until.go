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

func newUntil(ctx context.Context, end time.Time) (context.Context, context.CancelFunc) {
	ctx, cancel := context.WithDeadline(ctx, end)
	return until{ctx, end}, cancel
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
