package loadtest

import (
	"slices"
	"testing"
	"time"

	"github.com/latency-pod-autoscaler/lpa/loadtest/internal/engine"
	"github.com/stretchr/testify/require"
)

// TestConnectionsThatQueue tells waits in a service's queue from connections that are always slow, and from a slow few.
func TestConnectionsThatQueue(t *testing.T) {
	const target = 100 * time.Millisecond
	for name, test := range map[string]struct {
		took      []time.Duration // by ten connections each
		resumed   []time.Duration // likewise, with an earlier session
		brokeOff  time.Duration   // likewise, that the end of the run cut off
		repeated  int
		wait, say []string
	}{
		"quick":                            {took: []time.Duration{time.Millisecond, 2 * time.Millisecond, 99 * time.Millisecond}},
		"always slow":                      {took: []time.Duration{150 * time.Millisecond, 200 * time.Millisecond}, say: []string{"one in twenty TLS handshakes took 200 ms or more: clients wait for that, but it is no part of any latency"}},
		"a slow few":                       {took: []time.Duration{time.Millisecond, time.Millisecond, 900 * time.Millisecond}, say: []string{"one in twenty TLS handshakes took 900 ms or more: clients wait for that, but it is no part of any latency"}},
		"queue":                            {took: []time.Duration{20 * time.Millisecond, 150 * time.Millisecond, 160 * time.Millisecond}, wait: []string{"half of 30 TLS handshakes took 150 ms or more, and the fastest 20 ms: clients wait for that, but it is no part of any latency"}},
		"each replica has keys of its own": {resumed: []time.Duration{time.Millisecond}, took: []time.Duration{150 * time.Millisecond, 160 * time.Millisecond}, say: []string{"one in twenty TLS handshakes took 160 ms or more: clients wait for that, but it is no part of any latency"}},
		"queue, and sessions are resumed": {
			took: []time.Duration{20 * time.Millisecond}, resumed: []time.Duration{time.Millisecond, 150 * time.Millisecond, 160 * time.Millisecond, 170 * time.Millisecond},
			wait: []string{"half of 50 TLS handshakes took 150 ms or more, and the fastest 1 ms: clients wait for that, but it is no part of any latency"}},
		"queue, and all that resume are in it": {
			took: []time.Duration{20 * time.Millisecond}, resumed: []time.Duration{150 * time.Millisecond, 160 * time.Millisecond},
			wait: []string{"half of 30 TLS handshakes took 150 ms or more, and the fastest 20 ms: clients wait for that, but it is no part of any latency"}},
		"always slow, and cut off at once": {brokeOff: time.Millisecond, took: []time.Duration{150 * time.Millisecond, 150 * time.Millisecond},
			say: []string{"one in twenty TLS handshakes took 150 ms or more: clients wait for that, but it is no part of any latency"}},
		"a packet lost": {took: []time.Duration{time.Millisecond}, repeated: 1},
		"queue is full": {took: []time.Duration{time.Millisecond}, repeated: 2, wait: []string{"2 requests for a connection got no reply and were repeated, for 10 connections: each time a client waits for a second or more, but it is no part of any latency"}},
	} {
		t.Run(name, func(t *testing.T) {
			recorder := &recorder{}
			recorder.synRetransmits.Store(int64(test.repeated))
			for range 10 {
				recorder.connecting(answer{times: engine.Times{Dialled: true, Connect: time.Millisecond}})
				if test.brokeOff > 0 {
					recorder.handshake(test.brokeOff, false, true)
				}
				for _, took := range test.took {
					recorder.handshake(took, false, false)
				}
				for _, took := range test.resumed {
					recorder.handshake(took, true, false)
				}
			}
			r := &Result{target: target, Connections: recorder.connections()}
			require.Equal(t, test.wait, r.hiddenWaits())
			require.Equal(t, test.say, r.connecting())
		})
	}

	few := &recorder{}
	few.handshake(time.Millisecond, false, false)
	for range fewestConnections - 2 {
		few.handshake(time.Second, false, false)
	}
	require.Empty(t, (&Result{target: target, Connections: few.connections()}).hiddenWaits())
}

// TestUsersWhoWaitAtTheEnd tells a service that stops answering from requests that just take long.
func TestUsersWhoWaitAtTheEnd(t *testing.T) {
	const second = time.Second
	end := time.Unix(100, 0)
	request := func(answer time.Duration, answers int, early time.Duration, ages ...time.Duration) requestResult {
		return requestResult{early: early, distribution: newDistribution(slices.Repeat([]time.Duration{answer}, answers), ages, 0)}
	}
	quick := request(10*time.Millisecond, 1000, 0)
	for name, test := range map[string]struct {
		requests []requestResult
		silence  time.Duration
		says     bool
	}{
		"longer than any of many answers":           {[]requestResult{request(second, 20, 0, 1100*time.Millisecond)}, 0, true},
		"no longer than one of many":                {[]requestResult{request(second, 20, 0, 900*time.Millisecond)}, 0, false},
		"longer than many, but not than another":    {[]requestResult{request(second, 20, 0, 2*second), request(3*second, 1, 0)}, 0, true},
		"longer than the few, but not than another": {[]requestResult{request(second, 19, 0, 2*second), request(3*second, 1, 0)}, 0, false},
		"not longer than an answer of the warm-up":  {[]requestResult{request(0, 0, 3*second, 2*second), quick}, 0, false},
		"that of the warm-up was a cold start":      {[]requestResult{request(second, 20, 3*second, 2*second), quick}, 0, true},
		"never answered, and others are":            {[]requestResult{request(0, 0, 0, 5*second), quick}, second, false},
		"never answered, and nobody else either":    {[]requestResult{request(0, 0, 0, 5*second), quick}, 5 * second, true},
		"sent while the last answer was under way":  {[]requestResult{request(0, 0, 0, 5*second), quick}, 4950 * time.Millisecond, true},
	} {
		t.Run(name, func(t *testing.T) {
			r := &Result{target: 100 * time.Millisecond, Started: 2, End: end, answered: end.Add(-test.silence), requests: test.requests}
			require.Equal(t, test.says, len(r.hiddenWaits()) > 0)
		})
	}
	nobody := &Result{target: second, Started: 1, End: end, requests: []requestResult{request(0, 0, 0, 2*second)}}
	require.NotEmpty(t, nobody.hiddenWaits(), "a service that answers nobody at all")
}
