// Package program is what the three commands have in common: their streams, exit codes, version and the form of their
// error messages.
package program

import (
	"context"
	"fmt"
	"io"
	"log/slog"
	"os"
	"os/signal"
	"runtime/debug"
	"syscall"
)

// Exit codes. The framework uses an answer only if the code is OK.
const (
	OK      = 0
	Failure = 1 // this run failed; the next one may not
	Usage   = 2 // the configuration, the script or the command line is wrong; only a person can mend it
)

// Process is what a program has of the outside world.
type Process struct {
	Name   string
	Args   []string // without the program's name
	Env    func(name string) (value string, set bool)
	Stdin  io.Reader
	Stdout io.Writer
	Stderr io.Writer

	log   *slog.Logger // nil for lines for people
	level slog.Level   // from which on something is written
}

// OS is the process that this is.
func OS(name string) Process {
	return Process{Name: name, Args: os.Args[1:], Env: os.LookupEnv, Stdin: os.Stdin, Stdout: os.Stdout, Stderr: os.Stderr}
}

// Interruptible is a context that the first SIGINT or SIGTERM ends. The second one ends the program. It is for what looks at its
// context: from here on everything else is deaf to the first signal.
func Interruptible(ctx context.Context) context.Context {
	ctx, stop := signal.NotifyContext(ctx, os.Interrupt, syscall.SIGTERM)
	context.AfterFunc(ctx, stop)
	return ctx
}

// Fail reports an error, a line for each of its problems, and is the exit code.
func (p Process) Fail(code int, err error) int {
	p.Log(slog.LevelError, err.Error())
	return code
}

// NoArguments handles the command line of a program that the framework runs without arguments. done is true if there is
// nothing left to do but to exit with code.
func (p Process) NoArguments(usage, version string) (code int, done bool) {
	switch {
	case len(p.Args) == 0:
		return OK, false
	case len(p.Args) == 1 && (p.Args[0] == "--help" || p.Args[0] == "-h"):
		fmt.Fprint(p.Stdout, usage)
		return OK, true
	case len(p.Args) == 1 && p.Args[0] == "--version":
		fmt.Fprintln(p.Stdout, version)
		return OK, true
	}
	return p.Fail(Usage, fmt.Errorf("unexpected argument %q; see %s --help", p.Args[0], p.Name)), true
}

// UserAgent is how requests of a load test say where they come from; linked is as in Version.
func UserAgent(linked string) string { return "latency-pod-autoscaler/" + Version(linked) }

// Version is the one that the linker was given or, failing that, the module's or the revision that was built.
func Version(linked string) string {
	if linked != "" {
		return linked
	}
	info, ok := debug.ReadBuildInfo()
	if !ok {
		return "unknown"
	}
	if v := info.Main.Version; v != "" && v != "(devel)" {
		return v
	}
	for _, setting := range info.Settings {
		if setting.Key == "vcs.revision" {
			return "devel-" + setting.Value[:min(12, len(setting.Value))]
		}
	}
	return "devel"
}
