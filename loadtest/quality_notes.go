package loadtest

import (
	"cmp"
	"fmt"
	"math"
	"slices"
	"time"
)

// assumedPatience stands in for the target where none is known: a lost request for a connection is repeated after it.
const assumedPatience = time.Second

// hiddenWaits are what users waited for although hardly any number shows it.
func (r *Result) hiddenWaits() []string {
	return slices.Concat(r.stuck(), r.queueing(), r.unheard())
}

// patience is how long a client waits at most for a service that does what it should.
func (r *Result) patience() time.Duration { return cmp.Or(r.target, assumedPatience) }

// connecting says that some connections took longer to make than the tightest target allows for an answer. That is no part of a
// latency, so a service that is short of processes to accept them looks fast.
func (r *Result) connecting() []string {
	var found []string
	for _, step := range r.Connections.steps() {
		if _, queued := step.queued(r.patience()); !queued && step.P95 > milliseconds(r.patience()) {
			found = append(found, fmt.Sprintf("one in twenty %s took %s ms or more: clients wait for that, "+
				"but it is no part of any latency", step.what, digits(step.P95)))
		}
	}
	return found
}

// fewestConnections are those of which it is told that they queued: of fewer a half is a handful.
const fewestConnections = 10

// queued says that half of the connections took so much longer than the fastest did. What is always slow, such as a certificate that
// takes long to check, is so in the fastest one too; the rest was spent in the service's queue. A TLS session that is resumed spares
// the service that work, so it is no measure of those that are not: where each of many replicas has keys of its own, most are not. fastest is of
// all kinds.
func (t *Timing) queued(patience time.Duration) (fastest time.Duration, queued bool) {
	fastest = math.MaxInt64 - patience
	late := 0
	for _, kind := range t.kinds {
		if n := kind.len(); n > 0 {
			fastest = min(fastest, kind.at(0))
			late += n - kind.notAbove(fastest+patience)
		}
	}
	return fastest, t.count >= fewestConnections && 2*late > t.count
}

// queueing says that connections waited in the service's queue for longer than the tightest target.
func (r *Result) queueing() []string {
	var found []string
	for _, step := range r.Connections.steps() {
		if fastest, queued := step.queued(r.patience()); queued {
			found = append(found, fmt.Sprintf("half of %d %s took %s ms or more, and the fastest %s: clients wait for that, "+
				"but it is no part of any latency", step.count, step.what, digits(step.P50), inWords(fastest)))
		}
	}
	return found
}

// unheardShare is the share of connections from which lost requests for one tell of the service's queue rather than of the
// network.
const unheardShare = 0.1

// unheard says that many requests for a connection were lost, as Linux drops those that a service's queue has no room for. It takes
// a client a second or more to ask again.
func (r *Result) unheard() []string {
	lost, c := r.Connections.SYNRetransmits, r.Connections.Connect
	if c == nil || c.count < fewestConnections || float64(lost) <= unheardShare*float64(c.count) {
		return nil
	}
	return []string{fmt.Sprintf("%d requests for a connection got no reply and were repeated, for %d connections: each time a client "+
		"waits for a second or more, but it is no part of any latency", lost, c.count)}
}

// stuckShare is the share of users of which it is told that they waited at the end. In a service that meets a percentile, at most
// a few of them do.
const stuckShare = 0.5

// fewestAnswers are those from which the longest answer says how long a request may take: by chance, the next one takes longer
// than twenty others in one of 21 cases. For one that is sent more rarely, the longest answer to any request stands in, and those of
// the warm-up count.
const fewestAnswers = 20

// stuck says that many users were waiting when the run ended, for longer than the tightest target and than any answer to the same
// request took. A service, or a replica, that stops answering shows in few of their requests, as each user waits for one at a time,
// and so hardly in a percentile.
func (r *Result) stuck() []string {
	waiting, longestOfAll := 0, time.Duration(0)
	for i := range r.requests {
		longestOfAll = max(longestOfAll, r.requests[i].longest(), r.requests[i].early)
	}
	for i := range r.requests {
		request := &r.requests[i]
		longest := max(r.patience(), request.longest())
		if request.finished.len() < fewestAnswers {
			longest = max(longest, longestOfAll)
		}
		answered := request.finished.len() > 0 || request.early > 0
		for _, age := range request.unfinished {
			if age > longest && (answered || r.silentFor(age-longest)) {
				waiting++
			}
		}
	}
	if waiting == 0 || float64(waiting) < stuckShare*float64(r.Started) {
		return nil
	}
	return []string{fmt.Sprintf("%d of %d users were waiting for longer than %s, and than any answer took, when the run ended, "+
		"as if the service, or a replica, had stopped answering", waiting, r.Started, inWords(r.patience()))}
}

// longest is how long the slowest answer took; 0 if there was none.
func (d distribution) longest() time.Duration {
	if n := d.finished.len(); n > 0 {
		return d.finished.at(n - 1)
	}
	return 0
}

// silentFor says that for so long before the end nobody was answered. A request that nobody got an answer to, while others were
// answered, may just take longer than the run: a report, or a poll that waits for news.
func (r *Result) silentFor(d time.Duration) bool { return r.End.Sub(r.answered) >= d }
