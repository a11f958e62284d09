package loadtest

import (
	"net/http"
	"regexp"
	"strings"

	"github.com/latency-pod-autoscaler/lpa/loadtest/strictyaml"
)

// collector finds the names of all captures before any expression is read, as one may come before what it uses: in a task
// that stands above another, say. What is wrong with the values is told when they are read.
type collector struct {
	reader *scriptReader
	seen   map[string]bool // named steps
	names  []string
}

func (r *scriptReader) capturesOf(class *strictyaml.Map) []string {
	c := collector{reader: r, seen: map[string]bool{}}
	for _, e := range class.Entries() {
		if e.Key == "onStart" || e.Key == "onStop" || e.Key == "tasks" {
			c.steps(e.Value)
		}
	}
	return c.names
}

func (c *collector) steps(v strictyaml.Value) {
	if !v.IsList() {
		return
	}
	for _, item := range v.List() {
		if !item.IsMap() {
			continue
		}
		for _, e := range item.Map().Entries() {
			switch e.Key {
			case "steps", "then", "else":
				c.steps(e.Value)
			case "use":
				c.use(e.Value)
			case "capture":
				c.capture(e.Value)
			}
		}
	}
}

func (c *collector) use(v strictyaml.Value) {
	if name, ok := v.Scalar(); ok && !c.seen[name] {
		c.seen[name] = true
		if steps, ok := c.reader.named[name]; ok {
			c.steps(steps)
		}
	}
}

func (c *collector) capture(v strictyaml.Value) {
	if !v.IsMap() {
		return
	}
	for _, e := range v.Map().Entries() {
		if identifier().MatchString(e.Key) && !reserved(e.Key) {
			c.names = append(c.names, e.Key)
		}
	}
}

// captures reads what a step takes out of its answer.
func (c *classReader) captures(m *strictyaml.Map) []capture {
	v, ok := m.Get("capture")
	if !ok {
		return nil
	}
	var captures []capture
	for _, e := range v.Map().Entries() {
		if !c.script.isFreeName(e) {
			continue
		}
		if _, f := c.scope.feed(e.Key); f != nil {
			e.ComplainKey("is the name of a feed; choose another")
			continue
		}
		captures = append(captures, c.capture(e))
	}
	return captures
}

const captureKinds = "json:PATH, header:NAME, cookie:NAME or regex:PATTERN"

// capture reads a source, or {from: SOURCE, default: VALUE}.
func (c *classReader) capture(e strictyaml.Entry) capture {
	out := capture{name: e.Key, index: c.captureIndex(e.Key)}
	source := e.Value
	if source.IsMap() {
		m := source.Map()
		from, ok := m.Require("from", "from: json:data.token")
		if fallback, has := m.Get("default"); has {
			out.optional, out.fallback = true, plainNumbers(fallback.Any())
		}
		m.Done()
		if !ok {
			return out
		}
		source = from
	}
	if text, ok := source.Text(); ok {
		out.source = text
		out.readSource(source)
	}
	return out
}

func (c *classReader) captureIndex(name string) int {
	for i, known := range c.class.captures {
		if known == name {
			return i
		}
	}
	return -1 // never: the collector has found it
}

func (c *capture) readSource(v strictyaml.Value) {
	kind, rest, _ := strings.Cut(c.source, ":")
	c.path = strings.TrimSpace(rest)
	if c.path == "" {
		v.Refuse("must be %s", captureKinds)
		return
	}
	switch kind {
	case "json":
		c.kind = captureJSON
		if strings.HasPrefix(c.path, "$") {
			v.Refuse("must be a path such as data.items.0.id, without $")
		}
	case "header":
		c.kind, c.path = captureHeader, http.CanonicalHeaderKey(c.path)
		if !isToken(c.path) {
			v.Refuse("must be the name of a header")
		}
	case "cookie":
		c.kind = captureCookie
	case "regex":
		c.kind = captureRegex
		c.pattern = readPattern(v, rest)
	default:
		v.Refuse("must be %s", captureKinds)
	}
}

func readPattern(v strictyaml.Value, source string) *regexp.Regexp {
	pattern, err := regexp.Compile(source)
	if err != nil {
		v.Refuse("must be a regular expression: %s", strings.TrimPrefix(err.Error(), "error parsing regexp: "))
		return regexp.MustCompile("")
	}
	return pattern
}
