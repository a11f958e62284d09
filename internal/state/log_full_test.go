package state

import (
	"bytes"
	"errors"
	"os"
	"path/filepath"
	"syscall"
	"testing"

	"github.com/stretchr/testify/require"
)

// fullDisk takes only so many bytes, as a write to a disk does that becomes full in the middle of it.
type fullDisk struct {
	content []byte
	room    int
}

func (d *fullDisk) Write(p []byte) (int, error) {
	n := min(len(p), d.room)
	d.content = append(d.content, p[:n]...)
	if n < len(p) {
		return n, syscall.ENOSPC
	}
	return n, nil
}

func (d *fullDisk) ReadAt(p []byte, at int64) (int, error) {
	return bytes.NewReader(d.content).ReadAt(p, at)
}

func (d *fullDisk) Truncate(size int64) error {
	d.content = d.content[:size]
	return nil
}

func TestRecordOnAFullDisk(t *testing.T) {
	for _, room := range []int{0, 3} {
		disk := &fullDisk{content: []byte("{}\n"), room: room}
		require.ErrorIs(t, write(disk, 3, []byte("{1}\n")), syscall.ENOSPC)
		require.Equal(t, "{}\n", string(disk.content), "what did fit is taken back")
	}
	disk := &fullDisk{content: []byte("{}\n{tor"), room: 100}
	require.NoError(t, write(disk, 7, []byte("{1}\n")))
	require.Equal(t, "{}\n{tor\n{1}\n", string(disk.content))
	require.Error(t, write(unreadable{disk}, 7, []byte("{1}\n")))
}

// TestALogThatFillsTheDisk holds that a log gives way to the state, which is on the same disk.
func TestALogThatFillsTheDisk(t *testing.T) {
	dir := t.TempDir()
	log := Log{Path: filepath.Join(dir, "log"), MaxSize: 1 << 30}
	content := func() (names []string) {
		entries, err := os.ReadDir(dir)
		require.NoError(t, err)
		for _, entry := range entries {
			names = append(names, entry.Name())
		}
		return names
	}
	require.NoError(t, os.WriteFile(log.Path, nil, 0o600))
	require.Equal(t, syscall.ENOSPC, log.makeRoom(syscall.ENOSPC, large-1))
	require.Equal(t, []string{"log"}, content(), "a small log is not what has filled the disk")
	require.ErrorIs(t, log.makeRoom(syscall.ENOSPC, large), syscall.ENOSPC)
	require.Equal(t, []string{"log.1"}, content())
	require.Equal(t, syscall.EIO, log.makeRoom(syscall.EIO, large), "another error is not mended by it")
	require.Equal(t, []string{"log.1"}, content())
	err := log.makeRoom(syscall.EDQUOT, 0)
	require.ErrorIs(t, err, syscall.EDQUOT)
	require.ErrorContains(t, err, log.Path+".1 was removed to make room")
	require.Empty(t, content())
}

type unreadable struct{ *fullDisk }

func (unreadable) ReadAt([]byte, int64) (int, error) { return 0, errors.New("input/output error") }
