package state

import (
	"encoding/json"
	"math"
	"time"

	"github.com/latency-pod-autoscaler/lpa/internal/scaling"
)

// logSchema is the version of a record's form. Fields are only ever added to it: a reader passes over those it does not know.
const logSchema = 1

// Log is the decision log: a file with one record for each run, as a line of JSON. When the file would become larger than
// half of MaxSize, it is renamed to Path.1 in the place of the one before, and a new one is begun.
type Log struct {
	Path    string
	MaxSize int64 // of both files together, in bytes
}

// older is the file that the log was renamed to.
func (l Log) older() string { return l.Path + ".1" }

// Record is all that one run knew, decided and answered: enough to make its decision again, with the same policy or another.
type Record struct {
	Schema  int       `json:"schema"`
	Time    time.Time `json:"time"` // when it was decided, as the decision saw it
	RunType string    `json:"runType,omitempty"`
	Mode    string    `json:"mode"`
	Answer  int       `json:"answer"` // as printed: the replicas asked for, or in mode observe the current ones

	Decision scaling.Decision `json:"decision"`
	// Unsaved says why the state after the decision could not be saved; empty if it was.
	Unsaved string `json:"unsaved,omitempty"`

	Resource    LogResource         `json:"resource"`
	Policy      scaling.Policy      `json:"policy"`
	State       scaling.State       `json:"state"`           // before the decision
	Fresh       bool                `json:"fresh,omitempty"` // nothing was remembered then
	Observation scaling.Observation `json:"observation"`
	Measurement json.RawMessage     `json:"measurement"` // as metric printed it
}

// LogResource is the resource that is scaled, as the framework handed it over.
type LogResource struct {
	Kind      string `json:"kind,omitempty"`
	Namespace string `json:"namespace,omitempty"`
	Name      string `json:"name,omitempty"`
	Replicas  *int   `json:"replicas,omitempty"` // wanted by its spec; nil if it does not say
	Ready     *int   `json:"ready,omitempty"`    // ready by its status; nil if it does not say
}

// Before is the state before the decision, whole.
func (r Record) Before() scaling.State {
	before := r.State
	before.Fresh = r.Fresh
	return before
}

// usable says whether a decision can be made from the record. One that cannot is damage, or of a version that knows other
// policies.
func (r Record) usable() bool {
	return r.Schema >= 1 && !r.Time.IsZero() &&
		(r.Policy.Decay == nil) != (r.Policy.Knee == nil) &&
		r.Observation.Replicas >= 0 && r.Observation.Replicas <= math.MaxInt32 &&
		r.State.Problem() == nil
}
