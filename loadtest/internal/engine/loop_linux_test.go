//go:build linux && !portable

package engine

import (
	"context"
	"net"
	"net/netip"
	"testing"

	"github.com/stretchr/testify/require"
	"golang.org/x/sys/unix"
)

// TestAnEventOfAClosedConnectionIsNotAnothers has two connections that get the same descriptor one after the other, and an
// event of the first that is only looked at when there is the second, as happens when one batch of events has both.
func TestAnEventOfAClosedConnectionIsNotAnothers(t *testing.T) {
	listener, err := net.Listen("tcp", "127.0.0.1:0") // which accepts nothing, so that no other connection takes the descriptor
	require.NoError(t, err)
	defer listener.Close()
	to := netip.MustParseAddrPort(listener.Addr().String())
	alone(t, func(ctx context.Context, f *Fiber) {
		first, err := connect(ctx, f, to)
		require.NoError(t, err)
		event := unix.EpollEvent{Events: unix.EPOLLOUT | unix.EPOLLIN | unix.EPOLLRDHUP, Fd: int32(first.fd), Pad: first.born}
		require.NoError(t, first.Close())
		second, err := connect(ctx, f, to)
		require.NoError(t, err)
		defer second.Close()
		require.EqualValues(t, event.Fd, second.fd, "the same descriptor")
		f.loop.dispatch(&event)
		require.False(t, second.readable || second.writable || second.over)
	})
}
