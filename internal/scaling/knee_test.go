package scaling_test

import (
	"encoding/json"
	"slices"
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
		"last":{"replicas":8,"ready":8,"at":0,"latency":88,"width":6,"mean":86},"lows":[[262993,60]],"highs":[[262993,64]]}]}`), &s))
	p.state = s
	up := measured(172)
	up.Low, up.High, up.Mean = ptr(150.0), ptr(190.0), ptr(86.0)
	require.Equal(t, "p95 of GET /items is 172 ms (150–190 ms, 900 samples) against 200 ms; idle 60 ms; goal 130 ms (half of the room, learned: "+
		"about one breach in 60 runs): 65 % of the time is waiting, 54 % is allowed: 8 → 10", p.see(up).Text)
	p.state = s
	require.Equal(t, "p95 of GET /items is 90 ms (85.5–94.5 ms, 900 samples) against 200 ms; idle 60 ms; goal 130 ms (half of the room, learned: "+
		"about one breach in 60 runs): at most 35 % waiting over two runs, 54 % allowed, so 8 × (35/54)^¼ = 7.2: hold 8", p.see(measured(90)).Text[:strings.Index(p.last.Text, ". Floor")])
	require.Equal(t, scaling.WithinTarget, p.last.Reason)
	p.state = s
	require.Equal(t, "p95 of GET /items is 65 ms (61.8–68.2 ms, 900 samples) against 200 ms; idle 60 ms; goal 130 ms (half of the room, learned: "+
		"about one breach in 60 runs): at most 25 % waiting over two runs, 54 % allowed, so 8 × (25/54)^¼ = 6.59: hold 8. Floor 8 for 14 more runs: 7 failed at 10:42", p.see(measured(65)).Text)
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

func TestTheShareIsLearned(t *testing.T) {
	p := learned(t, 8)
	share := func() float64 { return p.state.Targets[0].Share }
	require.InDelta(t, 0.301, share(), 1e-9)
	for range 99 {
		p.see(measured(100))
	}
	require.InDelta(t, 0.4, share(), 1e-9, "0.06/60 for each run without a breach")
	p.see(measured(300))
	require.InDelta(t, 0.34, share(), 1e-9, "0.85 × 0.4 when a breach begins")
	p.see(measured(300))
	require.InDelta(t, 0.34, share(), 1e-9, "once for each breach")
	for range 20 {
		p.see(measured(100))
		p.see(measured(300))
	}
	require.InDelta(t, 0.2, share(), 1e-9, "no less than a fifth")
	for range 1000 {
		p.see(measured(100))
	}
	require.InDelta(t, 0.7, share(), 1e-9, "no more than 0.7")
}

func TestADownAnswerCountsOnceItIsSeen(t *testing.T) {
	p := learned(t, 10)
	require.Equal(t, 8, p.see(measured(60)).Desired)
	require.Equal(t, 8, p.see(measured(60)).Desired, "it is repeated while it has no effect")
	p.see(measured(300))
	require.Zero(t, p.state.Knee.Floor, "no step down happened that could be blamed")

	p = learned(t, 10)
	p.run(60)
	require.Equal(t, 8, p.n)
	require.Equal(t, 16, p.run(300).Desired)
	require.Equal(t, 10, p.state.Knee.Floor.Replicas, "8 failed, so 10 is the floor")
	require.Equal(t, 8, p.state.Knee.Floor.Failed)
}

// TestAClampedAnswerArmsNothing: minReplicas undoes the step down, and a stabilisation window delays it.
func TestAClampedAnswerArmsNothing(t *testing.T) {
	p := learned(t, 10)
	p.policy.MinReplicas = 10
	d := p.see(measured(60))
	require.Equal(t, scaling.TooFewReplicas, d.Reason)
	require.Equal(t, "p95 of GET /items is 60 ms (57–63 ms, 900 samples) against 200 ms; idle 57 ms; goal 100 ms (30.2 % of the room, "+
		"learned: about one breach in 60 runs): at most 8 % waiting over two runs, 43 % allowed, so 10 × (8/43)^¼ = 6.61: 10 → 8, "+
		"but the fewest there may be is 10: hold 10", d.Text)
	p.see(measured(300))
	require.Zero(t, p.state.Knee.Floor)
}

// TestTheEdge: the service needs 8 replicas, whatever happens. Each failure of 7 doubles the runs for which 8 is the floor,
// from 4 to 128.
func TestTheEdge(t *testing.T) {
	p := learned(t, 8)
	p.quick = true
	var floors []int
	breaches := 0
	for range 1500 {
		latency := 62.0
		if p.n < 8 {
			latency = 220
			breaches++
		}
		before := p.state.Knee.Floor
		p.run(latency)
		if f := p.state.Knee.Floor; f.At != before.At {
			floors = append(floors, f.Until-p.state.Knee.Run)
			require.Equal(t, 8, f.Replicas)
		}
	}
	require.Equal(t, []int{4, 8, 16, 32, 64, 128, 128, 128}, floors[:8])
	require.Less(t, breaches, 20)
}

func TestTheFloorIsForgotten(t *testing.T) {
	p := learned(t, 10)
	p.run(60)
	p.run(300)
	require.Equal(t, 8, p.state.Knee.Floor.Wait)
	for range 3 { // the floor holds for four runs, and twenty one calm ones halve what the next will take
		p.see(measured(100))
	}
	for range 21 {
		p.see(measured(100))
		require.Equal(t, 8, p.state.Knee.Floor.Wait)
	}
	p.see(measured(100))
	require.Equal(t, 4, p.state.Knee.Floor.Wait)
}

func TestPodsThatStartAreWaitedFor(t *testing.T) {
	p := learned(t, 8)
	require.Equal(t, 16, p.run(300).Desired)
	p.ready = ptr(8)
	for range 2 {
		d := p.run(300)
		require.Equal(t, scaling.PodsStarting, d.Reason)
		require.Equal(t, 16, d.Desired)
	}
	require.Contains(t, p.last.Text, ": hold 16, as 8 of the pods are ready and the others are starting")
	require.Equal(t, scaling.TargetBreached, p.run(300).Reason, "three runs after the step they do not start any more")

	p = learned(t, 8)
	p.run(300)
	p.ready = ptr(8)
	require.Equal(t, scaling.TargetBreached, p.run(600).Reason, "a service that is three times over its target cannot wait")
}

func TestQueuesAreLeftToDrainTwice(t *testing.T) {
	p := learned(t, 8)
	p.run(4000)
	var reasons []scaling.Reason
	for _, latency := range []float64{2400, 1440, 864} { // the mean is 0.6 of the last
		reasons = append(reasons, p.run(latency).Reason)
	}
	require.Equal(t, []scaling.Reason{scaling.QueuesDraining, scaling.QueuesDraining, scaling.TargetBreached}, reasons)
	require.Equal(t, scaling.QueuesDraining, p.run(500).Reason, "each step up has waits of its own")
	require.Contains(t, p.last.Text, "as the queues empty: the mean fell from 432 ms to 250 ms")
}

// TestABreachThatNothingHelps: what makes the target unreachable is not the load.
func TestABreachThatNothingHelps(t *testing.T) {
	p := learned(t, 8)
	var path []int
	for range 8 {
		p.run(500)
		path = append(path, p.n)
	}
	require.Equal(t, []int{16, 16, 16, 16, 16, 16, 16, 16}, path)
	require.Equal(t, scaling.SharedDependency, p.last.Reason)
	require.Contains(t, p.last.Text, ": hold 16, as it was no better with 8: more pods do not help, likely a shared dependency is slow")
	p.run(4000) // a queue grows, so it is the load, or the dependency's jump
	require.Equal(t, 28, p.n, "3.5 times the 8")
	p.run(8000)
	require.Equal(t, 56, p.n, "after two steps up a queue that grows is one")

	p = learned(t, 8)
	path = nil
	for run := range 60 { // around the target, so that the breach comes and goes
		p.run(190 + 20*float64(run%2))
		path = append(path, p.n)
	}
	require.LessOrEqual(t, slices.Max(path), 28)

	p = learned(t, 8)
	p.run(6000) // a jump that looks like a queue
	for range 5 {
		p.run(6000)
	}
	require.Equal(t, 28, p.n)
	require.Equal(t, scaling.SharedDependency, p.last.Reason)
}

// TestABreachIsOverAfterTwoClearRuns: until then it is the same one, and what was tried in it counts.
func TestABreachIsOverAfterTwoClearRuns(t *testing.T) {
	p := learned(t, 8)
	p.run(500)
	p.run(80)
	require.Equal(t, scaling.SharedDependency, p.run(500).Reason)
	p.see(measured(80))
	p.see(measured(80))
	p.n = 16
	require.Equal(t, scaling.TargetBreached, p.run(500).Reason)
}

func TestALatencyBelowTheTargetThatNothingHelps(t *testing.T) {
	p := learned(t, 8)
	var path []int
	for range 4 {
		p.run(150)
		path = append(path, p.n)
	}
	require.Equal(t, []int{12, 12, 12, 12}, path)
	require.Equal(t, scaling.NoImprovement, p.last.Reason)
	require.Contains(t, p.last.Text, ": hold 12, as it was 150 ms with 8: more pods do not help")
}

// TestAFlashCrowd is four times the load, for which pods of the next run serve.
func TestAFlashCrowd(t *testing.T) {
	p := learned(t, 8)
	load, backlog := 4.0, 0.0
	var path []int
	for run := range 12 {
		if run == 3 {
			load = 16
		}
		busy := load / float64(p.n)
		backlog = max(0, backlog+60_000*(busy-1))
		p.run(60/(1-min(busy, 0.9)) + min(backlog, 9000))
		path = append(path, p.n)
	}
	require.Greater(t, path[5], 19, "within three runs there are enough")
	require.Less(t, path[11], 60)
}

func TestTheIdleLatencyIsForgottenAfterADay(t *testing.T) {
	p := learned(t, 8)
	p.quick = true
	low := func() string { return p.idle() }
	for range 24 * 60 {
		p.see(measured(90))
		require.Equal(t, "57 ms", low())
	}
	for range 3 * 60 {
		p.see(measured(90))
	}
	require.Equal(t, "85.5 ms", low(), "a day later, what is seen now counts")
}

// idle is the idle latency of the next decision.
func (p *player) idle() string {
	d, _ := scaling.Explain(p.policy, p.state, scaling.Observation{Replicas: p.n, Verdict: scaling.Trusted, Readings: []scaling.Reading{measured(90)}}, p.now)
	for _, step := range d.Steps {
		if step.Name == "idle" {
			return step.Text[strings.LastIndex(step.Text, "= ")+len("= "):]
		}
	}
	return ""
}

// TestClockJumps: neither a clock that is set back nor one that leaps ahead loses the idle latency or keeps it for ever.
func TestClockJumps(t *testing.T) {
	p := learned(t, 8)
	p.quick = true
	p.now = p.now.AddDate(-20, 0, 0)
	for range 24 * 60 {
		p.see(measured(90))
	}
	require.Equal(t, "57 ms", p.idle())
	for range 3 * 60 {
		p.see(measured(90))
	}
	require.Equal(t, "85.5 ms", p.idle(), "it counts as seen when the clock was set back")
	p.now = p.now.AddDate(40, 0, 0)
	require.Equal(t, "85.5 ms", p.idle())
	p.see(measured(90))
	require.Equal(t, "85.5 ms", p.idle())
	p.now = time.Time{}
	p.see(measured(90))
	require.Equal(t, "85.5 ms", p.idle())
}

func TestTheConfiguredBaseline(t *testing.T) {
	p := learned(t, 8)
	p.policy.Knee.Baseline = 40
	require.Equal(t, "40 ms", p.idle())
	p.policy.Knee.Baseline = 120
	require.Equal(t, "57 ms", p.idle(), "the smaller of configured and seen")
	require.Contains(t, steps(p.see(measured(90)))["baseline"], "120 ms; configured, but the service was seen to be faster, so that counts")
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

func TestAnotherConfigurationStartsAfresh(t *testing.T) {
	p := learned(t, 10)
	o := scaling.Observation{Replicas: 10, Verdict: scaling.Trusted, Configuration: "other", Readings: []scaling.Reading{measured(100)}}
	require.Equal(t, 10, p.observe(o).Desired)
	require.Equal(t, "95 ms", steps(p.observe(o))["idle"][len("min(lowest, 0.8 × target) = min(95, 0.8 × 200) = "):])
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

func TestRequestsThatFailKeepReplicas(t *testing.T) {
	p := learned(t, 10)
	r := measured(60)
	r.FailureShare = 0.03
	require.Equal(t, scaling.Decision{Current: 10, Desired: 10, Reason: scaling.RequestsFail}, bare(p.see(r)))
	require.Contains(t, p.last.Text, ": hold 10, as 3 % of GET /items fail")
}

func TestErrorsOfOverload(t *testing.T) {
	p := learned(t, 10)
	r := measured(60)
	r.FailureShare = 0.4
	o := scaling.Observation{Replicas: 10, Verdict: scaling.OverloadErrors, Reasons: []string{"400 of 1000 requests failed: 5xx"}, Readings: []scaling.Reading{r}}
	require.Equal(t, scaling.Decision{Current: 10, Desired: 17, Reason: scaling.OverloadObserved}, bare(p.observe(o)), "of 1, 0.6 was served")
	require.Equal(t, "the service answers with errors of overload (400 of 1000 requests failed: 5xx): 10 → 17", p.last.Text)
	p.n = 17
	o.Replicas, o.Ready = 17, ptr(10)
	require.Equal(t, scaling.PodsStarting, p.observe(o).Reason)
	require.Equal(t, "the service answers with errors of overload (400 of 1000 requests failed: 5xx): hold 17, as 10 of the pods are ready and the others are starting", p.last.Text)
}

// TestFailureRatio: such a target goes up by what was turned away, agrees to fewer only when it is surely met, and never
// asks for fewer itself.
func TestFailureRatio(t *testing.T) {
	ratio := func(over int) scaling.Reading {
		target := scaling.Target{Method: "GET", Endpoint: "/items", Statistic: scaling.Statistic{Kind: scaling.FailureRatio}, Limit: 0.02}
		return scaling.Reading{Target: target, Value: float64(over) / 900, Samples: 900, Over: ptr(over), FailureShare: float64(over) / 900}
	}
	p := play(t, 10)
	p.see(measured(60), ratio(0))
	require.Equal(t, 8, p.see(measured(60), ratio(0)).Desired)
	require.Equal(t, scaling.TooFewSamples, p.see(measured(60), ratio(15)).Reason)
	require.Equal(t, scaling.Decision{Current: 10, Desired: 15, Reason: scaling.TargetBreached}, bare(p.see(measured(60), ratio(300))))
	require.Contains(t, p.last.Text, "failureRatio of GET /items is 33.3 % (900 samples) against 2 %: 10 → 15")

	p = play(t, 10)
	for range 5 {
		require.Equal(t, scaling.Decision{Current: 10, Desired: 10, Reason: scaling.WithinTarget}, bare(p.see(ratio(0))))
	}
	require.Contains(t, p.last.Text, ": hold 10, as only a latency says that fewer would do")
	var path []int
	for range 5 {
		p.see(ratio(300))
		p.follow()
		path = append(path, p.n)
	}
	require.Equal(t, []int{15, 23, 23, 23, 23}, path, "where twice the pods fail as often, it is not for want of pods")
	require.Equal(t, scaling.SharedDependency, p.last.Reason)
}

// TestTheOriginalsMeasurements have values alone.
func TestTheOriginalsMeasurements(t *testing.T) {
	bare := func(latency float64) scaling.Reading { return scaling.Reading{Target: p95, Value: latency} }
	p := play(t, 10)
	p.see(bare(60))
	d := p.see(bare(60))
	require.Equal(t, 8, d.Desired)
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
