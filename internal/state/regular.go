package state

import (
	"errors"
	"fmt"
	"os"
)

// errNotAFile is a path that leads to something else. It is left alone: a device is not to be replaced, and reading a
// pipe would wait for ever.
var errNotAFile = errors.New("is not a regular file")

// opened is a file of the state or of the log; file is nil if there is none.
type opened struct {
	file *os.File
	info os.FileInfo
}

func (o opened) is(info os.FileInfo) bool {
	return o.file != nil && info != nil && os.SameFile(o.info, info)
}

func (o opened) close() {
	if o.file != nil {
		o.file.Close()
	}
}

// openRegular opens a file to read. The error is errNotAFile for what is none, and fs.ErrNotExist where there is nothing.
func openRegular(path string) (opened, error) {
	info, err := os.Stat(path)
	if err != nil {
		return opened{}, err
	}
	if !info.Mode().IsRegular() {
		return opened{}, fmt.Errorf("%s: %w", path, errNotAFile)
	}
	file, err := os.Open(path)
	if err != nil {
		return opened{}, err
	}
	if info, err = file.Stat(); err != nil {
		file.Close()
		return opened{}, err
	}
	return opened{file, info}, nil
}
