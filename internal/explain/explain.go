// Package explain says about a recorded decision what the record alone does not: what would have changed it, and whether this
// program would decide so again. It decides again for that, and changes nothing.
package explain

import (
	"encoding/json"
	"fmt"
	"time"

	"github.com/latency-pod-autoscaler/lpa/internal/config"
	"github.com/latency-pod-autoscaler/lpa/internal/cpa"
	"github.com/latency-pod-autoscaler/lpa/internal/scaling"
	"github.com/latency-pod-autoscaler/lpa/internal/state"
	"github.com/latency-pod-autoscaler/lpa/internal/words"
)

// Run is a decision with what the log knows around it.
type Run struct {
	state.Record
	Since time.Duration // the run before it; 0 if there is none
	Next  *int          // the replicas that the next run saw; nil if there is none
}

// Again makes the recorded decision once more.
func (r Run) Again() (scaling.Decision, scaling.State) {
	return Decide(r.Record, r.Policy, r.Before(), r.Observation)
}

// Same says whether this program still decides as the one that wrote the log; else what it finds out would not be about that
// decision.
func (r Run) Same() bool {
	again, _ := r.Again()
	return again.Desired == r.Decision.Desired && again.Reason == r.Decision.Reason
}

// Notes are what is worth knowing beside the decision.
func (r Run) Notes() []string {
	var notes []string
	if r.Unsaved != "" {
		notes = append(notes, r.Unsaved)
	}
	if r.Mode != string(config.Observe) && r.Next != nil && *r.Next != r.Answer {
		notes = append(notes, fmt.Sprintf("the answer was %d, and the next run saw %s", r.Answer, words.Plural(*r.Next, "replica")))
	}
	if !r.Same() {
		again, _ := r.Again()
		notes = append(notes, fmt.Sprintf("another version decided this; the present one's answer would be %d, %s", again.Desired, again.Reason))
	}
	return notes
}

// Decide is the decision of a recorded run by any policy and state, and the state that the next run reads. Where the state
// could not be saved, it stays as it was.
func Decide(record state.Record, policy scaling.Policy, before scaling.State, observed scaling.Observation) (scaling.Decision, scaling.State) {
	decision, after := scaling.Decide(policy, before, observed, record.Time)
	if record.Unsaved != "" {
		return decision.NotSaved(), before
	}
	return decision, Saved(after)
}

// Saved is a state as the next run reads it.
func Saved(s scaling.State) scaling.State {
	data, err := json.Marshal(s)
	if err != nil {
		return s
	}
	next := scaling.State{Fresh: s.Fresh}
	if json.Unmarshal(data, &next) != nil {
		return s
	}
	return next
}

// Reported is a recorded measurement as evaluate read it.
func Reported(record state.Record) (*cpa.Reported, error) {
	reported, err := cpa.ParseReported(string(record.Measurement))
	if err == nil {
		reported.Timeout = time.Duration(record.Observation.Timeout * float64(time.Millisecond))
	}
	return reported, err
}
