package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"

	"github.com/latency-pod-autoscaler/lpa/internal/compare"
	"github.com/latency-pod-autoscaler/lpa/internal/program"
	"github.com/latency-pod-autoscaler/lpa/internal/report"
	"github.com/latency-pod-autoscaler/lpa/internal/simulate"
	"github.com/latency-pod-autoscaler/lpa/internal/words"
	"github.com/spf13/cobra"
)

func newCompareCommand(p program.Process) *cobra.Command {
	var flags compareFlags
	cmd := &cobra.Command{
		Use:   "compare [--config FILE] [--traces FOLDER|FILE] [--shapes NAMES]",
		Short: "Find the right policy setting for a service, among those of other autoscalers too",
		Long: `Compare plays many settings of both policies, and the rules of other autoscalers, against a model of the service: under
traces of your own, under built-in traffic, or under both. It prints what each setting costs in pods and how long it is over
the target, how knee fares beside the best decay setting at equal pods, where another law is better, and which setting is the
cheapest for the time over the target that you tolerate.

Built-in traffic: ` + strings.Join(simulate.Shapes(), ", ") + `. It is all used unless --traces names files only;
--shapes says otherwise. A trace is CSV with the header t_seconds,requests_per_second. With --config, traffic from files keeps
its size, and the target, the interval, the load test and the bounds are those of the configuration, whose policy is one of the
settings.

No real service is measured: the figures are as good as the model. The line model of the output has the values that it stands on,
of --service-time, --distribution, --workers and --start-up: assumed are those that were not given.

Exit status: 0 it was compared, 1 something could not be written or, with --check, a goal is missed, 2 something is wrong with
the command line, the configuration or a trace.`,
		Example: `  lpa compare --config config.yaml --traces traffic.csv --workers 8 --service-time 35ms
  lpa compare --shapes diurnal,bursts --html page.html
  lpa compare --traces traces --markdown docs/reference/policies-compared.md`,
		Args: configurationByFlag,
		RunE: func(cmd *cobra.Command, _ []string) error {
			c, err := flags.load(p, cmd.Flags())
			if err != nil {
				return saidAsItIs(p, err)
			}
			return c.run(program.Interruptible(cmd.Context()), p, flags)
		},
	}
	flags.define(cmd.Flags())
	return cmd
}

// comparison is everything that lpa compare needs.
type comparison struct {
	premises  // of all cases
	sweep     compare.Sweep
	tolerated float64 // share of the time over the target
}

// run compares and tells what came of it. Its error carries the exit code.
func (c *comparison) run(ctx context.Context, p program.Process, flags compareFlags) error {
	if !flags.quiet {
		c.sweep.Progress = progressOn(p.Stderr)
	}
	results, err := c.sweep.Run(ctx)
	if err != nil {
		if ctx.Err() != nil {
			return exitError{program.Failure, errors.New("interrupted")}
		}
		return exitError{program.Failure, err}
	}
	verdict := results.Judge(compare.Judged)
	if err := errors.Join(c.print(p.Stdout, results, verdict, flags), c.writeFiles(results, verdict, flags)); err != nil {
		return exitError{program.Failure, err}
	}
	if missed := verdict.Missed(); flags.check && len(missed) > 0 {
		return exitError{program.Failure, errors.New("missed: " + strings.Join(missed, "\nmissed: "))}
	}
	return nil
}

// progressOn tells on stderr, in one line of a terminal or in a few lines of a file, how far it is.
func progressOn(w io.Writer) func(done, all int) {
	live := false
	if file, ok := w.(*os.File); ok {
		info, err := file.Stat()
		live = err == nil && info.Mode()&os.ModeCharDevice != 0
	}
	told := -1
	return func(done, all int) {
		percent := 100 * done / all
		step := 1
		if !live {
			step = 25
		}
		if percent/step == told/step && told >= 0 {
			return
		}
		told = percent
		switch {
		case live && done == all:
			fmt.Fprint(w, "\r\x1b[K")
		case live:
			fmt.Fprintf(w, "\r\x1b[Klpa: %d %% of %s simulations", percent, words.Count(all))
		default:
			fmt.Fprintf(w, "lpa: %d %% of %s simulations\n", percent, words.Count(all))
		}
	}
}

func (c *comparison) print(w io.Writer, r *compare.Results, v compare.Verdict, flags compareFlags) error {
	if flags.json {
		document := r.Document(v)
		document.Assumed = c.model.with(c.assumed)
		if err := json.NewEncoder(w).Encode(document); err != nil {
			return fmt.Errorf("writing the comparison: %w", err)
		}
		return nil
	}
	if _, err := io.WriteString(w, c.text(r, v)); err != nil {
		return fmt.Errorf("writing the comparison: %w", err)
	}
	return nil
}

func (c *comparison) text(r *compare.Results, v compare.Verdict) string {
	var b strings.Builder
	for _, s := range c.scene(r) {
		fmt.Fprintf(&b, "%-9s %s\n", s.Name, s.Value)
	}
	fmt.Fprintf(&b, "\n%s\n", r.Text())
	for _, line := range v.Lines() {
		fmt.Fprintln(&b, line)
	}
	writeLosses(&b, "clearly better than "+v.Setting+" without more pods:", v.Dominated)
	writeLosses(&b, "the same in less than 6 h, which says less:", v.ShortDominated)
	writeLosses(&b, "decay is clearly less over the target at equal pods:", v.Behind)
	fmt.Fprintln(&b)
	for _, line := range r.Advice(c.tolerated) {
		fmt.Fprintln(&b, line)
	}
	return b.String()
}

func writeLosses(b *strings.Builder, title string, losses []compare.Loss) {
	if len(losses) == 0 {
		return
	}
	fmt.Fprintf(b, "\n%s\n", title)
	for _, l := range losses {
		fmt.Fprintf(b, "  %s\n", words.Printable(l.String()))
	}
}

// scene is what was compared.
func (c *comparison) scene(r *compare.Results) []report.Setting {
	s, p := c.setup.Service, c.setup.Probe
	settings := []report.Setting{
		{Name: "loads", Value: words.Printable(r.LoadNames())},
		{Name: "service", Value: fmt.Sprintf("%s of %s (%s), ready after %s", c.workersInWords(r), report.Duration(s.Time.Mean), distributionInWords(s.Time), report.Duration(s.StartUp))},
		c.model.setting(),
		{Name: "target", Value: fmt.Sprintf("%s ≤ %s", words.Printable(c.setup.Target.String()), inMS(c.setup.Target.Limit))},
		{Name: "measured", Value: fmt.Sprintf("every %s, with %d requests in %s", report.Duration(p.Interval), p.Samples, report.Duration(p.RunTime))},
	}
	if len(c.assumed) > 0 {
		settings = append(settings, report.Setting{Name: "assumed", Value: strings.Join(c.assumed, ", ")})
	}
	for _, note := range c.notes {
		settings = append(settings, report.Setting{Name: "mind", Value: note})
	}
	return settings
}

func (c *comparison) workersInWords(r *compare.Results) string {
	var parts []string
	for _, n := range r.Workers() {
		parts = append(parts, fmt.Sprint(n))
	}
	if len(parts) == 1 && parts[0] == "1" {
		return "1 worker in a pod"
	}
	return strings.Join(parts, ", ") + " workers in a pod"
}

func (c *comparison) writeFiles(r *compare.Results, v compare.Verdict, flags compareFlags) error {
	var errs []error
	if flags.html != "" {
		page := r.Page(v)
		page.Subtitle, page.Settings, page.Advice, page.Version = words.Printable(r.LoadNames()), c.scene(r), r.Advice(c.tolerated), program.Version(version)
		errs = append(errs, page.WriteFile(flags.html))
	}
	if flags.markdown != "" {
		errs = append(errs, r.WriteMarkdown(flags.markdown, v))
	}
	if flags.svg != "" {
		errs = append(errs, r.Picture().WriteFile(flags.svg))
	}
	if err := errors.Join(errs...); err != nil {
		return fmt.Errorf("writing the comparison: %w", err)
	}
	return nil
}
