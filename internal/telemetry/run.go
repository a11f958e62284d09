package telemetry

import (
	"log/slog"

	"github.com/latency-pod-autoscaler/lpa/internal/config"
	"github.com/latency-pod-autoscaler/lpa/internal/program"
)

// Run is a program's run: where it is exported to, if anybody wants to know, and which span it is.
type Run struct {
	Settings
	Span Context // the zero one where nothing is exported
}

// Begin reads where to export to, and begins a trace. What is wrong with that is a warning.
func Begin(p program.Process, cfg *config.Config) Run {
	settings, problems := Read(cfg.Telemetry, p.Env, cfg.Proxy())
	for _, problem := range problems {
		p.Warnf("%s", problem)
	}
	r := Run{Settings: settings}
	if settings.On() {
		r.Span = NewContext()
	}
	return r
}

// Facts lead from a log to the trace; none where nothing is exported.
func (r Run) Facts() []slog.Attr {
	if !r.On() {
		return nil
	}
	return []slog.Attr{slog.String("trace_id", r.Span.Trace()), slog.String("span_id", r.Span.Span())}
}

// Autoscaler says which autoscaler it is, as Resource does, and how it scales.
func Autoscaler(cfg *config.Config, kind, namespace, name string) []slog.Attr {
	return append(Resource(kind, namespace, name), slog.String("lpa.mode", string(cfg.Mode)), slog.String("lpa.policy", cfg.Policy().Name()))
}
