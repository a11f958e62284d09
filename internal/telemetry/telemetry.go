// Package telemetry exports traces and metrics by OpenTelemetry's protocol over HTTP, OTLP. The two programs live for one run
// each and have a handful of numbers to tell, so that this is the protocol's messages and a request for each kind of them:
// OpenTelemetry's own SDK would make every start slower, on or off.
package telemetry

import (
	"crypto/rand"
	"encoding/hex"
	"log/slog"
	"strings"
	"time"
)

// Batch is what one program has to tell.
type Batch struct {
	Scope    string      // who tells it
	Version  string      // of who tells it
	Resource []slog.Attr // what it is told about
	Spans    []Span
	Metrics  []Metric
}

// Resource says which autoscaler it is: the one of that resource.
func Resource(kind, namespace, name string) []slog.Attr {
	if name == "" {
		return nil
	}
	return []slog.Attr{
		// The same from run to run, and another one for each autoscaler, as what is told by one name is taken for one.
		slog.String("service.instance.id", namespace+"/"+kind+"/"+name),
		slog.String("lpa.resource.kind", kind), slog.String("lpa.resource.namespace", namespace), slog.String("lpa.resource.name", name),
	}
}

// Span is a piece of work in a trace.
type Span struct {
	Context    Context
	Parent     Context // the zero one for the first of a trace
	Name       string
	Start, End time.Time
	Attributes []slog.Attr
	Events     []Event
	Error      string // why it failed; empty if it did not
}

// Event is a fact of a span.
type Event struct {
	Name       string
	Time       time.Time
	Attributes []slog.Attr
}

// Metric is a value with the attributes that tell it from others of its name.
type Metric struct {
	Name, Unit, Description string
	Count                   bool // how often something happened from Start to Time; else a value at Time
	Points                  []Point
}

// Point is a value of a metric.
type Point struct {
	Start, Time time.Time
	Value       float64
	Attributes  []slog.Attr
}

// Context says which span of which trace something is about.
type Context struct {
	trace [16]byte
	span  [8]byte
}

// NewContext is the first span of a new trace.
func NewContext() Context {
	var c Context
	_, _ = rand.Read(c.trace[:]) // which never fails
	_, _ = rand.Read(c.span[:])
	return c
}

// Child is another span of the same trace; of the zero context, it is of a new one.
func (c Context) Child() Context {
	child := NewContext()
	if c != (Context{}) {
		child.trace = c.trace
	}
	return child
}

// Trace is the name of the trace.
func (c Context) Trace() string { return hex.EncodeToString(c.trace[:]) }

// Span is the name of the span.
func (c Context) Span() string { return hex.EncodeToString(c.span[:]) }

// String is the context as W3C's traceparent.
func (c Context) String() string { return "00-" + c.Trace() + "-" + c.Span() + "-01" }

// ParseContext reads a traceparent. What is none is the zero context: a trace that cannot be continued is no reason to stop.
func ParseContext(text string) Context {
	var c Context
	parts := strings.Split(text, "-")
	if len(parts) != 4 || parts[0] != "00" || len(parts[1]) != 2*len(c.trace) || len(parts[2]) != 2*len(c.span) || text != strings.ToLower(text) {
		return Context{}
	}
	_, err := hex.Decode(c.trace[:], []byte(parts[1]))
	_, err2 := hex.Decode(c.span[:], []byte(parts[2]))
	if err != nil || err2 != nil || c.trace == [16]byte{} || c.span == [8]byte{} {
		return Context{}
	}
	return c
}
