package telemetry_test

import (
	"net/url"
	"testing"
	"time"

	"github.com/latency-pod-autoscaler/lpa/internal/config"
	"github.com/latency-pod-autoscaler/lpa/internal/telemetry"
	"github.com/stretchr/testify/require"
)

func environment(values map[string]string) config.Lookup {
	return func(name string) (string, bool) { v, set := values[name]; return v, set }
}

func to(address string, timeout time.Duration, headers map[string]string) *telemetry.Receiver {
	u, err := url.Parse(address)
	if err != nil {
		panic(err)
	}
	return &telemetry.Receiver{URL: u, Timeout: timeout, Headers: headers}
}

func TestWhereToExportTo(t *testing.T) {
	file := config.Telemetry{OTLP: &config.OTLP{Endpoint: to("https://file:1/x", 0, nil).URL, Headers: map[string]string{"a": "b"}, Timeout: 3 * time.Second}}
	for name, test := range map[string]struct {
		file            config.Telemetry
		env             map[string]string
		traces, metrics *telemetry.Receiver
		problems        []string
	}{
		"off unless asked for": {env: map[string]string{"OTEL_EXPORTER_OTLP_HEADERS": "x", "OTEL_EXPORTER_OTLP_PROTOCOL": "grpc", "OTEL_EXPORTER_OTLP_ENDPOINT": ""}},
		"the configuration": {file: file,
			traces:  to("https://file:1/x/v1/traces", 3*time.Second, map[string]string{"a": "b"}),
			metrics: to("https://file:1/x/v1/metrics", 3*time.Second, map[string]string{"a": "b"})},
		"the standard's default": {file: config.Telemetry{OTLP: &config.OTLP{}},
			traces: to("http://localhost:4318/v1/traces", time.Second, nil), metrics: to("http://localhost:4318/v1/metrics", time.Second, nil)},
		"the environment": {env: map[string]string{"OTEL_EXPORTER_OTLP_ENDPOINT": "http://env:4318/"},
			traces: to("http://env:4318/v1/traces", time.Second, nil), metrics: to("http://env:4318/v1/metrics", time.Second, nil)},
		"the environment over the configuration": {file: file,
			env:     map[string]string{"OTEL_EXPORTER_OTLP_ENDPOINT": "http://env:4318", "OTEL_EXPORTER_OTLP_TIMEOUT": "250", "OTEL_EXPORTER_OTLP_HEADERS": "Authorization=Basic%20x%3D, c = d"},
			traces:  to("http://env:4318/v1/traces", 250*time.Millisecond, map[string]string{"Authorization": "Basic x=", "c": "d"}),
			metrics: to("http://env:4318/v1/metrics", 250*time.Millisecond, map[string]string{"Authorization": "Basic x=", "c": "d"})},
		"one for each signal": {env: map[string]string{
			"OTEL_EXPORTER_OTLP_ENDPOINT": "http://env:4318", "OTEL_EXPORTER_OTLP_TRACES_ENDPOINT": "https://t/in", "OTEL_EXPORTER_OTLP_METRICS_TIMEOUT": "9",
			"OTEL_EXPORTER_OTLP_TRACES_HEADERS": "h=t"},
			traces: to("https://t/in", time.Second, map[string]string{"h": "t"}), metrics: to("http://env:4318/v1/metrics", 9*time.Millisecond, nil)},
		"one signal only":          {env: map[string]string{"OTEL_EXPORTER_OTLP_TRACES_ENDPOINT": "http://t"}, traces: to("http://t", time.Second, nil)},
		"a signal turned off":      {file: config.Telemetry{OTLP: &config.OTLP{}}, env: map[string]string{"OTEL_TRACES_EXPORTER": "none"}, metrics: to("http://localhost:4318/v1/metrics", time.Second, nil)},
		"off in the configuration": {file: config.Telemetry{Off: true}, env: map[string]string{"OTEL_EXPORTER_OTLP_ENDPOINT": "http://env:4318"}},
		"off in the environment":   {file: file, env: map[string]string{"OTEL_SDK_DISABLED": "True"}},

		"a protocol that is not spoken": {env: map[string]string{"OTEL_EXPORTER_OTLP_ENDPOINT": "http://env:4317", "OTEL_EXPORTER_OTLP_PROTOCOL": "grpc"},
			problems: []string{`env OTEL_EXPORTER_OTLP_PROTOCOL: must be http/protobuf, which receivers most often have on port 4318, got "grpc"`}},
		"no address": {env: map[string]string{"OTEL_EXPORTER_OTLP_ENDPOINT": "env:4318"},
			problems: []string{`env OTEL_EXPORTER_OTLP_ENDPOINT: must be an address such as http://localhost:4318, without user, query and fragment, got "env:4318"`}},
		"no time": {env: map[string]string{"OTEL_EXPORTER_OTLP_TRACES_ENDPOINT": "http://t", "OTEL_EXPORTER_OTLP_TIMEOUT": "5s"}, traces: to("http://t", time.Second, nil),
			problems: []string{`env OTEL_EXPORTER_OTLP_TIMEOUT: must be a whole number of milliseconds, more than 0, got "5s"`}},
		"no headers, which can be secrets": {env: map[string]string{"OTEL_EXPORTER_OTLP_TRACES_ENDPOINT": "http://t", "OTEL_EXPORTER_OTLP_HEADERS": "secret,a b=c,d=%0A,e=%zz,f=g"},
			traces:   to("http://t", time.Second, map[string]string{"f": "g"}),
			problems: []string{"env OTEL_EXPORTER_OTLP_HEADERS: must be headers such as api-key=secret,x-tenant=shop; those that are not are left out"}},
		"another exporter": {env: map[string]string{"OTEL_EXPORTER_OTLP_ENDPOINT": "http://env:4318", "OTEL_METRICS_EXPORTER": "console", "OTEL_RESOURCE_ATTRIBUTES": "x"},
			traces: to("http://env:4318/v1/traces", time.Second, nil),
			problems: []string{`env OTEL_METRICS_EXPORTER: must be otlp or none, got "console"`,
				"env OTEL_RESOURCE_ATTRIBUTES: must be attributes such as deployment.environment.name=test,team=shop; those that are not are left out"}},
	} {
		t.Run(name, func(t *testing.T) {
			settings, problems := telemetry.Read(test.file, environment(test.env), nil)
			require.Equal(t, test.problems, problems)
			require.Equal(t, []*telemetry.Receiver{test.traces, test.metrics}, []*telemetry.Receiver{settings.Traces, settings.Metrics})
			require.Equal(t, test.traces != nil || test.metrics != nil, settings.On())
		})
	}
	require.Equal(t, map[string]string{"a": "b"}, file.OTLP.Headers, "is not written to")
}
