package state

import (
	"encoding/json"

	"github.com/latency-pod-autoscaler/lpa/internal/scaling"
)

// Measured is what is told of a measurement beside its targets. Nothing else of it is shown to anybody.
type Measured struct {
	Probe    *float64 `json:"in_flight_per_replica"`
	Requests *int     `json:"num_requests"`
	Failures *int     `json:"num_requests_fail"`
	Trace    string   `json:"traceparent"`
}

// Measured is lenient: a measurement of a later version may have other forms.
func (r Record) Measured() Measured {
	var m Measured
	if json.Unmarshal(r.Measurement, &m) != nil {
		return Measured{}
	}
	return m
}

// FailureShare is the share of all requests that failed; without a measurement, that of the target where the most did. It is nil
// if neither is known.
func (m Measured) FailureShare(o scaling.Observation) *float64 {
	if m.Requests != nil && m.Failures != nil && *m.Requests > 0 {
		share := min(max(float64(*m.Failures)/float64(*m.Requests), 0), 1)
		return &share
	}
	var share *float64
	for i := range o.Readings {
		if r := &o.Readings[i]; !r.Missing && (share == nil || *share < r.FailureShare) {
			share = &r.FailureShare
		}
	}
	return share
}
