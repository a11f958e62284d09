package main

import (
	"errors"
	"fmt"
	"math"
	"strings"
	"time"

	"github.com/latency-pod-autoscaler/lpa/internal/config"
	"github.com/latency-pod-autoscaler/lpa/internal/scaling"
	"github.com/latency-pod-autoscaler/lpa/loadtest/strictyaml"
	"github.com/spf13/pflag"
)

// configuration is that of --config, or one of defaults, with --set over it.
func (f *simulateFlags) configuration(env config.Lookup) (*config.Config, error) {
	var errs []error
	var overrides []config.Override
	for _, set := range f.set {
		key, value, ok := strings.Cut(set, "=")
		if !ok || key == "" {
			errs = append(errs, fmt.Errorf("--set: must be KEY=YAML, such as 'decay={unchangedRuns: 10}', got %q", set))
			continue
		}
		overrides = append(overrides, func(doc *strictyaml.Document) {
			doc.Override(key, "--set "+key, []byte(value), config.Merged(key))
		})
	}
	if len(errs) > 0 {
		return nil, errors.Join(errs...)
	}
	if f.config == "" {
		most := func(doc *strictyaml.Document) { doc.Override("maxReplicas", "default", []byte("1000"), false) }
		return config.Defaults(env, append([]config.Override{most}, overrides...)...)
	}
	return config.Load(f.config, env, overrides...)
}

// fromConfiguration takes what flags do not say from the configuration, and notes what had to be assumed.
func (f *simulateFlags) fromConfiguration(s *simulation, cfg *config.Config, flags *pflag.FlagSet) {
	load := cfg.LoadTest
	probe := &s.setup.Probe
	given := f.config != ""
	switch {
	case flags.Changed("interval"):
	case given:
		probe.Interval = time.Duration(cfg.Framework.Interval) * time.Millisecond
	default:
		probe.Interval = assumedInterval
	}
	switch {
	case flags.Changed("run-time"):
	case given:
		probe.RunTime = load.Warmup + load.RunTime
	default:
		probe.RunTime = assumedRunTime
	}
	if !flags.Changed("timeout") {
		s.setup.Service.Timeout = load.Timeout
	}
	switch counted := load.RunTime.Seconds(); {
	case flags.Changed("samples"):
	case given && load.Rate > 0:
		probe.Samples = max(1, int(math.Round(load.Rate*counted)))
	default:
		probe.Samples = assumedSamples
		s.assume("--samples %d", assumedSamples)
	}
	s.takeTarget(cfg, f.serviceTime)
	if !given {
		s.assume("%s, as there is no --config", policyInWords(s.policy))
	}
	s.model = newModelValues(flags)
}

// takeTarget takes the first target of a latency, or one that is assumed.
func (s *simulation) takeTarget(cfg *config.Config, serviceTime time.Duration) {
	for _, target := range cfg.Targets {
		switch target.Statistic.Kind {
		case scaling.Mean, scaling.Median, scaling.Percentile:
			if s.setup.Target.Limit == 0 {
				s.setup.Target = target
			} else {
				s.notes = append(s.notes, fmt.Sprintf("only the first target of a latency is simulated; %s is left out", target))
			}
		default:
			s.notes = append(s.notes, fmt.Sprintf("%s cannot be simulated and is left out", target))
		}
	}
	if s.setup.Target.Limit == 0 {
		s.setup.Target = scaling.Target{
			Method: "GET", Endpoint: "/", Statistic: scaling.Statistic{Kind: scaling.Percentile, Quantile: 0.95},
			Limit: float64(assumedRoom*serviceTime) / float64(time.Millisecond),
		}
		s.assume("a target of %s, %d service times", s.setup.Target.Statistic.String()+" ≤ "+inMS(s.setup.Target.Limit), assumedRoom)
	}
}

func (s *simulation) assume(format string, args ...any) {
	s.assumed = append(s.assumed, fmt.Sprintf(format, args...))
}
