package loadtest

import (
	"net/url"
	"slices"
	"strings"

	"github.com/latency-pod-autoscaler/lpa/loadtest/strictyaml"
)

// requestLine is the method and the path of a request, as written and compiled.
type requestLine struct {
	method, written string
	path            text
}

// requestLine reads the key that makes a step a request.
func (c *classReader) requestLine(m *strictyaml.Map, key string) (line requestLine) {
	v, _ := m.Get(key)
	written, ok := v.Text()
	if key != "request" {
		line.method = strings.ToUpper(key)
		if ok {
			line.path, line.written = c.path(v, written, 0), written
		}
		return line
	}
	if !ok {
		return line
	}
	method, rest, _ := strings.Cut(written, " ")
	path := strings.TrimLeft(rest, " ")
	if line.method = method; !isToken(method) || path == "" {
		v.Refuse("must be a method and a path, such as PROPFIND /files")
		return line
	}
	line.written = strings.TrimRight(path, " ")
	line.path = c.path(v, line.written, len(written)-len(path))
	return line
}

// path compiles a path or an address, which begins so many bytes after its value.
func (c *classReader) path(v strictyaml.Value, written string, start int) text {
	path, ok := c.compile(v, written, start)
	begins, isLink := written, false
	switch {
	case !ok:
		return path
	case path.isConstant():
		begins = path.constant
	default:
		begins = path.parts[0].literal
		isLink = begins == ""
	}
	switch {
	case strings.HasPrefix(begins, "//"):
		v.Refuse("must begin with a single /; after // comes a host")
	case !isLink && !isPath(begins):
		v.Refuse("must be a path that starts with / or an address that starts with http:// or https://")
	case path.isConstant():
		if _, err := url.Parse(path.constant); err != nil {
			v.Refuse("must be a valid path (%v)", err)
		}
	}
	path.constant = escapeAddress(path.constant, false)
	for i := range path.parts {
		path.parts[i].literal = escapeAddress(path.parts[i].literal, false)
	}
	return path
}

// request reads what a request has besides its method and path.
func (c *classReader) request(m *strictyaml.Map, line requestLine) *requestStep {
	d := c.defaults
	c.refine(m, &d)
	s := &requestStep{}
	r := &s.request
	r.method, r.path = line.method, line.path
	r.headers, r.auth, r.timeout, r.redirects, r.expect, r.onFailure = d.headers, d.auth, d.timeout, d.redirects, d.expect, d.onFailure
	r.body = c.body(m)
	r.captures = c.captures(m)
	if v, ok := m.Get("query"); ok {
		r.query = c.fields(v)
	}
	name := RequestName{Method: line.method, Name: line.written}
	if v, ok := m.Get("name"); ok {
		name.Name = c.name(v)
	}
	if line.method != "" {
		s.nameIndex = c.script.plan.nameIndex(name)
	}
	return s
}

// name reads a request's name. It cannot differ from one request to the next, as each name has a result of its own.
func (c *classReader) name(v strictyaml.Value) string {
	name := c.text(v)
	if !name.isConstant() {
		v.Refuse("must be the same every time, so it takes ${env.…} only")
	}
	return name.constant
}

// text reads a value that may hold ${…}.
func (c *classReader) text(v strictyaml.Value) text {
	s, ok := v.Text()
	if !ok {
		return text{}
	}
	t, _ := c.compile(v, s, 0)
	return t
}

// compile reads the ${…} of a text, which begins so many bytes after its value.
func (c *classReader) compile(v strictyaml.Value, s string, start int) (t text, ok bool) {
	t, mistakes := c.scope.parseText(s)
	for _, m := range mistakes {
		v.RefuseAt(start+m.offset, "%s", m.message)
	}
	return t, len(mistakes) == 0
}

// fields reads a mapping of texts, in the order written.
func (c *classReader) fields(v strictyaml.Value) []field {
	var fields []field
	for _, e := range v.Map().Entries() {
		if e.Value.IsList() { // several values of one name, as in ?tag=a&tag=b
			for _, item := range e.Value.List() {
				fields = append(fields, field{e.Key, c.text(item)})
			}
			continue
		}
		fields = append(fields, field{e.Key, c.text(e.Value)})
	}
	return fields
}

// headers reads the headers key over those inherited: a name given again, in any case, replaces.
func (c *classReader) headers(m *strictyaml.Map, inherited []field) []field {
	v, ok := m.Get("headers")
	if !ok {
		return inherited
	}
	own := c.fields(v)
	for _, e := range v.Map().Entries() {
		if !isToken(e.Key) {
			e.Value.Complain("a header's name must be letters, digits and !#$%%&'*+-.^_`|~")
		}
	}
	for _, f := range own {
		if !f.value.isOneLine() {
			v.Complain("the value of %s must be one line", f.name)
		}
	}
	merged := slices.DeleteFunc(slices.Clone(inherited), func(f field) bool {
		return slices.ContainsFunc(own, func(o field) bool { return strings.EqualFold(o.name, f.name) })
	})
	return append(merged, own...)
}

// isToken says whether s is a token of RFC 9110 §5.6.2: a method or a header's name.
func isToken(s string) bool {
	return s != "" && !strings.ContainsFunc(s, func(c rune) bool {
		return c <= ' ' || c >= 0x7f || strings.ContainsRune("\"(),/:;<=>?@[\\]{}", c)
	})
}

func (c *classReader) auth(m *strictyaml.Map, inherited auth) auth {
	v, ok := m.Get("auth")
	if !ok {
		return inherited
	}
	am := v.Map()
	basic, hasBasic := am.Get("basic")
	bearer, hasBearer := am.Get("bearer")
	am.Done()
	if hasBasic == hasBearer {
		v.Complain("must hold either basic: {user, password} or bearer: TOKEN")
		return auth{}
	}
	if hasBearer {
		token := c.text(bearer)
		if !token.isOneLine() {
			bearer.Complain("must be one line; a secret often ends in a line break, which echo -n leaves out")
		}
		return auth{scheme: "Bearer", bearer: token}
	}
	bm := basic.Map()
	a := auth{scheme: "Basic"}
	if user, ok := bm.Require("user", "user: alice"); ok {
		a.user = c.text(user)
	}
	if password, ok := bm.Require("password", `password: "${env.PASSWORD}"`); ok {
		a.password = c.text(password)
	}
	bm.Done()
	return a
}
