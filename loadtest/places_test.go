package loadtest

import (
	"errors"
	"net"
	"os"
	"syscall"
	"testing"

	"github.com/latency-pod-autoscaler/lpa/loadtest/internal/engine"
	"github.com/stretchr/testify/require"
)

func TestPlaces(t *testing.T) {
	refused := &net.OpError{Op: "dial", Err: os.NewSyscallError("connect", syscall.ECONNREFUSED)}
	to := func(address string, err error) error { return &engine.DialError{To: address, Err: err} }
	var p places
	p.record(0, FailureConnect, to("shop:8080", refused))
	p.record(0, FailureConnect, to("shop:8080", refused))
	p.record(0, FailureDNS, to("shop:8080", &net.DNSError{Name: "shop"}))
	p.record(0, FailureTimeout, to("shop:8080", os.ErrDeadlineExceeded))
	p.record(1, FailureConnect, to("[::1]:80", refused))
	p.record(1, FailureConnect, to("other:80", refused))
	p.record(2, FailureTLS, errors.New("an alert after the handshake"))
	require.Equal(t, map[Failure]place{FailureConnect: {name: "shop:8080"}, FailureDNS: {name: "shop"}}, p.of(0))
	require.Equal(t, ": [::1]:80 and others", p.of(1)[FailureConnect].String())
	require.Empty(t, p.of(2)[FailureTLS].String())
}

// TestWaitingForTooLong tells what a late generator can bring about from what it cannot.
func TestWaitingForTooLong(t *testing.T) {
	for _, err := range []error{
		&engine.DialError{To: "shop:80", Err: &net.OpError{Op: "dial", Err: os.ErrDeadlineExceeded}},
		&net.OpError{Op: "dial", Err: os.NewSyscallError("connect", syscall.ETIMEDOUT)},
		&net.DNSError{IsTimeout: true},
	} {
		require.True(t, timedOut(err), "%v", err)
		require.True(t, classify(err).withoutConnection(), "%v", err)
	}
	for _, err := range []error{
		&engine.DialError{To: "shop:80", Err: &net.OpError{Op: "dial", Err: os.NewSyscallError("connect", syscall.ECONNREFUSED)}},
		&net.OpError{Op: "dial", Err: os.NewSyscallError("connect", syscall.EHOSTUNREACH)},
		&net.DNSError{IsNotFound: true},
	} {
		require.False(t, timedOut(err), "%v", err)
		require.True(t, classify(err).withoutConnection(), "%v", err)
	}
	for _, text := range []string{
		"ConnectTimeout(MaxRetryError(\"HTTPConnectionPool(host='shop', port=80): Max retries exceeded with url: /\"))",
		"TimeoutError(110, 'Connection timed out')", "gaierror(-3, 'Temporary failure in name resolution')",
	} {
		require.True(t, locustTimedOut(text), text)
	}
	for _, text := range []string{
		"ConnectionRefusedError(111, 'Connection refused')", "gaierror(-2, 'Name or service not known')",
		"ConnectionError(MaxRetryError(\"HTTPConnectionPool(host='timeout', port=80): Max retries exceeded with url: /timeout (Caused by x)\"))",
	} {
		require.False(t, locustTimedOut(text), text)
	}
}

func TestLocustPlaces(t *testing.T) {
	const pool = "ConnectionError(MaxRetryError(\"HTTPConnectionPool(host='shop', port=80): Max retries exceeded with url: / (Caused by x)\"))"
	require.Equal(t, "shop:80", locustPlace(FailureConnect, pool))
	require.Equal(t, "shop", locustPlace(FailureDNS, pool))
	require.Empty(t, locustPlace(FailureConnect, "ConnectionRefusedError(111, 'Connection refused')"))
}
