package main

import (
	"time"

	"github.com/latency-pod-autoscaler/lpa/internal/config"
	"github.com/latency-pod-autoscaler/lpa/internal/state"
)

// longestRun is the most that a run counts for: between two that are further apart the autoscaler was not running.
const longestRun = time.Hour

// observedRuns is what an autoscaler that only observes would have done. Each run starts from the replicas that there really
// were, so its steps do not add up.
type observedRuns struct {
	Runs      int       `json:"runs"`
	Ups       int       `json:"ups"`
	Downs     int       `json:"downs"`
	From      time.Time `json:"from"`
	To        time.Time `json:"to"`
	PodHours  float64   `json:"podHours"`      // that there were
	Asked     float64   `json:"askedPodHours"` // that would have been asked for
	Highest   int       `json:"highest"`       // replicas asked for
	HighestAt time.Time `json:"highestAt"`
}

// add counts a run that lasted until the next one.
func (o *observedRuns) add(record state.Record, lasted time.Duration) {
	if record.Mode != string(config.Observe) {
		return
	}
	if o.Runs == 0 {
		o.From = record.Time
	}
	o.Runs++
	hours := max(0, min(lasted, longestRun)).Hours()
	d := record.Decision
	switch {
	case d.Desired > d.Current:
		o.Ups++
	case d.Desired < d.Current:
		o.Downs++
	}
	o.To = record.Time.Add(lasted)
	o.PodHours += float64(d.Current) * hours
	o.Asked += float64(d.Desired) * hours
	if d.Desired > o.Highest {
		o.Highest, o.HighestAt = d.Desired, record.Time
	}
}
