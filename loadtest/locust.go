package loadtest

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"strings"
	"time"

	"github.com/latency-pod-autoscaler/lpa/loadtest/internal/locust"
	"github.com/latency-pod-autoscaler/lpa/loadtest/strictyaml"
)

// locustfile is a script for the load generator Locust, which runs it as it is.
type locustfile struct {
	path    string
	program string // the path of Locust; empty if there is none
	none    error  // why there is none
	env     func(string) (string, bool)
}

// locustTime is what a Locust needs beyond the run, to start and to end, on a machine with a processor to itself.
const locustTime = 5 * time.Second

// loadLocustfile makes a plan of a locustfile. Whether there is a Locust to run it matters only when it is run.
func loadLocustfile(path string, env func(string) (string, bool)) (*Plan, error) {
	if _, err := strictyaml.ReadFile(path); err != nil {
		return nil, fmt.Errorf("reading the locustfile: %w", err)
	}
	l := &locustfile{path: path, env: env}
	l.program, l.none = locust.Find(env)
	return &Plan{locust: l}, nil
}

// isLocustfile says so of a script by its name.
func isLocustfile(path string) bool { return filepath.Ext(path) == ".py" }

// missing is what is wrong if there is no Locust.
func (l *locustfile) missing() error {
	return strictyaml.Problems{{File: l.path, Line: 1, Column: 1, Rule: fmt.Sprintf(
		"is a locustfile, which needs Locust: %v; use the image latency-pod-autoscaler-locust (the Dockerfile's target locust), "+
			"or rewrite the file as a task script, as docs/migrating.md describes", l.none)}}
}

// Overhead is what running the plan takes beyond the run itself, to start and to end.
func (p *Plan) Overhead() time.Duration {
	if p.locust == nil {
		return 0
	}
	return locustTime
}

// CheckScript finds what is wrong with a script that another program runs, by having that program read it. Warnings say
// what could not be checked. For scripts of our own LoadScript has found everything already.
func (p *Plan) CheckScript(ctx context.Context) (strictyaml.Problems, error) {
	const limit = 30 * time.Second
	l := p.locust
	if l == nil {
		return nil, nil
	}
	var err error
	var found strictyaml.Problems
	if l.program != "" {
		err = locust.Check(ctx, l.program, l.path, limit)
	} else {
		warning := strictyaml.Problem{File: l.path, Line: 1, Column: 1, Warning: true, Rule: fmt.Sprintf("was not loaded: %v", l.none)}
		python := false
		if python, err = locust.CheckSyntax(ctx, l.env, l.path, limit); python {
			warning.Rule = fmt.Sprintf("only the syntax was checked: %v", l.none)
		}
		found = append(found, warning)
	}
	var problems strictyaml.Problems
	if errors.As(err, &problems) {
		return append(found, problems...), nil
	}
	return found, err
}

// run has Locust put the load on the service.
func (l *locustfile) run(ctx context.Context, options Options) *Result {
	if l.program == "" {
		return failedRun(l.missing(), options)
	}
	if options.Open() || len(options.Stages) > 0 {
		return failedRun(errors.New("a locustfile is run with a number of users: neither a rate nor stages are possible"), options)
	}
	options = options.withDefaults()
	log := options.Log
	if log == nil {
		log = func(string) {}
	}
	total := options.Warmup + options.RunTime
	deadline := options.Deadline
	if deadline.IsZero() {
		deadline = time.Now().Add(total + 30*time.Second)
	}
	rate := options.SpawnRate
	if rate <= 0 {
		rate = float64(options.Users)
	}
	report, err := locust.Run(ctx, locust.Settings{
		Program: l.program, Script: l.path, Host: strings.TrimRight(options.Host.String(), "/"), Users: options.Users, SpawnRate: rate,
		Time: total, Deadline: deadline, Log: log,
	})
	switch {
	case errors.Is(err, context.Canceled):
		now := time.Now()
		return &Result{Start: now, End: now, Users: options.Users, interrupted: true}
	case err != nil:
		return failedRun(err, options)
	case report.Record != nil:
		return recordResult(report, options)
	}
	return statisticsResult(report, options)
}

func failedRun(err error, options Options) *Result {
	now := time.Now()
	return &Result{Start: now, End: now, Users: options.Users, foreign: foreignRun{err: err}}
}
