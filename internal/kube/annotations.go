package kube

import (
	"context"
	"net/http"
)

// Metadata is what the API server says of an object.
type Metadata struct {
	Annotations     map[string]string `json:"annotations"`
	ResourceVersion string            `json:"resourceVersion"` // changes with every change of the object, its status among them
}

type withMetadata struct {
	Metadata Metadata `json:"metadata"`
}

// Metadata reads the object's metadata.
func (c *Client) Metadata(ctx context.Context, o Object) (Metadata, error) {
	if err := o.Check(); err != nil {
		return Metadata{}, err
	}
	var answer withMetadata
	err := c.do(ctx, http.MethodGet, o.path(), "", nil, &answer)
	return answer.Metadata, hint(err, o.rule("get"))
}

// Annotate sets annotations of the object, and removes those that are nil. With a resourceVersion it does so only if the object
// is still that version: conflict says that it was not, and then nothing was changed and there is no error.
func (c *Client) Annotate(ctx context.Context, o Object, resourceVersion string, annotations map[string]*string) (conflict bool, err error) {
	if err := o.Check(); err != nil {
		return false, err
	}
	metadata := map[string]any{"annotations": annotations}
	if resourceVersion != "" {
		metadata["resourceVersion"] = resourceVersion
	}
	err = c.do(ctx, http.MethodPatch, o.path(), "application/merge-patch+json", map[string]any{"metadata": metadata}, nil)
	if isConflict(err) {
		return true, nil
	}
	return false, hint(err, o.rule("patch"))
}
