// Package wholefile writes files of which nobody sees a half: beside the one that is there, and then in its place.
package wholefile

import (
	"bytes"
	"crypto/rand"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
)

// Write puts what write writes into a file, which is replaced as a whole if there is one: for those who could read that one. What is no
// file is left alone.
func Write(path string, write func(io.Writer) error) error {
	var content bytes.Buffer
	if err := write(&content); err != nil {
		return err
	}
	target, f, err := beside(path)
	if err != nil {
		return err
	}
	_, err = f.Write(content.Bytes())
	err = errors.Join(err, f.Sync(), f.Close())
	if err == nil {
		err = os.Rename(f.Name(), target)
	}
	if err != nil {
		return errors.Join(err, os.Remove(f.Name()))
	}
	return nil
}

// Check says why Write could not write a file, before all the work is done that leads to it.
func Check(path string) error {
	_, f, err := beside(path)
	if err != nil {
		return err
	}
	return errors.Join(f.Close(), os.Remove(f.Name()))
}

// beside opens a new file in the folder of the one that is to be written, target. Where that is a symbolic link, it is what
// the link leads to; a device or a folder is not to be replaced.
func beside(path string) (target string, f *os.File, err error) {
	target = path
	if resolved, err := filepath.EvalSymlinks(path); err == nil {
		target = resolved
	}
	before, err := os.Stat(target)
	switch {
	case err == nil && !before.Mode().IsRegular():
		return "", nil, fmt.Errorf("%s: must be a file, and not a folder, pipe or device", path)
	case err != nil && !errors.Is(err, fs.ErrNotExist):
		return "", nil, at(path, err)
	}
	// In a folder that others write to as well, nobody can have put a link in the place of a name that cannot be guessed.
	name := filepath.Join(filepath.Dir(target), fmt.Sprintf(".%s.%s.tmp", filepath.Base(target), rand.Text()))
	mode := fs.FileMode(0o644)
	if before != nil {
		mode = before.Mode().Perm()
	}
	f, err = os.OpenFile(name, os.O_CREATE|os.O_WRONLY|os.O_EXCL, mode)
	return target, f, at(path, err)
}

// at is an error about a file, under the name that people know it by.
func at(path string, err error) error {
	var wrapped *fs.PathError
	if errors.As(err, &wrapped) {
		return fmt.Errorf("%s: %w", path, wrapped.Err)
	}
	return err
}
