package dashboard

import (
	"bytes"
	"encoding/json"
	"io"
	"net/http"
	"os"
	"os/exec"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/latency-pod-autoscaler/lpa/internal/scaling"
	"github.com/latency-pod-autoscaler/lpa/internal/state"
	"github.com/prometheus/client_golang/prometheus/testutil"
	"github.com/stretchr/testify/require"
)

func TestMetricsAreWellMade(t *testing.T) {
	d := shopDashboard(t, 200)
	problems, err := testutil.GatherAndLint(d.registry)
	require.NoError(t, err)
	require.Empty(t, problems)
}

// TestMetricsOfOneDecision compares all of them.
func TestMetricsOfOneDecision(t *testing.T) {
	two, low := 2, 80.0
	r := state.Record{
		Schema: 1, Time: time.Unix(1700000000, 500e6), Mode: "observe",
		Decision: scaling.Decision{Current: 3, Desired: 5, Reason: scaling.TargetBreached},
		Resource: state.LogResource{Kind: "Deployment", Namespace: "prod", Name: "shop"},
		Policy:   scaling.Policy{Decay: &scaling.Decay{}, MinReplicas: 1, MaxReplicas: 9},
		Observation: scaling.Observation{Replicas: 3, Ready: &two, Verdict: "ok", Readings: []scaling.Reading{
			{Target: scaling.Target{Method: "GET", Endpoint: "/a", Statistic: scaling.Statistic{Kind: scaling.Percentile, Quantile: 0.95}, Limit: 250}, Value: 90, Low: &low},
			{Target: scaling.Target{Method: "GET", Endpoint: "/a", Statistic: scaling.Statistic{Kind: scaling.Max}, Limit: 900}, Failed: true},
			{Target: scaling.Target{Method: "GET", Endpoint: "/b", Statistic: scaling.Statistic{Kind: scaling.Mean}, Limit: 70}, Missing: true},
			{Target: scaling.Target{Method: "GET", Endpoint: "/a", Statistic: scaling.Statistic{Kind: scaling.FailureRatio}, Limit: 0.01}, Value: 0.125},
			{Target: scaling.Target{Method: "GET", Endpoint: "/a", Statistic: scaling.Statistic{Kind: scaling.Max}, Limit: 5}, Value: 1}, // once more
		}},
		Measurement: json.RawMessage(`{"in_flight_per_replica":0.833,"num_requests":80,"num_requests_fail":10}`),
	}
	log := logFile(t)
	require.NoError(t, log.Append(t.Context(), r))
	d := read(t, log.Path, 0)
	var got []string
	for line := range strings.Lines(answer(d.Handler(), "GET", "/metrics").Body.String()) {
		if !strings.HasPrefix(line, "#") {
			got = append(got, strings.TrimSpace(line))
		}
	}
	require.Equal(t, []string{
		`lpa_build_info{version="v1"} 1`,
		`lpa_decisions_total{direction="up",reason="TargetBreached"} 1`,
		`lpa_failure_ratio 0.125`,
		`lpa_last_decision_timestamp_seconds 1.7000000005e+09`,
		`lpa_log_damaged_lines 0`,
		`lpa_log_readable 1`,
		`lpa_measurements_total{verdict="ok"} 1`,
		`lpa_probe_in_flight_per_replica 0.833`,
		`lpa_replicas_current 3`,
		`lpa_replicas_max 9`,
		`lpa_replicas_min 1`,
		`lpa_replicas_ready 2`,
		`lpa_replicas_wanted 5`,
		`lpa_resource_info{kind="Deployment",mode="observe",name="shop",namespace="prod",policy="decay"} 1`,
		`lpa_target_failure_ratio{endpoint="/a",method="GET"} 0.125`,
		`lpa_target_failure_ratio_limit{endpoint="/a",method="GET"} 0.01`,
		`lpa_target_latency_limit_seconds{endpoint="/a",method="GET",statistic="max"} 0.9`,
		`lpa_target_latency_limit_seconds{endpoint="/a",method="GET",statistic="p95"} 0.25`,
		`lpa_target_latency_limit_seconds{endpoint="/b",method="GET",statistic="mean"} 0.07`,
		`lpa_target_latency_low_seconds{endpoint="/a",method="GET",statistic="p95"} 0.08`,
		`lpa_target_latency_seconds{endpoint="/a",method="GET",statistic="max"} +Inf`,
		`lpa_target_latency_seconds{endpoint="/a",method="GET",statistic="p95"} 0.09`,
	}, got)
}

// TestMetricsWithoutAMeasurement takes the failures from the targets.
func TestMetricsWithoutAMeasurement(t *testing.T) {
	o := scaling.Observation{Readings: []scaling.Reading{{FailureShare: 0.1}, {FailureShare: 0.3}, {FailureShare: 0.9, Missing: true}}}
	require.Equal(t, 0.3, *state.Measured{}.FailureShare(o))
	require.Nil(t, state.Measured{}.FailureShare(scaling.Observation{}))
}

func TestEveryMetricIsDescribed(t *testing.T) {
	page, err := os.ReadFile("../../docs/reference/metrics.md")
	require.NoError(t, err)
	for name, labels := range metricNames(t) {
		row := regexp.MustCompile("(?m)^\\| `" + name + "` \\|.*$").FindString(string(page))
		require.NotEmpty(t, row, name)
		for _, label := range labels {
			require.Contains(t, row, "`"+label+"`", name)
		}
	}
	for _, m := range regexp.MustCompile("(?m)^\\| `(lpa_\\w+)`").FindAllStringSubmatch(string(page), -1) {
		require.Contains(t, metricNames(t), m[1], "a metric that there is not")
	}
}

var descPattern = regexp.MustCompile(`fqName: "(\w+)".*variableLabels: \{([\w,]*)\}`)

// metricNames are all metrics, with their labels.
func metricNames(t *testing.T) map[string][]string {
	t.Helper()
	all := map[string][]string{}
	for _, d := range descriptions {
		m := descPattern.FindStringSubmatch(d.String())
		require.NotNil(t, m, d.String())
		all[m[1]] = nil
		if m[2] != "" {
			all[m[1]] = strings.Split(m[2], ",")
		}
	}
	require.Greater(t, len(all), 15)
	return all
}

// TestGrafana holds the Grafana dashboard to the metrics, as Prometheus understands its expressions: it asks for no other metric or
// label than there are, and for all metrics.
func TestGrafana(t *testing.T) {
	text, err := os.ReadFile("../../example/grafana/dashboard.json")
	require.NoError(t, err)
	var board struct {
		Title      string `json:"title"`
		UID        string `json:"uid"`
		Schema     int    `json:"schemaVersion"`
		Templating struct {
			List []struct{ Name string } `json:"list"`
		} `json:"templating"`
		Panels []struct {
			ID      int
			Title   string
			Type    string
			GridPos struct{ X, Y, W, H int }
			Targets []struct{ Expr, RefID, LegendFormat string }
		} `json:"panels"`
	}
	require.NoError(t, json.Unmarshal(text, &board))
	require.NotEmpty(t, board.Title)
	require.NotEmpty(t, board.UID)
	require.Positive(t, board.Schema)
	asked, ids := map[string]bool{}, map[int]bool{}
	var expressions, legends []string
	for _, panel := range board.Panels {
		require.False(t, ids[panel.ID], "each panel has its own number")
		ids[panel.ID] = true
		require.LessOrEqual(t, panel.GridPos.X+panel.GridPos.W, 24, panel.Title)
		require.NotEmpty(t, panel.Targets, panel.Title)
		for _, target := range panel.Targets {
			require.NotEmpty(t, target.RefID)
			for _, variable := range regexp.MustCompile(`\$(\w+)`).FindAllStringSubmatch(target.Expr, -1) {
				require.True(t, variable[1] == "instance" || variable[1] == "__rate_interval", target.Expr)
			}
			expressions = append(expressions, strings.NewReplacer("$__rate_interval", "5m", "$instance", "shop:8089").Replace(target.Expr))
			legends = append(legends, target.LegendFormat)
		}
	}
	exposed := exposedLabels(t)
	for i, selections := range selected(t, expressions) {
		for _, s := range selections {
			require.Contains(t, exposed, s.Metric, expressions[i])
			asked[s.Metric] = true
			for _, label := range regexp.MustCompile(`{{(\w+)}}`).FindAllStringSubmatch(legends[i], -1) {
				s.Labels = append(s.Labels, label[1])
			}
			for _, label := range s.Labels {
				require.Contains(t, append(exposed[s.Metric], "instance"), label, expressions[i]) // Prometheus adds the instance
			}
		}
	}
	require.Len(t, asked, len(metricNames(t)), "nothing is left out")
}

// exposedLabels are the labels of each metric that a running dashboard over a real log serves.
func exposedLabels(t *testing.T) map[string][]string {
	t.Helper()
	log := logFile(t)
	writeShop(t, log, newShop(), 30)
	url := serve(t, Options{Log: log.Path, Version: "v1"})
	untilRead(t, url, 30)
	response, err := http.Get(url + "/metrics")
	require.NoError(t, err)
	defer response.Body.Close()
	text, err := io.ReadAll(response.Body)
	require.NoError(t, err)
	exposed := map[string][]string{}
	for _, m := range regexp.MustCompile(`(?m)^(lpa_\w+)(\{.*\})? `).FindAllStringSubmatch(string(text), -1) {
		exposed[m[1]] = nil
		for _, label := range regexp.MustCompile(`[{,](\w+)="`).FindAllStringSubmatch(m[2], -1) {
			exposed[m[1]] = append(exposed[m[1]], label[1])
		}
	}
	return exposed
}

// selection is what an expression asks for, as Prometheus understands it.
type selection struct {
	Metric string
	Labels []string
}

// selected has Prometheus' parser read expressions.
func selected(t *testing.T, expressions []string) (all [][]selection) {
	t.Helper()
	in, err := json.Marshal(expressions)
	require.NoError(t, err)
	cmd := exec.CommandContext(t.Context(), "go", "run", ".")
	cmd.Dir = "../promql"
	cmd.Stdin = bytes.NewReader(in)
	var problems bytes.Buffer
	cmd.Stderr = &problems
	out, err := cmd.Output()
	require.NoError(t, err, problems.String())
	require.NoError(t, json.Unmarshal(out, &all))
	require.Len(t, all, len(expressions))
	for i, selections := range all {
		require.NotEmpty(t, selections, expressions[i])
	}
	return all
}
