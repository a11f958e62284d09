package state

import (
	"bytes"
	"errors"
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

type unreadable struct{ *fullDisk }

func (unreadable) ReadAt([]byte, int64) (int, error) { return 0, errors.New("input/output error") }
