package cpa

import (
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"math"
	"slices"
	"strings"
	"time"

	"github.com/latency-pod-autoscaler/lpa/internal/jsonfault"
	"github.com/latency-pod-autoscaler/lpa/internal/measurement"
	"github.com/latency-pod-autoscaler/lpa/internal/scaling"
	"github.com/latency-pod-autoscaler/lpa/loadtest"
)

// Reported is a measurement as evaluate reads it: ours, or one in the form of the Locust Pod Autoscaler, which lacks
// most of the keys.
type Reported struct {
	Schema          int                        `json:"schema"`
	CurrentReplicas *int                       `json:"current_replicas"`
	ReadyReplicas   *int                       `json:"ready_replicas"`
	Requests        map[string]reportedRequest `json:"requests"`
	Quality         *loadtest.Quality          `json:"quality"`
	HiddenWaits     []string                   `json:"hidden_waits"`
	// Timeout is what a failed request counts as in Reading's Mean. It is the configuration's; with 0 there is no mean of
	// requests of which some failed.
	Timeout time.Duration `json:"-"`
}

type reportedRequest struct {
	NumRequests *int                           `json:"num_requests"`
	NumFailures int                            `json:"num_failures"`
	Unfinished  int                            `json:"unfinished"`
	Failures    map[string]int                 `json:"failures"`
	Statuses    map[string]int                 `json:"failed_statuses"`
	Average     *float64                       `json:"avg_response_time"`
	Median      *float64                       `json:"median_response_time"`
	Min         *float64                       `json:"min_response_time"`
	Max         *float64                       `json:"max_response_time"`
	AtLeast     []string                       `json:"at_least"`
	Percentiles map[string]loadtest.Percentile `json:"percentiles"`
	Old         map[string]*float64            `json:"response_time_percentiles"`
	Samples     *loadtest.Samples              `json:"samples"`
}

// ParseReported reads the value that the framework hands from metric to evaluate.
func ParseReported(value string) (*Reported, error) {
	var m Reported
	if err := json.Unmarshal([]byte(value), &m); err != nil {
		return nil, fmt.Errorf("metrics[0].value: must be a measurement: %s", jsonfault.In([]byte(value), err))
	}
	switch {
	case m.Schema > measurement.Schema:
		return nil, fmt.Errorf("metrics[0].value: schema: must be at most %d, got %d; metric is newer than evaluate", measurement.Schema, m.Schema)
	case m.CurrentReplicas != nil && (*m.CurrentReplicas < 0 || *m.CurrentReplicas > math.MaxInt32):
		return nil, fmt.Errorf("metrics[0].value: current_replicas: must be a whole number of at least 0, got %d", *m.CurrentReplicas)
	case m.Quality != nil && m.Quality.Verdict == "":
		return nil, errors.New("metrics[0].value: quality.verdict: is missing")
	case m.Requests == nil:
		return nil, errors.New("metrics[0].value: requests: is missing, so this is not a measurement")
	case m.ReadyReplicas != nil && (*m.ReadyReplicas < 0 || *m.ReadyReplicas > math.MaxInt32):
		return nil, fmt.Errorf("metrics[0].value: ready_replicas: must be a whole number of at least 0, got %d", *m.ReadyReplicas)
	}
	for key, request := range m.Requests {
		if request.miscounted() {
			return nil, fmt.Errorf("metrics[0].value: requests[%q]: has a count that cannot be", key)
		}
		if request.negative() {
			return nil, fmt.Errorf("metrics[0].value: requests[%q]: has a negative latency", key)
		}
	}
	return &m, nil
}

// Names are the requests that the measurement has, in the words of targets.
func (m *Reported) Names() []string {
	var names []string
	for _, key := range slices.Sorted(maps.Keys(m.Requests)) {
		names = append(names, strings.Replace(key, "_", " ", 1))
	}
	return names
}

// Verdict is the measurement's own; one in the original's form, which has none, is taken as it is.
func (m *Reported) Verdict() loadtest.Quality {
	if m.Quality == nil {
		return loadtest.Quality{Verdict: loadtest.VerdictOK}
	}
	return *m.Quality
}

// Reading is the value of a target, with its evidence as far as the samples are known. known is false if the measurement
// does not have the target's request at all.
func (m *Reported) Reading(t scaling.Target) (reading scaling.Reading, known bool, err error) {
	request, ok := m.Requests[t.Key()]
	if !ok {
		return scaling.Reading{Target: t, Missing: true, Unknown: true}, false, nil
	}
	r := scaling.Reading{Target: t, Samples: request.samples(), FailureShare: request.failureShare()}
	if request.NumRequests != nil && r.Samples == 0 {
		r.Missing = true // averages of nothing are 0 in the original's form
		return r, true, nil
	}
	if err = request.value(&r); err == nil {
		err = request.evidence(&r, m.Timeout)
	}
	if err != nil {
		err = fmt.Errorf("metrics[0].value: requests[%q]: %w", t.Key(), err)
	}
	return r, true, err
}

func (q reportedRequest) value(r *scaling.Reading) error {
	switch r.Target.Statistic.Kind {
	case scaling.Mean:
		q.take(r, q.Average, "avg_response_time")
	case scaling.Median:
		q.take(r, q.Median, "median_response_time")
	case scaling.Min:
		q.take(r, q.Min, "min_response_time")
	case scaling.Max:
		q.take(r, q.Max, "max_response_time")
	case scaling.FailureRatio:
		q.failureRatio(r)
	default:
		return q.percentile(r)
	}
	return nil
}

func (q reportedRequest) failureShare() float64 {
	if q.NumRequests == nil || *q.NumRequests == 0 {
		return 0
	}
	return min(1, float64(q.NumFailures)/float64(*q.NumRequests))
}

func (q reportedRequest) samples() int {
	if q.NumRequests == nil {
		return 0
	}
	return *q.NumRequests + q.Unfinished
}

// take uses a statistic of the requests that did not fail. If all failed there is none, and the request is as slow as
// can be.
func (q reportedRequest) take(r *scaling.Reading, value *float64, key string) {
	switch {
	case value != nil:
		r.Value = *value
		r.AtLeast = slices.Contains(q.AtLeast, key)
	case q.NumFailures > 0:
		r.Failed = true
	default:
		r.Missing = true
	}
}

func (q reportedRequest) failureRatio(r *scaling.Reading) {
	if q.NumRequests == nil || *q.NumRequests == 0 {
		r.Missing = true
		return
	}
	r.Samples = *q.NumRequests
	r.Value = float64(q.NumFailures) / float64(*q.NumRequests)
	// Those that were cut off may have failed in the end. If that could make a breach, the ratio does not say that the target is met.
	worst := float64(q.NumFailures+q.Unfinished) / float64(*q.NumRequests+q.Unfinished)
	r.AtLeast = q.Unfinished > 0 && worst > r.Target.Limit
}

// percentile uses the percentile that metric computed, else the samples themselves, else the original's percentiles.
func (q reportedRequest) percentile(r *scaling.Reading) error {
	name := r.Target.Statistic.String()
	p, known := q.Percentiles[name]
	if !known && q.Samples != nil {
		var err error
		if p, err = q.Samples.Percentile(r.Target.Statistic.Quantile); err != nil {
			return err
		}
		known = true
	}
	old, ok := q.Old[strings.TrimPrefix(name, "p")]
	switch {
	case known && p.Failed:
		r.Failed = true
	case known && p.Value == nil:
		r.Missing = true
	case known:
		r.Value, r.AtLeast, r.Low, r.High = *p.Value, p.AtLeast, p.Low, p.High
	case !ok:
		return fmt.Errorf("has no %s", name)
	case old == nil:
		r.Missing = true
	default:
		r.Value = *old
	}
	return nil
}

// miscounted says that the request has a count that cannot be, and so would make sums of something else.
func (q reportedRequest) miscounted() bool {
	counts := []int{q.NumFailures, q.Unfinished}
	if q.NumRequests != nil {
		counts = append(counts, *q.NumRequests)
	}
	return slices.ContainsFunc(counts, func(n int) bool { return n < 0 || n > math.MaxInt32 })
}

// negative says that the request has a latency that cannot be, and so would count as fast.
func (q reportedRequest) negative() bool {
	values := []*float64{q.Average, q.Median, q.Min, q.Max}
	for _, p := range q.Percentiles {
		values = append(values, p.Value, p.Low, p.High)
	}
	values = slices.AppendSeq(values, maps.Values(q.Old))
	return slices.ContainsFunc(values, func(v *float64) bool { return v != nil && *v < 0 })
}
