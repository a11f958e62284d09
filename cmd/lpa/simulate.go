package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"

	"github.com/latency-pod-autoscaler/lpa/internal/program"
	"github.com/latency-pod-autoscaler/lpa/internal/report"
	"github.com/latency-pod-autoscaler/lpa/internal/scaling"
	"github.com/latency-pod-autoscaler/lpa/internal/simulate"
	"github.com/spf13/cobra"
)

// configurationByFlag refuses arguments, of which a configuration is the likeliest.
func configurationByFlag(_ *cobra.Command, args []string) error {
	if len(args) == 0 {
		return nil
	}
	return fmt.Errorf("takes no arguments, got %q; a configuration is given by --config", args[0])
}

func newSimulateCommand(p program.Process) *cobra.Command {
	var flags simulateFlags
	cmd := &cobra.Command{
		Use:   "simulate [--config FILE] [--shape NAME | --trace FILE]",
		Short: "Play a policy against a model of the service, days in a moment",
		Long: `Simulate plays the policy of a configuration against a model of the service: pods of workers with queues, fed by built-in
traffic or by a trace of your own, and measured as in the cluster, with all the noise of so few requests. It prints how long
the target was missed, how many pods that took, and how restless it was; --html writes a page with every decision.

The configuration says what the policy, the targets, the interval and the load test are; the flags say what the service is
like. Without a configuration there are defaults. --set lays a value over the configuration, as an environment variable of that
name would.

No real service is measured: the figures are as good as the model. The line model of the output has the values that it stands on,
of --service-time, --distribution, --workers and --start-up: assumed are those that were not given.

Traffic:

` + shapeHelp() + `
  --trace FILE    CSV with the header t_seconds,requests_per_second

Exit status: 0 it was simulated, 1 something could not be written, 2 something is wrong with the command line, the
configuration or the trace.`,
		Example: `  lpa simulate
  lpa simulate --config config.yaml --shape flash --html page.html
  lpa simulate --config config.yaml --trace traffic.csv --service-time 35ms --workers 8 --set 'decay={unchangedRuns: 10}'`,
		Args: configurationByFlag,
		RunE: func(cmd *cobra.Command, _ []string) error {
			s, err := flags.load(p, cmd.Flags())
			if err != nil {
				return saidAsItIs(p, err)
			}
			return s.run(program.Interruptible(cmd.Context()), p, flags)
		},
	}
	flags.define(cmd.Flags())
	return cmd
}

func shapeHelp() string {
	text := ""
	for _, name := range simulate.Shapes() {
		text += fmt.Sprintf("  --shape %-8s%s\n", name, simulate.AboutShape(name))
	}
	return text
}

// simulation is everything that lpa simulate needs, and what it has to say about it.
type simulation struct {
	premises
	policy   scaling.Policy
	capacity float64 // requests per second that one pod can take at the target
}

// run simulates and tells what came of it. Its error carries the exit code.
func (s *simulation) run(ctx context.Context, p program.Process, flags simulateFlags) error {
	s.setup.Timeline = !flags.json || flags.html != "" || flags.decisions
	law := simulate.NewPolicy(s.policy)
	if flags.html != "" || flags.decisions {
		law.Explained()
	}
	s.setup.Law = law
	result, err := untilInterrupted(ctx, s.setup)
	switch {
	case ctx.Err() != nil:
		return exitError{program.Failure, errors.New("interrupted")}
	case err != nil:
		fmt.Fprintln(p.Stderr, err)
		return exitError{code: program.Usage}
	}
	s.remark(result)
	if err := errors.Join(s.print(p.Stdout, result, flags), s.writePage(result, flags)); err != nil {
		return exitError{program.Failure, err}
	}
	return nil
}

// untilInterrupted simulates. When it is interrupted the rest of the work ends with the program.
func untilInterrupted(ctx context.Context, setup simulate.Setup) (result simulate.Result, err error) {
	done := make(chan struct{})
	go func() {
		defer close(done)
		result, err = simulate.Run(setup)
	}()
	select {
	case <-done:
		return result, err
	case <-ctx.Done():
		return simulate.Result{}, ctx.Err()
	}
}

func (s *simulation) print(w io.Writer, r simulate.Result, flags simulateFlags) error {
	if flags.json {
		if err := json.NewEncoder(w).Encode(s.document(r, flags.decisions)); err != nil {
			return fmt.Errorf("writing the result: %w", err)
		}
		return nil
	}
	printer := simulationPrinter{w: w}
	printer.scene(s)
	printer.courses(s, r)
	printer.figures(r)
	if flags.decisions {
		printer.decisions(r)
	}
	if printer.err != nil {
		return fmt.Errorf("writing the result: %w", printer.err)
	}
	return nil
}

func (s *simulation) writePage(r simulate.Result, flags simulateFlags) error {
	if flags.html == "" {
		return nil
	}
	page := report.Simulation{
		Traffic: s.traffic(), Target: s.setup.Target, Policy: policyInWords(s.policy), Result: r, Notes: s.notes,
		Model: s.modelSettings(), Measured: s.measuredSettings(), Version: program.Version(version),
	}
	if err := page.WriteFile(flags.html); err != nil {
		return fmt.Errorf("writing the page: %w", err)
	}
	return nil
}

// remark notes what makes a result mean something else than it seems to.
func (s *simulation) remark(r simulate.Result) {
	most := s.setup.MaxReplicas
	if needed := s.setup.Trace.Highest(0, s.setup.Trace.Duration()) / s.capacity; most > 0 && needed > float64(most) {
		s.note("maxReplicas is %d, and the highest traffic needs %.0f: no policy can meet the target then", most, needed+0.5)
	}
	if r.Probes == 0 {
		s.note("the trace ends before the first decision")
	}
	if p := s.setup.Probe; p.RunTime > p.Interval {
		s.note("a load test takes %s, which is longer than the interval, %s: they follow one another without a pause", p.RunTime, p.Interval)
	}
	if share := float64(s.setup.Probe.Samples) / s.setup.Probe.RunTime.Seconds() / s.capacity; share > 0.1 {
		s.note("while it runs, the load test itself takes %.0f %% of a pod", share*100)
	}
}
