package scaling_test

import (
	"encoding/json"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/latency-pod-autoscaler/lpa/internal/scaling"
	"github.com/stretchr/testify/require"
)

var p95 = scaling.Target{Method: "GET", Endpoint: "/items", Statistic: scaling.Statistic{Kind: scaling.Percentile, Quantile: 0.95}, Limit: 200}

func knee() scaling.Policy {
	return scaling.Policy{Knee: &scaling.Knee{BreachEvery: 60}, MinReplicas: 1, MaxReplicas: 1000}
}

func ptr[T any](v T) *T { return &v }

// measured is a p95 of 900 samples with an interval of 5 %, and a mean of half of it.
func measured(latency float64) scaling.Reading {
	over := 0
	switch {
	case latency > p95.Limit:
		over = 450
	case latency > 0.9*p95.Limit:
		over = 40
	}
	return scaling.Reading{Target: p95, Value: latency, Low: ptr(0.95 * latency), High: ptr(1.05 * latency), Samples: 900,
		Over: ptr(over), Mean: ptr(latency / 2), Deviation: ptr(latency / 4)}
}

// player plays a cluster that does as it is told, a minute for each run.
type player struct {
	t      *testing.T
	policy scaling.Policy
	state  scaling.State
	now    time.Time
	n      int
	ready  *int
	last   scaling.Decision
	quick  bool // without texts
}

func play(t *testing.T, n int) *player {
	return &player{t: t, policy: knee(), state: scaling.State{Fresh: true}, now: now, n: n}
}

func (p *player) see(readings ...scaling.Reading) scaling.Decision {
	p.t.Helper()
	return p.observe(scaling.Observation{Replicas: p.n, Ready: p.ready, Verdict: scaling.Trusted, Timeout: 10_000, Readings: readings})
}

func (p *player) observe(o scaling.Observation) scaling.Decision {
	p.t.Helper()
	law := scaling.Explain
	if p.quick {
		law = scaling.Decide
	}
	p.last, p.state = law(p.policy, p.state, o, p.now)
	require.NoError(p.t, p.state.Problem())
	p.now = p.now.Add(time.Minute)
	return p.last
}

// follow does what the decision said.
func (p *player) follow() { p.n = p.last.Desired }

func (p *player) run(latency float64) scaling.Decision {
	p.t.Helper()
	d := p.see(measured(latency))
	p.follow()
	return d
}

// learned is a player whose service was seen idle at 60 ms, its interval 57–63 ms, at n replicas.
func learned(t *testing.T, n int) *player {
	p := play(t, n)
	p.see(measured(60))
	return p
}

// TestSentences are those of a service that is idle at 60 ms.
func TestSentences(t *testing.T) {
	p := play(t, 8)
	var s scaling.State
	require.NoError(t, json.Unmarshal([]byte(`{"runs_since_change":1,"last_replicas":8,"knee":{"run":9,"floor":{"replicas":8,"until":24,"wait":32,"failed":7,"at":1893494520}},
		"targets":[{"target":{"method":"GET","endpoint":"/items","type":"p95","limit":200},"share":0.499,"clear":2,
		"last":{"replicas":8,"ready":8,"at":1893553385000,"latency":88,"width":6,"mean":86},"lows":[[262993,60]],"highs":[[262993,64]]}]}`), &s))
	p.state = s
	up := measured(172)
	up.Low, up.High, up.Mean = ptr(150.0), ptr(190.0), ptr(86.0)
	require.Equal(t, "p95 of GET /items is 172 ms (150–190 ms, 900 samples) against 200 ms; idle 60 ms; goal 130 ms (half of the room, learned: "+
		"about one breach in 60 runs): 65 % of the time is waiting, 54 % is allowed: 8 → 10", p.see(up).Text)
	p.state = s
	require.Equal(t, "p95 of GET /items is 90 ms (85.5–94.5 ms, 900 samples) against 200 ms; idle 60 ms; goal 130 ms (half of the room, learned: "+
		"about one breach in 60 runs): at most 35 % waiting over two runs, 54 % allowed, so 8 × (35/54)^⅕ = 7.35: hold 8", p.see(measured(90)).Text[:strings.Index(p.last.Text, ". Floor")])
	require.Equal(t, scaling.WithinTarget, p.last.Reason)
	p.state = s
	require.Equal(t, "p95 of GET /items is 65 ms (61.8–68.2 ms, 900 samples) against 200 ms; idle 60 ms; goal 130 ms (half of the room, learned: "+
		"about one breach in 60 runs): at most 25 % waiting over two runs, 54 % allowed, so 8 × (25/54)^⅕ = 6.85: hold 8. Floor 8 for 14 more runs: 7 failed at 10:42", p.see(measured(65)).Text)
	require.Equal(t, scaling.FloorHolds, p.last.Reason)
}

func TestAFreshStateNeverGoesDownInItsFirstRun(t *testing.T) {
	p := play(t, 8)
	require.Equal(t, 8, p.see(measured(60)).Desired)
	require.Equal(t, 7, p.see(measured(60)).Desired)
}

func TestAFirstRunInABreachGoesUp(t *testing.T) {
	p := play(t, 8)
	d := p.see(measured(300))
	require.Equal(t, scaling.TargetBreached, d.Reason)
	require.Equal(t, 16, d.Desired)
}

// steps are the texts by name; of several targets those of the last.
func steps(d scaling.Decision) map[string]string {
	texts := map[string]string{}
	for _, s := range d.Steps {
		texts[s.Name] = s.Text
	}
	return texts
}

// TestSeveralTargets: the largest answer counts up, and all must agree down.
func TestSeveralTargets(t *testing.T) {
	second := func(latency float64) scaling.Reading {
		r := measured(latency)
		r.Target.Endpoint, r.Mean = "/other", ptr(30.0)
		return r
	}
	p := play(t, 10)
	p.see(measured(60), second(60))
	require.Equal(t, scaling.Decision{Current: 10, Desired: 8, Reason: scaling.BelowGoal}, bare(p.see(measured(60), second(60))))
	require.Equal(t, scaling.Decision{Current: 10, Desired: 10, Reason: scaling.WithinTarget}, bare(p.see(measured(60), second(98))))
	require.Contains(t, p.last.Text, "GET /other is 98 ms", "the one that is against it is named")
	require.Equal(t, scaling.Decision{Current: 10, Desired: 20, Reason: scaling.TargetBreached}, bare(p.see(measured(120), second(300))))
	require.Contains(t, p.last.Text, "GET /other is 300 ms")
	p.see(measured(60), second(60))
	grey := second(60)
	grey.Samples = 58
	p.see(measured(60), second(60))
	require.Equal(t, scaling.Decision{Current: 10, Desired: 10, Reason: scaling.TooFewSamples}, bare(p.see(measured(60), grey)))
	require.Contains(t, p.last.Text, ": that is not surely within the target (at least 59 samples are needed, and there are 58): hold 10")
	missing := scaling.Reading{Target: second(0).Target, Missing: true}
	require.Equal(t, scaling.Decision{Current: 10, Desired: 10, Reason: scaling.TooFewSamples}, bare(p.see(measured(60), missing)))
	require.Equal(t, scaling.TargetBreached, p.see(measured(300), missing).Reason)
}

func bare(d scaling.Decision) scaling.Decision {
	d.Text, d.Steps = "", nil
	return d
}

func TestRunsThatCannotBeTrustedChangeNothing(t *testing.T) {
	p := learned(t, 10)
	before := p.state
	for range 5 {
		require.Equal(t, scaling.Decision{Current: 10, Desired: 10, Reason: scaling.Untrusted},
			bare(p.observe(scaling.Observation{Replicas: 10, Verdict: "suspect", Readings: []scaling.Reading{measured(900)}})))
	}
	require.Equal(t, before, p.state)
}

func TestNoReplicasAreTakenWhilePodsAreReplaced(t *testing.T) {
	p := learned(t, 10)
	o := scaling.Observation{Replicas: 10, Verdict: scaling.Trusted, RollingOut: true, Readings: []scaling.Reading{measured(60)}}
	require.Equal(t, scaling.Decision{Current: 10, Desired: 10, Reason: scaling.Settling}, bare(p.observe(o)))
	require.Contains(t, p.last.Text, ": hold 10, as pods are being replaced")
	o.RollingOut, o.Ready = false, ptr(9)
	require.Equal(t, scaling.Settling, p.observe(o).Reason)
	require.Contains(t, p.last.Text, ": hold 10, as 9 of 10 are ready")
	o.Ready = ptr(0)
	o.Readings = []scaling.Reading{measured(300)}
	require.Equal(t, 11, p.observe(o).Desired, "without a ready pod there is no ratio to follow")
}

// TestTheOriginalsMeasurements have values alone.
func TestTheOriginalsMeasurements(t *testing.T) {
	bare := func(latency float64) scaling.Reading { return scaling.Reading{Target: p95, Value: latency} }
	p := play(t, 10)
	p.see(bare(60))
	d := p.see(bare(60))
	require.Equal(t, 9, d.Desired)
	texts := steps(d)
	require.Equal(t, "clear, by the value itself; the samples are not known", texts["evidence"])
	require.Equal(t, "0.25 × latency = 0.25 × 60 = 15 ms; the interval is not known", texts["upper half"])
	require.Equal(t, "60 ms; the latency, as the mean of the samples is not known", texts["mean"])
	require.Equal(t, scaling.TargetBreached, p.see(bare(300)).Reason)

	failed := scaling.Reading{Target: p95, Failed: true}
	require.Equal(t, "10000 ms; what a failed request counts as", steps(p.see(failed))["latency"])
	d, _ = scaling.Explain(p.policy, p.state, scaling.Observation{Replicas: 10, Verdict: scaling.Trusted, Readings: []scaling.Reading{failed}}, p.now)
	require.Equal(t, "600 ms; what a failed request counts as; the timeout is not known, so it is three times the target", steps(d)["latency"])
}

func TestTheBounds(t *testing.T) {
	p := learned(t, 10)
	p.policy.MaxReplicas = 12
	d := p.see(measured(300))
	require.Equal(t, scaling.Decision{Current: 10, Desired: 12, Reason: scaling.TooManyReplicas}, bare(d))
	require.Contains(t, d.Text, ": 10 → 20, but the most there may be is 12: 10 → 12")
	p.n = 14
	d = p.observe(scaling.Observation{Replicas: 14, Verdict: "too-few"})
	require.Equal(t, scaling.Decision{Current: 14, Desired: 12, Reason: scaling.TooManyReplicas}, bare(d), "a hold is bounded too")
	p.policy.MinReplicas, p.n = 5, 3
	d = p.see(measured(100))
	require.Equal(t, scaling.Decision{Current: 3, Desired: 5, Reason: scaling.TooFewReplicas}, bare(d))
	require.Contains(t, d.Text, ": hold 3, as fewer need a second run like this, but the fewest there may be is 5: 3 → 5")
	p.policy.MinReplicas, p.policy.MaxReplicas = 9, 7
	require.Equal(t, 7, p.see(measured(100)).Desired, "what may be spent is the stronger bound")
}

func TestTheStateStaysSmall(t *testing.T) {
	p := play(t, 20)
	p.quick = true
	for run := range 30 * 60 {
		var readings []scaling.Reading
		for i := range 20 {
			r := measured(60 + 30*float64(run)/1800 + float64(i) + float64(run%7))
			r.Target.Endpoint = "/api/v1/some/endpoint/" + strconv.Itoa(i)
			readings = append(readings, r)
		}
		p.see(readings...)
	}
	saved, err := json.Marshal(p.state)
	require.NoError(t, err)
	require.Less(t, len(saved), 20_000, "latencies that rise for a day are the worst case: a number for each two hours")
}

// TestOpenReadings leave open how slow the service may be: they may ask for more, but never for fewer.
func TestOpenReadings(t *testing.T) {
	open := measured(60)
	open.High = nil
	cut := measured(60)
	cut.AtLeast = true
	for _, r := range []scaling.Reading{open, cut} {
		p := learned(t, 10)
		for range 3 {
			require.Equal(t, scaling.Decision{Current: 10, Desired: 10, Reason: scaling.TooFewSamples}, bare(p.see(r)))
		}
		require.Contains(t, p.last.Text, ": how slow it may be is open, as too few requests finished: hold 10")
		require.Equal(t, "open; the samples do not say how slow it may be", steps(p.last)["upper half"])
		d := p.see(measured(60))
		require.Equal(t, 8, d.Desired)
		require.Equal(t, "upper half = 3 = 3 ms", steps(d)["margin"], "an open reading is not joined")
	}
	cut.Value = 190
	require.Equal(t, scaling.GoalExceeded, learned(t, 10).see(cut).Reason)
}

// TestExtremes have no interval: a quarter is added to them.
func TestExtremes(t *testing.T) {
	slowest := scaling.Reading{Target: target(scaling.Max, 200), Value: 60, Samples: 900, Over: ptr(0), Mean: ptr(20.0), Deviation: ptr(9.0)}
	p := play(t, 10)
	p.see(slowest)
	d := p.see(slowest)
	require.Equal(t, 9, d.Desired)
	require.Equal(t, "clear, by the value itself; it speaks of these requests only", steps(d)["evidence"])
	require.Equal(t, "0.25 × latency = 0.25 × 60 = 15 ms; the interval is not known", steps(d)["upper half"])
}

// TestWhatWasSeenLongAgo is no reading before the present one: the autoscaler may have been stopped for days.
func TestWhatWasSeenLongAgo(t *testing.T) {
	p := learned(t, 20)
	p.see(measured(62))
	p.now = p.now.Add(30 * 24 * time.Hour)
	require.Equal(t, 20, p.run(62).Desired, "one run is no proof")
	require.Less(t, p.run(62).Desired, 20)
}
