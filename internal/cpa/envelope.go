// Package cpa is the border to the Custom Pod Autoscaler framework, in its own types: what it sends to evaluate, what it wants
// back, and a runner that plays its part on a machine without Kubernetes. Package measurement is what metric, which starts
// without those types, has of it.
package cpa

import (
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"io"

	cpaconfig "github.com/jthomperoo/custom-pod-autoscaler/v2/config"
	cpaevaluate "github.com/jthomperoo/custom-pod-autoscaler/v2/evaluate"
	cpametric "github.com/jthomperoo/custom-pod-autoscaler/v2/metric"
	"github.com/latency-pod-autoscaler/lpa/internal/measurement"
)

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
	Resource   json.RawMessage             `json:"resource"`
	RunType    string                      `json:"runType"`
	OldRunType string                      `json:"run_type"`
}

// ReadEvaluateInput reads the input of evaluate.
func ReadEvaluateInput(r io.Reader) (EvaluateInput, error) {
	document, err := measurement.ReadStdin(r)
	if err != nil {
		return EvaluateInput{}, err
	}
	var e envelope
	if err := measurement.ParseDocument(document, &e); err != nil {
		return EvaluateInput{}, err
	}
	in := EvaluateInput{RunType: cmp.Or(e.RunType, e.OldRunType)}
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

// WriteEvaluation prints the one JSON document that the framework expects of evaluate. Its only key is always there: the
// framework takes a missing one for 0.
func WriteEvaluation(w io.Writer, replicas int) error {
	return json.NewEncoder(w).Encode(cpaevaluate.Evaluation{TargetReplicas: int32(replicas)})
}
