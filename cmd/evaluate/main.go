// Evaluate is run by the Custom Pod Autoscaler framework after metric: it reads what was measured from stdin, decides how
// many replicas the service should have, and prints that number as JSON and the reason as one sentence on stderr.
package main

import (
	"context"
	"io"
	"log"
	"os"

	"github.com/latency-pod-autoscaler/lpa/internal/program"
)

var version string // set by the linker in releases

func main() {
	log.SetOutput(io.Discard) // net/http logs what servers send unasked
	// Signals end it at once: there is nothing to finish, and a state is never half-written.
	os.Exit(run(context.Background(), program.OS("evaluate")))
}
