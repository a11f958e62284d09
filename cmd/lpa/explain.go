package main

import (
	"errors"
	"fmt"
	"time"

	"github.com/latency-pod-autoscaler/lpa/internal/config"
	"github.com/latency-pod-autoscaler/lpa/internal/explain"
	"github.com/latency-pod-autoscaler/lpa/internal/program"
	"github.com/latency-pod-autoscaler/lpa/internal/state"
	"github.com/spf13/cobra"
)

// explainFlags are the command line of lpa explain.
type explainFlags struct {
	count  int // of runs; 0 for all
	json   bool
	since  time.Duration
	at     string
	config string
}

func newExplainCommand(p program.Process) *cobra.Command {
	var flags explainFlags
	cmd := &cobra.Command{
		Use:   "explain [LOG]",
		Short: "Say why the autoscaler decided as it did",
		Long: `Explain prints the last decision of the decision log: when it was, what was asked for, the sentence, the arithmetic step by step,
and what would have changed the answer.

LOG is a decision log or - for stdin. Without it, it is the one that the configuration names: that of --config, else of the
file that configPath names, else /config.yaml, under the environment. In the autoscaler's pod nothing needs to be given.

With mode: observe it also counts what would have been done.

Exit status: 0 there are decisions, 1 there is none or the log cannot be read, 2 the command line or configuration is wrong.`,
		Example: `  kubectl exec shop-autoscaler -- /lpa explain
  lpa explain decisions.jsonl --at 10:42
  lpa explain decisions.jsonl --since 1h --json | jq -r '"\(.time) \(.decision.reason)"'`,
		Args: cobra.MaximumNArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			if !cmd.Flags().Changed("n") && flags.since > 0 {
				flags.count = 0
			}
			return explainLog(p, args, flags)
		},
	}
	cmd.Flags().IntVarP(&flags.count, "n", "n", 1, "how many decisions; 0 for all, which is the default with --since")
	cmd.Flags().BoolVar(&flags.json, "json", false, "print each decision's record, and what would have changed it, as a line of JSON")
	cmd.Flags().DurationVar(&flags.since, "since", 0, "the decisions of the last time, such as 1h")
	cmd.Flags().StringVar(&flags.at, "at", "", "the decision that was in force at this time, such as 10:42, \"2026-03-01 10:42:30\" or 2026-03-01T10:42:30Z")
	cmd.Flags().StringVar(&flags.config, "config", "", "take the log of this configuration")
	return cmd
}

func (f explainFlags) check(args []string) error {
	switch {
	case f.count < 0:
		return fmt.Errorf("-n: must be at least 0, got %d", f.count)
	case f.since < 0:
		return fmt.Errorf("--since: must be more than 0, got %s", f.since)
	case f.since > 0 && f.at != "":
		return errors.New("--at: cannot be given with --since")
	case f.config != "" && len(args) > 0:
		return errors.New("--config: is for finding the log; give it or LOG")
	}
	return nil
}

func explainLog(p program.Process, args []string, flags explainFlags) error {
	if err := flags.check(args); err != nil {
		return exitError{program.Usage, err}
	}
	path, err := flags.log(p, args)
	if err != nil {
		return exitError{program.Usage, err}
	}
	choice := selection{count: flags.count}
	if flags.since > 0 {
		choice.from = time.Now().Add(-flags.since)
	}
	if flags.at != "" {
		if choice.until, choice.clock, err = parseMoment(flags.at); err != nil {
			return exitError{program.Usage, err}
		}
	}
	if choice.clock {
		if choice.until, err = lastTimeOfDay(p, path, choice.until); err != nil {
			return exitError{program.Failure, err}
		}
	}
	reader, err := openLog(p, path)
	if err != nil {
		return exitError{program.Failure, err}
	}
	defer reader.Close()
	var printer explainPrinter = newExplainText(p.Stdout)
	if flags.json {
		printer = newExplainJSON(p.Stdout)
	}
	return explainAll(p, reader, path, choice, printer)
}

// explainPrinter shows decisions to people or programs.
type explainPrinter interface {
	decision(explain.Run) error
	observed(observedRuns) error
}

func explainAll(p program.Process, reader *state.LogReader, path string, choice selection, printer explainPrinter) error {
	counted, err := choice.each(reader, printer.decision)
	if damaged := reader.Damaged(); damaged > 0 {
		p.Sayf("%s: passed over what is no record, in lines: %d", path, damaged)
	}
	if err == nil && counted.runs == 0 {
		err = fmt.Errorf("%s: has no decision%s", path, choice.words())
	}
	if err == nil && counted.observed.Runs > 0 {
		err = printer.observed(counted.observed)
	}
	if err != nil {
		return exitError{program.Failure, err}
	}
	return nil
}

// log is the path of the log to read.
func (f explainFlags) log(p program.Process, args []string) (string, error) {
	if len(args) > 0 {
		return args[0], nil
	}
	path := f.config
	if path == "" {
		path = config.Path(p.Env)
	}
	cfg, err := config.Load(path, p.Env)
	if err != nil {
		return "", err
	}
	if cfg.DecisionLog.File == "" {
		return "", fmt.Errorf("%s: decisionLog is off, so no decision was kept", path)
	}
	return cfg.DecisionLog.File, nil
}

// openLog reads a log, or stdin where it is -.
func openLog(p program.Process, path string) (*state.LogReader, error) {
	if path == "-" {
		return state.NewLogReader(p.Stdin), nil
	}
	return state.OpenLog(path)
}
