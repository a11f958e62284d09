package report

import (
	"testing"

	"github.com/latency-pod-autoscaler/lpa/loadtest"
	"github.com/stretchr/testify/require"
)

func TestTimingsInWords(t *testing.T) {
	fast, slow := &loadtest.Timing{P50: 0.1, P95: 0.2}, &loadtest.Timing{P50: 10, P95: 20.5}
	require.Equal(t, "", Timings(nil))
	require.Equal(t, "first byte 10 ms, p95 20.5 ms; the rest of the answer 100 µs, p95 200 µs", Timings(&loadtest.RequestTimings{FirstByte: slow, Receive: fast}))
	require.Equal(t, "", Timings(&loadtest.RequestTimings{Receive: &loadtest.Timing{Max: 3}}))
	require.Equal(t, "0 opened", Connections(loadtest.ConnectionSummary{}))
	require.Equal(t, "7 opened; connect 100 µs, p95 200 µs; TLS 10 ms, p95 20.5 ms; 2 asked for again after a second or more",
		Connections(loadtest.ConnectionSummary{Opened: 7, Connect: fast, TLS: slow, SYNRetransmits: 2}))
}

func TestLoadInWords(t *testing.T) {
	for want, o := range map[string]loadtest.Options{
		"1 user":                         {Users: 1},
		"20 users":                       {Users: 20},
		"0.5 iterations per second":      {Rate: 0.5, Users: 10},
		"up to 50 users":                 {Stages: []loadtest.Stage{{From: 20, To: 50}, {From: 10, To: 10}}},
		"up to 90 iterations per second": {Stages: []loadtest.Stage{{From: 90, To: 0}}, OpenStages: true},
	} {
		require.Equal(t, want, Load(o))
	}
}

func TestSettings(t *testing.T) {
	settings := Settings(loadtest.Options{Rate: 50, MaxUsers: 100, Reuse: loadtest.DefaultReuse})
	require.Equal(t, []Setting{{"load", "50 iterations per second"}, {"arrival", "constant"}, {"users at most", "100"}}, settings[:3])
	settings = Settings(loadtest.Options{Users: 50, Stages: []loadtest.Stage{{For: 1e9, From: 20, To: 50}, {For: 2e9, From: 1, To: 1}}})
	require.Equal(t, []Setting{{"load", "up to 50 users"}, {"stage 1", "20 to 50 users in 1s"}, {"stage 2", "1 user for 2s"}}, settings[:3])
	settings = Settings(loadtest.Options{Users: 50, SpawnRate: 2.5})
	require.Equal(t, []Setting{{"load", "50 users"}, {"users started per second", "2.5"}}, settings[:2])
}
