package main

import (
	"encoding/json"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/latency-pod-autoscaler/lpa/internal/cpa"
	"github.com/latency-pod-autoscaler/lpa/internal/scaling"
	"github.com/stretchr/testify/require"
)

func p95Target() scaling.Target {
	return scaling.Target{
		Method: "GET", Endpoint: "/items", Limit: 300,
		Statistic: scaling.Statistic{Kind: scaling.Percentile, Quantile: 0.95},
	}
}

func meanTarget() scaling.Target {
	return scaling.Target{Method: "GET", Endpoint: "/items", Limit: 150, Statistic: scaling.Statistic{Kind: scaling.Mean}}
}

func printing(p95 string) cpa.Output {
	return cpa.Output{Stdout: `{"schema":1,"current_replicas":3,"requests":{"GET_/items":{"num_requests":60,"num_failures":0,` +
		`"avg_response_time":120.5,"percentiles":{"p95":` + p95 + `}}},"quality":{"verdict":"ok"}}`}
}

func ms(value float64) *float64 { return &value }

func TestReportOfARun(t *testing.T) {
	run := cpa.Run{
		Metric:   printing(`{"value":420.25}`),
		Evaluate: cpa.Output{Stderr: "evaluate: the state is new\nevaluate: p95 is over: 3 → 4\n"},
		Answer:   4,
		Replicas: 4,
	}
	answer := int32(4)
	require.Equal(t, demoReport{
		Replicas: 3, Answer: &answer, Desired: 4, Decision: "up", Verdict: "ok", Sentence: "p95 is over: 3 → 4",
		Targets: []demoReading{
			{Name: "GET /items", Type: "p95", ValueMS: ms(420.25), TargetMS: 300, OverTarget: true},
			{Name: "GET /items", Type: "mean", ValueMS: ms(120.5), TargetMS: 150},
		},
	}, newDemoReport(run, nil, 3, []scaling.Target{p95Target(), meanTarget()}))
}

func TestReportNamesTheDecision(t *testing.T) {
	for replicas, want := range map[int32]string{2: "down", 3: "hold", 4: "up"} {
		require.Equal(t, want, newDemoReport(cpa.Run{Replicas: replicas}, nil, 3, nil).Decision)
	}
}

func TestReportOfAFailure(t *testing.T) {
	for _, test := range []struct {
		name string
		run  cpa.Run
		err  string
		want string
	}{
		{
			"metric says why",
			cpa.Run{Metric: cpa.Output{Stderr: "metric: config.yaml:3:1: users: must be at least 1, got 0\nmetric: config.yaml:9:1: hm\n"}},
			"metric: exit status 2",
			"metric: exit status 2: config.yaml:3:1: users: must be at least 1, got 0: config.yaml:9:1: hm",
		},
		{"metric says nothing", cpa.Run{}, "metric: killed after 5s: timed out", "metric: killed after 5s: timed out"},
		{
			"evaluate says why",
			cpa.Run{Metric: printing(`{"value":20}`), Evaluate: cpa.Output{Stderr: "evaluate: no state\n"}},
			"evaluate: exit status 1", "evaluate: exit status 1: no state",
		},
	} {
		t.Run(test.name, func(t *testing.T) {
			test.run.Replicas = 3
			report := newDemoReport(test.run, errors.New(test.err), 3, []scaling.Target{p95Target()})
			require.Equal(t, test.want, report.Error)
			require.Equal(t, "failed", report.Decision)
			require.Nil(t, report.Answer)
			require.Len(t, report.Targets, 1)
		})
	}
}

func TestReadings(t *testing.T) {
	for _, test := range []struct {
		name   string
		metric cpa.Output
		value  string
		over   bool
	}{
		{"a value", printing(`{"value":172.4}`), "172 ms", false},
		{"a small value", printing(`{"value":7.25}`), "7.2 ms", false},
		{"a value that is at least that", printing(`{"value":640,"atLeast":true}`), "≥ 640 ms", true},
		{"a failed request", printing(`{"value":null,"failed":true}`), "failed", true},
		{"no value", printing(`{"value":null}`), "no value", false},
		{"another request", cpa.Output{Stdout: `{"requests":{}}`}, "no value", false},
	} {
		t.Run(test.name, func(t *testing.T) {
			readings, _ := readMeasurement(test.metric.Stdout, []scaling.Target{p95Target()})
			require.Len(t, readings, 1)
			require.Equal(t, test.value, readings[0].value())
			require.Equal(t, test.over, readings[0].OverTarget)
		})
	}
	readings, verdict := readMeasurement("not JSON", []scaling.Target{p95Target()})
	require.Equal(t, []demoReading{{Name: "GET /items", Type: "p95", TargetMS: 300}}, readings)
	require.Empty(t, verdict)
}

// story is a demo in five runs, one of which failed.
func story() []demoReport {
	run := func(number int, replicas, desired int32, decision string, value *float64) demoReport {
		reading := demoReading{Name: "GET /items", Type: "p95", ValueMS: value, TargetMS: 300}
		reading.Failed = value == nil
		reading.OverTarget = value == nil || *value > 300
		return demoReport{
			Run: number, ElapsedSeconds: 2 * float64(number), BackgroundRPS: 10 * float64(number), Replicas: replicas,
			Ready: replicas, Answer: &desired, Desired: desired, Decision: decision, Verdict: "ok",
			Targets: []demoReading{reading}, Sentence: "p95 of GET /items is <so much> against 300 ms",
		}
	}
	failed := run(4, 3, 3, "failed", ms(0))
	failed.Targets = []demoReading{{Name: "GET /items", Type: "p95", TargetMS: 300}}
	failed.Answer, failed.Verdict, failed.Sentence, failed.Error = nil, "", "", "metric: exit status 1: no host"
	return []demoReport{
		run(1, 1, 1, "hold", ms(72)), run(2, 1, 2, "up", ms(512.5)), run(3, 2, 3, "up", nil), failed, run(5, 3, 2, "down", ms(80)),
	}
}

func TestSummaryCounts(t *testing.T) {
	require.Equal(t, demoSummary{
		Runs: 5, Seconds: 11.5,
		Decisions: map[string]int{"up": 2, "down": 1, "hold": 1, "failed": 1},
		Replicas:  []int32{1, 2, 3, 2}, Peak: 3, RunsOverTarget: 2, SecondsOver: 4,
		Greatest:        []demoReading{{Name: "GET /items", Type: "p95", TargetMS: 300, Failed: true, OverTarget: true}},
		ScaledUpAndDown: true,
	}, summarize(story(), 1, 11500*time.Millisecond))
}

func TestSummarySaysWhetherItScaledUpAndDown(t *testing.T) {
	for _, test := range []struct {
		name     string
		replicas []int32
		want     bool
	}{
		{"nothing happened", []int32{1, 1}, false},
		{"only up", []int32{2, 3, 4}, false},
		{"all the way", []int32{2, 3, 2, 1}, true},
		{"half of the way", []int32{3, 5, 4, 3}, true},
		{"less than half", []int32{3, 5, 5, 4}, false},
		{"only down", []int32{0}, false},
		{"no run", nil, false},
	} {
		t.Run(test.name, func(t *testing.T) {
			var reports []demoReport
			for _, replicas := range test.replicas {
				reports = append(reports, demoReport{Desired: replicas})
			}
			require.Equal(t, test.want, summarize(reports, 1, time.Minute).ScaledUpAndDown)
		})
	}
}

func TestGreatestReading(t *testing.T) {
	list := func(r demoReading) []demoReading { return []demoReading{r} }
	none, low, high, failed := demoReading{}, demoReading{ValueMS: ms(1)}, demoReading{ValueMS: ms(2)}, demoReading{Failed: true}
	order := []demoReading{none, low, high, failed}
	for i, small := range order {
		for _, large := range order[i:] {
			require.Equal(t, list(large), greatestReadings(list(small), list(large)))
			require.Equal(t, list(large), greatestReadings(list(large), list(small)))
		}
	}
	require.Equal(t, list(low), greatestReadings(nil, list(low)))
	require.Equal(t, list(low), greatestReadings(list(low), nil))
}

// show prints the story with a printer.
func show(p demoPrinter) {
	p.begin(demoScene{
		URL: "http://127.0.0.1:1", Duration: time.Minute, Interval: 2 * time.Second, Min: 1, Max: 8,
		Targets: []scaling.Target{p95Target()}, PeakTraffic: 100,
	})
	p.frame(demoView{})
	for _, report := range story() {
		p.run(report)
	}
	summary := summarize(story(), 1, 11*time.Second)
	summary.Background = demoBackground{Requests: 1234, Failed: 5}
	p.end(summary)
	p.close()
}

func TestLinesForPipes(t *testing.T) {
	var out strings.Builder
	show(demoLines{&out})
	requireGolden(t, "demo/lines.txt", out.String())
	require.NotContains(t, out.String(), "\x1b")
}

func TestJSONForPrograms(t *testing.T) {
	var out strings.Builder
	show(newDemoJSON(&out))
	requireGolden(t, "demo/lines.json", out.String())
	for line := range strings.Lines(out.String()) {
		require.True(t, json.Valid([]byte(line)), "%s", line)
	}
}
