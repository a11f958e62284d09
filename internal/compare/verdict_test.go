package compare

import (
	"testing"
	"time"

	"github.com/latency-pod-autoscaler/lpa/internal/scaling"
	"github.com/latency-pod-autoscaler/lpa/internal/simulate"
	"github.com/stretchr/testify/require"
)

// caseOf is a case of a length without anything in it.
func caseOf(load string, workers int, length time.Duration) Case {
	setup := simulate.Setup{Trace: simulate.NewTrace(load, length, []float64{1})}
	return Case{Load: load, Workers: workers, Setup: setup, Seeds: 1}
}

// made are results of three cases under six settings: violation, and pod-hours of which 10 are needed.
func made() *Results {
	settings := []Setting{
		OfPolicy(kneeOf(scaling.Policy{}, 60)), OfPolicy(decayOf(scaling.Policy{}, 3, 1)), OfPolicy(decayOf(scaling.Policy{}, 10, 1)),
		rivalSetting(Ratio, "HPA 1.0 T", nil), {Law: Knowing, Name: "load + 20 %"}, OfPolicy(kneeOf(scaling.Policy{}, 30)),
	}
	r := &Results{Settings: settings, Cases: []Case{
		caseOf("calm", 1, 24*time.Hour), caseOf("wild", 4, 12*time.Hour), caseOf("short", 4, time.Hour),
	}}
	for _, points := range [][]point{
		{{0.01, 15}, {0.20, 10}, {0.10, 20}, {0.05, 30}, {0, 5}, {0.02, 12}},
		{{0.05, 15}, {0.20, 10}, {0.10, 15}, {0.03, 14}, {0, 5}, {0.02, 12}},
		{{0.04, 15}, {0.01, 10}, {0.01, 20}, {0.05, 30}, {0, 5}, {0.02, 12}},
	} {
		var outcomes []Outcome
		for _, p := range points {
			outcomes = append(outcomes, Outcome{Violation: p.violation, PodHours: p.pods, OracleHours: 10, Moves: 100})
		}
		r.Outcomes = append(r.Outcomes, outcomes)
	}
	return r
}

func TestJudge(t *testing.T) {
	v := made().Judge("knee 60")
	require.InDelta(t, 0.10, v.All.Knee, 1e-12)
	require.InDelta(t, 0.15+0.10+0.01, v.All.Decay, 1e-12, "between two settings, on one, and the cheapest")
	require.InDelta(t, 0.01*24+0.05*12+0.04, v.All.KneeTime.Hours(), 1e-9)
	require.Len(t, v.Workers, 2)
	require.InDelta(t, 0.01/0.15, v.Workers[0].Ratio(), 1e-12)
	require.InDelta(t, 0.09/0.11, v.Workers[1].Ratio(), 1e-12)
	require.Equal(t, 2, v.LongCases)
	require.Equal(t, []string{"wild, 4 workers: 5.0 % @ 1.50, HPA 1.0 T 3.0 % @ 1.40"}, losses(v.Dominated), "no law that knows the load, nor another knee")
	require.Equal(t, []string{"short, 4 workers: 4.0 % @ 1.50, decay 3 1.0 % @ 1.00"}, losses(v.ShortDominated))
	require.Equal(t, []string{"short, 4 workers: 4.0 % @ 1.50, the best decay at equal pods 1.0 % @ 1.50"}, losses(v.Behind))
	require.Equal(t, []string{
		"over all cases at most 0.30 times decay's violation, is 0.38",
		"with 4 workers at most 0.35 times, is 0.82",
		"at most 5 % of the cases of 6 h and more in which another law is clearly better, are 1 of 2",
	}, v.Missed())
	require.Equal(t, []string{
		"At equal pods knee 60 is over the target 0.38 times as long as the best decay setting, 0.07 with 1 worker, 0.82 with 4 workers; in hours 0.9 against 4.8, 0.18 times.",
		"In 1 of 2 cases of 6 h and more another law is clearly better, by more than 0.2 points of time, without more pods.",
	}, v.Lines())
}

func TestText(t *testing.T) {
	require.Equal(t, `time over target in % @ pods   all          1 worker     4 workers    moves per day
knee 60                        3.3 @ 1.50   1.0 @ 1.50   4.5 @ 1.50   100
decay 3                        14 @ 1.00    20 @ 1.00    11 @ 1.00    100
decay 10                       7.0 @ 1.83   10 @ 2.00    5.5 @ 1.75   100
HPA 1.0 T                      4.3 @ 2.47   5.0 @ 3.00   4.0 @ 2.20   100
load + 20 %                    0 @ 0.50     0 @ 0.50     0 @ 0.50     100
knee 30                        2.0 @ 1.20   2.0 @ 1.20   2.0 @ 1.20   100
`, made().Text())
}

func TestAdvice(t *testing.T) {
	r := made()
	r.Settings[1].Yours = true
	require.Equal(t, []string{
		"For at most 4.0 % of the time over the target: knee: {breachEvery: 30}, with 2.0 % and 1.20 times the pods that the load needs",
		"For at most 4.0 % of the time over the target: no setting of decay that was tried",
		"Yours, decay: {replicas: 1, unchangedRuns: 3}: 14 % of the time over the target with 1.00 times the pods",
	}, r.Advice(0.04))
}

func TestPercent(t *testing.T) {
	for share, want := range map[float64]string{0: "0", 0.00001: "0.00", 0.0042: "0.42", 0.00996: "1.0", 0.0994: "9.9", 0.0996: "10", 1: "100"} {
		require.Equal(t, want, percent(share))
	}
}
