package main

import (
	"errors"
	"fmt"
	"path/filepath"
	"strings"
	"time"

	"github.com/latency-pod-autoscaler/lpa/internal/config"
	"github.com/latency-pod-autoscaler/lpa/internal/dashboard"
	"github.com/latency-pod-autoscaler/lpa/internal/explain"
	"github.com/latency-pod-autoscaler/lpa/internal/program"
	"github.com/latency-pod-autoscaler/lpa/internal/report"
	"github.com/latency-pod-autoscaler/lpa/internal/state"
	"github.com/latency-pod-autoscaler/lpa/internal/words"
	"github.com/spf13/cobra"
)

// explainFlags are the command line of lpa explain.
type explainFlags struct {
	count   int // of runs; 0 for all
	changes bool
	json    bool
	since   time.Duration
	at      string
	config  string
}

func newExplainCommand(p program.Process) *cobra.Command {
	var flags explainFlags
	cmd := &cobra.Command{
		Use:   "explain [LOG]",
		Short: "Say why the autoscaler decided as it did",
		Long: `Explain prints the last decision of the decision log: when it was, what was asked for, the sentence, the arithmetic step by step,
and what would have changed the answer. Most decisions are to hold: --changes explains the last one that was not.

LOG is a decision log or - for stdin. Without it, it is the one that the configuration names: that of --config, else of the
file that configPath names, else /config.yaml, under the environment. In the autoscaler's pod nothing needs to be given.

With mode: observe it also counts what would have been done. Runs that failed decided nothing, and are not in the log: if the log
of a configuration has nothing new for three intervals, a line on stderr says so.

Exit status: 0 there are decisions, 1 there is none or the log cannot be read, 2 the command line or configuration is wrong.`,
		Example: `  kubectl exec deployment/shop-autoscaler -- /lpa explain
  lpa explain decisions.jsonl --changes
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
	cmd.Flags().BoolVar(&flags.changes, "changes", false, "only decisions that change the replicas")
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
	path, interval, err := flags.log(p, args)
	if err != nil {
		return exitError{program.Usage, err}
	}
	began := time.Now()
	choice, err := flags.selection(p, path, began)
	if err != nil {
		return err
	}
	reader, err := openLog(p, path)
	if err != nil {
		return exitError{program.Failure, err}
	}
	defer reader.Close()
	if flags.json {
		_, err := explainAll(p, reader, path, choice, newExplainJSON(p.Stdout))
		return err
	}
	text := newExplainText(p.Stdout)
	text.lastChange = flags.lastChange(args)
	last, err := explainAll(p, reader, path, choice, text)
	if age := began.Sub(last); interval > 0 && flags.at == "" && !last.IsZero() && age > dashboard.StaleAfter(interval) {
		p.Sayf("the last decision is %s old, and a run is due every %s: the runs since then decided nothing, or there were none; see the autoscaler's log",
			report.Span(age.Seconds()), interval)
	}
	return err
}

// selection is which decisions of the log are asked for.
func (f explainFlags) selection(p program.Process, path string, now time.Time) (selection, error) {
	choice := selection{count: f.count, changes: f.changes}
	if f.since > 0 {
		choice.from = now.Add(-f.since)
	}
	if f.at == "" {
		return choice, nil
	}
	until, withoutDate, err := parseMoment(f.at)
	if err != nil {
		return choice, exitError{program.Usage, err}
	}
	if withoutDate {
		if until, err = lastTimeOfDay(p, path, until); err != nil {
			return choice, exitError{program.Failure, err}
		}
	}
	choice.until = until
	return choice, nil
}

// explainPrinter shows decisions to people or programs.
type explainPrinter interface {
	decision(explain.Run) error
	observed(observedRuns) error
	end(counted) error
}

// explainAll shows the decisions, and returns when the last one of the log was.
func explainAll(p program.Process, reader *state.LogReader, path string, choice selection, printer explainPrinter) (time.Time, error) {
	counted, err := choice.each(reader, printer.decision)
	if damaged := reader.Damaged(); damaged > 0 {
		p.Sayf("%s: passed over what is no record, in lines: %d", path, damaged)
	}
	if err == nil && counted.runs == 0 {
		err = fmt.Errorf("%s: has no decision%s%s", path, choice.words(), perhapsConfiguration(path))
	}
	if err == nil && counted.observed.Runs > 0 {
		err = printer.observed(counted.observed)
	}
	if err == nil {
		err = printer.end(counted)
	}
	if err != nil {
		return counted.last, exitError{program.Failure, err}
	}
	return counted.last, nil
}

// perhapsConfiguration is a hint for those who gave the configuration in place of the log.
func perhapsConfiguration(path string) string {
	if extension := filepath.Ext(path); extension == ".yaml" || extension == ".yml" {
		return "; a configuration is given by --config"
	}
	return ""
}

// lastChange is the command that explains the last change before what these flags and arguments show.
func (f explainFlags) lastChange(args []string) string {
	command := []string{"lpa", "explain"}
	for _, arg := range args {
		command = append(command, words.Shell(arg))
	}
	if f.config != "" {
		command = append(command, "--config", words.Shell(f.config))
	}
	if f.at != "" {
		command = append(command, "--at", words.Shell(f.at))
	}
	return strings.Join(append(command, "--changes"), " ")
}

// log is the path of the log to read. Where a configuration names it, a run is due every interval, or as often as load tests
// allow; a log that is given may be a copy, of which that is not known: 0.
func (f explainFlags) log(p program.Process, args []string) (path string, interval time.Duration, err error) {
	if len(args) > 0 {
		return args[0], 0, nil
	}
	path = f.config
	if path == "" {
		path = config.Path(p.Env)
	}
	cfg, err := config.Load(path, p.Env)
	if err != nil {
		return "", 0, err
	}
	if cfg.DecisionLog.File == "" {
		return "", 0, fmt.Errorf("%s: decisionLog is off, so no decision was kept", path)
	}
	interval = time.Duration(cfg.Framework.Interval) * time.Millisecond
	return cfg.DecisionLog.File, max(interval, cfg.LoadTest.Warmup+cfg.LoadTest.RunTime), nil
}

// openLog reads a log, or stdin where it is -.
func openLog(p program.Process, path string) (*state.LogReader, error) {
	if path == "-" {
		return state.NewLogReader(p.Stdin), nil
	}
	return state.OpenLog(path)
}
