package state

import (
	"testing"
	"time"

	"github.com/latency-pod-autoscaler/lpa/internal/scaling"
	"github.com/stretchr/testify/require"
)

// FuzzState holds that no bytes are too bad for a state: they are read or refused, what is read can be decided from under
// any policy, and what is written is read again as it was.
func FuzzState(f *testing.F) {
	for _, seed := range []string{
		``, `{}`, `[]`, `null`, `{"runs_since_change": 3}`, `{"runs_since_change": 0}}`, `{"version":1,"run":2,"runs_since_change":2,"last_replicas":4}`,
		`{"version":2,"runs_since_change":2}`, `{"version":1,"run":-1,"runs_since_change":1e99}`, `{"version":1,"runs_since_change":1,"last_replicas":-1}`,
		`{"version":1,"runs_since_change":1,"last_replicas":2,"untrusted_runs":3,"generation":-9,"configuration":"\xff",` +
			`"knee":{"run":9,"answer":{"run":9,"from":2,"to":3},"last_up":8,"floor":{"replicas":3,"until":20,"wait":8,"calm":2,"failed":2,"at":1}},` +
			`"targets":[{"target":{"method":"GET","endpoint":"/a","type":"p95","limit":200},"pool":{"runs":1,"samples":9,"over":2},"share":0.3,"breach":true,` +
			`"last":{"replicas":2,"ready":2,"at":1,"latency":5,"width":-1,"mean":5},"lows":[[1,5],[2,6]],"highs":[[1,7]]}]}`,
		`{"version":1,"runs_since_change":1,"knee":{"run":1000000000,"last_up":1000000001}}`,
		`{"version":1,"runs_since_change":1,"targets":[{"target":{"type":"p95"},"lows":[[9,1e300]]}]}`,
	} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		read, err := decode(data, "")
		if err != nil {
			require.Equal(t, record{}, read, "never a state and an error")
			return
		}
		require.NoError(t, read.Problem())
		data, err = encode(read)
		require.NoError(t, err)
		again, err := decode(data, "")
		require.NoError(t, err, "%s", data)
		rewritten, err := encode(again)
		require.NoError(t, err)
		require.Equal(t, string(data), string(rewritten))
		decideAll(t, read.State)
	})
}

// decideAll makes a decision from a state in every way there is, and holds that the states after it can be written too.
func decideAll(t *testing.T, s scaling.State) {
	limit, value := 200.0, 250.0
	target := scaling.Target{Method: "GET", Endpoint: "/a", Statistic: scaling.Statistic{Kind: scaling.Percentile, Quantile: 0.95}, Limit: limit}
	over, ready := 50, 3
	for _, policy := range []scaling.Policy{
		{Decay: &scaling.Decay{Replicas: 1, UnchangedRuns: 3, Confidence: 0.95}, MinReplicas: 1, MaxReplicas: 10},
		{Knee: &scaling.Knee{BreachEvery: 60}, MinReplicas: 2, MaxReplicas: 10},
	} {
		for _, verdict := range []string{scaling.Trusted, "suspect", scaling.OverloadErrors} {
			observed := scaling.Observation{
				Replicas: 3, Ready: &ready, Verdict: verdict, Configuration: s.Configuration, Generation: s.Generation, Timeout: 1000,
				Readings: []scaling.Reading{{Target: target, Value: value, Low: &limit, High: &value, Samples: 100, Over: &over, Mean: &limit, Deviation: &limit}},
			}
			decision, next := scaling.Explain(policy, s, observed, time.Unix(1_800_000_000, 0))
			require.GreaterOrEqual(t, decision.Desired, 2)
			require.LessOrEqual(t, decision.Desired, 10)
			data, err := encode(record{State: next})
			require.NoError(t, err)
			if _, err = decode(data, ""); err != nil {
				// A counter that stood at its bound, after thirty years or by damage, ends the state one run later.
				require.ErrorContains(t, err, "to 1000000000, got 1000000001")
			}
		}
	}
}
