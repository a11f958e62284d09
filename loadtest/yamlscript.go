package loadtest

import (
	"encoding/json"
	"fmt"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/latency-pod-autoscaler/lpa/loadtest/strictyaml"
)

// LoadScript reads a task script from a file; env looks up the environment variables that the script refers to. All
// mistakes in the file are reported at once, as strictyaml.Problems.
func LoadScript(path string, env func(string) (string, bool)) (*Plan, error) {
	if isLocustfile(path) {
		return loadLocustfile(path, env)
	}
	if !strings.HasSuffix(path, ".yaml") && !strings.HasSuffix(path, ".yml") {
		return nil, fmt.Errorf("reading the task script: %s: must be a .yaml file, or a locustfile, .py", path)
	}
	data, err := strictyaml.ReadFile(path)
	if err != nil {
		return nil, fmt.Errorf("reading the task script: %w", err)
	}
	return ParseYAML(path, data, env)
}

// ParseYAML compiles a task script; name is the file's name for messages.
func ParseYAML(name string, data []byte, env func(string) (string, bool)) (*Plan, error) {
	doc := strictyaml.Parse(name, data)
	if err := doc.Problems().Err(); err != nil {
		return nil, err
	}
	r := scriptReader{plan: &Plan{}, env: env}
	r.script(doc.Root())
	if err := doc.Problems().Err(); err != nil {
		return nil, err
	}
	return r.plan, nil
}

// scriptReader turns the values of a document into a plan.
type scriptReader struct {
	plan *Plan
	env  func(string) (string, bool)
}

// defaults are what a step inherits from its class and a class from the script.
type defaults struct {
	wait      wait
	headers   []field
	auth      auth
	timeout   time.Duration
	redirects int
}

// defaultRedirects is how many redirects are followed, as in most HTTP clients.
const defaultRedirects = 10

func (r *scriptReader) script(v strictyaml.Value) {
	m := v.Map()
	inherited := r.defaults(m, defaults{
		wait:      waitBetween{low: time.Second, high: time.Second},
		redirects: defaultRedirects,
	})
	users, several := m.Get("users")
	if !several {
		r.plan.classes = []class{r.class(m, inherited, "user")}
		m.Done()
		return
	}
	for _, key := range []string{"onStart", "onStop", "tasks"} {
		if misplaced, ok := m.Get(key); ok {
			misplaced.Complain("belongs into a class, as the script has users")
		}
	}
	m.Done()
	for i, item := range users.SomeOf("user class") {
		cm := item.Map()
		r.plan.classes = append(r.plan.classes, r.class(cm, r.defaults(cm, inherited), fmt.Sprintf("user %d", i+1)))
		cm.Done()
	}
}

// defaults reads the keys that apply to everything below them.
func (r *scriptReader) defaults(m *strictyaml.Map, d defaults) defaults {
	if v, ok := m.Get("wait"); ok {
		d.wait = readWait(v, d.wait)
	}
	d.headers = r.headers(m, d.headers)
	d.auth = r.auth(m, d.auth)
	d.timeout = readTimeout(m, d.timeout)
	d.redirects = readRedirects(m, d.redirects)
	return d
}

func (r *scriptReader) class(m *strictyaml.Map, d defaults, name string) class {
	c := class{name: name, weight: 1, wait: d.wait}
	if v, ok := m.Get("name"); ok {
		c.name, _ = v.Text()
	}
	c.weight = readWeight(m)
	if v, ok := m.Get("onStart"); ok {
		c.onStart = r.steps(v, d)
	}
	if v, ok := m.Require("tasks", `[{get: "/"}]`); ok {
		c.tasks = r.tasks(v, d)
	}
	if v, ok := m.Get("onStop"); ok {
		c.onStop = r.steps(v, d)
	}
	return c
}

func (r *scriptReader) tasks(v strictyaml.Value, d defaults) []task {
	var tasks []task
	for _, item := range v.SomeOf("task") {
		tasks = append(tasks, r.task(item, d))
	}
	return tasks
}

// task reads {name, weight, steps}, or a single step with a weight beside it.
func (r *scriptReader) task(v strictyaml.Value, d defaults) task {
	m := v.Map()
	t := task{weight: readWeight(m)}
	if steps, ok := m.Get("steps"); ok {
		t.steps = r.steps(steps, d)
		if name, ok := m.Get("name"); ok {
			t.name, _ = name.Text()
		}
	} else if s := r.step(m, d); s != nil {
		t.steps = []step{s}
	}
	m.Done()
	return t
}

func (r *scriptReader) steps(v strictyaml.Value, d defaults) []step {
	var steps []step
	for _, item := range v.SomeOf("step") {
		m := item.Map()
		if s := r.step(m, d); s != nil {
			steps = append(steps, s)
		}
		m.Done()
	}
	return steps
}

// methods are the keys that start a request; request: takes any other method.
var methods = []string{"get", "post", "put", "patch", "delete", "head", "options"}

// step reads a request or a pause; nil if the mapping is neither, which is then reported.
func (r *scriptReader) step(m *strictyaml.Map, d defaults) step {
	line, found := r.requestLine(m)
	think, thinks := m.Get("think")
	if thinks {
		found++
	}
	if found != 1 {
		m.Complain("a step has exactly one of get, post, put, patch, delete, head, options, request or think; this one has %d", found)
	}
	if thinks && found == 1 {
		pause, _ := think.Duration(0)
		return thinkStep(pause)
	}
	request := r.request(m, d, line)
	if found != 1 {
		return nil
	}
	return request
}

// requestLine is the method and the path of a request, as written and compiled.
type requestLine struct {
	method, written string
	path            text
}

// requestLine reads the key that makes a step a request; found is how many there are.
func (r *scriptReader) requestLine(m *strictyaml.Map) (line requestLine, found int) {
	for _, method := range methods {
		if v, ok := m.Get(method); ok {
			found++
			line.method = strings.ToUpper(method)
			line.path, line.written = r.path(v)
		}
	}
	v, ok := m.Get("request")
	if !ok {
		return line, found
	}
	if text, ok := v.Text(); ok {
		method, path, _ := strings.Cut(text, " ")
		if line.method = method; isToken(method) && path != "" {
			line.path, line.written = r.pathText(v, strings.TrimSpace(path))
		} else {
			v.Refuse("must be a method and a path, such as PROPFIND /files")
		}
	}
	return line, found + 1
}

// request reads what a request has besides its method and path.
func (r *scriptReader) request(m *strictyaml.Map, d defaults, line requestLine) step {
	req := requestTemplate{
		method:    line.method,
		path:      line.path,
		headers:   r.headers(m, d.headers),
		auth:      r.auth(m, d.auth),
		body:      r.body(m),
		timeout:   readTimeout(m, d.timeout),
		redirects: readRedirects(m, d.redirects),
	}
	name := RequestName{Method: line.method, Name: line.written}
	if v, ok := m.Get("name"); ok {
		name.Name, _ = v.Text()
	}
	if v, ok := m.Get("query"); ok {
		req.query = r.fields(v)
	}
	if v, ok := m.Get("expect"); ok {
		req.expect = readExpect(v)
	}
	return &requestStep{nameIndex: r.plan.nameIndex(name), request: req}
}

func (r *scriptReader) path(v strictyaml.Value) (path text, written string) {
	written, ok := v.Text()
	if !ok {
		return text{}, ""
	}
	return r.pathText(v, written)
}

func (r *scriptReader) pathText(v strictyaml.Value, written string) (text, string) {
	path, ok := r.compile(v, written)
	switch {
	case !ok:
	case path.isConstant() && !isPath(path.constant), !isPath(written) && !strings.HasPrefix(written, "${"):
		v.Refuse("must be a path that starts with / or an address that starts with http:// or https://")
	case strings.HasPrefix(written, "//"):
		v.Refuse("must begin with a single /; after // comes a host")
	case path.isConstant():
		if _, err := url.Parse(path.constant); err != nil {
			v.Refuse("must be a valid path (%v)", err)
		}
	}
	return path, written
}

func isPath(s string) bool {
	return strings.HasPrefix(s, "/") || strings.HasPrefix(s, "http://") || strings.HasPrefix(s, "https://")
}

// text reads a value that may hold ${…}.
func (r *scriptReader) text(v strictyaml.Value) text {
	s, ok := v.Text()
	if !ok {
		return text{}
	}
	t, _ := r.compile(v, s)
	return t
}

func (r *scriptReader) compile(v strictyaml.Value, s string) (t text, ok bool) {
	t, err := parseText(s, r.env)
	if err != nil {
		v.Refuse("%v", err)
	}
	return t, err == nil
}

// fields reads a mapping of texts, in the order written.
func (r *scriptReader) fields(v strictyaml.Value) []field {
	var fields []field
	for _, e := range v.Map().Entries() {
		if e.Value.IsList() { // several values of one name, as in ?tag=a&tag=b
			for _, item := range e.Value.List() {
				fields = append(fields, field{e.Key, r.text(item)})
			}
			continue
		}
		fields = append(fields, field{e.Key, r.text(e.Value)})
	}
	return fields
}

// headers reads the headers key over those inherited: a name given again, in any case, replaces.
func (r *scriptReader) headers(m *strictyaml.Map, inherited []field) []field {
	v, ok := m.Get("headers")
	if !ok {
		return inherited
	}
	own := r.fields(v)
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

func (r *scriptReader) auth(m *strictyaml.Map, inherited auth) auth {
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
		token := r.text(bearer)
		if !token.isOneLine() {
			bearer.Complain("must be one line; a secret often ends in a line break, which echo -n leaves out")
		}
		return auth{scheme: "Bearer", bearer: token}
	}
	bm := basic.Map()
	a := auth{scheme: "Basic"}
	if user, ok := bm.Require("user", "user: alice"); ok {
		a.user = r.text(user)
	}
	if password, ok := bm.Require("password", `password: "${env.PASSWORD}"`); ok {
		a.password = r.text(password)
	}
	bm.Done()
	return a
}

func (r *scriptReader) body(m *strictyaml.Map) body {
	var b body
	found := 0
	if v, ok := m.Get("body"); ok {
		found++
		b = body{kind: bodyRaw, raw: r.text(v)}
	}
	if v, ok := m.Get("form"); ok {
		found++
		b = body{kind: bodyForm, form: r.fields(v)}
	}
	if v, ok := m.Get("json"); ok {
		found++
		b = body{kind: bodyJSON, json: r.compileJSON(v, v.Any())}
	}
	if found > 1 {
		m.Complain("a request carries at most one of body, json and form; this one has %d", found)
	}
	return b
}

// compileJSON replaces the strings of a tree by compiled texts.
func (r *scriptReader) compileJSON(v strictyaml.Value, value any) any {
	switch value := value.(type) {
	case string:
		compiled, _ := r.compile(v, value)
		return compiled
	case []any:
		for i, item := range v.List() {
			value[i] = r.compileJSON(item, value[i])
		}
	case map[string]any:
		for _, e := range v.Map().Entries() {
			value[e.Key] = r.compileJSON(e.Value, value[e.Key])
		}
	case json.Number:
		// YAML reads 010, 0x1f and 1_000 as numbers too; JSON does not have them.
		if _, err := strconv.ParseFloat(value.String(), 64); err != nil {
			v.Refuse("must be a number as JSON writes it")
		}
	}
	return value
}

// waitKinds are the keys of wait.
const waitKinds = "between: [1s, 3s], constant: 1s, pacing: 5s, throughput: 2/s or exponential: 1s"

func readWait(v strictyaml.Value, fallback wait) wait {
	m := v.Map()
	var chosen []wait
	if v, ok := m.Get("between"); ok {
		chosen = append(chosen, readBetween(v))
	}
	if v, ok := m.Get("constant"); ok {
		d, _ := v.Duration(0)
		chosen = append(chosen, waitBetween{low: d, high: d})
	}
	if v, ok := m.Get("pacing"); ok {
		d, _ := v.Duration(time.Microsecond)
		chosen = append(chosen, waitPacing(d))
	}
	if v, ok := m.Get("throughput"); ok {
		rate, _ := v.Rate()
		chosen = append(chosen, waitPacing(float64(time.Second)/rate))
	}
	if v, ok := m.Get("exponential"); ok {
		d, _ := v.Duration(0)
		chosen = append(chosen, waitExponential(d))
	}
	m.Done()
	if m.Wrong() {
		return fallback
	}
	if len(chosen) != 1 {
		v.Complain("must hold exactly one of %s", waitKinds)
		return fallback
	}
	return chosen[0]
}

func readBetween(v strictyaml.Value) wait {
	items := v.List()
	if len(items) != 2 {
		v.Complain("must be two durations, such as [1s, 3s]")
		return waitBetween{}
	}
	low, okLow := items[0].Duration(0)
	high, okHigh := items[1].Duration(0)
	if okLow && okHigh && high < low {
		items[1].Refuse("must be at least the first, %s", low)
		high = low
	}
	return waitBetween{low: low, high: high}
}

func readWeight(m *strictyaml.Map) int {
	v, ok := m.Get("weight")
	if !ok {
		return 1
	}
	weight, _ := v.Int(1, 1_000_000)
	return int(weight)
}

func readTimeout(m *strictyaml.Map, inherited time.Duration) time.Duration {
	v, ok := m.Get("timeout")
	if !ok {
		return inherited
	}
	d, _ := v.Duration(time.Millisecond)
	return d
}

func readRedirects(m *strictyaml.Map, inherited int) int {
	v, ok := m.Get("redirects")
	if !ok {
		return inherited
	}
	n, _ := v.Int(0, 100)
	return int(n)
}

func readExpect(v strictyaml.Value) []int {
	m := v.Map()
	status, ok := m.Require("status", "status: 200")
	m.Done()
	if !ok {
		return nil
	}
	values := []strictyaml.Value{status}
	if status.IsList() {
		values = status.List()
	}
	var codes []int
	for _, value := range values {
		code, _ := value.Int(100, 599)
		codes = append(codes, int(code))
	}
	return codes
}
