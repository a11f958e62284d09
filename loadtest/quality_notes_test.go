package loadtest

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// TestConnectionsThatQueue tells waits in a service's queue from connections that are always slow, and from a slow few.
func TestConnectionsThatQueue(t *testing.T) {
	const target = 100 * time.Millisecond
	for name, test := range map[string]struct {
		took      []time.Duration // by ten connections each
		repeated  int
		wait, say []string
	}{
		"quick":         {took: []time.Duration{time.Millisecond, 2 * time.Millisecond, 99 * time.Millisecond}},
		"always slow":   {took: []time.Duration{150 * time.Millisecond, 200 * time.Millisecond}, say: []string{"one in twenty TLS handshakes took 200 ms or more: clients wait for that, but it is no part of any latency"}},
		"a slow few":    {took: []time.Duration{time.Millisecond, time.Millisecond, 900 * time.Millisecond}, say: []string{"one in twenty TLS handshakes took 900 ms or more: clients wait for that, but it is no part of any latency"}},
		"queue":         {took: []time.Duration{20 * time.Millisecond, 150 * time.Millisecond, 160 * time.Millisecond}, wait: []string{"half of 30 TLS handshakes took 150 ms or more, and the fastest 20 ms: clients wait for that, but it is no part of any latency"}},
		"a packet lost": {took: []time.Duration{time.Millisecond}, repeated: 1},
		"queue is full": {took: []time.Duration{time.Millisecond}, repeated: 2, wait: []string{"2 requests for a connection got no reply and were repeated, for 10 connections: each time a client waits for a second or more, but it is no part of any latency"}},
	} {
		t.Run(name, func(t *testing.T) {
			recorder := &recorder{}
			recorder.synRetransmits.Store(int64(test.repeated))
			for range 10 {
				recorder.connect.record(time.Millisecond)
				for _, took := range test.took {
					recorder.tls.record(took)
				}
			}
			r := &Result{target: target, Connections: recorder.connections()}
			require.Equal(t, test.wait, r.hiddenWaits())
			require.Equal(t, test.say, r.connecting())
		})
	}

	few := &recorder{}
	few.tls.record(time.Millisecond)
	for range fewestConnections - 2 {
		few.tls.record(time.Second)
	}
	require.Empty(t, (&Result{target: target, Connections: few.connections()}).hiddenWaits())
}
