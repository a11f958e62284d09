package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"
	"path/filepath"
	"syscall"
	"time"

	"github.com/latency-pod-autoscaler/lpa/internal/program"
	"github.com/spf13/cobra"
)

// demoOptions are the flags of `lpa demo`.
type demoOptions struct {
	json     bool
	duration time.Duration
	seed     uint64
	policy   string
	binDir   string
	web      bool
}

func newDemoCommand() *cobra.Command {
	var options demoOptions
	command := &cobra.Command{
		Use:   "demo",
		Short: "Scale an embedded service by its measured latency, on this machine",
		Long: `Scale an embedded service by its measured latency, on this machine.

For a minute the demo runs the same two executables that the Custom Pod Autoscaler framework runs in a cluster, metric and
evaluate, with the same stdin, timeouts and limits. They scale a service of this process: replicas with a few workers each,
behind a balancer that picks a replica per connection, under background traffic that rises and falls.

On a terminal it is shown live, in a pipe with one line per run. With --json each run is a line with the fields run,
elapsed_seconds, background_rps, replicas, ready, answer, desired, decision (up, down, hold, failed), targets (name, type,
value_ms, target_ms, over_target, failed, at_least), verdict, sentence and error; the last line has the one field summary.

With --web a dashboard shows the decisions while they are made, on http://127.0.0.1:8089, or on a free port if that one is
taken. It ends with the demo; lpa dashboard shows the same afterwards. With --json its address is a line with the one field
dashboard.

Each run's decision is kept in a file that is named at the end, for lpa explain and lpa replay.

The exit code is 0 when the service was scaled up with the traffic and gave back at least half of the added replicas after
it, 1 when not, 2 for wrong usage and 130 after Ctrl-C.`,
		Example: `  lpa demo
  lpa demo --web
  lpa demo --json | jq -r 'select(.run) | "\(.elapsed_seconds) s: \(.desired) replicas"'`,
		Args: cobra.NoArgs,
		RunE: func(command *cobra.Command, _ []string) error {
			if err := options.complete(); err != nil {
				return exitError{program.Usage, err}
			}
			return runDemo(program.Interruptible(command.Context()), options, command.OutOrStdout())
		},
	}
	flags := command.Flags()
	flags.BoolVar(&options.json, "json", false, "print one line of JSON per run, and one with a summary")
	flags.DurationVar(&options.duration, "duration", time.Minute, "how long it takes; the traffic is stretched over it")
	flags.Uint64Var(&options.seed, "seed", 1, "of all that is random: traffic, balancer, service times, load test")
	flags.StringVar(&options.policy, "policy", policyDecay, "decay or knee")
	flags.BoolVar(&options.web, "web", false, "serve the dashboard of the demo's decisions while it runs")
	flags.StringVar(&options.binDir, "bin-dir", "", "folder with metric and evaluate (default: where lpa itself is)")
	return command
}

// interrupted is the exit code of a program that Ctrl-C has ended, as shells have it.
const interrupted = 130

// The policies that there are.
const (
	policyDecay = "decay"
	policyKnee  = "knee"
)

// shortestDemo leaves decay just enough runs to give the replicas back.
const shortestDemo = 45 * time.Second

// complete checks the flags and fills in the defaults that depend on the machine.
func (o *demoOptions) complete() error {
	if o.duration < shortestDemo {
		return fmt.Errorf("--duration: must be at least %s, or the replicas cannot come down in time, got %s", shortestDemo, o.duration)
	}
	if o.policy != policyDecay && o.policy != policyKnee {
		return fmt.Errorf("--policy: must be decay or knee, got %q", o.policy)
	}
	if o.binDir != "" {
		return nil
	}
	self, err := os.Executable()
	if err != nil {
		return fmt.Errorf("looking for metric and evaluate: %w: name their folder with --bin-dir", err)
	}
	if resolved, err := filepath.EvalSymlinks(self); err == nil {
		self = resolved
	}
	o.binDir = filepath.Dir(self)
	return nil
}

// runDemo shows a whole demo. Its error carries the exit code.
func runDemo(ctx context.Context, options demoOptions, out io.Writer) error {
	// Otherwise `lpa demo | head` would end the process before it could clean up.
	ctx, stop := signal.NotifyContext(ctx, syscall.SIGPIPE)
	defer stop()
	d, err := newDemo(options)
	if err != nil {
		return exitError{program.Failure, err}
	}
	defer d.close()
	if err := findExecutables(d.runner.Config, options.binDir); err != nil {
		return exitError{program.Usage, err}
	}
	scene := d.scene()
	if options.web {
		url, stop, err := serveDemo(ctx, d.files.log)
		if err != nil {
			return exitError{program.Failure, err}
		}
		defer stop()
		scene.Dashboard = url
	}
	printer := d.printer(options, out)
	defer printer.close()

	printer.begin(scene)
	err = d.play(ctx, printer)
	summary := d.summary()
	summary.StoppedByRequest = ctx.Err() != nil
	printer.end(summary)
	switch {
	case ctx.Err() != nil:
		return exitError{interrupted, errors.New("stopped")}
	case err != nil:
		return exitError{program.Failure, err}
	case !summary.ScaledUpAndDown:
		return exitError{program.Failure, errors.New("the service was not scaled up and down again")}
	}
	return nil
}

func (d *demo) printer(options demoOptions, out io.Writer) demoPrinter {
	if options.json {
		return newDemoJSON(out)
	}
	if terminal, ok := openTerminal(out); ok {
		return &demoTerminal{terminal: terminal}
	}
	return demoLines{out}
}
