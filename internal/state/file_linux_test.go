package state

import (
	"os"
	"syscall"
	"testing"

	"github.com/stretchr/testify/require"
)

// TestAFolderThatCannotBeSynced is of a file system without that operation, as /proc is one.
func TestAFolderThatCannotBeSynced(t *testing.T) {
	folder, err := os.Open("/proc/self")
	require.NoError(t, err)
	defer folder.Close()
	require.ErrorIs(t, folder.Sync(), syscall.EINVAL)
	require.NoError(t, syncDirectory("/proc/self"))
	require.ErrorIs(t, syncDirectory("/proc/none"), os.ErrNotExist)
}
