package loadtest

import (
	"cmp"
	"fmt"
	"time"
)

// assumedPatience stands in for the target where none is known: a lost request for a connection is repeated after it.
const assumedPatience = time.Second

// connecting says that connections took longer to make than the tightest target allows for an answer. That is no part of a
// latency, so a service that is short of processes to accept them looks fast.
func (r *Result) connecting() []string {
	var found []string
	patience := milliseconds(cmp.Or(r.target, assumedPatience))
	for _, part := range []struct {
		what string
		took *Timing
	}{{"connections", r.Connections.Connect}, {"TLS handshakes", r.Connections.TLS}} {
		if part.took != nil && part.took.P95 > patience {
			found = append(found, fmt.Sprintf("one in twenty %s took %s ms or more: clients wait for that, "+
				"but it is no part of any latency", part.what, digits(part.took.P95)))
		}
	}
	return found
}

// stuckShare is the share of users of which it is told that they waited at the end. In a service that meets a percentile, at most
// a few of them do.
const stuckShare = 0.5

// stuck says that many users were waiting when the run ended, for longer than the tightest target and than any answer to the same
// request took. A service, or a replica, that stops answering shows in few of their requests, as each user waits for one at a time,
// and so hardly in a percentile.
func (r *Result) stuck() []string {
	patience, waiting := cmp.Or(r.target, assumedPatience), 0
	for i := range r.requests {
		d := &r.requests[i].distribution
		longest := patience
		if n := d.finished.len(); n > 0 {
			longest = max(longest, d.finished.at(n-1))
		}
		for _, age := range d.unfinished {
			if age > longest {
				waiting++
			}
		}
	}
	if waiting == 0 || float64(waiting) < stuckShare*float64(r.Started) {
		return nil
	}
	return []string{fmt.Sprintf("%d of %d users were waiting for longer than %s, and than any answer took, when the run ended, "+
		"as if the service, or a replica, had stopped answering", waiting, r.Started, inWords(patience))}
}
