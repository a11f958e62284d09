package main

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/latency-pod-autoscaler/lpa/internal/config"
	"github.com/latency-pod-autoscaler/lpa/internal/cpa"
	"github.com/latency-pod-autoscaler/lpa/internal/program"
	"github.com/latency-pod-autoscaler/lpa/internal/scaling"
	"github.com/latency-pod-autoscaler/lpa/internal/state"
	"github.com/latency-pod-autoscaler/lpa/internal/telemetry"
	"github.com/latency-pod-autoscaler/lpa/loadtest/strictyaml"
)

const usage = `evaluate decides how many replicas a service should have, from what metric measured.

It is run by the Custom Pod Autoscaler framework: the measurement comes on stdin, the configuration from the file that the
environment variable configPath names (/config.yaml). The answer goes to stdout as JSON, the reason to stderr, and all that
the decision was made from into the decision log, for lpa explain.

  evaluate --help | --version

Example, by hand (with jq), in a folder with config.yaml and tasks.yaml:
  export configPath=config.yaml state='{file: state.json}'
  echo '{"resource": {"spec": {"replicas": 3}}}' | metric > result.json
  jq '{metrics: [{resource: "x", value: tojson}], runType: "scaler"}' result.json | evaluate

Exit status: 0 the answer can be used, 1 failure, 2 the configuration is wrong.
`

func run(ctx context.Context, p program.Process) int {
	began := time.Now()
	if code, done := p.NoArguments(usage, program.Version(version)); done {
		return code
	}
	cfg, err := config.Load(config.Path(p.Env), p.Env)
	if err == nil {
		err = cfg.RequireTargets().Err()
	}
	if err != nil {
		log := config.LogOf(config.Path(p.Env), p.Env)
		return p.Logging(log.JSON, log.Level).Fail(program.Usage, err)
	}
	p = p.Logging(cfg.Log.JSON, cfg.Log.Level)
	x := &exporter{Run: telemetry.Begin(p, cfg), began: began}
	e, err := answer(ctx, p, cfg, x)
	code := program.OK
	if err != nil {
		code = p.Fail(exitCode(err), err)
	}
	// From here on nothing may keep the answer from the framework, which wants this process to end in time.
	ctx, cancel := context.WithDeadline(ctx, began.Add(timeToTell(cfg)))
	defer cancel()
	exported := x.start(ctx, cfg, e, err)
	if err == nil && !e.dryRun {
		tell(ctx, p, cfg, e.input.Resource, *e.record)
	}
	if err := exported(); err != nil {
		p.Warnf("%v", err)
	}
	return code
}

// exitCode is that of an error: only a person can mend what is wrong with the configuration.
func exitCode(err error) int {
	var problems strictyaml.Problems
	if errors.As(err, &problems) {
		return program.Usage
	}
	return program.Failure
}

// outcome is what became of one run.
type outcome struct {
	input  cpa.EvaluateInput
	dryRun bool
	record *state.Record // nil if nothing was decided
}

// answer decides, says why, and prints the answer.
func answer(ctx context.Context, p program.Process, cfg *config.Config, x *exporter) (e outcome, err error) {
	if e.input, err = cpa.ReadEvaluateInput(p.Stdin); err != nil {
		return e, err
	}
	x.join(e.input.Value)
	observed, err := observe(p, cfg, e.input)
	if err != nil {
		return e, err
	}
	if !cpa.KnownRunType(e.input.RunType) {
		p.Warnf("the run type %q is not known, so nothing is remembered of this run", e.input.RunType)
	}
	e.dryRun = cpa.DryRun(e.input.RunType)
	made := decide(ctx, p, cfg, e.input.Resource, observed, e.dryRun)
	record := made.record(cfg, e.input, observed)
	e.record = &record
	p.Log(level(record), sentence(cfg.Mode == config.Observe, record.Decision), facts(record, e.dryRun, x)...)
	if err := cpa.WriteEvaluation(p.Stdout, record.Answer); err != nil {
		return e, fmt.Errorf("writing the answer: %w", err)
	}
	return e, nil
}

// observe turns the input into what decisions are made from. That no target's request was measured is an error of the
// configuration: strictyaml.Problems. Where some were, the others may be rare ones: they have no value, which forbids a step
// down, and the rest decides.
func observe(p program.Process, cfg *config.Config, input cpa.EvaluateInput) (scaling.Observation, error) {
	observer := cpa.Observer{Targets: cfg.Targets, Timeout: cfg.LoadTest.Timeout, Configuration: cfg.Fingerprint()}
	observed, err := observer.Observe(input)
	var unknown *cpa.UnknownTargets
	switch {
	case errors.As(err, &unknown) && len(unknown.Targets) < len(cfg.Targets):
		p.Warnf("%v", cfg.UnknownTargets("has no value, as it is no request of the measurement, which has "+unknown.Known(), unknown.Targets))
		return observed, nil
	case unknown != nil:
		return observed, cfg.UnknownTargets("must be a request of the measurement, which has "+unknown.Known(), unknown.Targets)
	}
	return observed, err
}
