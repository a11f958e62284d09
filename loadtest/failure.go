package loadtest

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"io"
	"net"
	"net/http"
	"slices"
	"syscall"

	"github.com/latency-pod-autoscaler/lpa/loadtest/internal/engine"
)

// Failure is why a request counts as failed; its zero value is success.
type Failure uint8

// The classes of failure, in the order in which a request can meet them.
const (
	NoFailure        Failure = iota
	FailureGenerator         // this machine could not: no file descriptor, port or memory left
	FailureRequest           // the script's request could not be made into one, such as a header with a line break
	FailureDNS               // the host's name did not resolve
	FailureConnect           // no connection: refused, unreachable, or nobody answered
	FailureTLS               // the TLS handshake failed, most often a certificate
	FailureTimeout           // no complete answer within the request's timeout
	FailureReset             // the connection broke before the answer was complete
	FailureProtocol          // the answer was not HTTP
	FailureRedirects         // more redirects than allowed
	Failure5xx
	Failure4xx
	FailureAssertion // the answer was not what the script expects
	unfinished       // still waiting when the run ended: no failure, but no latency either
)

var failureNames = [...]string{"", "generator", "request", "dns", "connect", "tls", "timeout", "reset", "protocol", "redirects", "5xx", "4xx", "assertion", "unfinished"}

func (f Failure) String() string { return failureNames[f] }

// hasStatus says whether an answer with the status can have failed in this way.
func (f Failure) hasStatus(status int) bool {
	switch f {
	case Failure5xx:
		return status >= 500
	case Failure4xx:
		return status >= 400 && status < 500
	}
	return f == FailureAssertion && status < 400
}

// neverSent says that no byte of the request can have reached the service.
func (f Failure) neverSent() bool {
	return f == FailureGenerator || f == FailureRequest || f == FailureDNS || f == FailureConnect || f == FailureTLS
}

var errTooManyRedirects = errors.New("too many redirects")

// withoutConnection says that there was no connection for the request.
func (f Failure) withoutConnection() bool { return slices.Contains(unreachable, f) }

// timedOut says that somebody waited for too long. Who is late can bring that about, but no refusal, no unknown name and no
// wrong certificate.
func timedOut(err error) bool {
	var netErr net.Error
	return errors.As(err, &netErr) && netErr.Timeout()
}

// exhausted are the errors of a machine, or a process, that has no more to give.
var exhausted = []error{syscall.EMFILE, syscall.ENFILE, syscall.EADDRNOTAVAIL, syscall.ENOBUFS, syscall.ENOMEM}

// classify says which failure an error of the HTTP client is.
func classify(err error) Failure {
	var dns *net.DNSError
	var op *net.OpError
	var handshake *engine.HandshakeError
	switch {
	case errors.Is(err, errTooManyRedirects):
		return FailureRedirects
	case slices.ContainsFunc(exhausted, func(e error) bool { return errors.Is(err, e) }):
		return FailureGenerator
	case errors.As(err, &dns):
		return FailureDNS
	case isTLS(err):
		return FailureTLS
	case errors.As(err, &op) && op.Op == "dial":
		return FailureConnect
	case errors.Is(err, context.DeadlineExceeded), timedOut(err):
		return FailureTimeout
	case errors.Is(err, engine.ErrProtocol):
		return FailureProtocol
	case errors.Is(err, io.EOF), errors.Is(err, io.ErrUnexpectedEOF), errors.Is(err, net.ErrClosed),
		errors.Is(err, syscall.ECONNRESET), errors.Is(err, syscall.EPIPE), errors.As(err, &op), brokenOff(err):
		return FailureReset
	case errors.As(err, &handshake):
		return FailureTLS
	}
	return FailureProtocol
}

func isTLS(err error) bool {
	var verification *tls.CertificateVerificationError
	var record tls.RecordHeaderError
	var unknown x509.UnknownAuthorityError
	var hostname x509.HostnameError
	var op *net.OpError // what the server has to complain of comes as an error of the connection
	if errors.As(err, &op) && op.Op == "remote error" {
		return true
	}
	return errors.Is(err, http.ErrSchemeMismatch) || errors.As(err, &verification) || errors.As(err, &record) ||
		errors.As(err, &unknown) || errors.As(err, &hostname)
}
