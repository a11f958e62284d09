package main

import (
	"errors"
	"fmt"
	"math"
	"strconv"
	"strings"
	"time"

	"github.com/latency-pod-autoscaler/lpa/internal/config"
	"github.com/latency-pod-autoscaler/lpa/internal/program"
	"github.com/latency-pod-autoscaler/lpa/internal/report"
	"github.com/latency-pod-autoscaler/lpa/internal/scaling"
	"github.com/latency-pod-autoscaler/lpa/internal/simulate"
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
	assumedPods     = 10
	// assumedRoom is how many service times a target is.
	assumedRoom = 5
)

func (f *simulateFlags) define(flags *pflag.FlagSet) {
	flags.StringVar(&f.config, "config", "", "take policy, targets, interval and load test from this `file`")
	flags.StringArrayVar(&f.set, "set", nil, "lay `KEY=YAML` over the configuration, such as 'decay={unchangedRuns: 10}'; may be repeated")
	flags.StringVar(&f.shape, "shape", "diurnal", "the built-in traffic with this `name`")
	flags.StringVar(&f.trace, "trace", "", "the traffic in this `file` instead")
	flags.DurationVar(&f.duration, "duration", 24*time.Hour, "how long a built-in shape is")
	flags.Float64Var(&f.pods, "pods", 0, "scale the traffic to need `N` pods on average (default 10 for a shape; a trace stays as it is)")
	flags.Uint64Var(&f.seed, "seed", 1, "a `number` that decides all that is random")
	flags.IntVar(&f.workers, "workers", 4, "how many requests a pod works on at once")
	flags.DurationVar(&f.serviceTime, "service-time", 20*time.Millisecond, "what a worker takes for a request, on average")
	flags.StringVar(&f.distribution, "distribution", "exponential", "how that is spread: exponential, deterministic, lognormal:CV or bimodal:SHARE:FACTOR")
	flags.DurationVar(&f.startUp, "start-up", 20*time.Second, "from a pod's creation until it is ready")
	flags.StringVar(&f.cold, "cold", "", "new pods are slower for a time, such as `3:30s`: three times, for 30 s")
	flags.StringArrayVar(&f.shared, "shared", nil, "something behind the service is slower, such as `100ms:6h-7h`; may be repeated")
	flags.DurationVar(&f.timeout, "timeout", 10*time.Second, "after how long a client gives up (default loadTest.timeout)")
	flags.IntVar(&f.replicas, "replicas", 0, "how many there are at the start (default as many as are needed)")
	flags.DurationVar(&f.interval, "interval", assumedInterval, "from one load test to the next (default that of the configuration)")
	flags.DurationVar(&f.runTime, "run-time", assumedRunTime, "how long a load test takes (default warmup and runTime of the configuration)")
	flags.IntVar(&f.samples, "samples", assumedSamples, "how many requests it makes (default loadTest.rate × runTime, if it has a rate)")
	flags.StringVar(&f.untrusted, "untrusted", "0", "the `share` of the load tests that cannot be trusted, such as 10%")
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
	untrusted, untrustedErr := parseShare(f.untrusted)
	var pageErr error
	if f.html != "" {
		if err := report.CheckFile(f.html); err != nil {
			pageErr = fmt.Errorf("--html: %w", err)
		}
	}
	traffic, trafficErr := f.traffic(flags)
	if err := errors.Join(cfgErr, serviceErr, untrustedErr, pageErr, trafficErr); err != nil {
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
	var problems strictyaml.Problems
	if err != nil && !errors.As(err, &problems) {
		err = fmt.Errorf("--trace: %w", err)
	}
	return t, err
}

// fromConfiguration takes what flags do not say from the configuration, and notes what had to be assumed.
func (f *simulateFlags) fromConfiguration(s *simulation, cfg *config.Config, flags *pflag.FlagSet) {
	load := cfg.LoadTest
	probe := &s.setup.Probe
	if f.config != "" && !flags.Changed("interval") {
		probe.Interval = time.Duration(cfg.Framework.Interval) * time.Millisecond
	}
	if f.config != "" && !flags.Changed("run-time") {
		probe.RunTime = load.Warmup + load.RunTime
	}
	if !flags.Changed("timeout") {
		s.setup.Service.Timeout = load.Timeout
	}
	switch counted := load.RunTime.Seconds(); {
	case flags.Changed("samples"):
	case f.config != "" && load.Rate > 0:
		probe.Samples = max(1, int(math.Round(load.Rate*counted)))
	default:
		s.assume("--samples %d", f.samples)
	}
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
			Limit: float64(assumedRoom*f.serviceTime) / float64(time.Millisecond),
		}
		s.assume("a target of %s, %d service times", s.setup.Target.Statistic.String()+" ≤ "+inMS(s.setup.Target.Limit), assumedRoom)
	}
	if f.config == "" {
		s.assume("%s, as there is no --config", policyInWords(s.policy))
	}
	for _, flag := range []string{"service-time", "distribution", "workers", "start-up"} {
		if !flags.Changed(flag) {
			s.assume("--%s %s", flag, flags.Lookup(flag).Value)
		}
	}
}

func (s *simulation) assume(format string, args ...any) {
	s.assumed = append(s.assumed, fmt.Sprintf(format, args...))
}

// size gives the traffic its size.
func (f *simulateFlags) size(s *simulation, traffic simulate.Trace, flags *pflag.FlagSet) error {
	if rows := traffic.Coarsest(); f.trace != "" && rows > time.Minute {
		traffic = traffic.Smooth()
		s.notes = append(s.notes, fmt.Sprintf("the trace has rows of %s: between their middles the traffic is a straight line, and bursts within them are not seen", report.Duration(rows)))
	}
	s.setup.Trace = traffic
	if err := s.setup.Check(); err != nil {
		return byFlag(err, flags)
	}
	var err error
	if s.capacity, err = simulate.Capacity(s.setup.Service, s.setup.Target); err != nil {
		return err
	}
	pods := f.pods
	if pods == 0 && f.trace == "" {
		pods = assumedPods
		s.assume("--pods %d", assumedPods)
	}
	if pods > 0 {
		if s.setup.Trace, err = traffic.ForPods(pods, s.capacity); err != nil {
			return err
		}
	}
	if mean := s.setup.Trace.Average() / s.capacity; mean > simulate.MostReplicas {
		return fmt.Errorf("--trace: must need at most %d pods, got %.0f on average; scale it with --pods", simulate.MostReplicas, mean)
	}
	return nil
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

// parseDistribution reads lognormal:1.5 and the like.
func parseDistribution(text string) (simulate.Distribution, error) {
	parts := strings.Split(text, ":")
	d := simulate.Distribution{Kind: simulate.DistributionKind(parts[0])}
	want := map[simulate.DistributionKind]int{simulate.Exponential: 1, simulate.Deterministic: 1, simulate.Lognormal: 2, simulate.Bimodal: 3}[d.Kind]
	var errs [2]error
	switch {
	case want != len(parts):
		return d, fmt.Errorf("--distribution: must be exponential, deterministic, lognormal:CV such as lognormal:1.5, or bimodal:SHARE:FACTOR such as bimodal:5%%:10, got %q", text)
	case d.Kind == simulate.Lognormal:
		d.CV, errs[0] = strconv.ParseFloat(parts[1], 64)
	case d.Kind == simulate.Bimodal:
		d.Slow, errs[0] = share(parts[1])
		d.SlowFactor, errs[1] = strconv.ParseFloat(parts[2], 64)
	}
	if errs[0] != nil || errs[1] != nil {
		return d, fmt.Errorf("--distribution: must have numbers after the colons, got %q", text)
	}
	return d, nil
}

func parseCold(text string) (factor float64, d time.Duration, err error) {
	first, second, _ := strings.Cut(text, ":")
	factor, factorErr := strconv.ParseFloat(first, 64)
	d, durationErr := time.ParseDuration(second)
	if factorErr != nil || durationErr != nil || !(factor >= 1) || d <= 0 {
		return 0, 0, fmt.Errorf("--cold: must be FACTOR:TIME such as 3:30s, with a factor of at least 1, got %q", text)
	}
	return factor, d, nil
}

func parseSlowdown(text string) (simulate.Slowdown, error) {
	added, window, _ := strings.Cut(text, ":")
	from, to, _ := strings.Cut(window, "-")
	var s simulate.Slowdown
	var errs [3]error
	s.Added, errs[0] = time.ParseDuration(added)
	s.From, errs[1] = time.ParseDuration(from)
	s.To, errs[2] = time.ParseDuration(to)
	if errors.Join(errs[:]...) != nil || s.Added <= 0 || s.To <= s.From || s.From < 0 {
		return s, fmt.Errorf("--shared: must be TIME:FROM-TO such as 100ms:6h-7h, got %q", text)
	}
	return s, nil
}

func parseShare(text string) (float64, error) {
	value, err := share(text)
	if err != nil || !(value >= 0 && value <= 1) {
		return 0, fmt.Errorf("--untrusted: must be a share from 0%% to 100%%, such as 10%% or 0.1, got %q", text)
	}
	return value, nil
}

// share reads 10% or 0.1.
func share(text string) (float64, error) {
	digits, percent := strings.CutSuffix(text, "%")
	value, err := strconv.ParseFloat(digits, 64)
	if percent {
		value /= 100
	}
	return value, err
}
