package main

import (
	"errors"
	"fmt"
	"os"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/latency-pod-autoscaler/lpa/internal/compare"
	"github.com/latency-pod-autoscaler/lpa/internal/config"
	"github.com/latency-pod-autoscaler/lpa/internal/program"
	"github.com/latency-pod-autoscaler/lpa/internal/report"
	"github.com/latency-pod-autoscaler/lpa/internal/scaling"
	"github.com/latency-pod-autoscaler/lpa/internal/simulate"
	"github.com/latency-pod-autoscaler/lpa/internal/wholefile"
	"github.com/latency-pod-autoscaler/lpa/loadtest/strictyaml"
	"github.com/spf13/pflag"
)

// compareFlags are the command line of lpa compare.
type compareFlags struct {
	service simulateFlags // those of lpa simulate that say what the service and the load test are like

	traces  []string
	shapes  string
	workers string
	pods    float64

	tolerate  string
	tolerated float64
	json      bool
	html      string
	markdown  string
	svg       string
	check     bool
	quiet     bool
}

func (f *compareFlags) define(flags *pflag.FlagSet) {
	s := &f.service
	flags.StringVar(&s.config, "config", "", "take the policy, target, bounds, interval and load test from this `file`")
	flags.StringArrayVar(&s.set, "set", nil, "lay `KEY=YAML` over the configuration, such as 'maxReplicas=40'; may be repeated")
	flags.StringArrayVar(&f.traces, "traces", nil, "traffic in this `file`, or in all files of a folder that end with .csv; may be repeated")
	flags.StringVar(&f.shapes, "shapes", "", "built-in traffic: `names` with commas between them, all or none (default all, none with --traces of files)")
	flags.StringVar(&f.workers, "workers", "1,4,8", "a pod works on so many requests at once, one or several `numbers`")
	flags.DurationVar(&s.serviceTime, "service-time", 20*time.Millisecond, "the `time` that a worker takes for a request, on average")
	flags.StringVar(&s.distribution, "distribution", "exponential", "how that is spread, in a `form`: exponential, deterministic, lognormal:CV or bimodal:SHARE:FACTOR")
	flags.DurationVar(&s.startUp, "start-up", 20*time.Second, "the `time` from a pod's creation until it is ready")
	flags.StringVar(&s.cold, "cold", "", "new pods are slower for a time, such as `3:30s`: three times, for 30 s")
	flags.IntVar(&s.samples, "samples", compare.Standard().Probe.Samples, "a load test makes `N` requests")
	flags.Float64Var(&f.pods, "pods", 10, "scale the traffic to need `N` pods on average; 0 leaves traces as they are (default 10, with --config 0)")
	flags.Uint64Var(&s.seed, "seed", 1, "a `number` that decides all that is random")
	flags.StringVar(&f.tolerate, "tolerate", "1%", "name the cheapest settings that are over the target for at most this `share` of the time")
	flags.BoolVar(&f.json, "json", false, "print the comparison as JSON")
	flags.StringVar(&f.html, "html", "", "write a page with the frontier into this `file`")
	flags.StringVar(&f.markdown, "markdown", "", "write the results into this `file`, in place of what is below its heading ## Results")
	flags.StringVar(&f.svg, "svg", "", "write the picture of the frontier into this `file`")
	flags.BoolVar(&f.check, "check", false, "exit with 1 if knee misses a goal beside the others")
	flags.BoolVarP(&f.quiet, "quiet", "q", false, "say nothing of the progress")
	flags.SortFlags = false
}

// load reads everything that a person wrote; its error has all that is wrong.
func (f *compareFlags) load(p program.Process, flags *pflag.FlagSet) (*comparison, error) {
	cfg, cfgErr := f.service.configuration(p.Env)
	service, serviceErr := f.service.service()
	workers, workersErr := parseWorkers(f.workers)
	var tolerateErr, podsErr error
	f.tolerated, tolerateErr = parseShare("--tolerate", f.tolerate, "1%")
	if !(f.pods >= 0 && f.pods <= 10_000) {
		podsErr = fmt.Errorf("--pods: must be from 0 to 10000, got %g", f.pods)
	}
	loads, shaped, loadsErr := f.loads(flags)
	if err := errors.Join(cfgErr, serviceErr, workersErr, tolerateErr, podsErr, loadsErr, f.checkFiles()); err != nil {
		return nil, err
	}
	c := &comparison{}
	f.setUp(c, cfg, service, flags)
	pods := f.pods
	if f.service.config != "" && !flags.Changed("pods") {
		pods = 0
		if shaped > 0 {
			c.assumed = append(c.assumed, "--pods 10 for built-in traffic")
		}
	}
	if err := c.check(workers[0], loads[0]); err != nil {
		return nil, byFlag(err, flags)
	}
	if f.service.config == "" && len(f.service.set) > 0 {
		return nil, errors.New("--set: is laid over a configuration; give --config too")
	}
	var err error
	if c.sweep.Cases, err = f.cases(c.setup, loads, shaped, workers, pods); err != nil {
		return nil, byFlag(err, flags)
	}
	c.remark()
	return c, nil
}

// remark notes what makes the result mean little.
func (c *comparison) remark() {
	for _, one := range c.sweep.Cases {
		capacity, err := simulate.Capacity(one.Setup.Service, one.Setup.Target)
		if err != nil {
			continue // which is told elsewhere
		}
		needed := one.Setup.Trace.Average() / capacity
		if most := one.Setup.MaxReplicas; most > 0 && one.Setup.Trace.Highest(0, one.Duration())/capacity > float64(most) {
			c.notes = append(c.notes, fmt.Sprintf("%s: maxReplicas is %d, and the highest traffic needs more", one.Name(), most))
		}
		if needed < 1.5 {
			c.notes = append(c.notes, fmt.Sprintf("%s: needs %s pods on average, where policies hardly differ; --pods scales it", one.Name(), report.Round(needed)))
		}
	}
}

// cases scales what has no size of its own in any case: the built-in traffic, which comes last.
func (f *compareFlags) cases(setup simulate.Setup, loads []simulate.Trace, shaped int, workers []int, pods float64) ([]compare.Case, error) {
	if pods > 0 {
		return compare.Cases(setup, loads, workers, pods)
	}
	own := len(loads) - shaped
	cases, err := compare.Cases(setup, loads[:own], workers, 0)
	if err != nil {
		return nil, err
	}
	built, err := compare.Cases(setup, loads[own:], workers, assumedPods)
	return append(cases, built...), err
}

// setUp is what all cases have in common, and the settings.
func (f *compareFlags) setUp(c *comparison, cfg *config.Config, service simulate.Service, flags *pflag.FlagSet) {
	c.setup = compare.Standard()
	service.Timeout = c.setup.Service.Timeout
	c.setup.Service, c.setup.Seed, c.setup.Probe.Samples = service, f.service.seed, f.service.samples
	bounds, baseline := scaling.Policy{}, 0.0
	c.judged = compare.OfPolicy(scaling.Policy{Knee: &scaling.Knee{BreachEvery: compare.DefaultBreachEvery}}).Name
	if f.service.config != "" {
		s := simulation{setup: c.setup, policy: cfg.Policy()}
		s.setup.Target, s.setup.Service.Timeout = scaling.Target{}, cfg.LoadTest.Timeout
		s.setup.Probe.Interval = time.Duration(cfg.Framework.Interval) * time.Millisecond
		s.setup.Probe.RunTime = cfg.LoadTest.Warmup + cfg.LoadTest.RunTime
		s.setup.MinReplicas, s.setup.MaxReplicas = int(cfg.Framework.MinReplicas), int(cfg.Framework.MaxReplicas)
		if samples := cfg.LoadTest.Rate * cfg.LoadTest.RunTime.Seconds(); samples >= 1 && !flags.Changed("samples") {
			s.setup.Probe.Samples = int(samples)
		} else if !flags.Changed("samples") {
			s.assume("--samples %d", s.setup.Probe.Samples)
		}
		s.takeTarget(cfg, f.service.serviceTime)
		c.setup, c.assumed, c.notes = s.setup, s.assumed, s.notes
		bounds = cfg.Policy()
		if bounds.Knee != nil {
			baseline = bounds.Knee.Baseline
		}
	}
	c.sweep.Settings = compare.Settings(bounds, baseline)
	if f.service.config != "" {
		c.sweep.Settings = compare.WithYours(c.sweep.Settings, cfg.Policy())
	}
	c.model = newModelValues(flags)
}

// check finds what is wrong with the service before the loads are given their size.
func (c *comparison) check(workers int, load simulate.Trace) error {
	setup := c.setup
	setup.Service.Workers, setup.Trace = workers, load
	return setup.Check()
}

// loads are the traces and then the built-in traffic, of which there are shaped.
func (f *compareFlags) loads(flags *pflag.FlagSet) (loads []simulate.Trace, shaped int, err error) {
	traces, tracesErr := compare.Traces(f.traces)
	var problems strictyaml.Problems
	if tracesErr != nil && !errors.As(tracesErr, &problems) { // those begin with file:line:column
		tracesErr = fmt.Errorf("--traces: %w", tracesErr)
	}
	names := simulate.Shapes()
	switch {
	case f.shapes == "none", !flags.Changed("shapes") && len(f.traces) > 0 && !slices.ContainsFunc(f.traces, isFolder):
		names = nil
	case flags.Changed("shapes") && f.shapes != "all":
		names = strings.Split(f.shapes, ",")
	}
	built, shapesErr := compare.Shapes(names, f.service.seed)
	if shapesErr != nil {
		shapesErr = errors.New(strings.ReplaceAll("--"+shapesErr.Error(), "--shape:", "--shapes:"))
	}
	if err := errors.Join(tracesErr, shapesErr); err != nil {
		return nil, 0, err
	}
	if len(traces)+len(built) == 0 {
		return nil, 0, errors.New("--shapes: is none, so --traces is required")
	}
	return append(traces, built...), len(built), nil
}

func isFolder(path string) bool {
	info, err := os.Stat(path)
	return err == nil && info.IsDir()
}

func (f *compareFlags) checkFiles() error {
	var errs []error
	for _, file := range []struct{ flag, path string }{{"--html", f.html}, {"--svg", f.svg}} {
		if file.path == "" {
			continue
		}
		if err := wholefile.Check(file.path); err != nil {
			errs = append(errs, fmt.Errorf("%s: %w", file.flag, err))
		}
	}
	if f.markdown != "" {
		if _, err := compare.CheckMarkdown(f.markdown); err != nil {
			errs = append(errs, fmt.Errorf("--markdown: %w", err))
		}
	}
	return errors.Join(errs...)
}

// parseWorkers reads 1,4,8.
func parseWorkers(text string) ([]int, error) {
	var all []int
	for _, part := range strings.Split(text, ",") {
		n, err := strconv.Atoi(strings.TrimSpace(part))
		if err != nil || n < 1 || n > 10_000 || slices.Contains(all, n) {
			return nil, fmt.Errorf("--workers: must be different numbers from 1 to 10000 with commas between them, such as 1,4,8, got %q", text)
		}
		all = append(all, n)
	}
	return all, nil
}
