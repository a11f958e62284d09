// Metric is run by the Custom Pod Autoscaler framework to measure a service: it reads the resource that is scaled from
// stdin, load-tests the service with the script of the configuration, and prints what it saw as JSON.
package main

import (
	"io"
	"log"
	"os"

	"github.com/latency-pod-autoscaler/lpa/internal/program"
	_ "github.com/latency-pod-autoscaler/lpa/internal/program/stack" // before all else
)

var version string // set by the linker in releases

func main() {
	log.SetOutput(io.Discard) // net/http logs what servers send unasked
	os.Exit(run(program.OS("metric")))
}
