//go:build linux && !portable

package engine

import (
	"math"
	"sync/atomic"
	"time"
	"unsafe"

	"golang.org/x/sys/unix"
)

// coarse is set where the kernel has no epoll_pwait2 (before Linux 5.11, or in a sandbox).
var coarse atomic.Bool

// epollWait is epoll_pwait2, whose timeout is in nanoseconds, or epoll_wait, whose timeout is in milliseconds: it would make
// every request that falls due between two of them late. A negative timeout means without end.
func epollWait(epoll int, events []unix.EpollEvent, timeout time.Duration) (int, error) {
	if timeout == 0 {
		n, _, errno := unix.RawSyscall6(unix.SYS_EPOLL_PWAIT, uintptr(epoll), uintptr(unsafe.Pointer(&events[0])), uintptr(len(events)), 0, 0, 0)
		return result(n, errno)
	}
	if !coarse.Load() {
		n, err := epollWaitPrecisely(epoll, events, timeout)
		if err != unix.ENOSYS && err != unix.EPERM {
			return n, err
		}
		coarse.Store(true)
	}
	milliseconds := -1
	if timeout > 0 {
		milliseconds = int(min((timeout+time.Millisecond-1)/time.Millisecond, math.MaxInt32))
	}
	return unix.EpollWait(epoll, events, milliseconds)
}

func epollWaitPrecisely(epoll int, events []unix.EpollEvent, timeout time.Duration) (int, error) {
	var until *unix.Timespec
	if timeout > 0 {
		t := unix.NsecToTimespec(int64(timeout))
		until = &t
	}
	n, _, errno := unix.Syscall6(unix.SYS_EPOLL_PWAIT2, uintptr(epoll), uintptr(unsafe.Pointer(&events[0])), uintptr(len(events)),
		uintptr(unsafe.Pointer(until)), 0, 0)
	return result(n, errno)
}

func result(n uintptr, errno unix.Errno) (int, error) {
	if errno != 0 {
		return 0, errno
	}
	return int(n), nil
}
