package main

import (
	"math"
	"slices"
	"time"

	"github.com/latency-pod-autoscaler/lpa/internal/compare"
	"github.com/latency-pod-autoscaler/lpa/internal/config"
	"github.com/latency-pod-autoscaler/lpa/internal/report"
	"github.com/latency-pod-autoscaler/lpa/internal/scaling"
	"github.com/latency-pod-autoscaler/lpa/internal/simulate"
	"github.com/spf13/pflag"
)

// newComparison is one without a configuration: the standard one, but of this service, this seed and a load test of so many
// samples.
func newComparison(service simulate.Service, seed uint64, samples int) *comparison {
	c := &comparison{}
	c.setup = compare.Standard()
	service.Timeout = c.setup.Service.Timeout
	c.setup.Service, c.setup.Seed, c.setup.Probe.Samples = service, seed, samples
	c.sweep.Settings = compare.Settings(scaling.Policy{})
	return c
}

// fromConfiguration takes the load test, the bounds and the target of the configuration, whose policy becomes one of the
// settings.
func (c *comparison) fromConfiguration(cfg *config.Config, flags *pflag.FlagSet) {
	load := cfg.LoadTest
	c.setup.Service.Timeout = load.Timeout
	c.setup.Probe.Interval = time.Duration(cfg.Framework.Interval) * time.Millisecond
	c.setup.Probe.RunTime = load.Warmup + load.RunTime
	c.setup.MinReplicas, c.setup.MaxReplicas = int(cfg.Framework.MinReplicas), int(cfg.Framework.MaxReplicas)
	switch samples := int(math.Round(load.Rate * load.RunTime.Seconds())); {
	case flags.Changed("samples"):
	case samples >= 1:
		c.setup.Probe.Samples = samples
	default:
		c.assume("--samples %d", c.setup.Probe.Samples)
	}
	c.takeTarget(cfg, c.setup.Service.Time.Mean)
	c.sweep.Settings = compare.WithYours(compare.Settings(cfg.Policy()), cfg.Policy())
}

// check finds what is wrong with the service before the traffic is given its size.
func (c *comparison) check(workers int, t comparedTraffic) error {
	setup := c.setup
	setup.Service.Workers = workers
	setup.Trace = slices.Concat(t.traces, t.shapes)[0]
	return setup.Check()
}

// remark notes what makes the result mean little.
func (c *comparison) remark() {
	for _, one := range c.sweep.Cases {
		trace, most := one.Setup.Trace, one.Setup.MaxReplicas
		if most > 0 && trace.Highest(0, one.Duration())/one.Capacity > float64(most) {
			c.note("%s: maxReplicas is %d, and the highest traffic needs more", one.Name(), most)
		}
		if needed := trace.Average() / one.Capacity; needed < 1.5 {
			c.note("%s: needs %s pods on average, where policies hardly differ; --pods scales it", one.Name(), report.Round(needed))
		}
	}
}
