// Package state keeps what the autoscaler remembers from run to run: in one small JSON file and, if wanted, on the resource
// that is scaled. The file is locked while a decision is made, as the framework may run evaluate several times at once, and
// replaced as a whole, so that a process killed at any moment leaves either the old state or the new one.
package state

import (
	"context"
	"errors"
	"fmt"
	"io/fs"

	"github.com/latency-pod-autoscaler/lpa/internal/scaling"
)

// Store is where the state is kept.
type Store struct {
	Path string
	// Of is the Identity of the resource that is scaled, so that another's state is not taken for its own; empty if it is not known.
	Of string
	// Legacy is a decay file of the Locust Pod Autoscaler that is read, once, where there is no state yet; empty for none.
	Legacy string
	// Resource carries the state too; nil for none. The file is then what is used while the API server cannot be asked, and
	// need not be writable.
	Resource *Resource
}

// Loaded is a state that was read, with what had to be said about reading it.
type Loaded struct {
	State   scaling.State
	Warning string // lines; empty if all was well

	run       int64     // of the newest copy
	err       error     // the state could not be read, so there may be a good one
	damaged   bool      // the content of the file cannot be used
	annotated annotated // what the resource carries
}

// Read is the state without taking the lock, for decisions that change nothing. A state that is missing or unusable reads as
// a fresh one.
func (s Store) Read(ctx context.Context) Loaded {
	file, path, err := s.readFile()
	loaded := Loaded{State: scaling.State{Fresh: true}}
	known := false
	switch {
	case err == nil:
		loaded.State, loaded.run, known = file.State, file.Run, true
	case !errors.Is(err, fs.ErrNotExist):
		loaded.warn("reading state: " + err.Error())
		loaded.damaged = path == s.Path && errors.Is(err, errDamaged)
		if !errors.Is(err, errDamaged) {
			loaded.err = err
		}
	}
	if s.Resource != nil {
		known = s.readResource(ctx, &loaded, known) || known
	}
	if !known && loaded.Warning != "" {
		loaded.Warning += "; starting afresh, which never takes replicas away in its first run"
	}
	return loaded
}

// readResource lets what the resource carries be the state, if it is the newer one. known says that the file has one; the
// answer, that the resource has one.
func (s Store) readResource(ctx context.Context, loaded *Loaded, known bool) bool {
	a, err := s.Resource.read(ctx)
	loaded.annotated = a
	if err != nil {
		loaded.warn(fmt.Sprintf("reading state: %v; the file, %s, is used meanwhile", err, s.Path))
	}
	if a.current {
		loaded.err = nil // a file is not needed
	}
	switch {
	case errors.Is(a.err, fs.ErrNotExist):
		return false
	case a.err != nil:
		loaded.warn("reading state: " + a.err.Error())
		return false
	}
	take := a.record.Run >= loaded.run
	if a.record.Fresh != loaded.State.Fresh {
		take = loaded.State.Fresh // what remembers nothing is of no use, however new
	}
	if take || !known {
		loaded.State = a.record.State
	}
	loaded.run, loaded.err = max(loaded.run, a.record.Run), nil
	return true
}

func (l *Loaded) warn(line string) {
	if l.Warning != "" {
		line = l.Warning + "\n" + line
	}
	l.Warning = line
}

// overtakings is how often a decision is made anew because another autoscaler was quicker to put its own on the resource.
const overtakings = 3

// Update locks the state, hands it to decide, and saves what decide returns. decide is called again where another autoscaler
// has changed the state on the resource meanwhile. The warning is worth telling the user even if all went well. With an
// error, nothing was saved; decide was then called unless the lock could not be had.
func (s Store) Update(ctx context.Context, decide func(scaling.State) scaling.State) (warning string, err error) {
	lock, err := Acquire(ctx, s.Path+".lock")
	switch {
	case err == nil:
		defer lock.Release()
	case s.Resource == nil || errors.Is(err, ErrLocked):
		return "", fmt.Errorf("saving state: %w", err)
	}
	// Else there is no place for files, and the resource alone keeps the state, whose version keeps others away.
	var loaded Loaded
	for range overtakings {
		loaded = s.Read(ctx)
		next := decide(loaded.State)
		if loaded.err != nil {
			return "", fmt.Errorf("reading state: %w", loaded.err)
		}
		err = s.save(ctx, &loaded, next)
		if !errors.Is(err, errOvertaken) {
			break
		}
	}
	if err != nil {
		err = fmt.Errorf("saving state: %w", err)
	}
	return loaded.Warning, err
}

// save puts the state on the resource and into the file. One of the two is enough for it to be remembered.
func (s Store) save(ctx context.Context, loaded *Loaded, next scaling.State) error {
	data, err := encode(record{Run: min(loaded.run+1, maxRun), Resource: s.Of, State: next})
	if err != nil {
		return err
	}
	onResource := errNoResource
	if loaded.annotated.current {
		onResource = s.Resource.write(ctx, loaded.annotated, data)
		if errors.Is(onResource, errOvertaken) {
			return onResource
		}
		if onResource != nil {
			loaded.warn(fmt.Sprintf("saving state on %s: %v; it is kept in the file, %s, meanwhile", s.Resource.object, onResource, s.Path))
		} else if errors.Is(loaded.annotated.err, errDamaged) {
			loaded.warn("the annotation that cannot be used is kept as " + annotationBad)
		}
	}
	if loaded.damaged {
		loaded.warn(s.setAside())
	}
	if inFile := s.saveFile(data); inFile != nil && onResource != nil {
		return inFile
	}
	return nil
}

// errNoResource says that there is none to put the state on.
var errNoResource = errors.New("")
