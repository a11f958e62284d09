//go:build unix

package machine

import (
	"math"
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
