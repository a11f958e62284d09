package main

import (
	"encoding/json"
	"io"

	"github.com/latency-pod-autoscaler/lpa/internal/explain"
	"github.com/latency-pod-autoscaler/lpa/internal/state"
)

// explainJSON prints a line of JSON for each decision.
type explainJSON struct{ encoder *json.Encoder }

func newExplainJSON(w io.Writer) explainJSON {
	encoder := json.NewEncoder(w)
	encoder.SetEscapeHTML(false)
	return explainJSON{encoder}
}

func (e explainJSON) decision(d explain.Run) error {
	return e.encoder.Encode(struct {
		state.Record
		WouldChange []explain.Change `json:"wouldChange"`
		Next        *int             `json:"nextReplicas,omitempty"`
	}{d.Record, append([]explain.Change{}, d.Changes()...), d.Next})
}

func (e explainJSON) observed(o observedRuns) error {
	return e.encoder.Encode(struct {
		Observed observedRuns `json:"observed"`
	}{o})
}

func (explainJSON) end(counted) error { return nil }
