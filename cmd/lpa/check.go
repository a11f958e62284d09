package main

import (
	"context"
	"errors"
	"fmt"

	"github.com/latency-pod-autoscaler/lpa/internal/config"
	"github.com/latency-pod-autoscaler/lpa/internal/program"
	"github.com/latency-pod-autoscaler/lpa/loadtest"
	"github.com/latency-pod-autoscaler/lpa/loadtest/strictyaml"
	"github.com/spf13/cobra"
)

// checkFlags are the command line of lpa check.
type checkFlags struct {
	script string
	host   string
	dryRun bool
}

func newCheckCommand(p program.Process) *cobra.Command {
	var flags checkFlags
	cmd := &cobra.Command{
		Use:   "check [CONFIG]",
		Short: "Find every mistake in a configuration and its task script",
		Long: `Check reads the configuration (the file that configPath names or config.yaml, unless CONFIG is given), the environment
variables that override it, and the task script, and reports everything that is wrong with them, one line each:

  FILE:LINE:COLUMN: KEY: RULE, got VALUE

With --dry-run it also performs each user class once, without waits: onStart, every task, onStop. It prints what is sent,
what comes back, what is captured and which expectation is not met. Secrets are shown as ***.

Exit status: 0 nothing is wrong (there may be warnings), 1 a request of the dry run failed, 2 something is wrong.`,
		Example: `  lpa check config.yaml --script tasks.yaml
  lpa check config.yaml --script tasks.yaml --dry-run --host http://localhost:5000`,
		Args: cobra.MaximumNArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			path, set := p.Env("configPath")
			if !set {
				path = "config.yaml"
			}
			if len(args) == 1 {
				path = args[0]
			}
			return check(cmd.Context(), p, path, flags)
		},
	}
	cmd.Flags().StringVar(&flags.script, "script", "", "check this task script instead of loadTest.script")
	cmd.Flags().StringVar(&flags.host, "host", "", "send the dry run there instead of to loadTest.host")
	cmd.Flags().BoolVar(&flags.dryRun, "dry-run", false, "perform each user class once and print all requests and answers")
	return cmd
}

func check(ctx context.Context, p program.Process, path string, flags checkFlags) error {
	// Editors and CI find lines that begin with file:line:column by themselves, so nothing is put before them.
	wrong := func(err error) error {
		fmt.Fprintln(p.Stderr, err)
		return exitError{code: program.Usage}
	}
	if flags.host != "" && !flags.dryRun {
		return wrong(errors.New("--host: is for the dry run; give --dry-run too"))
	}
	cfg, err := flags.load(path, p.Env)
	if err != nil {
		if flags.script != "" {
			_, scriptErr := loadtest.LoadScript(flags.script, p.Env)
			err = errors.Join(err, scriptErr)
		}
		return wrong(err)
	}
	plan, scriptErr := loadtest.LoadScript(cfg.LoadTest.Script, p.Env)
	options, tlsErr := cfg.Options()
	found := cfg.Check(plan)
	found = append(found, cfg.RequireHost()...)
	found = append(found, cfg.RequireTargets()...)
	if scriptErr == nil {
		var problems strictyaml.Problems
		problems, scriptErr = plan.CheckScript(ctx)
		found = append(found, problems...)
	}
	if len(found.Refused()) > 0 || scriptErr != nil || tlsErr != nil {
		return wrong(errors.Join(found.Sorted().Err(), tlsErr, scriptErr))
	}
	for _, warning := range found.Sorted() {
		fmt.Fprintln(p.Stderr, warning)
	}
	verdict := "nothing is wrong"
	if len(found) > 0 {
		verdict = fmt.Sprintf("nothing is wrong, but mind the warnings (%d)", len(found))
	}
	fmt.Fprintf(p.Stdout, "%s and %s: %s\n", path, cfg.LoadTest.Script, verdict)
	if !flags.dryRun {
		return nil
	}
	if plan.ByLocust() {
		return exitError{program.Usage, fmt.Errorf("--dry-run: is not possible with a locustfile; Locust itself can run it: "+
			"locust -f %s --host %s --headless -u 1 -t 10s", cfg.LoadTest.Script, options.Host)}
	}
	options.UserAgent = program.UserAgent(version)
	return dryRun(ctx, p.Stdout, plan, options)
}

// load reads the configuration and lets the flags replace what it says.
func (f checkFlags) load(path string, env config.Lookup) (*config.Config, error) {
	cfg, err := config.Load(path, env)
	if err != nil {
		return nil, err
	}
	if f.script != "" {
		cfg.LoadTest.Script = f.script
	}
	if f.host != "" {
		if cfg.LoadTest.Host, err = config.ParseHost(f.host); err != nil {
			return nil, fmt.Errorf("--host: %w, got %q", err, f.host)
		}
	}
	return cfg, nil
}
