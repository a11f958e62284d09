package loadtest

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"syscall"
)

// folder is where a script lies. A script reads files out of its own folder and from nowhere else, so that one from a
// ConfigMap cannot reach the secrets that are mounted beside it.
type folder struct{ root *os.Root }

// openFolder opens the folder with the path; close it when the script has been read.
func openFolder(path string) (*folder, error) {
	root, err := os.OpenRoot(path)
	if err != nil {
		return nil, err
	}
	return &folder{root}, nil
}

func (f *folder) close() { _ = f.root.Close() }

// read is the content of a file of at most limit bytes. The name is relative to the folder, and so are symbolic links,
// which may lead anywhere within it: a mounted ConfigMap consists of them. It does not wait for somebody to write into
// a pipe.
func (f *folder) read(name string, limit int64) ([]byte, error) {
	if !filepath.IsLocal(name) {
		return nil, errors.New("must be a path within the script's folder: no leading / and no .. out of it")
	}
	file, err := f.root.OpenFile(name, os.O_RDONLY|syscall.O_NONBLOCK, 0)
	if err != nil {
		return nil, outside(err)
	}
	defer file.Close()
	info, err := file.Stat()
	if err != nil {
		return nil, err
	}
	if !info.Mode().IsRegular() {
		return nil, errors.New("must be a file, and not a folder, pipe or device")
	}
	data, err := io.ReadAll(io.LimitReader(file, limit+1))
	if err != nil {
		return nil, err
	}
	if int64(len(data)) > limit {
		return nil, fmt.Errorf("must have at most %d bytes", limit)
	}
	return data, nil
}

// outside words what went wrong without the system call and the name, which whoever asks shows already.
func outside(err error) error {
	var path *fs.PathError
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return errors.New("there is no such file in the script's folder")
	case errors.As(err, &path) && path.Err.Error() == "path escapes from parent": // os has no name for it
		return errors.New("must not lead out of the script's folder")
	case errors.As(err, &path):
		return fmt.Errorf("must be a file that can be read: %w", path.Err)
	}
	return err
}
