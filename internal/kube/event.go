package kube

import (
	"context"
	"fmt"
	"net/http"
	"net/url"
	"time"
)

// Event is what happened to an object, as kubectl describe shows it.
type Event struct {
	Warning bool   // its type: Warning, or Normal
	Reason  string // one word, such as Decayed
	Message string // cut after 1 kB, which is as much as an Event may hold
	Time    time.Time
}

// component is whom Events are said to come from.
const component = "latency-pod-autoscaler"

const maxMessage = 1024

// Event creates an Event about the object.
func (c *Client) Event(ctx context.Context, o Object, e Event) error {
	if err := o.Check(); err != nil {
		return err
	}
	kind := "Normal"
	if e.Warning {
		kind = "Warning"
	}
	at := e.Time.UTC().Format(time.RFC3339)
	body := map[string]any{
		"apiVersion": "v1",
		"kind":       "Event",
		"metadata":   map[string]any{"name": fmt.Sprintf("%s.%x", cutName(o.Name), e.Time.UnixNano()), "namespace": o.Namespace},
		"involvedObject": map[string]any{
			"apiVersion": o.APIVersion, "kind": o.Kind, "namespace": o.Namespace, "name": o.Name, "uid": o.UID,
		},
		"type": kind, "reason": e.Reason, "message": cut(e.Message, maxMessage),
		"source":         map[string]any{"component": component},
		"firstTimestamp": at, "lastTimestamp": at, "count": 1,
	}
	err := c.do(ctx, http.MethodPost, "/api/v1/namespaces/"+url.PathEscape(o.Namespace)+"/events", "application/json", body, nil)
	return hint(err, `{apiGroups: [""], resources: [events], verbs: [create]}`)
}

// cutName leaves room for what makes the Event's name unique: names have at most 253 characters.
func cutName(name string) string { return name[:min(len(name), 230)] }
