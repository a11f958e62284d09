package loadtest

import (
	"fmt"
	"maps"
	"slices"
)

// Verdict says whether a result can be trusted, and if not, why.
type Verdict string

// The verdicts that a run can come to.
const (
	VerdictOK             Verdict = "ok"
	VerdictTooFew         Verdict = "too-few"           // not the load that was asked for: nothing was sent, or too little
	VerdictGenerator      Verdict = "generator-limited" // this machine, not the service, was at its limits
	VerdictTargetDown     Verdict = "target-down"       // (nearly) no connection
	VerdictOverloadErrors Verdict = "overload-errors"   // the service answers with timeouts, resets or 5xx
	VerdictClientError    Verdict = "client-error"      // the script or the configuration is wrong for the service
	VerdictMixed          Verdict = "mixed"             // errors of overload and of the script at once: neither explains the other
	VerdictSuspect        Verdict = "suspect"           // the generator saw signs that its own delay is in what it measured
)

// VerdictBusy is for whoever runs load tests: this one was not run, as another is under way.
const VerdictBusy Verdict = "busy"

// Quality is the verdict on a result with the reasons for it.
type Quality struct {
	Verdict Verdict  `json:"verdict"`
	Reasons []string `json:"reasons,omitempty"`
}

// downShare is the share of requests without a connection from which a service counts as down rather than slow: a
// rollout or one bad pod of several stays below.
const downShare = 0.9

// ErrorShare is the share of failures that a result may have and still be trusted. Below it percentiles up to p90 are
// unaffected and those above say "failed", which is what happened.
const ErrorShare = 0.1

// faults groups the failures by whose fault they are.
var (
	unreachable = []Failure{FailureDNS, FailureConnect, FailureTLS}
	overload    = []Failure{FailureConnect, FailureTimeout, FailureReset, Failure5xx}
	misuse      = []Failure{FailureRequest, FailureDNS, FailureTLS, FailureProtocol, FailureRedirects, Failure4xx, FailureAssertion}
	notOurs     = []Failure{FailureRequest, FailureDNS, FailureConnect, FailureTLS, FailureTimeout, FailureReset, FailureProtocol,
		FailureRedirects, Failure5xx, Failure4xx, FailureAssertion}
)

// assess comes to a verdict on a run with so many requests, some of which failed and some were cut off. Mistakes in the script
// are told in any case.
func (r *Result) assess(failures map[Failure]int, total, cutOff int, waits []string) Quality {
	q := r.judge(failures, total, cutOff, waits)
	q.Reasons = append(q.Reasons, r.crashReasons()...)
	return q
}

// judge has a generator at its limits come first, as it can bring about everything else but a service that turns nearly all
// away. That it merely doubts its delays comes last: it does not make errors.
func (r *Result) judge(failures map[Failure]int, total, cutOff int, waits []string) Quality {
	facts := r.facts(total, cutOff)
	limits := slices.Concat(r.foreign.limits, facts.limits())
	fewUsers, tooFewUsers := facts.tooFewUsers()
	overloaded := sum(failures, overload) > ErrorShare*float64(total)
	misused := sum(failures, misuse) > ErrorShare*float64(total)
	crashed := float64(r.crashed()) > ErrorShare*float64(r.Iterations)
	switch {
	case r.broken != nil:
		return Quality{VerdictGenerator, []string{"the load test could not begin: " + r.broken.Error()}}
	case failures[FailureGenerator] > 0:
		reasons := r.reasons(failures, []Failure{FailureGenerator}, total)
		return Quality{VerdictGenerator, slices.Concat(reasons, facts.resources(), limits, r.reasons(failures, notOurs, total))}
	case r.interrupted:
		return Quality{VerdictTooFew, []string{fmt.Sprintf("interrupted after %.1f s of the counted time", r.End.Sub(r.Start).Seconds())}}
	case len(limits) > 0 && total > 0 && float64(r.sure()) >= downShare*float64(total):
		return Quality{VerdictTargetDown, append(r.reasons(failures, unreachable, total), limits...)}
	case len(limits) > 0:
		return Quality{VerdictGenerator, slices.Concat(limits, r.reasons(failures, notOurs, total), r.unconnected(total))}
	case r.Started < r.Users-r.atTheEnd:
		return Quality{VerdictTooFew, []string{fmt.Sprintf("%d of %d users were started before the end", r.Started, r.Users)}}
	case total == 0 && crashed:
		return Quality{Verdict: VerdictClientError}
	case total == 0:
		return Quality{VerdictTooFew, []string{"no request was sent in the counted time"}}
	case sum(failures, unreachable) >= downShare*float64(total):
		return Quality{VerdictTargetDown, r.reasons(failures, unreachable, total)}
	case r.Connections.Opened == 0 && sum(failures, misuse) == float64(failures[FailureDNS]):
		// Requests that wait for a connection are not slow answers, even if none was refused: a firewall, say.
		return Quality{VerdictTargetDown, append(r.reasons(failures, notOurs, total), r.unconnected(total)...)}
	case overloaded && misused:
		return Quality{VerdictMixed, r.reasons(failures, slices.Concat(overload, misuse), total)}
	case overloaded:
		return Quality{VerdictOverloadErrors, r.reasons(failures, overload, total)}
	case crashed:
		return Quality{Verdict: VerdictClientError}
	case float64(r.Broken) > ErrorShare*float64(r.Started):
		return Quality{VerdictClientError, []string{fmt.Sprintf("onStart failed for %d of %d users, so they did not do what the script means", r.Broken, r.Started)}}
	case float64(r.foreign.left) > ErrorShare*float64(r.Started):
		return Quality{VerdictClientError, []string{fmt.Sprintf("%d of %d users were gone before the end, so they did not do what was asked for", r.foreign.left, r.Started)}}
	case float64(r.foreign.exceptions) > ErrorShare*float64(total):
		return Quality{Verdict: VerdictClientError} // remarks gives the reason
	case misused:
		return Quality{VerdictClientError, r.reasons(failures, misuse, total)}
	case tooFewUsers:
		return Quality{VerdictTooFew, []string{fewUsers}}
	}
	notes := slices.Concat(facts.notes(), r.connecting(), waits)
	if doubts := facts.doubts(); len(doubts) > 0 {
		return Quality{VerdictSuspect, append(doubts, notes...)}
	}
	return Quality{VerdictOK, notes}
}

// sure is how many requests failed whatever the generator did: it came of no wait.
func (r *Result) sure() int {
	n := 0
	for i := range r.requests {
		n += r.requests[i].sure
	}
	return n
}

func (r *Result) unconnected(total int) []string {
	if r.Connections.Opened > 0 || total == 0 {
		return nil
	}
	return []string{"no connection could be made"}
}

func sum(failures map[Failure]int, classes []Failure) float64 {
	n := 0
	for _, class := range classes {
		n += failures[class]
	}
	return float64(n)
}

// reasons are a sentence for each class of failures, with the request that it hit most.
func (r *Result) reasons(failures map[Failure]int, classes []Failure, total int) []string {
	var out []string
	for _, class := range classes {
		if n := failures[class]; n > 0 {
			out = append(out, fmt.Sprintf("%d of %d requests failed: %s%s", n, total, class, r.mostly(class)))
		}
	}
	return out
}

// mostly is such as ` (mostly GET /items, status 404)`, or `: shop:8080 (mostly GET /items)` where no connection was made.
func (r *Result) mostly(class Failure) string {
	var worst *requestResult
	for i := range r.requests {
		if request := &r.requests[i]; request.failures[class] > 0 && (worst == nil || request.failures[class] > worst.failures[class]) {
			worst = request
		}
	}
	if worst == nil {
		return ""
	}
	status, most := "", 0
	for _, code := range slices.Sorted(maps.Keys(worst.statuses)) {
		if n := worst.statuses[code]; n > most && class.hasStatus(code) {
			status, most = fmt.Sprintf(", status %d", code), n
		}
	}
	return fmt.Sprintf("%s (mostly %s %s%s)", worst.places[class], worst.name.Method, worst.name.Name, status)
}
