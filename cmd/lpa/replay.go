package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"time"

	"github.com/latency-pod-autoscaler/lpa/internal/config"
	"github.com/latency-pod-autoscaler/lpa/internal/cpa"
	"github.com/latency-pod-autoscaler/lpa/internal/program"
	"github.com/spf13/cobra"
)

// replayFlags are the command line of lpa replay.
type replayFlags struct {
	config string
	json   bool
	since  time.Duration
}

func newReplayCommand(p program.Process) *cobra.Command {
	var flags replayFlags
	cmd := &cobra.Command{
		Use:   "replay LOG --config FILE",
		Short: "Run recorded measurements through another configuration",
		Long: `Replay decides every run of a decision log again by another configuration, and lists where the answers differ.

Of the configuration count the targets, the policy, onUntrusted, minReplicas and maxReplicas. Without targets, those of the
log are kept. Environment variables are not read. LOG may be - for stdin.

Its limit: the measurements are those of the replicas that really ran. Each run starts from them, so replay tells what the
other configuration would have answered to what was seen, and not what the service would have been like under it. The
configuration's own memory, such as its counters, is carried from run to run.

Exit status: 0 the runs were decided again, 1 the log cannot be read or has no runs, 2 the command line or configuration is
wrong, or a target is about a request that was not measured.`,
		Example: `  lpa replay decisions.jsonl --config knee.yaml
  lpa replay decisions.jsonl --config knee.yaml --json | jq -c 'select(.summary)'`,
		Args: cobra.ExactArgs(1),
		RunE: func(_ *cobra.Command, args []string) error { return replay(p, args[0], flags) },
	}
	cmd.Flags().StringVar(&flags.config, "config", "", "the other configuration (required)")
	cmd.Flags().BoolVar(&flags.json, "json", false, "print a line of JSON for each run that differs, and one with a summary")
	cmd.Flags().DurationVar(&flags.since, "since", 0, "only the runs of the last time, such as 24h")
	return cmd
}

func replay(p program.Process, path string, flags replayFlags) error {
	switch {
	case flags.config == "":
		return exitError{program.Usage, errors.New("--config: is required, the configuration to decide by")}
	case flags.since < 0:
		return exitError{program.Usage, fmt.Errorf("--since: must be more than 0, got %s", flags.since)}
	}
	cfg, err := config.Load(flags.config, func(string) (string, bool) { return "", false })
	if err != nil {
		return exitError{program.Usage, err}
	}
	reader, err := openLog(p, path)
	if err != nil {
		return exitError{program.Failure, err}
	}
	defer reader.Close()
	var printer replayPrinter = newReplayText(p.Stdout)
	if flags.json {
		printer = newReplayJSON(p.Stdout)
	}
	r := &replayer{policy: cfg.Policy(), targets: cfg.Targets}
	if flags.since > 0 {
		r.from = time.Now().Add(-flags.since)
	}
	summary, err := r.all(reader, printer.difference)
	if damaged := reader.Damaged(); damaged > 0 {
		p.Sayf("%s: passed over what is no record, in lines: %d", path, damaged)
	}
	var unknown *cpa.UnknownTargets
	switch {
	case errors.As(err, &unknown):
		return exitError{program.Usage, cfg.UnknownTargets("must be a request of the recorded measurements, which have "+unknown.Known(), unknown.Targets)}
	case err != nil:
		return exitError{program.Failure, err}
	case summary.Runs == 0:
		return exitError{program.Failure, fmt.Errorf("%s: has no run to decide again", path)}
	}
	if err := printer.summary(summary); err != nil {
		return exitError{program.Failure, err}
	}
	return nil
}

// replayPrinter shows a replay to people or programs.
type replayPrinter interface {
	difference(difference) error
	summary(replaySummary) error
}

// replayJSON prints a line of JSON for each difference, and one with the summary.
type replayJSON struct{ encoder *json.Encoder }

func newReplayJSON(w io.Writer) replayJSON {
	encoder := json.NewEncoder(w)
	encoder.SetEscapeHTML(false)
	return replayJSON{encoder}
}

func (r replayJSON) difference(d difference) error { return r.encoder.Encode(d) }

func (r replayJSON) summary(s replaySummary) error {
	return r.encoder.Encode(struct {
		Summary replaySummary `json:"summary"`
	}{s})
}
