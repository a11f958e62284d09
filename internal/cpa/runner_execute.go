package cpa

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os/exec"
	"strings"
	"sync"
	"time"

	"github.com/jthomperoo/custom-pod-autoscaler/v2/config"
)

// ErrTimedOut is the error of a method that was killed at its timeout.
var ErrTimedOut = errors.New("timed out")

// reapTime is how long a killed process gets to be reaped and to have the rest of its stderr read. Only a process that it
// started itself, and that holds the pipes open, can use it up.
const reapTime = 500 * time.Millisecond

// Output is what one execution of a method left behind.
type Output struct {
	Stdout string // empty unless the method succeeded: the framework throws away what a failed one printed
	Stderr string
	Took   time.Duration
}

// Execute runs a method of type shell as the framework does: no shell in between, the value on stdin, killed with SIGKILL at
// the timeout (0 is no exception: it kills at once), stdout thrown away on failure. Like the framework it waits until both pipes
// are closed, so a process left in the background with one of them keeps the method running up to its timeout.
// Environment and directory are as in exec.Cmd. When ctx ends, the process is killed and the error is the context's cause.
func Execute(ctx context.Context, method *config.Method, env []string, dir string, value []byte) (Output, error) {
	if err := checkMethod(method); err != nil {
		return Output{}, err
	}
	limit := time.Duration(method.Timeout) * time.Millisecond
	var stdout, stderr lockedBuffer
	command := exec.Command(method.Shell.Entrypoint, method.Shell.Command...)
	command.Env, command.Dir = env, dir
	command.Stdin, command.Stdout, command.Stderr = bytes.NewReader(value), &stdout, &stderr
	// Counted from the process's own end, so it never comes before the timeout below. It only ends the goroutine that would
	// otherwise wait for ever for the background process that holds a pipe.
	command.WaitDelay = limit + time.Second

	start := time.Now()
	if err := command.Start(); err != nil {
		return Output{}, err
	}
	err := await(ctx, command, limit)
	output := Output{Stderr: stderr.String(), Took: time.Since(start)}
	if err == nil {
		output.Stdout = stdout.String()
	}
	return output, err
}

func checkMethod(method *config.Method) error {
	switch {
	case method == nil:
		return errors.New("is not configured")
	case method.Type != "shell":
		return fmt.Errorf("type: only shell can be run here, got %q", method.Type)
	case method.Shell == nil:
		return errors.New("shell: is missing")
	}
	return nil
}

// await returns when the command is done, or has been killed because the limit was reached or ctx has ended.
func await(ctx context.Context, command *exec.Cmd, limit time.Duration) error {
	done := make(chan error, 1)
	go func() { done <- command.Wait() }()
	timeout := time.NewTimer(limit)
	defer timeout.Stop()

	var err error
	select {
	case err := <-done:
		return err
	case <-timeout.C:
		err = fmt.Errorf("killed after %s: %w", limit, ErrTimedOut)
	case <-ctx.Done():
		err = context.Cause(ctx)
	}
	_ = command.Process.Kill() // it may have ended in this moment, which is as good
	select {
	case <-done:
	case <-time.After(reapTime):
	}
	return err
}

// lockedBuffer collects an output stream. It is locked because a stream may still be copied when Execute returns: see reapTime.
type lockedBuffer struct {
	mu   sync.Mutex
	text strings.Builder
}

func (b *lockedBuffer) Write(p []byte) (int, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.text.Write(p)
}

func (b *lockedBuffer) String() string {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.text.String()
}
