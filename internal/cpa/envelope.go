// Package cpa is the border to the Custom Pod Autoscaler framework: what it sends to metric and evaluate, what it wants
// back, and a runner that plays its part on a machine without Kubernetes.
package cpa

import (
	"bytes"
	stdjson "encoding/json"
	"errors"
	"fmt"
	"io"

	cpaconfig "github.com/jthomperoo/custom-pod-autoscaler/v2/config"
	cpaevaluate "github.com/jthomperoo/custom-pod-autoscaler/v2/evaluate"
	cpametric "github.com/jthomperoo/custom-pod-autoscaler/v2/metric"
)

// maxInput is more than the framework can send: a resource has at most 1.5 MiB in Kubernetes, a measurement some 100 kB.
const maxInput = 8 << 20

// MetricInput is what the framework sends to metric.
type MetricInput struct {
	Resource Resource
	RunType  string
}

// EvaluateInput is what the framework sends to evaluate.
type EvaluateInput struct {
	Value    string // what metric printed
	Resource Resource
	RunType  string
}

// DryRun says whether the answer will only be looked at, so that nothing may be remembered. A run type that is not known
// could be one of those.
func DryRun(runType string) bool {
	return runType == cpaconfig.APIDryRunRunType || !KnownRunType(runType)
}

// KnownRunType says whether the framework v2.12.2 knows the run type. One that is left out is that of a scheduled run.
func KnownRunType(runType string) bool {
	switch runType {
	case "", cpaconfig.ScalerRunType, cpaconfig.APIRunType, cpaconfig.APIDryRunRunType:
		return true
	}
	return false
}

// envelope has the keys of all versions of the framework: up to 0.10 they were written with underscores.
type envelope struct {
	Metrics    []*cpametric.ResourceMetric `json:"metrics"`
	Resource   stdjson.RawMessage          `json:"resource"`
	RunType    string                      `json:"runType"`
	OldRunType string                      `json:"run_type"`
}

func (e envelope) runType() string {
	if e.RunType != "" {
		return e.RunType
	}
	return e.OldRunType
}

// ReadMetricInput reads the input of metric. The framework up to 0.10 sent the bare resource, which is accepted too.
func ReadMetricInput(r io.Reader) (MetricInput, error) {
	data, e, err := readEnvelope(r)
	if err != nil {
		return MetricInput{}, err
	}
	raw := e.Resource
	if raw == nil {
		raw = data
	}
	resource, err := readResource(raw)
	if err != nil {
		return MetricInput{}, err
	}
	if resource.Replicas == nil {
		return MetricInput{}, errors.New("stdin: resource.spec.replicas: is missing; " +
			"runMode must be per-resource and the resource one that scales, such as a Deployment")
	}
	return MetricInput{Resource: resource, RunType: e.runType()}, nil
}

// ReadEvaluateInput reads the input of evaluate.
func ReadEvaluateInput(r io.Reader) (EvaluateInput, error) {
	_, e, err := readEnvelope(r)
	if err != nil {
		return EvaluateInput{}, err
	}
	in := EvaluateInput{RunType: e.runType()}
	switch {
	case len(e.Metrics) == 0 || e.Metrics[0] == nil:
		return in, errors.New("stdin: metrics: is empty, so nothing was measured")
	case len(e.Metrics) > 1:
		return in, fmt.Errorf("stdin: metrics: must hold one measurement, got %d; runMode must be per-resource", len(e.Metrics))
	case e.Metrics[0].Value == "":
		return in, errors.New("stdin: metrics[0].value: is empty, so metric printed nothing")
	}
	in.Value = e.Metrics[0].Value
	if e.Resource != nil {
		in.Resource, err = readResource(e.Resource)
	}
	return in, err
}

func readEnvelope(r io.Reader) ([]byte, envelope, error) {
	data, err := io.ReadAll(io.LimitReader(r, maxInput+1))
	switch {
	case err != nil:
		return nil, envelope{}, fmt.Errorf("reading stdin: %w", err)
	case len(data) > maxInput:
		return nil, envelope{}, fmt.Errorf("stdin: must be at most %d MiB", maxInput>>20)
	case len(bytes.TrimSpace(data)) == 0:
		return nil, envelope{}, errors.New("stdin: is empty; this program is run by the Custom Pod Autoscaler framework, which sends JSON")
	}
	var e envelope
	if err := stdjson.Unmarshal(data, &e); err != nil {
		return nil, envelope{}, fmt.Errorf("stdin: must be the framework's JSON: %s", jsonFault(data, err))
	}
	return data, e, nil
}

// jsonFault says where JSON is wrong, in words without Go's type names.
func jsonFault(data []byte, err error) string {
	var syntax *stdjson.SyntaxError
	var kind *stdjson.UnmarshalTypeError
	switch {
	case errors.As(err, &syntax):
		line, column := position(data, syntax.Offset)
		return fmt.Sprintf("line %d, column %d: %v", line, column, syntax)
	case errors.As(err, &kind):
		line, column := position(data, kind.Offset)
		field := kind.Field
		if field == "" {
			field = "the document"
		}
		return fmt.Sprintf("line %d, column %d: %s has the wrong kind, got %s", line, column, field, kind.Value)
	}
	return err.Error()
}

func position(data []byte, offset int64) (line, column int) {
	before := data[:min(offset, int64(len(data)))]
	return bytes.Count(before, []byte("\n")) + 1, max(1, len(before)-bytes.LastIndexByte(before, '\n')-1)
}

// WriteEvaluation prints the one JSON document that the framework expects of evaluate. Its only key is always there: the
// framework takes a missing one for 0.
func WriteEvaluation(w io.Writer, replicas int) error {
	return stdjson.NewEncoder(w).Encode(cpaevaluate.Evaluation{TargetReplicas: int32(replicas)})
}
