package dashboard

import (
	"bytes"
	"encoding/base64"
	"encoding/binary"
	"encoding/json"
	"fmt"
	"math"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/latency-pod-autoscaler/lpa/internal/cpa"
	"github.com/latency-pod-autoscaler/lpa/internal/scaling"
	"github.com/latency-pod-autoscaler/lpa/internal/state"
	"github.com/latency-pod-autoscaler/lpa/loadtest"
	"github.com/stretchr/testify/require"
)

var began = time.Date(2026, 3, 2, 6, 0, 0, 0, time.UTC)

// shop is an autoscaler of a service whose traffic goes up and down, with decisions and steps as they really are: latencies
// follow from how busy the replicas are, and some measurements cannot be trusted.
type shop struct {
	began    time.Time
	policy   scaling.Policy
	state    scaling.State
	random   *rand.Rand
	replicas int
	run      int
}

func newShop() *shop {
	return &shop{
		began:    began,
		policy:   scaling.Policy{Knee: &scaling.Knee{BreachEvery: 60}, Untrusted: scaling.OnUntrusted{Action: scaling.Hold}, MinReplicas: 2, MaxReplicas: 20},
		state:    scaling.State{Fresh: true},
		random:   rand.New(rand.NewPCG(1, 2)),
		replicas: 9,
	}
}

// next is the record of the next run, a minute after the one before.
func (s *shop) next() state.Record {
	now := s.began.Add(time.Duration(s.run) * time.Minute)
	demand := 6 + 5*math.Sin(float64(s.run)/1440*2*math.Pi*3) + 1.5*math.Sin(float64(s.run)/37)
	if s.run%500 > 440 && s.run%500 < 452 {
		demand += 2.5 // more than anybody expected
	}
	busy := min(demand/float64(s.replicas), 1.4)
	ready := s.replicas
	o := scaling.Observation{Replicas: ready, Ready: &ready, Generation: 1, Configuration: "1", Verdict: scaling.Trusted, Timeout: 10000}
	if s.run%97 == 41 {
		o.Verdict, o.Reasons = "generator-limited", []string{"the generator's own requests took 61 ms, so its CPU is not enough"}
	}
	failures := max(0, busy-1.05) * 0.3
	measurement, err := json.Marshal(map[string]any{
		"schema": 1, "in_flight_per_replica": math.Round(1000*(0.4+busy)) / 1000, "num_requests": 400, "num_requests_fail": int(400 * failures),
		"requests": map[string]any{"GET_/items": s.requests(60, busy, failures), "POST_/checkout": s.requests(140, busy, failures)},
		"secret":   "Bearer s3cret",
	})
	if err != nil {
		panic(err)
	}
	record := state.Record{
		Schema: 1, Time: now, RunType: "scaler", Mode: "act", State: s.state, Fresh: s.state.Fresh, Policy: s.policy,
		Resource: state.LogResource{Kind: "Deployment", Namespace: "prod", Name: "shop", Replicas: &o.Replicas, Ready: o.Ready}, Measurement: measurement,
	}
	reported, err := cpa.ParseReported(string(measurement))
	if err != nil {
		panic(err)
	}
	reported.Timeout = 10 * time.Second
	if o.Readings, err = reported.Readings(shopTargets); err != nil {
		panic(err)
	}
	record.Observation = o
	record.Decision, s.state = scaling.Explain(s.policy, s.state, o, now)
	record.Answer = record.Decision.Desired
	s.replicas = record.Decision.Desired
	s.run++
	return record
}

var shopTargets = []scaling.Target{
	{Method: "GET", Endpoint: "/items", Statistic: scaling.Statistic{Kind: scaling.Percentile, Quantile: 0.95}, Limit: 250},
	{Method: "POST", Endpoint: "/checkout", Statistic: scaling.Statistic{Kind: scaling.Percentile, Quantile: 0.95}, Limit: 600},
	{Method: "POST", Endpoint: "/checkout", Statistic: scaling.Statistic{Kind: scaling.FailureRatio}, Limit: 0.02},
}

// requests are what a load test reports of 200 to one endpoint.
func (s *shop) requests(idle, busy, failures float64) map[string]any {
	const all = 200
	p95 := idle * (1 + 0.6*math.Pow(busy, 4)/max(1.08-busy, 0.16))
	failed := int(all * failures)
	var latencies []float64
	for range all - failed {
		latencies = append(latencies, p95*math.Exp(0.3*(s.random.NormFloat64()-1.645)))
	}
	slices.Sort(latencies)
	var finished []byte
	before, sum := uint64(0), 0.0
	for _, ms := range latencies {
		value := uint64(ms * 1000)
		finished = binary.AppendUvarint(binary.AppendUvarint(finished, value-before), 1)
		before, sum = value, sum+ms
	}
	return map[string]any{
		"num_requests": all, "num_failures": failed, "avg_response_time": sum / float64(len(latencies)),
		"samples": loadtest.Samples{Finished: base64.StdEncoding.EncodeToString(finished), Failed: failed},
	}
}

// logFile is an empty log in a folder of its own.
func logFile(t testing.TB) state.Log {
	return state.Log{Path: filepath.Join(t.TempDir(), "decisions.jsonl"), MaxSize: 1 << 40}
}

// writeShop appends that many runs.
func writeShop(t testing.TB, log state.Log, s *shop, runs int) {
	t.Helper()
	for range runs {
		require.NoError(t, log.Append(t.Context(), s.next()))
	}
}

// stamp is how a record's time is written.
const stamp = "2006-01-02T15:04:05Z"

// day is the text before and after the time of a record for each minute of twelve hours, with one target and one step each.
var day = sync.OnceValue(func() (lines [][2][]byte) {
	s := newShop()
	for range 720 {
		record := s.next()
		record.State, record.Decision.Steps = scaling.State{}, record.Decision.Steps[:1]
		record.Decision.Text = fmt.Sprintf("run %d", s.run-1)
		record.Observation.Readings = record.Observation.Readings[:1]
		record.Policy = scaling.Policy{Decay: &scaling.Decay{}}
		record.Measurement, record.Resource = nil, state.LogResource{}
		line, err := json.Marshal(record)
		if err != nil {
			panic(err)
		}
		before, after, _ := bytes.Cut(line, []byte(record.Time.Format(stamp)))
		lines = append(lines, [2][]byte{before, append(after, '\n')})
	}
	return lines
})

// writeLarge writes a log of many decisions: the same twelve hours again and again.
func writeLarge(t testing.TB, path string, decisions int) {
	t.Helper()
	lines := day()
	var out []byte
	for i := range decisions {
		line := lines[i%len(lines)]
		out = append(out, line[0]...)
		out = began.Add(time.Duration(i)*time.Minute).AppendFormat(out, stamp)
		out = append(out, line[1]...)
	}
	require.NoError(t, os.WriteFile(path, out, 0o600))
}
