// Lpa is the Latency Pod Autoscaler's command for people: it checks configurations before they are deployed and shows
// the autoscaler at work.
package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log"
	"os"
	"strings"

	"github.com/latency-pod-autoscaler/lpa/internal/program"
	"github.com/spf13/cobra"
)

var version string // set by the linker in releases

func main() {
	log.SetOutput(io.Discard) // net/http logs what servers send unasked
	os.Exit(run(context.Background(), program.OS("lpa")))
}

// exitError is an error with the exit code that it stands for. Without an error in it, everything has been said already.
type exitError struct {
	code int
	error
}

func (e exitError) Unwrap() error { return e.error }

// saidAsItIs tells what is wrong with the command line or a file: lines that begin with file:line:column get nothing before
// them.
func saidAsItIs(p program.Process, err error) error {
	fmt.Fprintln(p.Stderr, err)
	return exitError{code: program.Usage}
}

func run(ctx context.Context, p program.Process) int {
	root := newRootCommand(p)
	root.SetArgs(p.Args)
	root.SetIn(p.Stdin)
	root.SetOut(p.Stdout)
	root.SetErr(p.Stderr)
	cmd, err := root.ExecuteContextC(ctx)
	var exit exitError
	switch {
	case err == nil:
		return program.OK
	case errors.As(err, &exit):
		if exit.error != nil { // else everything has been said already
			p.Sayf("%v", exit.error)
		}
		return exit.code
	}
	// What is left are cobra's own complaints about the command line, some of several lines.
	return p.Fail(program.Usage, fmt.Errorf("%s; see %s --help", strings.Join(strings.Fields(err.Error()), " "), cmd.CommandPath()))
}

func newRootCommand(p program.Process) *cobra.Command {
	root := &cobra.Command{
		Use:           "lpa",
		Short:         "Check, try and understand the Latency Pod Autoscaler",
		Long:          "lpa checks the Latency Pod Autoscaler's configuration and task scripts before they are deployed, tries its policies, and explains\nits decisions.",
		Example:       "  lpa check config.yaml --script tasks.yaml\n  lpa run tasks.yaml --host http://localhost:8080\n  lpa demo\n  lpa explain decisions.jsonl",
		Version:       program.Version(version),
		SilenceUsage:  true,
		SilenceErrors: true,
	}
	root.AddCommand(newCheckCommand(p), newRunCommand(p), newImportCommand(p), newDemoCommand(), newSimulateCommand(p), newCompareCommand(p),
		newExplainCommand(p), newReplayCommand(p), newDashboardCommand(p), newSchemaCommand(), newVersionCommand())
	return root
}

func newVersionCommand() *cobra.Command {
	return &cobra.Command{
		Use:     "version",
		Short:   "Print the version",
		Example: "  lpa version",
		Args:    cobra.NoArgs,
		Run: func(cmd *cobra.Command, _ []string) {
			fmt.Fprintln(cmd.OutOrStdout(), program.Version(version))
		},
	}
}
