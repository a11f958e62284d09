// Package state keeps what the autoscaler remembers from run to run in one small JSON file. The file is locked while a
// decision is made, as the framework may run evaluate several times at once, and replaced as a whole, so that a process
// killed at any moment leaves either the old state or the new one.
package state

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"syscall"

	"github.com/latency-pod-autoscaler/lpa/internal/scaling"
)

// version is that of the file's format. The Locust Pod Autoscaler's decay file has none and is read as well.
const version = 1

// maxSize is far above what a state takes; a larger file is something else.
const maxSize = 64 << 10

// maxCount is a run a second for thirty years; a larger count is damage.
const maxCount = 1_000_000_000

// Store is where the state is kept.
type Store struct {
	Path string
	// Legacy is a decay file of the Locust Pod Autoscaler that is read, once, where there is no state yet; empty for none.
	Legacy string
}

// file is the state as it is written.
type file struct {
	Version *int `json:"version"`
	scaling.State
}

// Loaded is a state that was read, with what had to be said about reading it.
type Loaded struct {
	State   scaling.State
	Warning string // empty if all was well
	damaged string // the path of a file whose content cannot be used
	err     error  // the file could not be read, so there may be a good state in it
}

// Read is the state without taking the lock, for decisions that change nothing. A missing or unusable file reads as a
// fresh state.
func (s Store) Read() Loaded {
	path := s.Path
	loaded, err := read(path)
	if errors.Is(err, fs.ErrNotExist) && s.Legacy != "" {
		path = s.Legacy
		loaded, err = read(path)
		// The count goes on, but a state that is lost again and again must not let each first run take replicas away.
		loaded.Fresh = true
	}
	fresh := Loaded{State: scaling.State{Fresh: true}}
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return fresh
	case err != nil:
		fresh.Warning = fmt.Sprintf("reading state: %v; starting afresh, which never takes replicas away in its first run", err)
		if errors.Is(err, errDamaged) {
			fresh.damaged = path
		} else {
			fresh.err = err
		}
		return fresh
	}
	return Loaded{State: loaded}
}

// errDamaged is a file with a content that cannot be used.
var errDamaged = errors.New("")

// errNotAFile is a state path that leads to something else. It is left alone: a device is not to be replaced, and reading a
// pipe would wait for ever.
var errNotAFile = errors.New("is not a regular file")

func read(path string) (scaling.State, error) {
	info, err := os.Stat(path)
	if err != nil {
		return scaling.State{}, err
	}
	if !info.Mode().IsRegular() {
		return scaling.State{}, fmt.Errorf("%s: %w", path, errNotAFile)
	}
	f, err := os.Open(path)
	if err != nil {
		return scaling.State{}, err
	}
	defer f.Close()
	data, err := io.ReadAll(io.LimitReader(f, maxSize+1))
	if err != nil {
		return scaling.State{}, err
	}
	if len(data) == 0 {
		return scaling.State{}, fmt.Errorf("open %s: is empty: %w", path, fs.ErrNotExist) // as the original's, before its first write
	}
	state, err := decode(data)
	if err != nil {
		return scaling.State{}, fmt.Errorf("%s: %v%w", path, err, errDamaged)
	}
	return state, nil
}

// decode reads the present format and the original's.
func decode(data []byte) (scaling.State, error) {
	var keys map[string]json.RawMessage
	if err := json.Unmarshal(data, &keys); err != nil {
		return scaling.State{}, fmt.Errorf("is not a JSON object: %v", err)
	}
	var in file
	if err := json.Unmarshal(data, &in); err != nil {
		return scaling.State{}, fmt.Errorf("has another form than a state: %v", err)
	}
	_, counted := keys["runs_since_change"]
	switch {
	case in.Version != nil && *in.Version != version:
		return scaling.State{}, fmt.Errorf("has version %d, and this program knows version %d", *in.Version, version)
	case !counted:
		return scaling.State{}, errors.New("lacks runs_since_change")
	case in.RunsSinceChange < 0, in.RunsSinceChange > maxCount, in.LastReplicas != nil && *in.LastReplicas < 0:
		return scaling.State{}, errors.New("has a count that cannot be")
	}
	// A state of ours in which no trusted run was seen yet remembers nothing; the original's counts all the same.
	in.Fresh = in.Version != nil && in.LastReplicas == nil
	return in.State, nil
}

// Update locks the state, hands it to decide, and saves what decide returns. The warning is worth telling the user even
// if all went well. With an error, nothing was saved; decide was then called unless the lock could not be had.
func (s Store) Update(ctx context.Context, decide func(scaling.State) scaling.State) (warning string, err error) {
	lock, err := Acquire(ctx, s.Path+".lock")
	if err != nil {
		return "", fmt.Errorf("saving state: %w", err)
	}
	defer lock.Release()
	loaded := s.Read()
	next := decide(loaded.State)
	if loaded.err != nil {
		return "", fmt.Errorf("reading state: %w", loaded.err)
	}
	if loaded.damaged == s.Path {
		loaded.Warning += "; " + s.setAside()
	}
	if err := s.save(next); err != nil {
		return loaded.Warning, fmt.Errorf("saving state: %w", err)
	}
	return loaded.Warning, nil
}

// setAside keeps a file that cannot be used for whoever wants to know what happened; one is enough.
func (s Store) setAside() string {
	aside := s.Path + ".bad"
	if err := os.Rename(s.Path, aside); err != nil {
		return fmt.Sprintf("it could not be kept: %v", err)
	}
	return "it is kept as " + aside
}

// save replaces the file. The temporary file has one name, as only the holder of the lock writes it: a killed process
// leaves at most one behind, and the next run uses it again.
func (s Store) save(state scaling.State) error {
	v := version
	data, err := json.Marshal(file{Version: &v, State: state})
	if err != nil {
		return err
	}
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

// syncDirectory makes a rename in it survive a power cut.
func syncDirectory(path string) error {
	d, err := os.Open(path)
	if err != nil {
		return err
	}
	return errors.Join(d.Sync(), d.Close())
}
