package main

import (
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/latency-pod-autoscaler/lpa/internal/compare"
	"github.com/latency-pod-autoscaler/lpa/internal/program"
	"github.com/spf13/pflag"
)

// compareFlags are the command line of lpa compare.
type compareFlags struct {
	service simulateFlags // those of lpa simulate that say what the service and the load test are like

	traces  []string
	shapes  string
	workers string
	pods    float64

	tolerate string
	json     bool
	html     string
	markdown string
	svg      string
	check    bool
	quiet    bool
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
	flags.Float64Var(&f.pods, "pods", assumedPods, "scale the traffic to need `N` pods on average; 0 leaves traces as they are (default 10, with --config 0)")
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
	tolerated, tolerateErr := parseShare("--tolerate", f.tolerate, "1%")
	traffic, trafficErr := f.traffic(flags)
	err := errors.Join(cfgErr, serviceErr, workersErr, tolerateErr, f.checkPods(), trafficErr, f.checkFiles(), f.checkSet())
	if err != nil {
		return nil, err
	}
	c := newComparison(service, f.service.seed, f.service.samples)
	c.tolerated, c.model = tolerated, newModelValues(flags)
	if f.service.config != "" {
		c.fromConfiguration(cfg, flags)
	}
	if err := c.check(workers[0], traffic); err != nil {
		return nil, byFlag(err, flags)
	}
	if err := f.size(c, traffic, workers, flags); err != nil {
		return nil, byFlag(err, flags)
	}
	c.remark()
	return c, nil
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

func (f *compareFlags) checkPods() error {
	if !(f.pods >= 0 && f.pods <= 10_000) {
		return fmt.Errorf("--pods: must be from 0 to 10000, got %g", f.pods)
	}
	return nil
}

func (f *compareFlags) checkSet() error {
	if f.service.config == "" && len(f.service.set) > 0 {
		return errors.New("--set: is laid over a configuration; give --config too")
	}
	return nil
}

func (f *compareFlags) checkFiles() error {
	errs := []error{checkWritable("--html", f.html), checkWritable("--svg", f.svg)}
	if f.markdown != "" {
		if _, err := compare.CheckMarkdown(f.markdown); err != nil {
			errs = append(errs, fmt.Errorf("--markdown: %w", err))
		}
	}
	return errors.Join(errs...)
}
