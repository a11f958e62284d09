package loadtest

import (
	"encoding/base64"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"go.starlark.net/starlark"
)

// starRequest is a request as the arguments of user.get and the like describe it.
type starRequest struct {
	method, path, name string
	headers            [][2]string
	query              string
	body, contentType  string
	bodies             int // how many of json, form and body are given
	authorization      string
	authorizations     int // how many of auth and bearer are given
	timeout            time.Duration
	redirects          int
	expect             []int
}

// requestArguments are the arguments of a request that are given by name.
const requestArguments = "auth, bearer, body, expect, form, headers, json, name, query, redirects, timeout"

// starRequestMethods are the functions of the user that send a request; request takes the method as its first argument.
var starRequestMethods = []string{"get", "post", "put", "patch", "delete", "head", "options", "request"}

func isRequestMethod(name string) bool { return slices.Contains(starRequestMethods, name) }

// sendWith is the function of the user that sends requests with a method, or with the one given if it is empty.
func sendWith(method string) starFunction {
	return func(t *starUser, args starlark.Tuple, kwargs []starlark.Tuple) (starlark.Value, error) {
		r := starRequest{method: method, timeout: t.class.timeout, redirects: t.class.redirects}
		if err := r.read(args, kwargs); err != nil {
			return nil, err
		}
		response, err := t.send(&r)
		if err != nil {
			return nil, err
		}
		return response, nil
	}
}

func (r *starRequest) read(args starlark.Tuple, kwargs []starlark.Tuple) error {
	all := [...]struct {
		name string
		text *string
	}{{"method", &r.method}, {"path", &r.path}}
	positional := all[:]
	if r.method != "" {
		positional = all[1:]
	}
	if len(args) > len(positional) {
		return fmt.Errorf("takes %s without a name, got %d; the others are %s", counted(len(positional), "argument"), len(args), requestArguments)
	}
	for i, v := range args {
		if err := setText(positional[i].text, positional[i].name, v); err != nil {
			return err
		}
	}
	for _, kwarg := range kwargs {
		if err := r.set(string(kwarg[0].(starlark.String)), kwarg[1]); err != nil {
			return err
		}
	}
	return r.check()
}

func (r *starRequest) check() error {
	switch {
	case !isToken(r.method):
		return fmt.Errorf("method: must be a method such as PROPFIND, got %q", r.method)
	case strings.HasPrefix(r.path, "//"):
		return fmt.Errorf("path: must begin with a single /; after // comes a host, got %q", r.path)
	case !isPath(r.path):
		return fmt.Errorf("path: must be a path that starts with / or an address that starts with http:// or https://, got %q", r.path)
	case r.bodies > 1:
		return fmt.Errorf("a request carries at most one of body, json and form; this one has %d", r.bodies)
	case r.authorizations > 1:
		return errors.New("auth: excludes bearer")
	}
	return nil
}

// set takes an argument that is given by name. None is as good as not given.
func (r *starRequest) set(name string, v starlark.Value) error {
	if v == starlark.None {
		return nil
	}
	switch name {
	case "path":
		return setText(&r.path, name, v)
	case "method":
		return setText(&r.method, name, v)
	case "name":
		return setText(&r.name, name, v)
	case "headers":
		return r.setHeaders(v)
	case "query":
		values, err := formOf(name, v)
		r.query = values
		return err
	case "json":
		return r.setJSON(v)
	case "form":
		values, err := formOf(name, v)
		r.setBody(values, "application/x-www-form-urlencoded")
		return err
	case "body":
		r.setBody("", "")
		if bytes, ok := v.(starlark.Bytes); ok {
			r.body = string(bytes)
			return nil
		}
		return setText(&r.body, name, v)
	case "auth":
		return r.setAuth(v)
	case "bearer":
		return r.setBearer(v)
	case "timeout":
		return r.setTimeout(v)
	case "redirects":
		return r.setRedirects(v)
	case "expect":
		expect, err := statuses(name, v)
		r.expect = expect
		return err
	}
	return fmt.Errorf("%s: unknown argument; known here: %s", name, requestArguments)
}

func (r *starRequest) setBody(body, contentType string) {
	r.bodies++
	r.body, r.contentType = body, contentType
}

func (r *starRequest) setJSON(v starlark.Value) error {
	document, err := appendJSON(nil, v, 0)
	if err != nil {
		return fmt.Errorf("json: %w", err)
	}
	r.setBody(string(document), "application/json")
	return nil
}

func (r *starRequest) setHeaders(v starlark.Value) error {
	if v == nil {
		return nil
	}
	dict, ok := v.(*starlark.Dict)
	if !ok {
		return fmt.Errorf("headers: must be a dict, got %s", shown(v))
	}
	r.headers = make([][2]string, 0, dict.Len())
	for _, item := range dict.Items() {
		if item[1] == starlark.None {
			continue
		}
		name, _ := starlark.AsString(item[0])
		value, ok := scalar(item[1])
		switch {
		case !isToken(name):
			return fmt.Errorf("headers: a header's name must be letters, digits and !#$%%&'*+-.^_`|~, got %s", shown(item[0]))
		case !ok:
			return fmt.Errorf("headers: the value of %s must be text, got %s", name, shown(item[1]))
		case !isOneLine(value):
			return fmt.Errorf("headers: the value of %s must be one line", name)
		}
		r.headers = append(r.headers, [2]string{name, value})
	}
	return nil
}

func (r *starRequest) setAuth(v starlark.Value) error {
	if v == nil {
		return nil
	}
	pair, ok := v.(starlark.Indexable)
	if !ok || pair.Len() != 2 {
		return errors.New(`auth: must be two texts, as in auth = ("alice", env("PASSWORD"))`)
	}
	user, ok := starlark.AsString(pair.Index(0))
	password, ok2 := starlark.AsString(pair.Index(1))
	if !ok || !ok2 {
		return errors.New(`auth: must be two texts, as in auth = ("alice", env("PASSWORD"))`)
	}
	r.authorizations++
	r.authorization = "Basic " + base64.StdEncoding.EncodeToString([]byte(user+":"+password))
	return nil
}

func (r *starRequest) setBearer(v starlark.Value) error {
	if v == nil {
		return nil
	}
	token, ok := starlark.AsString(v)
	switch {
	case !ok:
		return fmt.Errorf("bearer: must be text, got %s", v.Type())
	case !isOneLine(token):
		return errors.New("bearer: must be one line; a secret often ends in a line break, which .strip() removes")
	}
	r.authorizations++
	r.authorization = "Bearer " + token
	return nil
}

func (r *starRequest) setTimeout(v starlark.Value) error {
	if v == nil {
		return nil
	}
	d, err := durationOf(v, time.Millisecond)
	if err != nil {
		return fmt.Errorf("timeout: %w", err)
	}
	r.timeout = d
	return nil
}

func (r *starRequest) setRedirects(v starlark.Value) error {
	if v == nil {
		return nil
	}
	n, err := starlark.AsInt32(v)
	if err != nil || n < 0 || n > 100 {
		return fmt.Errorf("redirects: must be a whole number from 0 to 100, got %s", shown(v))
	}
	r.redirects = n
	return nil
}
