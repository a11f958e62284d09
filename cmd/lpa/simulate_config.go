package main

import (
	"errors"
	"fmt"
	"math"
	"strings"
	"time"

	"github.com/latency-pod-autoscaler/lpa/internal/config"
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
