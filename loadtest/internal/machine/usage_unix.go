//go:build unix

package machine

import (
	"math"
	"slices"
	"syscall"
	"time"
)

// processorTime is what this process has used so far.
func processorTime() *time.Duration {
	var usage syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &usage); err != nil {
		return nil
	}
	used := time.Duration(usage.Utime.Nano() + usage.Stime.Nano())
	return &used
}

// descriptorLimit is how many descriptors this process may have.
func descriptorLimit() (int, bool) {
	var limit syscall.Rlimit
	if err := syscall.Getrlimit(syscall.RLIMIT_NOFILE, &limit); err != nil {
		return 0, false
	}
	return int(min(uint64(limit.Cur), math.MaxInt32)), true // no limit at all is 2⁶⁴−1
}

// readFile reads a file of the kernel. With package os each would be made known to Go's poller and taken from it again, which
// takes more system calls than reading.
func readFile(path string) ([]byte, error) {
	fd, err := syscall.Open(path, syscall.O_RDONLY|syscall.O_CLOEXEC, 0)
	if err != nil {
		return nil, err
	}
	defer syscall.Close(fd)
	data := make([]byte, 0, 2<<10)
	for {
		n, err := syscall.Read(fd, data[len(data):cap(data)])
		switch {
		case err == syscall.EINTR:
		case err != nil || n <= 0:
			return data, err
		default:
			data = data[:len(data)+n]
		}
		if len(data) == cap(data) {
			data = slices.Grow(data, len(data))
		}
	}
}
