package locust

import (
	"context"
	"errors"
	"os/exec"
	"runtime"
	"time"
)

// ending is how a program came to its end.
type ending struct {
	err       error // of the program: its exit status or the signal that ended it; nil for status 0
	startErr  error // it could not be started
	asked     bool  // it was asked to end
	forced    bool  // and was killed, as it did not
	cancelled bool  // it was asked because ctx ended, not because of the deadline
}

// inheritedTime is how long output is read from what a program leaves behind, outside of its process group.
const inheritedTime = 200 * time.Millisecond

// supervise runs a program in a process group of its own and returns before the deadline: it asks the group to end when
// ctx does or when it is time to, and then kills it. Nothing of the group is left.
func supervise(ctx context.Context, cmd *exec.Cmd, deadline time.Time) ending {
	cmd.WaitDelay = inheritedTime
	ownGroup(cmd)
	started, exited := make(chan error, 1), make(chan error, 1)
	go func() {
		// Linux ends the program when the thread that started it ends, so the thread must live as long.
		runtime.LockOSThread()
		defer runtime.UnlockOSThread()
		err := cmd.Start()
		started <- err
		if err == nil {
			exited <- cmd.Wait()
		}
	}()
	if err := <-started; err != nil {
		return ending{startErr: err}
	}
	defer killGroup(cmd)
	grace := min(2*time.Second, time.Until(deadline)/4)
	e := ending{}
	select {
	case e.err = <-exited:
		return e.withoutDelay()
	case <-ctx.Done():
		e.cancelled = true
	case <-time.After(time.Until(deadline.Add(-grace))):
	}
	e.asked = true
	askGroup(cmd)
	select {
	case e.err = <-exited:
		return e.withoutDelay()
	case <-time.After(min(grace, time.Until(deadline.Add(-grace/4-inheritedTime)))):
	}
	e.forced = true
	killGroup(cmd)
	e.err = <-exited
	return e.withoutDelay()
}

// withoutDelay does not take it for the program's fault that something else kept its output open.
func (e ending) withoutDelay() ending {
	if errors.Is(e.err, exec.ErrWaitDelay) {
		e.err = nil
	}
	return e
}
