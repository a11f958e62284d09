package kube

import (
	"errors"
	"fmt"
	"net/url"
	"strings"
)

// Object names the resource that is scaled.
type Object struct {
	APIVersion string // such as apps/v1
	Kind       string // such as Deployment
	Namespace  string
	Name       string
	UID        string // empty if it is not known; Events bear it
}

// String is the object as people name it, such as Deployment shop.
func (o Object) String() string { return o.Kind + " " + o.Name }

// Identity tells it from all others of a cluster, such as Deployment default/shop, however often it is made anew; empty if it has no
// name.
func (o Object) Identity() string {
	if o.Name == "" {
		return ""
	}
	return o.Kind + " " + o.Namespace + "/" + o.Name
}

// Check says what is missing for it to be found.
func (o Object) Check() error {
	var missing []string
	for _, part := range []struct{ name, value string }{
		{"apiVersion", o.APIVersion}, {"kind", o.Kind}, {"metadata.namespace", o.Namespace}, {"metadata.name", o.Name},
	} {
		if part.value == "" {
			missing = append(missing, part.name)
		}
	}
	if len(missing) > 0 {
		return errors.New("the resource that is scaled does not say its " + strings.Join(missing, ", "))
	}
	return nil
}

// group is the API's group, empty for the core one.
func (o Object) group() string {
	group, _, found := strings.Cut(o.APIVersion, "/")
	if !found {
		return ""
	}
	return group
}

// plural is the kind as paths and Roles write it. The rule is that of English, which every kind that can be scaled follows; to
// ask the API server would be another request in every run.
func (o Object) plural() string {
	kind := strings.ToLower(o.Kind)
	switch {
	case strings.HasSuffix(kind, "s"), strings.HasSuffix(kind, "x"), strings.HasSuffix(kind, "ch"):
		return kind + "es"
	case strings.HasSuffix(kind, "y"):
		return strings.TrimSuffix(kind, "y") + "ies"
	}
	return kind + "s"
}

func (o Object) path() string {
	root := "/apis/"
	if o.group() == "" {
		root = "/api/"
	}
	// A version has a slash where it has a group; everything else is a name of one part.
	version := strings.Split(o.APIVersion, "/")
	for i := range version {
		version[i] = url.PathEscape(version[i])
	}
	return root + strings.Join(version, "/") + "/namespaces/" + url.PathEscape(o.Namespace) + "/" + url.PathEscape(o.plural()) + "/" + url.PathEscape(o.Name)
}

// rule is what a Role must allow.
func (o Object) rule(verbs string) string {
	return fmt.Sprintf(`{apiGroups: [%q], resources: [%s], verbs: [%s]}`, o.group(), o.plural(), verbs)
}
