package main

import (
	"context"
	"fmt"

	"github.com/latency-pod-autoscaler/lpa/internal/config"
	"github.com/latency-pod-autoscaler/lpa/internal/kube"
	"github.com/latency-pod-autoscaler/lpa/internal/scaling"
	"github.com/latency-pod-autoscaler/lpa/internal/state"
)

// decisionAnnotation holds the last decision on the resource that is scaled.
const decisionAnnotation = "latency-pod-autoscaler.github.io/decision"

// announcement is how a decision is told to Kubernetes.
type announcement struct {
	env    kube.Lookup
	object kube.Object
	record state.Record
}

// event creates an Event about the resource that is scaled.
func (a announcement) event(ctx context.Context) error {
	client, err := kube.InCluster(a.env)
	if err == nil {
		d := a.record.Decision
		err = client.Event(ctx, a.object, kube.Event{Warning: warns(d.Reason), Reason: string(d.Reason), Message: a.text(), Time: a.record.Time})
	}
	if err != nil {
		return fmt.Errorf("announcing an Event: %w", err)
	}
	return nil
}

// annotate writes the decision on the resource that is scaled.
func (a announcement) annotate(ctx context.Context) error {
	client, err := kube.InCluster(a.env)
	if err == nil {
		text := fmt.Sprintf("%s %s: %s", a.record.Time.Format("2006-01-02T15:04:05Z"), a.record.Decision.Reason, a.text())
		_, err = client.Annotate(ctx, a.object, "", map[string]*string{decisionAnnotation: &text})
	}
	if err != nil {
		return fmt.Errorf("announcing by an annotation: %w", err)
	}
	return nil
}

func (a announcement) text() string {
	return sentence(a.record.Mode == string(config.Observe), a.record.Decision)
}

// sentence is what people are told of a decision.
func sentence(observing bool, d scaling.Decision) string {
	if observing {
		return "observing only: " + d.Text
	}
	return d.Text
}

// warns says whether somebody should look at what a decision was made for.
func warns(reason scaling.Reason) bool {
	switch reason {
	case scaling.Untrusted, scaling.FallbackUsed, scaling.AtLeastUsed, scaling.StateNotSaved,
		scaling.TooManyReplicas, scaling.SharedDependency, scaling.NoImprovement:
		return true
	}
	return false
}

// worthAnEvent says whether a decision changes something, or is made for another reason than the last one. What is asked for
// again, as it had no effect, is no news. Without a log the last decision is not known, and only changes are told.
func worthAnEvent(record state.Record, last *state.Record, logged bool) bool {
	d := record.Decision
	if last == nil {
		return logged || d.Desired != d.Current
	}
	before := last.Decision
	if d.Desired == d.Current {
		return d.Reason != before.Reason
	}
	return d.Reason != before.Reason || d.Current != before.Current || d.Desired != before.Desired || last.Mode != record.Mode
}
