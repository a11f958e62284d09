package main

import (
	"context"
	"errors"
	"fmt"
	"io/fs"

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

What cannot be looked at because of a mistake is passed over, and the last line says that there is such.

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
			return check(program.Interruptible(cmd.Context()), p, path, flags)
		},
	}
	cmd.Flags().StringVar(&flags.script, "script", "", "check this task script instead of loadTest.script")
	cmd.Flags().StringVar(&flags.host, "host", "", "send the dry run there instead of to loadTest.host")
	cmd.Flags().BoolVar(&flags.dryRun, "dry-run", false, "perform each user class once and print all requests and answers")
	return cmd
}

func check(ctx context.Context, p program.Process, path string, flags checkFlags) error {
	if flags.host != "" && !flags.dryRun {
		return saidAsItIs(p, errors.New("--host: is for the dry run; give --dry-run too"))
	}
	c := checked{}
	c.configuration(path, p.Env, flags)
	c.script(ctx, p.Env, flags)
	c.whole()
	if c.err != nil || len(c.found.Refused()) > 0 {
		err := saidAsItIs(p, errors.Join(c.found.Sorted().Err(), c.err))
		c.sayWhatIsLeft(p, flags)
		return err
	}
	for _, warning := range c.found.Sorted() {
		fmt.Fprintln(p.Stderr, warning)
	}
	verdict := "nothing is wrong"
	if len(c.found) > 0 {
		verdict = fmt.Sprintf("nothing is wrong, but mind the warnings (%d)", len(c.found))
	}
	fmt.Fprintf(p.Stdout, "%s and %s: %s\n", path, c.cfg.LoadTest.Script, verdict)
	if !flags.dryRun {
		return nil
	}
	if c.plan.ByLocust() {
		return exitError{program.Usage, fmt.Errorf("--dry-run: is not possible with a locustfile; Locust itself can run it: "+
			"locust -f %s --host %s --headless -u 1 -t 10s", c.cfg.LoadTest.Script, c.options.Host)}
	}
	c.options.UserAgent = program.UserAgent(version)
	return dryRun(ctx, p.Stdout, c.plan, c.options)
}

// checked is what was read, as far as that was possible, and what is wrong with it.
type checked struct {
	cfg     *config.Config // nil if there is nothing to read
	plan    *loadtest.Plan // nil if the script is wrong
	options loadtest.Options
	found   strictyaml.Problems
	err     error // what has no place in a file
}

// configuration reads the configuration and lets the flags replace what it says.
func (c *checked) configuration(path string, env config.Lookup, flags checkFlags) {
	c.cfg, c.found, c.err = config.Read(path, env)
	if c.cfg == nil {
		return
	}
	if flags.script != "" {
		c.cfg.LoadTest.Script = flags.script
	}
	if flags.host != "" {
		host, err := config.ParseHost(flags.host)
		if err != nil {
			c.add(fmt.Errorf("--host: %w, got %q", err, flags.host))
		}
		c.cfg.LoadTest.Host = host
	}
}

// script reads the script, if it is known which.
func (c *checked) script(ctx context.Context, env config.Lookup, flags checkFlags) {
	path := flags.script
	if path == "" {
		if c.cfg == nil || !c.cfg.KnowsScript() {
			return
		}
		path = c.cfg.LoadTest.Script
	}
	plan, err := loadtest.LoadScript(path, env)
	var missing *fs.PathError
	switch {
	case err == nil:
		problems, err := plan.CheckScript(ctx)
		c.found = append(c.found, problems...)
		c.add(err)
		c.plan = plan
	case errors.As(err, &missing) && flags.script == "":
		c.found = append(c.found, c.cfg.RequireScript(missing)...)
	default:
		c.add(err)
	}
}

// add takes an error apart into what has a place in a file and what has none.
func (c *checked) add(err error) {
	var problems strictyaml.Problems
	if errors.As(err, &problems) {
		c.found = append(c.found, problems...)
		return
	}
	c.err = errors.Join(c.err, err)
}

// whole finds what only the configuration together with the script shows.
func (c *checked) whole() {
	if c.cfg == nil {
		return
	}
	var err error
	c.options, err = c.cfg.Options()
	c.add(err)
	c.found = append(c.found, c.cfg.Check(c.plan)...)
	c.found = append(c.found, c.cfg.RequireHost()...)
	c.found = append(c.found, c.cfg.RequireTargets()...)
}

// sayWhatIsLeft tells what was not done because of what is wrong.
func (c *checked) sayWhatIsLeft(p program.Process, flags checkFlags) {
	if c.cfg == nil || c.plan == nil || c.cfg.Unchecked() {
		p.Sayf("not everything could be checked: more may be found when this is mended")
	}
	if flags.dryRun {
		p.Sayf("there was no dry run")
	}
}
