package main

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"

	"github.com/latency-pod-autoscaler/lpa/internal/importer"
	"github.com/latency-pod-autoscaler/lpa/internal/program"
	"github.com/latency-pod-autoscaler/lpa/internal/wholefile"
	"github.com/spf13/cobra"
)

// importFlags are the command line of lpa import har and lpa import curl.
type importFlags struct {
	output   string
	force    bool
	host     string
	allHosts bool
	assets   bool
}

func newImportCommand(p program.Process) *cobra.Command {
	cmd := &cobra.Command{
		Use:     "import",
		Short:   "Make a task script of a recording",
		Long:    "Import makes a task script of what a browser recorded. The script is a start: its head says what was left out and what to check.",
		Example: "  lpa import har shop.har -o tasks.yaml\n  lpa import curl - < commands.txt",
	}
	cmd.AddCommand(newImportHARCommand(p), newImportCurlCommand(p))
	return cmd
}

func newImportHARCommand(p program.Process) *cobra.Command {
	var flags importFlags
	cmd := &cobra.Command{
		Use:   "har FILE",
		Short: "Make a task script of a browser's HAR file",
		Long: `Har makes a task script of a recording in the HTTP Archive format, which every browser's developer tools save: open the
network panel, use the service as a user would, and choose "Save all as HAR". FILE - is stdin.

Requests to one host become steps with paths; what the load test does by itself (cookies, redirects, the browser's own
headers) is left out, names are made stable, and passwords and tokens become ${env.NAME}. What was left out and what must be
set is told on stderr.

Exit status: 0 the script was written, 1 it could not be written, 2 the recording or the command line is wrong.`,
		Example: `  lpa import har shop.har -o tasks.yaml
  lpa import har shop.har --host https://api.example.com > tasks.yaml`,
		Args: cobra.ExactArgs(1),
		RunE: func(_ *cobra.Command, args []string) error {
			return importInto(p, flags, func(o importer.Options) (*importer.Result, error) {
				if args[0] == "-" {
					return importer.HAR("stdin", p.Stdin, o)
				}
				f, err := os.Open(args[0])
				if err != nil {
					return nil, fmt.Errorf("reading the recording: %w", err)
				}
				defer f.Close()
				return importer.HAR(args[0], f, o)
			})
		},
	}
	flags.register(cmd)
	cmd.Flags().BoolVar(&flags.assets, "assets", false, "keep images, fonts, styles and programs")
	return cmd
}

func newImportCurlCommand(p program.Process) *cobra.Command {
	var flags importFlags
	cmd := &cobra.Command{
		Use:   "curl 'COMMAND'",
		Short: "Make a task script of curl commands",
		Long: `Curl makes a task script of curl commands as a browser's developer tools copy them with "Copy as cURL (bash)". The command
is one argument, or stdin if it is -; newlines, ; and && separate several. Nothing of it is run.

Exit status: 0 the script was written, 1 it could not be written, 2 the command is wrong.`,
		Example: `  lpa import curl 'curl https://shop.example.com/items?page=2 -H "Accept: application/json"'
  lpa import curl - -o tasks.yaml < commands.txt`,
		Args: func(_ *cobra.Command, args []string) error {
			if len(args) == 1 {
				return nil
			}
			return fmt.Errorf("the command must be one argument in quotes, or - for stdin; there are %d arguments", len(args))
		},
		RunE: func(_ *cobra.Command, args []string) error {
			return importInto(p, flags, func(o importer.Options) (*importer.Result, error) {
				if args[0] != "-" {
					return importer.Curl("argument", args[0], o)
				}
				return importer.ReadCurl("stdin", p.Stdin, o)
			})
		},
	}
	flags.register(cmd)
	return cmd
}

func (f *importFlags) register(cmd *cobra.Command) {
	cmd.Flags().StringVarP(&f.output, "output", "o", "", "write the script into this file (default: stdout)")
	cmd.Flags().BoolVar(&f.force, "force", false, "replace the file if it is there already")
	cmd.Flags().StringVar(&f.host, "host", "", "make a script of this host's requests, such as https://shop.example.com (default: the first page's)")
	cmd.Flags().BoolVar(&f.allHosts, "all-hosts", false, "keep requests to other hosts, with their whole addresses")
}

// importInto makes a script and writes it where the flags say.
func importInto(p program.Process, flags importFlags, read func(importer.Options) (*importer.Result, error)) error {
	// As with check, nothing is put before the file:line:column of a mistake.
	wrong := func(err error) error {
		fmt.Fprintln(p.Stderr, err)
		return exitError{code: program.Usage}
	}
	options := importer.Options{AllHosts: flags.allHosts, Assets: flags.assets}
	if flags.host != "" {
		host, err := importer.ParseOrigin(flags.host)
		if err != nil {
			return wrong(fmt.Errorf("--host: %w, got %q", err, flags.host))
		}
		options.Origin = host
	}
	if err := flags.checkOutput(); err != nil {
		return wrong(err)
	}
	result, err := read(options)
	if err != nil {
		return wrong(err)
	}
	if err := flags.write(p.Stdout, result.Script); err != nil {
		return exitError{program.Failure, fmt.Errorf("writing the script: %w", err)}
	}
	for _, note := range result.Notes {
		p.Sayf("%s", note)
	}
	return nil
}

// checkOutput refuses to replace what is not to be replaced.
func (f *importFlags) checkOutput() error {
	if f.output == "" {
		return nil
	}
	info, err := os.Stat(f.output)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return nil
	case err != nil:
		return fmt.Errorf("--output: %w", err)
	case !info.Mode().IsRegular():
		return fmt.Errorf("--output: must be a file, got %q", f.output)
	case !f.force:
		return fmt.Errorf("--output: %s is there already; --force replaces it", f.output)
	}
	return nil
}

// write writes the script where the flags say.
func (f *importFlags) write(stdout io.Writer, script []byte) error {
	to := func(w io.Writer) error {
		_, err := w.Write(script)
		return err
	}
	if f.output == "" {
		return to(stdout)
	}
	if err := f.checkOutput(); err != nil { // it may have come while a long recording was read
		return err
	}
	return wholefile.Write(f.output, to)
}
