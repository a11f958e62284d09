package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math"
	"reflect"
	"slices"
	"time"

	"github.com/latency-pod-autoscaler/lpa/internal/explain"
	"github.com/latency-pod-autoscaler/lpa/internal/scaling"
	"github.com/latency-pod-autoscaler/lpa/internal/state"
)

// replayer decides recorded runs again by another policy and other targets.
type replayer struct {
	policy  scaling.Policy
	targets []scaling.Target // none: those of each run
	from    time.Time        // zero for all

	before   *state.Record // the run before
	recorded scaling.State // after it, in the log
	own      scaling.State // after it, here
	summary  replaySummary
}

// difference is a run with another answer.
type difference struct {
	Time     time.Time      `json:"time"`
	Replicas int            `json:"replicas"` // observed, from which both start
	Was      replayDecision `json:"was"`
	Would    replayDecision `json:"would"`
}

type replayDecision struct {
	Desired int            `json:"desired"`
	Reason  scaling.Reason `json:"reason"`
	Text    string         `json:"text"`
}

// replaySummary is a whole replay.
type replaySummary struct {
	Runs    int         `json:"runs"`
	Differ  int         `json:"differ"`
	From    time.Time   `json:"from"`
	To      time.Time   `json:"to"`
	Was     replayTotal `json:"was"`
	Would   replayTotal `json:"would"`
	Resumed int         `json:"resumed"` // how often the autoscaler's memory was not what the run before had left
	Skipped int         `json:"skipped"` // runs whose measurement was not recorded, so that other targets cannot be read from it
}

// replayTotal is what the answers of one side come to.
type replayTotal struct {
	Ups       int     `json:"ups"`
	Downs     int     `json:"downs"`
	Reversals int     `json:"reversals"` // an up after a down or the other way round
	PodHours  float64 `json:"podHours"`  // of the replicas asked for

	direction int
	asked     int
}

// all decides every run again.
func (r *replayer) all(reader *state.LogReader, show func(difference) error) (replaySummary, error) {
	for {
		record, err := reader.Next()
		if err == io.EOF {
			return r.rounded(), nil
		}
		if err != nil {
			return r.summary, err
		}
		if record.Time.Before(r.from) {
			continue
		}
		different, err := r.run(record)
		if err == nil && different != nil {
			r.summary.Differ++
			err = show(*different)
		}
		if err != nil {
			return r.summary, err
		}
	}
}

// rounded leaves of the hours what they are worth.
func (r *replayer) rounded() replaySummary {
	for _, total := range []*replayTotal{&r.summary.Was, &r.summary.Would} {
		total.PodHours = math.Round(total.PodHours*1000) / 1000
	}
	return r.summary
}

// errNoMeasurement is a run that cannot be read by other targets.
var errNoMeasurement = errors.New("the measurement was not recorded")

// run decides one run again.
func (r *replayer) run(record state.Record) (*difference, error) {
	observed, err := r.observation(record)
	if errors.Is(err, errNoMeasurement) {
		r.summary.Skipped++
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("the run of %s: %w", record.Time.Format(time.RFC3339), err)
	}
	r.resume(record)
	start := r.own
	would, after := explain.Decide(record, r.policy, start, observed)
	_, r.recorded = explain.Decide(record, record.Policy, record.Before(), record.Observation)
	r.own = after
	r.count(record, would)
	r.before = &record
	was := record.Decision
	if would.Desired == was.Desired {
		return nil, nil
	}
	told, _ := scaling.Explain(r.policy, start, observed, record.Time)
	if record.Unsaved != "" {
		told = told.NotSaved()
	}
	return &difference{
		Time: record.Time, Replicas: observed.Replicas,
		Was:   replayDecision{was.Desired, was.Reason, was.Text},
		Would: replayDecision{told.Desired, told.Reason, told.Text},
	}, nil
}

// resume takes over the memory from the log at the first run, where it was lost and, if both sides decide by the same rules,
// where runs are missing. Otherwise each side goes on from its own.
func (r *replayer) resume(record state.Record) {
	if r.before == nil {
		r.own = record.Before()
		return
	}
	if sameState(r.recorded, record.Before()) {
		return
	}
	r.summary.Resumed++
	if record.Fresh || r.sameRules(record) {
		r.own = record.Before()
	}
}

// sameRules says whether a run was decided by the policy and the targets of this side.
func (r *replayer) sameRules(record state.Record) bool {
	return reflect.DeepEqual(r.policy, record.Policy) && r.sameTargets(record)
}

func (r *replayer) sameTargets(record state.Record) bool {
	return len(r.targets) == 0 || slices.EqualFunc(record.Observation.Readings, r.targets, func(reading scaling.Reading, t scaling.Target) bool {
		return reading.Target == t
	})
}

// sameState says whether two states are the same to those who decide by them.
func sameState(a, b scaling.State) bool {
	inA, errA := json.Marshal(a)
	inB, errB := json.Marshal(b)
	return errA == nil && errB == nil && a.Fresh == b.Fresh && bytes.Equal(inA, inB)
}

// observation is the recorded one, read by the targets of this side.
func (r *replayer) observation(record state.Record) (scaling.Observation, error) {
	observed := record.Observation
	if r.sameTargets(record) {
		return observed, nil
	}
	if len(record.Measurement) == 0 || string(record.Measurement) == "null" {
		return observed, errNoMeasurement
	}
	reported, err := explain.Reported(record)
	if err != nil {
		return observed, err
	}
	// The load was the recorded one, whatever this side's configuration says; its targets are others.
	observed.Configuration += " by other targets"
	observed.Readings, err = reported.Readings(r.targets)
	return observed, err
}

// count adds a run to the totals of both sides.
func (r *replayer) count(record state.Record, would scaling.Decision) {
	s := &r.summary
	if s.Runs == 0 {
		s.From = record.Time
	}
	s.Runs++
	hours := 0.0
	if r.before != nil {
		hours = max(0, min(record.Time.Sub(r.before.Time), longestRun)).Hours()
	}
	s.To = record.Time
	s.Was.add(record.Decision, hours)
	s.Would.add(would, hours)
}

// add counts a decision; hours is how long that of the run before lasted.
func (t *replayTotal) add(d scaling.Decision, hours float64) {
	t.PodHours += float64(t.asked) * hours
	t.asked = d.Desired
	direction := 0
	switch {
	case d.Desired > d.Current:
		t.Ups++
		direction = 1
	case d.Desired < d.Current:
		t.Downs++
		direction = -1
	}
	if direction != 0 && t.direction == -direction {
		t.Reversals++
	}
	if direction != 0 {
		t.direction = direction
	}
}
