package telemetry

import (
	"fmt"
	"log/slog"
	"maps"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/latency-pod-autoscaler/lpa/internal/config"
	"golang.org/x/net/http/httpguts"
)

// Settings are where to export to: what the configuration says, and what the environment says in the names that
// OpenTelemetry's specification gives.
type Settings struct {
	Traces, Metrics *Receiver // nil where nothing is exported
	service         string
	attributes      []slog.Attr
}

// Receiver is who is told of one kind of signals.
type Receiver struct {
	URL     *url.URL
	Headers map[string]string
	Timeout time.Duration
	Proxy   func(*url.URL) (*url.URL, error) // nil for none
	// Paths of PEM files: whom to trust, and who to be; empty for the system's and for nobody.
	CA, Certificate, Key string
}

const (
	// defaultEndpoint is that of the specification.
	defaultEndpoint = "http://localhost:4318"
	// defaultTimeout is shorter than the specification's ten seconds: the framework waits for the program to end.
	defaultTimeout = time.Second
	defaultService = "latency-pod-autoscaler"
)

// On says whether anything is exported.
func (s Settings) On() bool { return s.Traces != nil || s.Metrics != nil }

// Read finds out where to export to. What is wrong with a variable is no reason not to scale: it is told, and what it is about is
// left out. Without an endpoint and without telemetry.otlp nothing is exported, and there is nothing to find wrong.
func Read(t config.Telemetry, env config.Lookup, proxy func(*url.URL) (*url.URL, error)) (s Settings, problems []string) {
	r := variables{env: env}
	if t.Off || strings.EqualFold(r.get("OTEL_SDK_DISABLED"), "true") {
		return Settings{}, nil
	}
	given := func(name string) bool { return r.get("OTEL_EXPORTER_OTLP_"+name) != "" }
	if t.OTLP == nil && !given("ENDPOINT") && !given("TRACES_ENDPOINT") && !given("METRICS_ENDPOINT") {
		return Settings{}, nil
	}
	otlp := t.OTLP
	if otlp == nil {
		otlp = &config.OTLP{}
	}
	// Without one for all, only the kinds that have one of their own are exported.
	all := t.OTLP != nil || given("ENDPOINT")
	if all || given("TRACES_ENDPOINT") {
		s.Traces = r.receiver(otlp, "TRACES", "v1/traces", proxy)
	}
	if all || given("METRICS_ENDPOINT") {
		s.Metrics = r.receiver(otlp, "METRICS", "v1/metrics", proxy)
	}
	if s.On() {
		s.service, s.attributes = r.resource()
	}
	return s, r.problems
}

// variables are those of the environment, read with what is wrong with them.
type variables struct {
	env      config.Lookup
	problems []string
}

// get is a variable; one that is empty is as good as not set.
func (r *variables) get(name string) string {
	value, _ := r.env(name)
	return strings.TrimSpace(value)
}

// of is a variable of one kind of signals, or else of all.
func (r *variables) of(signal, name string) (variable, value string) {
	variable = "OTEL_EXPORTER_OTLP_" + signal + "_" + name
	if value = r.get(variable); value == "" {
		variable = "OTEL_EXPORTER_OTLP_" + name
		value = r.get(variable)
	}
	return variable, value
}

// refuse tells once what is wrong with a variable. Its value is not shown where it can be a secret.
func (r *variables) refuse(variable, format string, args ...any) {
	problem := "env " + variable + ": " + fmt.Sprintf(format, args...)
	if !slices.Contains(r.problems, problem) {
		r.problems = append(r.problems, problem)
	}
}

// receiver is that of one kind of signals; nil if it is not wanted, or not to be had.
func (r *variables) receiver(otlp *config.OTLP, signal, path string, proxy func(*url.URL) (*url.URL, error)) *Receiver {
	if exporter := "OTEL_" + signal + "_EXPORTER"; r.get(exporter) != "" && r.get(exporter) != "otlp" {
		if got := r.get(exporter); got != "none" {
			r.refuse(exporter, "must be otlp or none, got %q", got)
		}
		return nil
	}
	if variable, got := r.of(signal, "PROTOCOL"); got != "" && got != "http/protobuf" {
		r.refuse(variable, "must be http/protobuf, which receivers most often have on port 4318, got %q", got)
		return nil
	}
	to := &Receiver{Headers: maps.Clone(otlp.Headers), Timeout: defaultTimeout, Proxy: proxy}
	if otlp.Timeout > 0 {
		to.Timeout = otlp.Timeout
	}
	if to.URL = r.endpoint(otlp.Endpoint, signal, path); to.URL == nil {
		return nil
	}
	if variable, got := r.of(signal, "TIMEOUT"); got != "" {
		ms, err := strconv.ParseUint(got, 10, 31)
		if err != nil || ms == 0 {
			r.refuse(variable, "must be a whole number of milliseconds, more than 0, got %q", got)
		} else {
			to.Timeout = time.Duration(ms) * time.Millisecond
		}
	}
	if variable, got := r.of(signal, "HEADERS"); got != "" {
		to.Headers = r.headers(variable, got)
	}
	_, to.CA = r.of(signal, "CERTIFICATE")
	_, to.Certificate = r.of(signal, "CLIENT_CERTIFICATE")
	_, to.Key = r.of(signal, "CLIENT_KEY")
	return to
}

// endpoint is the address for one kind of signals: its own as it is, or the one for all with a path.
func (r *variables) endpoint(configured *url.URL, signal, path string) *url.URL {
	variable, got := r.of(signal, "ENDPOINT")
	base := configured
	if got != "" {
		parsed, ok := config.ParseEndpoint(got)
		if !ok {
			r.refuse(variable, "must be an address such as %s, without user, query and fragment, got %q", defaultEndpoint, got)
			return nil
		}
		if variable == "OTEL_EXPORTER_OTLP_"+signal+"_ENDPOINT" {
			return parsed
		}
		base = parsed
	}
	if base == nil {
		base, _ = config.ParseEndpoint(defaultEndpoint)
	}
	return base.JoinPath("/").JoinPath(path) // in two steps the path begins with a slash, as it should
}

// headers are name=value pairs, with what a comma cannot be written as in values escaped as in addresses.
func (r *variables) headers(variable, text string) map[string]string {
	headers := map[string]string{}
	pairs, ok := pairs(text)
	for _, p := range pairs {
		if !httpguts.ValidHeaderFieldName(p[0]) || !httpguts.ValidHeaderFieldValue(p[1]) {
			ok = false
			continue
		}
		headers[p[0]] = p[1]
	}
	if !ok {
		r.refuse(variable, "must be headers such as api-key=secret,x-tenant=shop; those that are not are left out")
	}
	return headers
}

// resource is what the environment says of who exports.
func (r *variables) resource() (service string, attributes []slog.Attr) {
	const variable = "OTEL_RESOURCE_ATTRIBUTES"
	pairs, ok := pairs(r.get(variable))
	if !ok {
		r.refuse(variable, "must be attributes such as deployment.environment.name=test,team=shop; those that are not are left out")
	}
	service = defaultService
	for _, p := range pairs {
		if p[0] == "service.name" {
			service = p[1]
			continue
		}
		attributes = append(attributes, slog.String(p[0], p[1]))
	}
	if name := r.get("OTEL_SERVICE_NAME"); name != "" {
		service = name
	}
	return service, attributes
}

// pairs are those of a list such as a=1,b=2; ok is false if some are none.
func pairs(text string) (pairs [][2]string, ok bool) {
	ok = true
	for part := range strings.SplitSeq(text, ",") {
		if strings.TrimSpace(part) == "" {
			continue
		}
		key, value, found := strings.Cut(part, "=")
		key = strings.TrimSpace(key)
		value, err := url.PathUnescape(strings.TrimSpace(value))
		if !found || key == "" || err != nil {
			ok = false
			continue
		}
		pairs = append(pairs, [2]string{key, value})
	}
	return pairs, ok
}
