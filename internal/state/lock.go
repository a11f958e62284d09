package state

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"syscall"
	"time"
)

// ErrLocked says that another process holds the lock.
var ErrLocked = errors.New("another process holds the lock")

// Lock is held by one process at a time. The kernel releases it when the process ends, however it ends.
type Lock struct{ file *os.File }

// lockPoll is how often a waiting process tries again: often enough to add little to an evaluation of some milliseconds.
const lockPoll = 2 * time.Millisecond

// Acquire takes the lock on the file at path, which is created with its folder if it is missing, and waits for it until ctx ends. It
// tries at least once. An error that is ErrLocked means that another process kept it all the while.
func Acquire(ctx context.Context, path string) (*Lock, error) {
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		return nil, err
	}
	file, err := os.OpenFile(path, os.O_CREATE|os.O_RDWR|syscall.O_CLOEXEC, 0o660)
	if err != nil {
		return nil, err
	}
	if err := flock(ctx, file); err != nil {
		file.Close()
		return nil, err
	}
	return &Lock{file}, nil
}

// flock takes the kernel's lock on an open file, and waits for it until ctx ends. It tries at least once.
func flock(ctx context.Context, file *os.File) error {
	for {
		err := syscall.Flock(int(file.Fd()), syscall.LOCK_EX|syscall.LOCK_NB)
		switch {
		case err == nil:
			return nil
		case !errors.Is(err, syscall.EWOULDBLOCK) && !errors.Is(err, syscall.EINTR):
			return fmt.Errorf("locking %s: %w", file.Name(), err)
		}
		select {
		case <-ctx.Done():
			return fmt.Errorf("locking %s: %w", file.Name(), ErrLocked)
		case <-time.After(lockPoll):
		}
	}
}

// TryAcquire takes the lock if it is free, and is ErrLocked if it is not.
func TryAcquire(path string) (*Lock, error) {
	ended, cancel := context.WithCancel(context.Background())
	cancel()
	return Acquire(ended, path)
}

// Release gives the lock back. The file stays: removing it would let two processes lock different files of one name.
func (l *Lock) Release() error { return l.file.Close() }
