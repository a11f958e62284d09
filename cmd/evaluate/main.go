// Evaluate is run by the Custom Pod Autoscaler framework after metric: it reads what was measured from stdin, decides how
// many replicas the service should have, and prints that number as JSON and the reason as one sentence on stderr.
package main

import (
	"context"
	"os"
	"os/signal"
	"syscall"

	"github.com/latency-pod-autoscaler/lpa/internal/program"
)

var version string // set by the linker in releases

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	os.Exit(run(ctx, program.Process{
		Name: "evaluate", Args: os.Args[1:], Env: os.LookupEnv, Stdin: os.Stdin, Stdout: os.Stdout, Stderr: os.Stderr,
	}))
}
