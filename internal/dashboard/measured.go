package dashboard

import (
	"encoding/json"
	"slices"

	"github.com/latency-pod-autoscaler/lpa/internal/scaling"
)

// measured is what is taken from a measurement. Nothing else of it is kept or shown.
type measured struct {
	Probe    *float64 `json:"in_flight_per_replica"`
	Requests *int     `json:"num_requests"`
	Failures *int     `json:"num_requests_fail"`
}

// readMeasured is lenient: a measurement of a later version may have other forms.
func readMeasured(text json.RawMessage) measured {
	var m measured
	if json.Unmarshal(text, &m) != nil {
		return measured{}
	}
	return m
}

// failures is the share of all requests that failed; without a measurement, that of the target where the most did.
func (m measured) failures(o scaling.Observation) float64 {
	if m.Requests != nil && m.Failures != nil && *m.Requests > 0 {
		return min(max(float64(*m.Failures)/float64(*m.Requests), 0), 1)
	}
	share := known(nil)
	for i := range o.Readings {
		if r := &o.Readings[i]; !r.Missing && !(share >= r.FailureShare) { // not known, or less
			share = r.FailureShare
		}
	}
	return share
}

// middle is the median of numbers, the larger one of two; it sorts them.
func middle(numbers []int64) int64 {
	slices.Sort(numbers)
	return numbers[len(numbers)/2]
}
