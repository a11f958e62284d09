package main

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/latency-pod-autoscaler/lpa/internal/config"
	"github.com/latency-pod-autoscaler/lpa/internal/cpa"
	"github.com/latency-pod-autoscaler/lpa/internal/program"
	"github.com/latency-pod-autoscaler/lpa/internal/scaling"
	"github.com/latency-pod-autoscaler/lpa/internal/state"
	"github.com/latency-pod-autoscaler/lpa/loadtest"
	"github.com/latency-pod-autoscaler/lpa/loadtest/strictyaml"
)

const usage = `evaluate decides how many replicas a service should have, from what metric measured.

It is run by the Custom Pod Autoscaler framework: the measurement comes on stdin, the configuration from the file that the
environment variable configPath names (/config.yaml). The answer goes to stdout as JSON, the reason to stderr.

  evaluate --help | --version

Example, by hand (with jq), in a folder with config.yaml and tasks.yaml:
  export configPath=config.yaml state='{file: state.json}'
  echo '{"resource": {"spec": {"replicas": 3}}}' | metric > result.json
  jq '{metrics: [{resource: "x", value: tojson}], runType: "scaler"}' result.json | evaluate

Exit status: 0 the answer can be used, 1 failure, 2 the configuration is wrong.
`

func run(ctx context.Context, p program.Process) int {
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
	observed, err := observe(cfg, input)
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
	decision := decide(ctx, p, cfg, observed, cpa.DryRun(input.RunType))
	answer := decision.Desired
	if cfg.Mode == config.Observe {
		answer = decision.Current
		decision.Text = "observing only: " + decision.Text
	}
	p.Sayf("%s", decision.Text)
	if err := cpa.WriteEvaluation(p.Stdout, answer); err != nil {
		return p.Fail(program.Failure, fmt.Errorf("writing the answer: %w", err))
	}
	return program.OK
}

// observe turns the input into what decisions are made from. A target whose request was not measured at all is an error
// of the configuration: strictyaml.Problems.
func observe(cfg *config.Config, input cpa.EvaluateInput) (scaling.Observation, error) {
	reported, err := cpa.ParseReported(input.Value)
	if err != nil {
		return scaling.Observation{}, err
	}
	replicas := reported.CurrentReplicas
	if replicas == nil {
		replicas = input.Resource.Replicas
	}
	if replicas == nil {
		return scaling.Observation{}, errors.New("the current replicas are unknown: neither metrics[0].value.current_replicas nor resource.spec.replicas is given")
	}
	quality := reported.Verdict()
	observed := scaling.Observation{Replicas: *replicas, Verdict: string(quality.Verdict), Reasons: quality.Reasons}
	var missing strictyaml.Problems
	for i, target := range cfg.Targets {
		reading, known, err := reported.Reading(target)
		if err != nil {
			return scaling.Observation{}, err
		}
		if !known && quality.Verdict == loadtest.VerdictOK {
			missing = append(missing, cfg.TargetProblem(i, "endpoint", "must be a request of the measurement, which has "+
				list(reported.Names()), fmt.Sprintf("%s %s", target.Method, target.Endpoint)))
		}
		observed.Readings = append(observed.Readings, reading)
	}
	return observed, missing.Err()
}

func list(names []string) string {
	if len(names) == 0 {
		return "none"
	}
	const most = 20
	if len(names) > most {
		return strings.Join(names[:most], ", ") + fmt.Sprintf(" and %d more", len(names)-most)
	}
	return strings.Join(names, ", ")
}

// decide makes the decision and remembers it. If it cannot be remembered, a service in trouble still gets its replicas,
// but none are taken away.
func decide(ctx context.Context, p program.Process, cfg *config.Config, observed scaling.Observation, dryRun bool) scaling.Decision {
	store := state.Store{Path: cfg.State.File, Legacy: cfg.State.LegacyFile}
	now := time.Now()
	if dryRun {
		loaded := store.Read()
		if loaded.Warning != "" {
			p.Sayf("%s", loaded.Warning)
		}
		decision, _ := scaling.Explain(cfg.Policy(), loaded.State, observed, now)
		return decision
	}
	// Without the lock there is no state to decide from: this is the decision in that case.
	unknown := scaling.State{Fresh: true, RunsSinceChange: cfg.Decay.UnchangedRuns}
	decision, _ := scaling.Explain(cfg.Policy(), unknown, observed, now)
	ctx, cancel := context.WithTimeout(ctx, lockTime(cfg))
	defer cancel()
	warning, err := store.Update(ctx, func(s scaling.State) (next scaling.State) {
		decision, next = scaling.Explain(cfg.Policy(), s, observed, now)
		return next
	})
	if warning != "" {
		p.Sayf("%s", warning)
	}
	if err != nil {
		p.Sayf("%v", err)
		return decision.NotSaved()
	}
	return decision
}

// lockTime is how long to wait for another evaluation to finish.
func lockTime(cfg *config.Config) time.Duration {
	if limit := cfg.EvaluateTimeout(); limit > 0 {
		return limit / 2
	}
	return 2 * time.Second
}
