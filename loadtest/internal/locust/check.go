package locust

import (
	"context"
	"fmt"
	"os/exec"
	"path/filepath"
	"strings"
	"time"

	"github.com/latency-pod-autoscaler/lpa/loadtest/strictyaml"
)

// Check has Locust load the locustfile, with everything that it imports, and run nothing. An error that is
// strictyaml.Problems says what is wrong with the locustfile.
func Check(ctx context.Context, program, script string, limit time.Duration) error {
	script, err := filepath.Abs(script)
	if err != nil {
		return err
	}
	f, err := newFolder(script)
	if err != nil {
		return err
	}
	defer f.remove()
	out := &output{}
	cmd := command(program, f, script, out, []string{"-f", f.wrapper(script), "--list"})
	if err := checked(ctx, cmd, script, out, limit); err != nil {
		return err
	}
	if last := len(out.lines) - 1; last < 0 || strings.HasPrefix(out.lines[last], "Available ") {
		return strictyaml.Problems{{File: script, Line: 1, Column: 1, Rule: "must have a User class that is not abstract"}}
	}
	return nil
}

// CheckSyntax has Python compile the locustfile, for where there is no Locust. found is false if there is no Python either.
func CheckSyntax(ctx context.Context, env func(string) (string, bool), script string, limit time.Duration) (found bool, err error) {
	python, found := lookUp("python3", env)
	if !found {
		return false, nil
	}
	out := &output{}
	cmd := exec.Command(python, "-c", "import sys; compile(open(sys.argv[1], 'rb').read(), sys.argv[1], 'exec')", script)
	cmd.Stdout, cmd.Stderr = out, out
	return true, checked(ctx, cmd, script, out, limit)
}

func checked(ctx context.Context, cmd *exec.Cmd, script string, out *output, limit time.Duration) error {
	e := supervise(ctx, cmd, time.Now().Add(limit))
	out.end()
	switch {
	case e.startErr != nil:
		return e.startErr
	case e.asked:
		return fmt.Errorf("%s: could not be checked within %s", script, limit)
	case e.err != nil:
		return strictyaml.Problems{whyNot(script, "could not load it ("+e.err.Error()+")", out.lines)}
	}
	return nil
}
