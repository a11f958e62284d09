package program

import (
	"context"
	"errors"
	"time"
)

// Grace is how long after its time something may still say why: a request that has just noticed it says more than that it was late.
const Grace = 20 * time.Millisecond

// ErrTooLong says that something did not end in its time.
var ErrTooLong = errors.New("it takes too long")

// Await is the error that comes of something that may hang, such as a file system that does not answer. It waits until ctx ends and
// for Grace after it; what has not ended then may go on meanwhile, and the error is ErrTooLong.
func Await(ctx context.Context, done <-chan error) error {
	select {
	case err := <-done:
		return err
	case <-ctx.Done():
	}
	select {
	case err := <-done:
		return err
	case <-time.After(Grace):
		return ErrTooLong
	}
}
