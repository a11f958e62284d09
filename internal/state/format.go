package state

import (
	"encoding/json"
	"errors"
	"fmt"
	"strconv"

	"github.com/latency-pod-autoscaler/lpa/internal/jsonfault"
	"github.com/latency-pod-autoscaler/lpa/internal/scaling"
)

// version is that of the format. The Locust Pod Autoscaler's decay file has none and is read as well.
const version = 1

// maxRun is a run a second for thirty years; a larger count is damage.
const maxRun = 1_000_000_000

// record is the state as it is written.
type record struct {
	Version *int `json:"version"`
	// Run counts the writes, so that of two copies the newer one is known whatever the clocks say.
	Run int64 `json:"run,omitempty"`
	// Resource is what the state is of: kube.Object's Identity; empty if that was not known.
	Resource string `json:"resource,omitempty"`
	scaling.State
}

// errDamaged is a content that cannot be used.
var errDamaged = errors.New("")

// encode writes the present format.
func encode(r record) ([]byte, error) {
	v := version
	r.Version = &v
	return json.Marshal(r)
}

// decode reads the present format and the original's. A state that is not of the resource, an Identity, is not used: all that it
// remembers is about other replicas.
func decode(data []byte, resource string) (record, error) {
	var keys map[string]json.RawMessage
	if err := json.Unmarshal(data, &keys); err != nil {
		return record{}, fmt.Errorf("is not a JSON object: %s", jsonfault.In(data, err))
	}
	// The version comes first, as a later one may give everything else another form.
	if text, given := keys["version"]; given && string(text) != strconv.Itoa(version) {
		return record{}, fmt.Errorf("has version %.20s, and this program knows version %d", text, version)
	}
	var in record
	if err := json.Unmarshal(data, &in); err != nil {
		if own := json.Unmarshal(data, &in.State); own != nil {
			err = own // which tells the fault by the state's own keys
		}
		return record{}, fmt.Errorf("has another form than a state: %s", jsonfault.In(data, err))
	}
	_, counted := keys["runs_since_change"]
	switch {
	case !counted:
		return record{}, errors.New("lacks runs_since_change")
	case resource != "" && in.Resource != "" && in.Resource != resource:
		return record{}, fmt.Errorf("is that of %.100q, and this autoscaler scales %.100q: each needs a state of its own", in.Resource, resource)
	case in.Run < 0, in.Run > maxRun:
		return record{}, fmt.Errorf("holds what cannot be: run: must be from 0 to %d, got %d", int64(maxRun), in.Run)
	}
	if err := in.Problem(); err != nil {
		return record{}, fmt.Errorf("holds what cannot be: %v", err)
	}
	// A state of ours in which no trusted run was seen yet remembers nothing; the original's counts all the same.
	in.Fresh = in.Version != nil && in.LastReplicas == nil
	return in, nil
}
