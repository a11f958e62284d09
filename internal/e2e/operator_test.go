//go:build e2e

package e2e

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	corev1 "k8s.io/api/core/v1"
	rbacv1 "k8s.io/api/rbac/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"sigs.k8s.io/yaml"
)

// kinds is where custom resource definitions are, and served where objects of the operator's kind are.
const (
	kinds  = "/apis/apiextensions.k8s.io/v1/customresourcedefinitions"
	served = "/apis/custompodautoscaler.com/v1"
)

// installKind makes the operator's kind known to the cluster until the test ends, unless the operator has done so.
func installKind(t *testing.T) {
	t.Helper()
	c := connect(t)
	text, err := os.ReadFile(commandsFolder + "/crd.yaml")
	require.NoError(t, err)
	body, err := yaml.YAMLToJSON(text)
	require.NoError(t, err)
	api := c.client.RESTClient()
	err = api.Post().AbsPath(kinds).SetHeader("Content-Type", "application/json").Body(body).Do(t.Context()).Error()
	if apierrors.IsAlreadyExists(err) {
		return
	}
	require.NoError(t, err)
	t.Cleanup(func() {
		ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
		defer cancel()
		require.NoError(t, api.Delete().AbsPath(kinds, "custompodautoscalers.custompodautoscaler.com").Do(ctx).Error())
	})
	eventually(t, time.Minute, "the kind is served", func() (bool, string) {
		_, err := api.Get().AbsPath(served, "custompodautoscalers").DoRaw(t.Context())
		return err == nil, fmt.Sprint(err)
	})
}

// operate does the operator's work in the namespace: what it makes of each CustomPodAutoscaler.
func (c *cluster) operate(ctx context.Context) {
	made := map[string]bool{}
	for ctx.Err() == nil {
		data, err := c.client.RESTClient().Get().AbsPath(served, "namespaces", c.namespace, "custompodautoscalers").DoRaw(ctx)
		var list struct{ Items []customPodAutoscaler }
		if err == nil {
			err = json.Unmarshal(data, &list)
		}
		for _, cpa := range list.Items {
			if made[cpa.Metadata.Name] {
				continue
			}
			made[cpa.Metadata.Name] = true
			for _, object := range madeOf(cpa) {
				err = errors.Join(err, c.create(object))
			}
		}
		if err != nil && c.t.Context().Err() == nil { // else the test is at its end
			c.t.Errorf("what the operator does: %v", err)
		}
		select {
		case <-ctx.Done():
		case <-time.After(pollEvery):
		}
	}
}

// madeOf are the objects that the operator v1.4.2 makes of a CustomPodAutoscaler.
func madeOf(cpa customPodAutoscaler) []runtime.Object {
	meta := metav1.ObjectMeta{Name: cpa.Metadata.Name}
	target, _ := json.Marshal(cpa.Spec.ScaleTargetRef) // strings only
	pod := corev1.Pod{ObjectMeta: *meta.DeepCopy(), Spec: *cpa.Spec.Template.Spec.DeepCopy()}
	pod.Labels = cpa.Spec.Template.Metadata.Labels
	pod.Spec.ServiceAccountName = meta.Name
	for i := range pod.Spec.Containers {
		env := &pod.Spec.Containers[i].Env
		*env = append(*env, corev1.EnvVar{Name: "scaleTargetRef", Value: string(target)}, corev1.EnvVar{Name: "namespace", Value: cpa.Metadata.Namespace})
		for _, item := range cpa.Spec.Config {
			*env = append(*env, corev1.EnvVar{Name: item.Name, Value: item.Value})
		}
	}
	all := []string{"*"}
	return []runtime.Object{
		&corev1.ServiceAccount{ObjectMeta: meta},
		&rbacv1.Role{ObjectMeta: meta, Rules: []rbacv1.PolicyRule{
			{APIGroups: []string{""}, Resources: []string{"pods", "replicationcontrollers", "replicationcontrollers/scale"}, Verbs: all},
			{APIGroups: []string{"apps"}, Resources: []string{"deployments", "deployments/scale", "replicasets", "replicasets/scale", "statefulsets", "statefulsets/scale"}, Verbs: all},
		}},
		&rbacv1.RoleBinding{ObjectMeta: meta, Subjects: []rbacv1.Subject{{Kind: "ServiceAccount", Name: meta.Name}},
			RoleRef: rbacv1.RoleRef{APIGroup: "rbac.authorization.k8s.io", Kind: "Role", Name: meta.Name}},
		&pod,
	}
}
