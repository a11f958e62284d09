package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/latency-pod-autoscaler/lpa/internal/config"
	"github.com/latency-pod-autoscaler/lpa/internal/measurement"
	"github.com/latency-pod-autoscaler/lpa/internal/program"
	"github.com/latency-pod-autoscaler/lpa/internal/scaling"
	"github.com/latency-pod-autoscaler/lpa/internal/state"
	"github.com/latency-pod-autoscaler/lpa/internal/telemetry"
	"github.com/latency-pod-autoscaler/lpa/loadtest"
	"github.com/latency-pod-autoscaler/lpa/loadtest/strictyaml"
)

const usage = `metric measures the latency of a service by load-testing it.

It is run by the Custom Pod Autoscaler framework: the resource that is scaled comes on stdin, the configuration from the
file that the environment variable configPath names (/config.yaml), the result goes to stdout as JSON.

  metric --help | --version

Example, by hand, in a folder with config.yaml and tasks.yaml:
  export configPath=config.yaml state='{file: state.json}'
  echo '{"resource": {"spec": {"replicas": 3}}}' | metric > result.json

Exit status: 0 the result can be used, 1 failure, 2 the configuration or the script is wrong.
`

func run(p program.Process) int {
	started := time.Now()
	if code, done := p.NoArguments(usage, program.Version(version)); done {
		return code
	}
	cfg, err := config.Load(config.Path(p.Env), p.Env)
	if err != nil {
		log := config.LogOf(config.Path(p.Env), p.Env)
		return p.Logging(log.JSON, log.Level).Fail(program.Usage, err)
	}
	p = p.Logging(cfg.Log.JSON, cfg.Log.Level)
	x := &exporter{Run: telemetry.Begin(p, cfg), started: started}
	code, err := answer(p, cfg, x)
	if err != nil {
		code = p.Fail(code, err)
	}
	if err := x.export(cfg, err); err != nil {
		p.Warnf("%v", err)
	}
	return code
}

// answer measures, says what came of it, and prints the result. With an error comes the exit code. Until the load test begins a
// signal ends the program at once, as there is nothing to print yet.
func answer(p program.Process, cfg *config.Config, x *exporter) (code int, err error) {
	plan, options, err := load(cfg, p.Env)
	if err != nil {
		return program.Usage, err
	}
	if _, err := fit(cfg, x.started); err != nil { // rather than that stdin, which takes time too, did not end in it
		return program.Usage, err
	}
	input, err := readInput(p.Stdin, deadline(cfg, x.started))
	if err != nil {
		return program.Failure, err
	}
	x.input = input
	budget, err := fit(cfg, x.started)
	if err != nil {
		return program.Usage, err
	}
	options.Replicas = *input.Resource.Replicas
	options.UserAgent = program.UserAgent(version)
	options.RunTime, options.Warmup, options.StopTime = budget.runTime, budget.warmup, budget.stopTime
	options.Deadline = deadline(cfg, x.started)
	options.Log = func(line string) { p.Sayf("locust: %s", line) }

	summary, err := measure(program.Interruptible(context.Background()), p, cfg, plan, options, input.Resource)
	var problems strictyaml.Problems
	switch {
	case errors.As(err, &problems):
		return program.Usage, err
	case err != nil:
		return program.Failure, err
	}
	if budget.note != "" {
		summary.Quality.Reasons = append(summary.Quality.Reasons, budget.note)
	}
	x.summary = summary
	p.Log(level(summary), describe(summary), facts(input, summary, x)...)
	if err := measurement.Write(p.Stdout, input.Resource, summary, x.traceparent()); err != nil {
		return program.Failure, fmt.Errorf("writing the result: %w", err)
	}
	return program.OK, nil
}

// readInput reads stdin, but does not wait longer for its end than the framework waits for the program.
func readInput(stdin io.Reader, deadline time.Time) (measurement.Input, error) {
	var late <-chan time.Time // never, without a deadline
	if !deadline.IsZero() {
		late = time.After(time.Until(deadline))
	}
	type result struct {
		document []byte
		err      error
	}
	done := make(chan result, 1)
	go func() {
		document, err := measurement.ReadStdin(stdin)
		done <- result{document, err}
	}()
	select {
	case r := <-done:
		if r.err != nil {
			return measurement.Input{}, r.err
		}
		return measurement.ParseInput(r.document)
	case <-late:
		return measurement.Input{}, errors.New("stdin: did not end in time" + measurement.Caller)
	}
}

// load reads what a person wrote beside the configuration.
func load(cfg *config.Config, env config.Lookup) (*loadtest.Plan, loadtest.Options, error) {
	if err := cfg.RequireHost().Err(); err != nil {
		return nil, loadtest.Options{}, err
	}
	options, err := cfg.Options()
	if err != nil {
		return nil, loadtest.Options{}, err
	}
	plan, err := loadtest.LoadScript(cfg.LoadTest.Script, env)
	if err == nil {
		err = append(cfg.RequireUsers(plan), cfg.RequireRequests(plan, options)...).Err()
	}
	return plan, options, err
}

// measure runs the load test unless there is a reason not to.
func measure(ctx context.Context, p program.Process, cfg *config.Config, plan *loadtest.Plan, options loadtest.Options, resource measurement.Resource) (*loadtest.Summary, error) {
	if *resource.Replicas == 0 {
		return notRun(plan, loadtest.VerdictTargetDown, "the service has 0 replicas, so it was not probed"), nil
	}
	// Two probes at once would measure each other. The framework's API can start one at any time.
	lock, err := state.TryAcquire(cfg.State.File + ".metric.lock")
	switch {
	case errors.Is(err, state.ErrLocked):
		return notRun(plan, loadtest.VerdictBusy, "another load test of this autoscaler is under way"), nil
	case err != nil:
		p.Warnf("cannot keep other load tests away: %v", err)
	default:
		defer lock.Release()
	}
	result := loadtest.Run(ctx, plan, options)
	if err := result.Err(); err != nil {
		return nil, err
	}
	summary := result.Summarise(program.Version(version), asks(cfg.Targets))
	if note := coverage(summary, *resource.Replicas); note != "" {
		summary.Quality.Reasons = append(summary.Quality.Reasons, note)
	}
	for _, key := range cfg.WithoutEffect(plan) {
		summary.Quality.Reasons = append(summary.Quality.Reasons, key+" has no effect on a locustfile")
	}
	return summary, missing(cfg, summary).Err()
}

// missing are the percentiles that targets ask for and the summary neither has nor has samples for. Only a summary made of
// another program's statistics can lack one.
func missing(cfg *config.Config, summary *loadtest.Summary) strictyaml.Problems {
	var problems strictyaml.Problems
	for i, t := range cfg.Targets {
		request, known := summary.Requests[t.Key()]
		if known && request.NumRequests > 0 && t.Statistic.Kind == scaling.Percentile && !request.Has(t.Statistic.Quantile) {
			problems = append(problems, cfg.TargetProblem(i, "type", "must be a percentile that this Locust computes: "+
				strings.Join(request.PercentileNames(), ", "), t.Statistic.String()))
		}
	}
	return problems
}

func notRun(plan *loadtest.Plan, verdict loadtest.Verdict, reason string) *loadtest.Summary {
	summary := loadtest.NotRun(plan, time.Now()).Summarise(program.Version(version), nil)
	summary.Quality = loadtest.Quality{Verdict: verdict, Reasons: []string{reason}}
	return summary
}

// asks are the statistics that the targets need.
func asks(targets []scaling.Target) map[string]loadtest.Ask {
	asks := map[string]loadtest.Ask{}
	for _, t := range targets {
		ask := asks[t.Key()]
		if t.Statistic.Kind == scaling.Percentile {
			ask.Quantiles = append(ask.Quantiles, t.Statistic.Quantile)
		}
		if t.Statistic.Kind != scaling.FailureRatio {
			ask.Limits = append(ask.Limits, time.Duration(t.Limit*float64(time.Millisecond)))
		}
		asks[t.Key()] = ask
	}
	return asks
}

// fewestConnectionsPerReplica is how many connections it takes to see nearly every replica, as a Service picks one at random
// for each: with three, any one replica is missed in e⁻³, or one run in twenty.
const fewestConnectionsPerReplica = 3

func coverage(summary *loadtest.Summary, replicas int) string {
	if opened := summary.Connections.Opened; opened > 0 && opened < fewestConnectionsPerReplica*replicas {
		return fmt.Sprintf("too few connections, %d for %d replicas: with fewer than %d each, some replicas may not have been measured",
			opened, replicas, fewestConnectionsPerReplica)
	}
	return ""
}

func describe(s *loadtest.Summary) string {
	by := fmt.Sprintf("by %d users", s.Generator.Users)
	if s.Generator.Model == "open" {
		by = "at a given rate"
	}
	line := fmt.Sprintf("%d requests %s in %.1f s, %d failed, %d unfinished: %s",
		s.NumRequests, by, s.EndTime-s.StartTime, s.NumFailed, s.Unfinished, s.Quality.Verdict)
	for _, reason := range s.Quality.Reasons {
		line += "\n" + reason
	}
	return line
}
