package locust

import (
	_ "embed" // for the two Python files
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/latency-pod-autoscaler/lpa/loadtest/internal/lazyregexp"
)

//go:embed wrapper.py
var wrapper []byte

//go:embed listener.py
var listener []byte

// folder is a temporary one for a run: what Locust is given to run, and what it writes.
type folder struct {
	path string
	lock *os.File
}

const folderPrefix = "lpa-locust-"

// newFolder makes a folder with the Python files in it; script is the locustfile, whose name Locust is to see.
func newFolder(script string) (*folder, error) {
	sweep(os.TempDir())
	path, err := os.MkdirTemp("", folderPrefix)
	if err != nil {
		return nil, fmt.Errorf("making a temporary folder: %w; where the file system is read-only, mount an emptyDir at %s", err, os.TempDir())
	}
	f := &folder{path: path}
	f.lock, err = claim(filepath.Join(path, "lock"))
	if err == nil {
		err = os.WriteFile(f.wrapper(script), wrapper, 0o600)
	}
	if err == nil {
		err = os.WriteFile(filepath.Join(path, "lpa_listener.py"), listener, 0o600)
	}
	if err == nil && strings.Contains(path, ",") {
		err = fmt.Errorf("a path with a comma is two for Locust, got %q; set TMPDIR to another folder", path)
	}
	if err != nil {
		return nil, errors.Join(fmt.Errorf("making a temporary folder: %w", err), f.remove())
	}
	return f, nil
}

// simpleName is a file name that no version of Locust takes for something else.
var simpleName = lazyregexp.New(`^[A-Za-z_][A-Za-z0-9_]*\.py$`)

// wrapper is the file that Locust is to run: of the same name as the locustfile, which is also the name of its module.
func (f *folder) wrapper(script string) string {
	name := filepath.Base(script)
	if !simpleName().MatchString(name) || name == "locust.py" || name == "lpa_listener.py" {
		name = "locustfile.py"
	}
	return filepath.Join(f.path, name)
}

func (f *folder) csvPrefix() string { return filepath.Join(f.path, "locust") }

func (f *folder) remove() error {
	err := os.RemoveAll(f.path)
	if f.lock != nil {
		err = errors.Join(err, f.lock.Close())
	}
	return err
}

// forgottenAge is how old a folder must be before it can count as forgotten: one that has just been made has no lock yet.
const forgottenAge = time.Minute

// sweep removes the folders of runs that were killed: their locks are free.
func sweep(parent string) {
	paths, err := filepath.Glob(filepath.Join(parent, folderPrefix+"*"))
	if err != nil {
		return
	}
	for _, path := range paths {
		info, err := os.Lstat(path)
		if err != nil || !info.IsDir() || time.Since(info.ModTime()) < forgottenAge {
			continue
		}
		if lock, err := claim(filepath.Join(path, "lock")); err == nil {
			_ = (&folder{path: path, lock: lock}).remove()
		}
	}
}
