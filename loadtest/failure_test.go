package loadtest

import (
	"fmt"
	"net"
	"os"
	"syscall"
	"testing"

	"github.com/stretchr/testify/require"
)

// TestOurOwnLimitsAreNotTheServices holds that a machine without descriptors or ports does not look like a service that
// refuses.
func TestOurOwnLimitsAreNotTheServices(t *testing.T) {
	for _, errno := range []syscall.Errno{syscall.EMFILE, syscall.ENFILE, syscall.EADDRNOTAVAIL, syscall.ENOBUFS} {
		err := fmt.Errorf("Get: %w", &net.OpError{Op: "dial", Net: "tcp", Err: os.NewSyscallError("socket", errno)})
		require.Equal(t, FailureGenerator, classify(err), errno)
	}
	require.Equal(t, FailureConnect, classify(&net.OpError{Op: "dial", Err: os.NewSyscallError("connect", syscall.ECONNREFUSED)}))
	r := &Result{Users: 1, Started: 1, Connections: ConnectionSummary{Opened: 5}}
	require.Equal(t, Quality{VerdictGenerator, []string{"1 of 100 requests failed: generator"}}, r.assess(map[Failure]int{FailureGenerator: 1}, 100, 0, nil))
}
