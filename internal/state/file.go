package state

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"syscall"
)

// maxSize is above what a state of a thousand targets takes; a larger file is something else.
const maxSize = 4 << 20

// readFile reads the file or, where there is none, the original's.
func (s Store) readFile() (found record, path string, err error) {
	found, err = s.read(s.Path)
	if errors.Is(err, fs.ErrNotExist) && s.Legacy != "" {
		found, err = s.read(s.Legacy)
		// The count goes on, but a state that is lost again and again must not let each first run take replicas away.
		found.Fresh = true
		return found, s.Legacy, err
	}
	return found, s.Path, err
}

func (s Store) read(path string) (record, error) {
	opened, err := openRegular(path)
	if err != nil {
		return record{}, err
	}
	defer opened.close()
	data, err := io.ReadAll(io.LimitReader(opened.file, maxSize+1))
	if err != nil {
		return record{}, err
	}
	if len(data) == 0 {
		return record{}, fmt.Errorf("open %s: is empty: %w", path, fs.ErrNotExist) // as the original's, before its first write
	}
	found, err := decode(data, s.Of)
	if err != nil {
		return record{}, fmt.Errorf("%s: %v%w", path, err, errDamaged)
	}
	return found, nil
}

// setAside keeps a file that cannot be used for whoever wants to know what happened; one is enough.
func (s Store) setAside() string {
	aside := s.Path + ".bad"
	if err := os.Rename(s.Path, aside); err != nil {
		return fmt.Sprintf("the file that cannot be used could not be kept: %v", err)
	}
	return "the file that cannot be used is kept as " + aside
}

// saveFile replaces the file. The temporary file has one name, as only the holder of the lock writes it: a killed process
// leaves at most one behind, and the next run uses it again.
func (s Store) saveFile(data []byte) error {
	temporary := s.Path + ".tmp"
	if err := writeSynced(temporary, append(data, '\n')); err != nil {
		return err
	}
	if err := os.Rename(temporary, s.Path); err != nil {
		return err
	}
	return syncDirectory(filepath.Dir(s.Path))
}

func writeSynced(path string, data []byte) error {
	f, err := os.OpenFile(path, os.O_CREATE|os.O_TRUNC|os.O_WRONLY|syscall.O_NOFOLLOW|syscall.O_NONBLOCK, 0o660)
	if err != nil {
		return err
	}
	_, err = f.Write(data)
	return errors.Join(err, f.Sync(), f.Close())
}

// syncDirectory makes a rename in it survive a power cut, if the file system can: one that has no such operation, as some on networks,
// answers EINVAL, and the state is saved there all the same.
func syncDirectory(path string) error {
	d, err := os.Open(path)
	if err != nil {
		return err
	}
	err = d.Sync()
	if errors.Is(err, syscall.EINVAL) || errors.Is(err, errors.ErrUnsupported) {
		err = nil
	}
	return errors.Join(err, d.Close())
}
