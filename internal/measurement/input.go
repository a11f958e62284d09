package measurement

import (
	"cmp"
	"encoding/json"
	"errors"
)

// Input is what the framework sends to metric.
type Input struct {
	Resource Resource
	RunType  string
}

// envelope has the keys of all versions of the framework: up to 0.10 they were written with underscores.
type envelope struct {
	Metrics    []json.RawMessage `json:"metrics"` // of evaluate's input, but a list here too
	Resource   json.RawMessage   `json:"resource"`
	RunType    string            `json:"runType"`
	OldRunType string            `json:"run_type"`
}

// ParseInput reads the document that metric is sent. The framework up to 0.10 sent the bare resource, which is accepted too.
func ParseInput(document []byte) (Input, error) {
	var e envelope
	if err := ParseDocument(document, &e); err != nil {
		return Input{}, err
	}
	raw := e.Resource
	if raw == nil {
		raw = document
	}
	resource, err := ParseResource(raw)
	if err != nil {
		return Input{}, err
	}
	if resource.Replicas == nil {
		return Input{}, errors.New("stdin: resource.spec.replicas: is missing; " +
			"runMode must be per-resource and the resource one that scales, such as a Deployment")
	}
	return Input{Resource: resource, RunType: cmp.Or(e.RunType, e.OldRunType)}, nil
}
