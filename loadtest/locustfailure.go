package loadtest

import (
	"net"
	"strconv"
	"strings"

	"github.com/latency-pod-autoscaler/lpa/loadtest/internal/lazyregexp"
)

// locustFailures are what the exceptions of Python's HTTP clients say, in lower case, by class. The first match counts: an
// exception often contains the one that caused it.
var locustFailures = []struct {
	class Failure
	words []string
}{
	{FailureGenerator, []string{"too many open files", "cannot assign requested address", "no buffer space", "cannot allocate memory"}},
	{FailureDNS, []string{"gaierror", "name resolution", "nameresolutionerror", "failed to resolve", "name or service not known", "no address associated"}},
	{FailureTLS, []string{"ssl", "certificate"}},
	{FailureConnect, []string{"connection refused", "connectionrefused", "newconnectionerror", "failed to establish a new connection",
		"connecttimeout", "no route to host", "network is unreachable", "connection timed out"}},
	{FailureRedirects, []string{"toomanyredirects"}},
	{FailureTimeout, []string{"timeout", "timed out"}},
	{FailureReset, []string{"connectionreset", "connection reset", "reset by peer", "brokenpipe", "broken pipe", "remotedisconnected",
		"connectionaborted", "connection aborted", "connectionclosed", "connection closed", "closed connection", "incompleteread", "chunkedencodingerror"}},
	{FailureProtocol, []string{"badstatusline", "httpparseerror", "invalidheader", "linetoolong", "contentdecodingerror", "protocolerror", "httpexception"}},
	{FailureRequest, []string{"invalidurl", "missingschema", "invalidschema", "locationparseerror"}},
}

var (
	pythonException = lazyregexp.New(`^[A-Za-z_][\w.]*\(`)
	pythonAddress   = lazyregexp.New(`host='[^']*'|\burl: \S+|https?://[^\s'"]+`) // whose words say nothing
	pythonPool      = lazyregexp.New(`\bhost='([^']*)', port='?(\d+)`)
	pythonStatus    = lazyregexp.New(`^(?:\w+\.)*(?:HTTPError\(['"]|\w*BadStatusCode\(.*code=)(\d{3})\b`)
)

// classifyLocust says which failure an exception is, as Python writes it, of a request with this status (0 for none or an
// unknown one). What a locustfile says in its own words is an assertion, whatever the words.
func classifyLocust(text string, status int) Failure {
	if m := pythonStatus().FindStringSubmatch(text); m != nil && status == 0 {
		status, _ = strconv.Atoi(m[1])
	}
	switch {
	case status >= 500:
		return Failure5xx
	case status >= 400:
		return Failure4xx
	case status > 0 || !pythonException().MatchString(text) || strings.HasPrefix(text, "CatchResponseError("):
		return FailureAssertion
	}
	lower := strings.ToLower(pythonAddress().ReplaceAllString(text, ""))
	for _, f := range locustFailures {
		for _, word := range f.words {
			if strings.Contains(lower, word) {
				return f.class
			}
		}
	}
	return FailureAssertion
}

// locustTimedOut says that an exception came of a wait that was too long, as timedOut does of an error. A name that may yet
// be found counts, as that is what a resolver says that got no answer.
func locustTimedOut(text string) bool {
	lower := strings.ToLower(pythonAddress().ReplaceAllString(text, ""))
	return strings.Contains(lower, "timeout") || strings.Contains(lower, "timed out") || strings.Contains(lower, "temporary failure")
}

// locustPlace is the host that an exception is about, if it says so, with its port where the name itself is not what is wrong.
func locustPlace(outcome Failure, text string) string {
	m := pythonPool().FindStringSubmatch(text)
	switch {
	case m == nil:
		return ""
	case outcome == FailureDNS:
		return m[1]
	}
	return net.JoinHostPort(m[1], m[2])
}
