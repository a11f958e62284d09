package measurement

import (
	"encoding/json"
	"errors"
	"fmt"
	"strconv"
)

// Resource is the resource that is scaled, as far as it matters to metric.
type Resource struct {
	Kind, Namespace, Name string // empty if it does not say

	Replicas *int // wanted by its spec; nil if it does not say
	Ready    *int // ready by its status; nil if it does not say
}

// object is a JSON object. Unlike fields of structs its keys are found in their own case only, as Kubernetes has it.
type object map[string]json.RawMessage

// ParseResource picks what matters out of any resource. Everything in it is the framework's and Kubernetes', so a field
// that is missing is no error here.
func ParseResource(raw []byte) (Resource, error) {
	var content object
	if err := json.Unmarshal(raw, &content); err != nil || content == nil {
		return Resource{}, errors.New("stdin: resource: must be a JSON object")
	}
	replicas, err := content.count("spec", "replicas")
	if err != nil {
		return Resource{}, err
	}
	ready, err := content.count("status", "readyReplicas")
	if err != nil {
		return Resource{}, err
	}
	if ready == nil && content.countsReady() {
		ready = new(int)
	}
	var metadata object
	_ = json.Unmarshal(content["metadata"], &metadata)
	return Resource{
		Kind: content.text("kind"), Namespace: metadata.text("namespace"), Name: metadata.text("name"),
		Replicas: replicas, Ready: ready,
	}, nil
}

// text is the text of a key; empty if there is none.
func (o object) text(key string) string {
	var text string
	_ = json.Unmarshal(o[key], &text)
	return text
}

// countsReady says that the resource's controller counts ready pods. Kubernetes leaves a count of 0 out.
func (o object) countsReady() bool {
	var status object
	if json.Unmarshal(o["status"], &status) != nil {
		return false
	}
	_, seen := status["observedGeneration"]
	switch o.text("kind") {
	case "Deployment", "ReplicaSet", "StatefulSet", "ReplicationController", "Rollout":
		return seen
	}
	return false
}

// count is the number of a key of a section; nil if there is none.
func (o object) count(section, key string) (*int, error) {
	around, given := o[section]
	if !given {
		return nil, nil
	}
	var inner object
	got := "what is no object around it"
	if json.Unmarshal(around, &inner) == nil {
		value, given := inner[key]
		if !given {
			return nil, nil
		}
		if n, err := strconv.ParseInt(string(value), 10, 32); err == nil && n >= 0 {
			whole := int(n)
			return &whole, nil
		}
		got = fmt.Sprintf("%.100s", value)
	}
	return nil, fmt.Errorf("stdin: resource.%s.%s: must be a whole number of at least 0, got %s", section, key, got)
}
