package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os/signal"
	"syscall"
	"time"

	"github.com/latency-pod-autoscaler/lpa/internal/gate"
	"github.com/latency-pod-autoscaler/lpa/internal/program"
	"github.com/latency-pod-autoscaler/lpa/internal/report"
	"github.com/latency-pod-autoscaler/lpa/internal/words"
	"github.com/latency-pod-autoscaler/lpa/loadtest"
	"github.com/latency-pod-autoscaler/lpa/loadtest/strictyaml"
	"github.com/spf13/cobra"
)

func newRunCommand(p program.Process) *cobra.Command {
	var flags runFlags
	cmd := &cobra.Command{
		Use:   "run SCRIPT --host URL",
		Short: "Put the load of a task script on a service and show what comes of it",
		Long: `Run puts the load of a task script on a service and shows what comes of it: live on a terminal, in a pipe with a line now
and then, and at the end with a table. Ctrl-C ends the load and prints what there is; a second one ends the program.

With --config the loadTest of a configuration says what the load is, as in the cluster, and flags replace what it says.

Rules of --fail-on are comparisons that must not be true:

  p95 > 200ms                  of all requests together
  p99(GET /items) > 1.5s       of one request
  failureRatio > 1%            also failures > 0, rps < 50, mean, median, min, max

Exit status: 0 the load was run and no rule is true, 1 a rule is true or its value cannot be known, the service could hardly
be reached (target-down), or something could not be written, 2 something is wrong with the command line, the configuration or the script.`,
		Example: `  lpa run tasks.yaml --host http://localhost:8080
  lpa run tasks.yaml --host http://localhost:8080 --users 50 --run-time 1m --html report.html
  lpa run --config config.yaml --quiet --fail-on 'p95 > 200ms' --fail-on 'failureRatio > 1%'`,
		Args: func(_ *cobra.Command, args []string) error { return flags.oneScript(args) },
		RunE: func(cmd *cobra.Command, args []string) error {
			test, err := flags.load(p, args, cmd.Flags())
			if err != nil {
				return saidAsItIs(p, err)
			}
			for _, warning := range test.warnings {
				fmt.Fprintln(p.Stderr, warning)
			}
			return test.run(program.Interruptible(cmd.Context()), p, flags)
		},
	}
	flags.define(cmd.Flags())
	return cmd
}

// loadTest is everything that a run needs.
type loadTest struct {
	script   string
	plan     *loadtest.Plan
	options  loadtest.Options
	rules    []gate.Rule
	warnings strictyaml.Problems
}

// mostStopTime is how long onStop may take, as in metric.
const mostStopTime = 5 * time.Second

// run puts the load on and tells what came of it. Its error carries the exit code.
func (t loadTest) run(ctx context.Context, p program.Process, flags runFlags) error {
	// Otherwise `lpa run | head` would end the process before it could clean up.
	ctx, stop := signal.NotifyContext(ctx, syscall.SIGPIPE)
	defer stop()
	people := p.Stdout
	if flags.json {
		people = p.Stderr
	}
	r, err := t.measure(ctx, people, flags.quiet)
	if err != nil {
		return exitError{program.Usage, err}
	}

	printer := newResultPrinter(people)
	switch {
	case flags.json && flags.quiet:
		printer.rules(r)
	default:
		printer.result(r)
	}
	if err := errors.Join(printer.err(), t.write(p.Stdout, r, flags)); err != nil {
		return exitError{program.Failure, err}
	}
	return judge(r)
}

// measure runs the load while a view shows its progress. An error says that there could be no run.
func (t loadTest) measure(ctx context.Context, people io.Writer, quiet bool) (*report.Report, error) {
	series := report.NewSeries(t.plan.Names())
	options := t.options
	options.UserAgent, options.StopTime, options.Examples = program.UserAgent(version), mostStopTime, true
	r := &report.Report{Script: t.script, Host: options.Host.String(), Load: report.Load(options), Settings: report.Settings(options), Series: series}
	view := newRunView(people, quiet, scene{script: r.Script, host: r.Host, load: report.Load(options), warmup: options.Warmup, runTime: options.RunTime})
	options.Progress = func(interval loadtest.Interval) {
		series.Add(interval)
		view.frame(series)
	}
	view.begin(series)
	defer view.close()
	defer context.AfterFunc(ctx, view.stopping)()
	result := loadtest.Run(ctx, t.plan, options)
	if err := result.Err(); err != nil {
		return nil, err
	}
	asks := gate.Asks(t.rules)
	r.Summary = result.Summarise(program.Version(version), asks)
	result.Exemplify(r.Summary)
	r.Overall = result.Overall(asks[""])
	r.Outcomes = gate.Check(t.rules, r.Summary, r.Overall)
	return r, nil
}

// write puts the result where the flags say.
func (t loadTest) write(stdout io.Writer, r *report.Report, flags runFlags) error {
	var errs []error
	if flags.json {
		if err := json.NewEncoder(stdout).Encode(r.Summary); err != nil {
			errs = append(errs, fmt.Errorf("writing the result: %w", err))
		}
	}
	if flags.html != "" {
		if err := r.WriteFile(flags.html); err != nil {
			errs = append(errs, fmt.Errorf("writing the report: %w", err))
		}
	}
	return errors.Join(errs...)
}

// judge is the exit code: by the rules, and that of a failure where there was hardly a service to measure.
func judge(r *report.Report) error {
	outcomes, bad := r.Outcomes, 0
	for _, o := range outcomes {
		if o.State != gate.Passed {
			bad++
		}
	}
	switch {
	case bad == 0 && r.Summary.Quality.Verdict == loadtest.VerdictTargetDown:
		return exitError{program.Failure, errors.New(words.Verdict(loadtest.VerdictTargetDown))}
	case bad == 0:
		return nil
	}
	return exitError{program.Failure, fmt.Errorf("%d of the %d rules of --fail-on did not pass", bad, len(outcomes))}
}
