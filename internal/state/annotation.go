package state

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"time"

	"github.com/latency-pod-autoscaler/lpa/internal/kube"
)

// The annotations of the resource that is scaled.
const (
	Annotation    = "latency-pod-autoscaler.github.io/state"
	annotationBad = "latency-pod-autoscaler.github.io/state.bad" // the last state that could not be used
)

// maxAnnotation is the longest state that is put on a resource: all its annotations together may have 256 KiB, and the
// autoscaler's are not the only ones.
const maxAnnotation = 16 << 10

// Resource is the resource that is scaled, which can carry the state.
type Resource struct {
	client   *kube.Client
	err      error // why there is no client
	object   kube.Object
	received map[string]string // its annotations when the framework read it, before the load test
}

// OnResource keeps a state on an object. What the framework handed over of its annotations, received, is used while the API server
// cannot be asked.
func OnResource(env kube.Lookup, object kube.Object, received map[string]string) *Resource {
	client, err := kube.InCluster(env)
	if err == nil {
		err = object.Check()
	}
	return &Resource{client: client, err: err, object: object, received: received}
}

// annotated is what the resource carries.
type annotated struct {
	record  record
	err     error  // why there is no record: fs.ErrNotExist, errDamaged or the API server
	current bool   // it is the API server's own answer, so that it can be replaced
	value   string // the annotation as it is
	version string // of the resource
}

// read reads the annotation from the API server, or what the framework handed over of it.
func (r *Resource) read(ctx context.Context) (a annotated, unreachable error) {
	if r.err != nil {
		return r.decode(r.received), r.err
	}
	metadata, err := r.client.Metadata(ctx, r.object)
	if err != nil {
		return r.decode(r.received), err
	}
	a = r.decode(metadata.Annotations)
	a.current, a.version = true, metadata.ResourceVersion
	return a, nil
}

func (r *Resource) decode(annotations map[string]string) annotated {
	a := annotated{value: annotations[Annotation]}
	if a.value == "" {
		a.err = fs.ErrNotExist
		return a
	}
	if a.record, a.err = decode([]byte(a.value), r.object.Identity()); a.err != nil {
		a.err = fmt.Errorf("the annotation %s of %s: %v%w", Annotation, r.object, a.err, errDamaged)
	}
	return a
}

// errOvertaken says that another process has put its own state on the resource meanwhile.
var errOvertaken = errors.New("another autoscaler keeps its state there too")

const (
	// conflicts is how often a write is tried. The resource's version changes with its status too, so while pods start or end a
	// write can meet a newer version several times.
	conflicts = 8
	// conflictPause is how long to wait before the next try, to let a burst of changes pass.
	conflictPause = 10 * time.Millisecond
)

// write puts the state on the resource, as long as the annotation there is what was read. errOvertaken says that it was not.
func (r *Resource) write(ctx context.Context, read annotated, data []byte) error {
	if len(data) > maxAnnotation {
		return fmt.Errorf("it has %d bytes, and an annotation should have at most %d", len(data), maxAnnotation)
	}
	text := string(data)
	change := map[string]*string{Annotation: &text}
	if errors.Is(read.err, errDamaged) {
		aside := read.value[:min(len(read.value), maxAnnotation)]
		change[annotationBad] = &aside
	}
	version := read.version
	for range conflicts {
		conflict, err := r.client.Annotate(ctx, r.object, version, change)
		if err != nil || !conflict {
			return err
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-time.After(conflictPause):
		}
		metadata, err := r.client.Metadata(ctx, r.object)
		if err != nil {
			return err
		}
		if metadata.Annotations[Annotation] != read.value {
			return errOvertaken
		}
		version = metadata.ResourceVersion
	}
	return fmt.Errorf("%s changed %d times in a row", r.object, conflicts)
}
