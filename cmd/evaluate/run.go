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
		return p.Fail(program.Usage, err)
	}
	input, err := cpa.ReadEvaluateInput(p.Stdin)
	if err != nil {
		return p.Fail(program.Failure, err)
	}
	observed, err := observe(p, cfg, input)
	var problems strictyaml.Problems
	switch {
	case errors.As(err, &problems):
		return p.Fail(program.Usage, err)
	case err != nil:
		return p.Fail(program.Failure, err)
	}
	if !cpa.KnownRunType(input.RunType) {
		p.Sayf("the run type %q is not known, so nothing is remembered of this run", input.RunType)
	}
	dryRun := cpa.DryRun(input.RunType)
	made := decide(ctx, p, cfg, input.Resource, observed, dryRun)
	answer := made.decision.Desired
	if cfg.Mode == config.Observe {
		answer = made.decision.Current
	}
	p.Sayf("%s", sentence(cfg.Mode == config.Observe, made.decision))
	if err := cpa.WriteEvaluation(p.Stdout, answer); err != nil {
		return p.Fail(program.Failure, fmt.Errorf("writing the answer: %w", err))
	}
	if !dryRun {
		// From here on nothing may keep the answer from the framework, which wants this process to end in time.
		ctx, cancel := context.WithDeadline(ctx, began.Add(timeToTell(cfg)))
		defer cancel()
		tell(ctx, p, cfg, input.Resource, made.record(cfg, input, observed, answer))
	}
	return program.OK
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
		p.Sayf("%v", unknown)
		return observed, nil
	case unknown != nil:
		return observed, cfg.UnknownTargets("must be a request of the measurement, which has "+unknown.Known(), unknown.Targets)
	}
	return observed, err
}
