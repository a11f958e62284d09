// Package measurement is what metric has of the framework, reads from it and hands over to evaluate: the resource that comes on
// stdin, and the load test's summary as JSON. It does without the framework's types, since they bring most of Kubernetes' along:
// each start of metric would be slower by a third, and its memory greater.
package measurement

import (
	"fmt"
	"io"
	"math"
	"strconv"

	"github.com/latency-pod-autoscaler/lpa/loadtest"
)

// Schema is the version of the measurement's form.
const Schema = 1

// Measurement is what metric prints: the load test's summary and the replicas that it met. Write has the same keys without
// encoding/json, which would cost metric more than the writing; of them evaluate reads what cpa.Reported has.
type Measurement struct {
	Schema          int  `json:"schema"`
	CurrentReplicas int  `json:"current_replicas"`
	ReadyReplicas   *int `json:"ready_replicas,omitempty"`
	// InFlightPerReplica is the load test's own share of the service's time: how many of its requests a replica had under way
	// on average. A service with four workers that works on 0.4 of them spends a tenth of its time on being measured.
	InFlightPerReplica float64 `json:"in_flight_per_replica"`
	// Trace is the trace that the run belongs to, as W3C's traceparent, where it is exported.
	Trace string `json:"traceparent,omitempty"`
	*loadtest.Summary
}

// Write prints the one JSON document of metric. The trace is a traceparent, or empty.
func Write(w io.Writer, resource Resource, summary *loadtest.Summary, trace string) error {
	text := fmt.Appendf(nil, `{"schema":%d,"current_replicas":%d`, Schema, *resource.Replicas)
	if resource.Ready != nil {
		text = fmt.Appendf(text, `,"ready_replicas":%d`, *resource.Ready)
	}
	inFlight := math.Round(1000*summary.Generator.InFlight/float64(max(resource.serving(), 1))) / 1000
	text = strconv.AppendFloat(append(text, `,"in_flight_per_replica":`...), inFlight, 'f', -1, 64)
	if trace != "" {
		text = fmt.Appendf(text, `,"traceparent":%q`, trace)
	}
	text, err := summary.AppendJSON(text)
	if err != nil {
		return err
	}
	_, err = w.Write(append(text, "}\n"...))
	return err
}

// serving is how many replicas answer requests, as far as the resource says.
func (r Resource) serving() int {
	if r.Ready != nil {
		return *r.Ready
	}
	return *r.Replicas
}
