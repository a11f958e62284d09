package config

import (
	"log/slog"
	"net/url"
	"time"

	"github.com/latency-pod-autoscaler/lpa/loadtest/strictyaml"
	"golang.org/x/net/http/httpguts"
)

// Log is how the programs write to stderr.
type Log struct {
	JSON  bool       // else lines for people
	Level slog.Level // from which on something is written
}

// Telemetry is what is exported.
type Telemetry struct {
	Off  bool  // whatever the environment says
	OTLP *OTLP // nil if not given
}

// OTLP is a receiver of OpenTelemetry's protocol.
type OTLP struct {
	Endpoint *url.URL // to which the paths of the signals are added; nil if not given
	Headers  map[string]string
	Timeout  time.Duration // of an export; 0 if not given
}

// LogOf is how the configuration wants its own mistakes to be written, as far as that can be read from it.
func LogOf(path string, env Lookup) Log {
	data, err := strictyaml.ReadFile(path)
	if err != nil {
		data = nil
	}
	doc := strictyaml.Parse(path, data)
	if value, set := env("log"); set {
		doc.Override("log", "env log", []byte(value), true)
	}
	return readLog(doc.Root().Map())
}

func readLog(m *strictyaml.Map) Log {
	var l Log
	v, ok := m.Get("log")
	if !ok {
		return l
	}
	lm := v.Map()
	if f, ok := lm.Get("format"); ok {
		format, _ := f.OneOf("text", "json")
		l.JSON = format == "json"
	}
	if f, ok := lm.Get("level"); ok {
		level, _ := f.OneOf("info", "warn", "error")
		l.Level = map[string]slog.Level{"warn": slog.LevelWarn, "error": slog.LevelError}[level]
	}
	lm.Done()
	return l
}

func (r *reader) telemetry(m *strictyaml.Map) {
	v, ok := m.Get("telemetry")
	if !ok {
		return
	}
	if !v.IsMap() && !v.IsNull() {
		if text, _ := v.Scalar(); text != "off" {
			v.Refuse("must be off, or such as {otlp: {endpoint: http://collector:4318}}")
		}
		r.c.Telemetry.Off = true
		return
	}
	tm := v.Map()
	if o, ok := tm.Get("otlp"); ok {
		r.c.Telemetry.OTLP = readOTLP(o.Map())
	}
	tm.Done()
}

func readOTLP(m *strictyaml.Map) *OTLP {
	o := &OTLP{}
	if v, ok := m.Get("endpoint"); ok {
		if text, ok := v.Text(); ok {
			var valid bool
			if o.Endpoint, valid = ParseEndpoint(text); !valid {
				v.Refuse("must be an address such as http://collector:4318, without user, query and fragment")
			}
		}
	}
	if v, ok := m.Get("headers"); ok {
		o.Headers = readHeaders(v.Map())
	}
	if v, ok := m.Get("timeout"); ok {
		o.Timeout, _ = v.Duration(10 * time.Millisecond)
	}
	m.Done()
	return o
}

// readHeaders does not show the values of those that it refuses: they can be secrets.
func readHeaders(m *strictyaml.Map) map[string]string {
	headers := map[string]string{}
	for _, e := range m.Entries() {
		value, ok := e.Value.Text()
		switch {
		case !ok:
		case !httpguts.ValidHeaderFieldName(e.Key):
			e.ComplainKey("must be the name of a header")
		case !httpguts.ValidHeaderFieldValue(value):
			e.Value.Complain("must be the value of a header, which has no line breaks")
		default:
			headers[e.Key] = value
		}
	}
	return headers
}

// ParseEndpoint reads the address of a receiver.
func ParseEndpoint(text string) (*url.URL, bool) {
	u, err := url.Parse(text)
	if err != nil || (u.Scheme != "http" && u.Scheme != "https") || u.Hostname() == "" || u.User != nil || u.RawQuery != "" || u.Fragment != "" {
		return nil, false
	}
	return u, true
}
