package cpa

import (
	"crypto/sha256"
	"encoding/binary"
	stdjson "encoding/json"
	"fmt"
	"strconv"

	"github.com/latency-pod-autoscaler/lpa/internal/kube"
	"github.com/latency-pod-autoscaler/lpa/internal/measurement"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/util/json"
)

// Resource is the resource that is scaled, as far as it matters. The framework reads it before metric runs and sends the same to
// evaluate, so it is as it was before the load test.
type Resource struct {
	APIVersion  string
	Kind        string
	Namespace   string
	Name        string
	UID         string
	Annotations map[string]string

	Replicas *int // wanted by its spec; nil if it does not say
	Ready    *int // ready by its status; nil if it does not say
	// Generation stands for its pods' template: where it is another one, so are the pods. It is no count, and not the
	// resource's metadata.generation, which changes with the replicas too, and in a Deployment with every annotation. 0 if it
	// has no template.
	Generation int64
	// RollingOut says that its controller has not seen its spec yet, or is replacing pods.
	RollingOut bool
}

// Object names the resource for the API server.
func (r Resource) Object() kube.Object {
	return kube.Object{APIVersion: r.APIVersion, Kind: r.Kind, Namespace: r.Namespace, Name: r.Name, UID: r.UID}
}

// readResource picks what matters out of any resource. Everything in it is the framework's and Kubernetes', so a field
// that is missing is no error here.
func readResource(raw []byte) (Resource, error) {
	counts, err := measurement.ParseResource(raw)
	if err != nil {
		return Resource{}, err
	}
	var content map[string]any
	if err := json.Unmarshal(raw, &content); err != nil {
		return Resource{}, fmt.Errorf("stdin: resource: %w", err)
	}
	return Resource{
		APIVersion: text(content, "apiVersion"), Kind: text(content, "kind"), Namespace: text(content, "metadata", "namespace"),
		Name: text(content, "metadata", "name"), UID: text(content, "metadata", "uid"), Annotations: annotations(content),
		Replicas: counts.Replicas, Ready: counts.Ready, Generation: templateNumber(content), RollingOut: rollingOut(content),
	}, nil
}

func text(content map[string]any, fields ...string) string {
	s, _, _ := unstructured.NestedString(content, fields...)
	return s
}

// number is a whole number of at least 0; 0 if it is none, or missing. Argo's Rollout writes its observedGeneration as text.
func number(content map[string]any, fields ...string) int64 {
	value, _, _ := unstructured.NestedFieldNoCopy(content, fields...)
	switch n := value.(type) {
	case int64:
		return max(0, n)
	case string:
		parsed, err := strconv.ParseInt(n, 10, 64)
		if err == nil {
			return max(0, parsed)
		}
	}
	return 0
}

// templateNumber is a fingerprint of the pods' template, in a number that JSON has room for.
func templateNumber(content map[string]any) int64 {
	template, found, err := unstructured.NestedFieldNoCopy(content, "spec", "template")
	if err != nil || !found {
		return 0
	}
	data, err := stdjson.Marshal(template) // which sorts the keys
	if err != nil {
		return 0
	}
	sum := sha256.Sum256(data)
	const exact = 53 // bits of a whole number that every program reads from JSON
	return int64(binary.BigEndian.Uint64(sum[:]) >> (64 - exact))
}

// annotations are those that are text, which in Kubernetes all are.
func annotations(content map[string]any) map[string]string {
	all, _, _ := unstructured.NestedMap(content, "metadata", "annotations")
	var found map[string]string
	for key, value := range all {
		if s, ok := value.(string); ok {
			if found == nil {
				found = make(map[string]string, len(all))
			}
			found[key] = s
		}
	}
	return found
}

// rollingOut says whether pods are being replaced, or are about to be. A rollout that somebody has stopped half-way can stay so
// for weeks, and is the service as it is.
func rollingOut(content map[string]any) bool {
	seen := number(content, "status", "observedGeneration")
	if seen == 0 {
		return false // it is no controller's status
	}
	if seen < number(content, "metadata", "generation") {
		return true
	}
	all, updated := number(content, "status", "replicas"), number(content, "status", "updatedReplicas")
	switch kind := text(content, "kind"); {
	case stopped(content):
		return false
	case kind == "Deployment", kind == "Rollout":
		return updated < all
	case kind == "StatefulSet":
		// Pods below the partition keep the old template on purpose.
		return updated < all-number(content, "spec", "updateStrategy", "rollingUpdate", "partition")
	}
	return false // a ReplicaSet replaces no pods
}

// stopped says that a rollout waits for a person: it is paused, or pods are only replaced when somebody deletes them.
func stopped(content map[string]any) bool {
	paused, _, _ := unstructured.NestedBool(content, "spec", "paused")
	conditions, _, _ := unstructured.NestedSlice(content, "status", "pauseConditions") // of a Rollout between two steps
	return paused || len(conditions) > 0 || text(content, "spec", "updateStrategy", "type") == "OnDelete"
}
