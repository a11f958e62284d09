package main

import (
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/latency-pod-autoscaler/lpa/internal/program"
	"github.com/latency-pod-autoscaler/lpa/internal/report"
	"github.com/latency-pod-autoscaler/lpa/internal/simulate"
	"github.com/latency-pod-autoscaler/lpa/internal/wholefile"
	"github.com/latency-pod-autoscaler/lpa/loadtest/strictyaml"
	"github.com/spf13/pflag"
)

// simulateFlags are the command line of lpa simulate.
type simulateFlags struct {
	config string
	set    []string

	shape    string
	trace    string
	duration time.Duration
	pods     float64
	seed     uint64

	workers      int
	serviceTime  time.Duration
	distribution string
	startUp      time.Duration
	cold         string
	shared       []string
	timeout      time.Duration
	replicas     int

	interval  time.Duration
	runTime   time.Duration
	samples   int
	untrusted string
	exact     bool

	json      bool
	html      string
	decisions bool
}

// Defaults where neither a configuration nor a flag says anything.
const (
	assumedInterval = time.Minute
	assumedRunTime  = 20 * time.Second
	assumedSamples  = 300
	// assumedPods is how many are needed on average; a peak and its overshoot must
	// fit into maxReplicas, of which it is therefore at most this share.
	assumedPods  = 10
	assumedShare = 0.4
	// assumedRoom is how many service times a target is.
	assumedRoom = 10
)

func (f *simulateFlags) define(flags *pflag.FlagSet) {
	flags.StringVar(&f.config, "config", "", "take policy, targets, interval and load test from this `file`")
	flags.StringArrayVar(&f.set, "set", nil, "lay `KEY=YAML` over the configuration, such as 'decay={unchangedRuns: 10}'; may be repeated")
	flags.StringVar(&f.shape, "shape", "diurnal", "the built-in traffic with this `name`")
	flags.StringVar(&f.trace, "trace", "", "the traffic in this `file` instead")
	flags.DurationVar(&f.duration, "duration", 24*time.Hour, "how `long` a built-in shape is")
	flags.Float64Var(&f.pods, "pods", 0, "scale the traffic to need `N` pods on average (default 10 for a shape, or 0.4 times maxReplicas if that is less; a trace stays as it is)")
	flags.Uint64Var(&f.seed, "seed", 1, "a `number` that decides all that is random")
	flags.IntVar(&f.workers, "workers", 4, "a pod works on `N` requests at once")
	flags.DurationVar(&f.serviceTime, "service-time", 20*time.Millisecond, "the `time` that a worker takes for a request, on average")
	flags.StringVar(&f.distribution, "distribution", "exponential", "how that is spread, in a `form`: exponential, deterministic, lognormal:CV or bimodal:SHARE:FACTOR")
	flags.DurationVar(&f.startUp, "start-up", 20*time.Second, "the `time` from a pod's creation until it is ready")
	flags.StringVar(&f.cold, "cold", "", "new pods are slower for a time, such as `3:30s`: three times, for 30 s")
	flags.StringArrayVar(&f.shared, "shared", nil, "something behind the service is slower, such as `100ms:6h-7h`; may be repeated")
	flags.DurationVar(&f.timeout, "timeout", 0, "a client gives up after this `time` (default loadTest.timeout)")
	flags.IntVar(&f.replicas, "replicas", 0, "start with `N` pods (default as many as are needed)")
	flags.DurationVar(&f.interval, "interval", 0, "the `time` from one load test to the next (default that of the configuration, or 1m)")
	flags.DurationVar(&f.runTime, "run-time", 0, "the `time` that a load test takes (default warmup and runTime of the configuration, or 20s)")
	flags.IntVar(&f.samples, "samples", 0, "it makes `N` requests (default rate × runTime of the configuration if it has a rate, or 300)")
	flags.StringVar(&f.untrusted, "untrusted", "0%", "the `share` of the load tests that cannot be trusted, such as 10%")
	flags.BoolVar(&f.exact, "every-request", false, "follow every request, which takes long, instead of mean waits")
	flags.BoolVar(&f.json, "json", false, "print the result as JSON")
	flags.StringVar(&f.html, "html", "", "write a page with charts and decisions into this `file`")
	flags.BoolVar(&f.decisions, "decisions", false, "print every move with its reason; with --json every decision")
	flags.SortFlags = false
}

// load reads everything that a person wrote; its error has all that is wrong.
func (f *simulateFlags) load(p program.Process, flags *pflag.FlagSet) (*simulation, error) {
	cfg, cfgErr := f.configuration(p.Env)
	service, serviceErr := f.service()
	untrusted, untrustedErr := parseShare("--untrusted", f.untrusted, "10% or 0.1")
	traffic, trafficErr := f.traffic(flags)
	if err := errors.Join(cfgErr, serviceErr, untrustedErr, checkWritable("--html", f.html), trafficErr); err != nil {
		return nil, err
	}
	s := &simulation{policy: cfg.Policy()}
	s.setup = simulate.Setup{
		Service: service, Probe: simulate.Probe{Interval: f.interval, RunTime: f.runTime, Samples: f.samples, Untrusted: untrusted},
		MinReplicas: int(cfg.Framework.MinReplicas), MaxReplicas: int(cfg.Framework.MaxReplicas),
		StartReplicas: f.replicas, Seed: f.seed,
	}
	if f.exact {
		s.setup.Model = simulate.Events
	}
	f.fromConfiguration(s, cfg, flags)
	return s, f.size(s, traffic, flags)
}

// service is what the flags say of it.
func (f *simulateFlags) service() (simulate.Service, error) {
	distribution, distributionErr := parseDistribution(f.distribution)
	distribution.Mean = f.serviceTime
	var timeErr error
	if f.serviceTime <= 0 {
		timeErr = fmt.Errorf("--service-time: must be more than 0, got %s", f.serviceTime)
	}
	s := simulate.Service{Workers: f.workers, Time: distribution, StartUp: f.startUp, Timeout: f.timeout}
	var coldErr error
	if f.cold != "" {
		s.ColdFactor, s.ColdTime, coldErr = parseCold(f.cold)
	}
	errs := []error{timeErr, distributionErr, coldErr}
	for _, text := range f.shared {
		slow, err := parseSlowdown(text)
		errs = append(errs, err)
		s.Shared = append(s.Shared, slow)
	}
	return s, errors.Join(errs...)
}

func (f *simulateFlags) traffic(flags *pflag.FlagSet) (simulate.Trace, error) {
	switch {
	case f.trace != "" && (flags.Changed("shape") || flags.Changed("duration")):
		return simulate.Trace{}, errors.New("--trace: excludes --shape and --duration")
	case flags.Changed("pods") && !(f.pods > 0 && f.pods <= simulate.MostReplicas):
		return simulate.Trace{}, fmt.Errorf("--pods: must be more than 0 and at most %d, got %g", simulate.MostReplicas, f.pods)
	case f.trace == "":
		t, err := simulate.Shape(f.shape, f.duration, f.seed)
		return t, byFlag(err, flags)
	}
	t, err := simulate.LoadTrace(f.trace)
	return t, ofFile("--trace", err)
}

// ofFile puts the flag before an error, unless that begins with file:line:column.
func ofFile(flag string, err error) error {
	var problems strictyaml.Problems
	if err == nil || errors.As(err, &problems) {
		return err
	}
	return fmt.Errorf("%s: %w", flag, err)
}

// checkWritable finds out before all the work whether its result can be written into the file that a flag names, if it does.
func checkWritable(flag, path string) error {
	if path == "" {
		return nil
	}
	if err := wholefile.Check(path); err != nil {
		return fmt.Errorf("%s: %w", flag, err)
	}
	return nil
}

// size gives the traffic its size.
func (f *simulateFlags) size(s *simulation, traffic simulate.Trace, flags *pflag.FlagSet) error {
	if rows := traffic.Coarsest(); f.trace != "" && rows > time.Minute {
		traffic = traffic.Smooth()
		s.note("the trace has rows of %s: between their middles the traffic is a straight line, and bursts within them are not seen", report.Duration(rows))
	}
	s.setup.Trace = traffic
	if err := s.setup.Check(); err != nil {
		return byFlag(withAssumedTime(err, flags), flags)
	}
	var err error
	if s.capacity, err = simulate.Capacity(s.setup.Service, s.setup.Target); err != nil {
		return err
	}
	pods := f.pods
	if pods == 0 && f.trace == "" {
		pods = assumedPods
		if most := s.setup.MaxReplicas; most > 0 {
			pods = min(pods, assumedShare*float64(most))
		}
		s.assume("--pods %g", pods)
	}
	if pods > 0 {
		if s.setup.Trace, err = traffic.ForPods(pods, s.capacity); err != nil {
			return err
		}
	}
	if mean := s.setup.Trace.Average() / s.capacity; mean > simulate.MostReplicas {
		return fmt.Errorf("--trace: must need at most %d pods, got %.0f on average; scale it with --pods", simulate.MostReplicas, mean)
	}
	return byFlag(s.setup.Check(), flags) // now that the size of the traffic is known
}

// withAssumedTime says of a target that cannot be met what it may be due to: a service that nobody has described.
func withAssumedTime(err error, flags *pflag.FlagSet) error {
	var unmet simulate.TargetError
	if !errors.As(err, &unmet) || flags.Changed("service-time") {
		return err
	}
	return fmt.Errorf("%w; the %s are assumed: say with --service-time how long your service takes for a request", err, unmet.Time.Mean)
}

// byFlag puts the dashes before each line that begins with the name of a flag.
func byFlag(err error, flags *pflag.FlagSet) error {
	if err == nil {
		return nil
	}
	lines := strings.Split(err.Error(), "\n")
	for i, line := range lines {
		if name, _, _ := strings.Cut(line, ":"); flags.Lookup(name) != nil {
			lines[i] = "--" + line
		}
	}
	return errors.New(strings.Join(lines, "\n"))
}
