// Metric is run by the Custom Pod Autoscaler framework to measure a service: it reads the resource that is scaled from
// stdin, load-tests the service with the script of the configuration, and prints what it saw as JSON.
package main

import (
	"context"
	"io"
	"log"
	"os"
	"os/signal"
	"syscall"

	"github.com/latency-pod-autoscaler/lpa/internal/program"
)

var version string // set by the linker in releases

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	context.AfterFunc(ctx, stop) // the second signal ends the program at once
	log.SetOutput(io.Discard)    // net/http logs what servers send unasked
	os.Exit(run(ctx, program.Process{
		Name: "metric", Args: os.Args[1:], Env: os.LookupEnv, Stdin: os.Stdin, Stdout: os.Stdout, Stderr: os.Stderr,
	}))
}
