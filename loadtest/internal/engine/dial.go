package engine

import (
	"cmp"
	"context"
	"net"
	"net/netip"
	"strconv"
	"time"
)

// attemptDelay is how long one address may keep silent before the next one is tried beside it (RFC 8305 §8).
const attemptDelay = 250 * time.Millisecond

func firstOf(a, b error) error {
	if a != nil {
		return a
	}
	return b
}

// resolve looks up the addresses of a host, anew each time: a Service without a cluster IP, or one that fails over, may
// have others now.
func resolve(ctx context.Context, f *Fiber, host, port string, deadline time.Time) ([]netip.AddrPort, error) {
	number, err := strconv.ParseUint(port, 10, 16)
	if err != nil {
		return nil, &net.OpError{Op: "dial", Net: "tcp", Err: &net.AddrError{Err: "no such port", Addr: port}}
	}
	if addr, err := netip.ParseAddr(host); err == nil {
		return []netip.AddrPort{netip.AddrPortFrom(addr, uint16(number))}, nil
	}
	var found []netip.Addr
	f.Block(func() {
		ctx, cancel := context.WithDeadline(ctx, deadline)
		defer cancel()
		found, err = net.DefaultResolver.LookupNetIP(ctx, "ip", host)
	})
	if err == nil && len(found) == 0 {
		err = &net.DNSError{Err: "no addresses", Name: host, IsNotFound: true}
	}
	if err != nil {
		return nil, err
	}
	return interleave(found, uint16(number)), nil
}

// interleave alternates the two families, beginning with that of the first address, so that a host whose one family leads
// nowhere is reached by the second attempt.
func interleave(found []netip.Addr, port uint16) []netip.AddrPort {
	var first, second []netip.AddrPort
	for _, addr := range found {
		addr = addr.Unmap()
		if to := netip.AddrPortFrom(addr, port); addr.Is4() == found[0].Unmap().Is4() {
			first = append(first, to)
		} else {
			second = append(second, to)
		}
	}
	var order []netip.AddrPort
	for i := range max(len(first), len(second)) {
		if i < len(first) {
			order = append(order, first[i])
		}
		if i < len(second) {
			order = append(order, second[i])
		}
	}
	return order
}

// portOf is the port of an address, or the scheme's own.
func portOf(scheme, port string) string {
	if scheme == "https" {
		return cmp.Or(port, "443")
	}
	return cmp.Or(port, "80")
}
