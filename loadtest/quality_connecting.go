package loadtest

import (
	"cmp"
	"fmt"
	"time"
)

// assumedPatience stands in for the target where none is known: a connection that takes so long had to be asked for twice.
const assumedPatience = time.Second

// connecting says that connections took longer to make than the tightest target allows for an answer. That is no part of a latency,
// so a service that is short of processes to accept them looks fast.
func (r *Result) connecting() []string {
	var found []string
	patience := milliseconds(cmp.Or(r.target, assumedPatience))
	for _, part := range []struct {
		what string
		took *Timing
	}{{"connections", r.Connections.Connect}, {"TLS handshakes", r.Connections.TLS}} {
		if part.took != nil && part.took.P95 > patience {
			found = append(found, fmt.Sprintf("one in twenty %s took %s ms or more: clients wait for that, but it is no part of any latency",
				part.what, digits(part.took.P95)))
		}
	}
	return found
}
