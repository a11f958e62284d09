//go:build unix

package machine

import (
	"os"
	"os/exec"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// TestAStoppedProcessHasStalled stops a copy of this test's process, which watches itself, for a second.
func TestAStoppedProcessHasStalled(t *testing.T) {
	if os.Getenv("MACHINE_TEST_CHILD") != "" {
		w := Start()
		os.Stdout.WriteString("watching\n")
		_, _ = os.Stdin.Read(make([]byte, 1))
		os.Stdout.WriteString(w.Stop().Stall.String() + "\n")
		os.Exit(0)
	}
	cmd := exec.Command(os.Args[0], "-test.run=^TestAStoppedProcessHasStalled$")
	cmd.Env = append(os.Environ(), "MACHINE_TEST_CHILD=1")
	stdin, err := cmd.StdinPipe()
	require.NoError(t, err)
	stdout, err := cmd.StdoutPipe()
	require.NoError(t, err)
	require.NoError(t, cmd.Start())
	line := make([]byte, 100)
	_, err = stdout.Read(line)
	require.NoError(t, err)

	require.NoError(t, cmd.Process.Signal(syscall.SIGSTOP))
	time.Sleep(time.Second) // the length of the stall is what is measured
	require.NoError(t, cmd.Process.Signal(syscall.SIGCONT))
	require.NoError(t, stdin.Close())
	n, err := stdout.Read(line)
	require.NoError(t, err)
	require.NoError(t, cmd.Wait())
	stall, err := time.ParseDuration(string(line[:n-1]))
	require.NoError(t, err)
	require.GreaterOrEqual(t, stall, 950*time.Millisecond)
}
