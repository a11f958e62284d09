package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"log/slog"
	"os"
	"strings"

	"github.com/latency-pod-autoscaler/lpa/internal/dashboard"
	"github.com/latency-pod-autoscaler/lpa/internal/program"
	"github.com/latency-pod-autoscaler/lpa/internal/state"
	"github.com/spf13/cobra"
)

// tokenVariable is where a dashboard's token is, unless it is in a file.
const tokenVariable = "LPA_DASHBOARD_TOKEN"

// dashboardFlags are the command line of lpa dashboard.
type dashboardFlags struct {
	config    string
	listen    string
	tokenFile string
	logFormat string
}

func newDashboardCommand(p program.Process) *cobra.Command {
	var flags dashboardFlags
	cmd := &cobra.Command{
		Use:   "dashboard [LOG]",
		Short: "Show the decisions as a web page, and as Prometheus' metrics",
		Long: `Dashboard serves a page that shows a decision log and follows it: replicas, latencies with their intervals and limits, verdicts,
failures, and every decision with its sentence and its arithmetic. /metrics is for Prometheus, /healthz for Kubernetes.
It only reads, and runs until Ctrl-C.

LOG is a decision log, which need not be there yet. Without it, it is the one that the configuration names: that of --config,
else of the file that configPath names, else /config.yaml, under the environment.

Only an address of this machine's own may do without a token. It is in the file of --token-file or in the variable
` + tokenVariable + `, has at least 16 characters, and is asked for by the page; programs send it as Authorization: Bearer TOKEN.

Exit status: 0 it was asked to end, 1 the log or the address cannot be used, 2 the command line or configuration is wrong.`,
		Example: `  lpa dashboard decisions.jsonl
  kubectl port-forward deployment/shop-autoscaler 8089
  lpa dashboard --listen :8089 --token-file /token/token --log-format json`,
		Args: cobra.MaximumNArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			return serveDashboard(program.Interruptible(cmd.Context()), p, args, flags)
		},
	}
	cmd.Flags().StringVar(&flags.config, "config", "", "take the log of this configuration")
	cmd.Flags().StringVar(&flags.listen, "listen", dashboard.DefaultListen, "the address to serve on")
	cmd.Flags().StringVar(&flags.tokenFile, "token-file", "", "a file with the token that visitors must know")
	cmd.Flags().StringVar(&flags.logFormat, "log-format", "text", "of the dashboard's own log on stderr: text or json")
	return cmd
}

func serveDashboard(ctx context.Context, p program.Process, args []string, flags dashboardFlags) error {
	logger, err := newLogger(p.Stderr, flags.logFormat)
	if err != nil {
		return exitError{program.Usage, err}
	}
	if flags.config != "" && len(args) > 0 {
		return exitError{program.Usage, errors.New("--config: is for finding the log; give it or LOG")}
	}
	token, err := flags.token(p)
	if err != nil {
		return exitError{program.Usage, err}
	}
	path, _, err := explainFlags{config: flags.config}.log(p, args)
	if err != nil {
		return exitError{program.Usage, err}
	}
	if err := readableLog(path); err != nil {
		return exitError{program.Failure, err}
	}
	listener, err := dashboard.Listen(flags.listen, token)
	if errors.Is(err, dashboard.ErrToken) {
		return exitError{program.Usage, fmt.Errorf("--listen: %w, got %q; give --token-file or %s", err, flags.listen, tokenVariable)}
	}
	if err != nil {
		return exitError{program.Failure, fmt.Errorf("--listen: %w", err)}
	}
	logger.Info("serving", "url", "http://"+listener.Addr().String(), "log", path)
	err = dashboard.New(dashboard.Options{Log: path, Token: token, Version: program.Version(version), Logger: logger}).Serve(ctx, listener)
	if err != nil {
		return exitError{program.Failure, err}
	}
	logger.Info("stopped")
	return nil
}

// readableLog says at once what will not become better by waiting: a log that is not there yet may come.
func readableLog(path string) error {
	if path == "-" {
		return errors.New("-: must be a file, as decisions are looked up in it again")
	}
	reader, err := state.OpenLog(path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return err
	}
	return reader.Close()
}

// token is that of the file, else of the environment; empty for none. The newline that a Secret often ends with is no part of it: nobody
// could send it.
func (f dashboardFlags) token(p program.Process) (string, error) {
	token, _ := p.Env(tokenVariable)
	where := tokenVariable
	if f.tokenFile != "" {
		data, err := os.ReadFile(f.tokenFile)
		if err != nil {
			return "", fmt.Errorf("--token-file: %w", err)
		}
		token, where = string(data), "--token-file: "+f.tokenFile
	}
	given := f.tokenFile != "" || token != ""
	token = strings.TrimSpace(token)
	if given && token == "" {
		return "", fmt.Errorf("%s: is empty", where)
	}
	if err := dashboard.CheckToken(token); err != nil {
		return "", fmt.Errorf("%s: %w", where, err)
	}
	return token, nil
}

func newLogger(w io.Writer, format string) (*slog.Logger, error) {
	switch format {
	case "text":
		return slog.New(slog.NewTextHandler(w, nil)), nil
	case "json":
		return slog.New(slog.NewJSONHandler(w, nil)), nil
	}
	return nil, fmt.Errorf("--log-format: must be text or json, got %q", format)
}
