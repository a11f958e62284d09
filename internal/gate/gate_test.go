package gate_test

import (
	"strings"
	"testing"
	"time"

	"github.com/latency-pod-autoscaler/lpa/internal/gate"
	"github.com/latency-pod-autoscaler/lpa/loadtest"
	"github.com/stretchr/testify/require"
)

func TestParse(t *testing.T) {
	items := &loadtest.RequestName{Method: "GET", Name: "/items"}
	for _, test := range []struct {
		text     string
		request  *loadtest.RequestName
		operator string
		limit    float64
	}{
		{"p95 > 200ms", nil, ">", 200},
		{"  p99.9>=1.5s ", nil, ">=", 1500},
		{"p50<1 ms", nil, "<", 1},
		{"p05.50 > 1ms", nil, ">", 1},
		{"mean <= 250µs", nil, "<=", 0.25},
		{"median > 1m", nil, ">", 60_000},
		{"failures > 0", nil, ">", 0},
		{"failureRatio > 1%", nil, ">", 0.01},
		{"failureRatio >= 0.5 %", nil, ">=", 0.005},
		{"failureRatio > 0.25", nil, ">", 0.25},
		{"rps < 50", nil, "<", 50},
		{"rps < 50.5/s", nil, "<", 50.5},
		{"p95(GET /items) > 200ms", items, ">", 200},
		{"p95 ( GET   /items ) > 200ms", items, ">", 200},
		{"max(POST /a(b) > c) < 3s", &loadtest.RequestName{Method: "POST", Name: "/a(b) > c"}, "<", 3000},
		{"min(GET (other names)) > 3s", &loadtest.RequestName{Method: "GET", Name: "(other names)"}, ">", 3000},
	} {
		rules, err := gate.ParseRules("--fail-on", []string{test.text})
		require.NoError(t, err, test.text)
		require.Equal(t, test.request, rules[0].Request, test.text)
		require.Equal(t, test.operator, rules[0].Operator, test.text)
		require.InDelta(t, test.limit, rules[0].Limit, 1e-12, test.text)
		require.Equal(t, strings.TrimSpace(test.text), rules[0].Text)
	}
}

func TestParseRefuses(t *testing.T) {
	const statistic = "must be p50, p95, p99.9 or another percentile, mean, median, min, max, failures, failureRatio or rps"
	const duration = "must be a duration with a unit, of more than 0 and at most an hour, such as 200ms or 1.5s"
	for _, test := range []struct{ text, want string }{
		{"", `"":1:1: ` + statistic + `, got nothing`},
		{"p95", `"p95":1:4: must be >, >=, < or <=, and then a value, got nothing`},
		{"95 > 200ms", `"95 > 200ms":1:1: ` + statistic + `, got "95"`},
		{"p100 > 200ms", `"p100 > 200ms":1:1: ` + statistic + `, got "p100"`},
		{"p0 > 200ms", `"p0 > 200ms":1:1: ` + statistic + `, got "p0"`},
		{"P95 > 200ms", `"P95 > 200ms":1:1: ` + statistic + `, got "P95"`},
		{"latency > 200ms", `"latency > 200ms":1:1: ` + statistic + `, got "latency"`},
		{"p95 > 200", `"p95 > 200":1:7: ` + duration + `, got "200"`},
		{"p95 > ", `"p95 > ":1:7: ` + duration + `, got nothing`},
		{"p95 > -5ms", `"p95 > -5ms":1:7: ` + duration + `, got "-5ms"`},
		{"p95 > 2h", `"p95 > 2h":1:7: ` + duration + `, got "2h"`},
		{"p95 > 200ms or p99 > 1s", `"p95 > 200ms or p99 > 1s":1:7: ` + duration + `, got "200ms or p99 > 1s"`},
		{"p95 == 200ms", `"p95 == 200ms":1:5: must be >, >=, < or <=, and then a value, got "=="`},
		{"p95 != 200ms", `"p95 != 200ms":1:5: must be >, >=, < or <=, and then a value, got "!="`},
		{"p95 over 200ms", `"p95 over 200ms":1:5: must be >, >=, < or <=, and then a value, got "over"`},
		{"p95 of GET /a > 1s", `"p95 of GET /a > 1s":1:5: must be >, >=, < or <=, and then a value, got "of"`},
		{"p95(GET /a > 1s", `"p95(GET /a > 1s":1:4: the parenthesis must be closed, as in p95(GET /items) > 200ms`},
		{"p95() > 1s", `"p95() > 1s":1:5: must be a method and a name, such as GET /items, got nothing`},
		{"p95(/items) > 1s", `"p95(/items) > 1s":1:5: must be a method and a name, such as GET /items, got "/items"`},
		{"ä > 1s", `"ä > 1s":1:1: ` + statistic + `, got "ä"`},
		{"p95(GET /ä) > 1", `"p95(GET /ä) > 1":1:15: ` + duration + `, got "1"`},
		{"failures > 1%", `"failures > 1%":1:12: must be a whole number of at least 0, got "1%"`},
		{"failures > 1ms", `"failures > 1ms":1:12: must be a whole number of at least 0, got "1ms"`},
		{"failureRatio > 101%", `"failureRatio > 101%":1:16: must be a share from 0% to 100%, such as 1% or 0.01, got "101%"`},
		{"failureRatio > 5", `"failureRatio > 5":1:16: must be a share from 0% to 100%, such as 1% or 0.01, got "5"`},
		{"failureRatio > Inf", `"failureRatio > Inf":1:16: must be a share from 0% to 100%, such as 1% or 0.01, got "Inf"`},
		{"failureRatio > NaN%", `"failureRatio > NaN%":1:16: must be a share from 0% to 100%, such as 1% or 0.01, got "NaN%"`},
		{"rps < 50ms", `"rps < 50ms":1:7: must be a number of requests per second, such as 50/s or 50, got "50ms"`},
		{"rps < 0x10", `"rps < 0x10":1:7: must be a number of requests per second, such as 50/s or 50, got "0x10"`},
	} {
		rules, err := gate.ParseRules("--fail-on", []string{test.text})
		require.EqualError(t, err, "--fail-on "+test.want)
		require.Nil(t, rules)
	}
}

func TestAllProblemsAtOnce(t *testing.T) {
	_, err := gate.ParseRules("--fail-on", []string{"p95 > 1", "p95 > 1s", "x > 1"})
	require.Equal(t, 2, len(strings.Split(err.Error(), "\n")))
}

func FuzzParseRules(f *testing.F) {
	for _, seed := range []string{"p95 > 200ms", "p95(GET /a) > 1s", "failureRatio >= 1%", "rps < 5/s", "(((", "p95(", "p95)>1s"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		rules, err := gate.ParseRules("--fail-on", []string{text})
		if err != nil {
			require.Nil(t, rules)
			return
		}
		again, err := gate.ParseRules("--fail-on", []string{rules[0].Text})
		require.NoError(t, err)
		require.Equal(t, rules[0].Limit, again[0].Limit)
		require.Equal(t, rules[0].Request, again[0].Request)
	})
}

func value(ms float64) *float64 { return &ms }

// measured is a trusted run with 1000 requests, 20 of which failed.
func measured() loadtest.RequestSummary {
	return loadtest.RequestSummary{
		Method: "GET", Name: "/items", NumRequests: 1000, NumFailures: 20, TotalRPS: 50,
		Average: value(30), Median: value(25), Min: value(5), Max: value(800), AtLeast: []string{"max_response_time"},
		Percentiles: map[string]loadtest.Percentile{
			"p50":   {Value: value(25), Low: value(24), High: value(26)},
			"p95":   {Value: value(180), Low: value(170), High: value(210)},
			"p97":   {Value: value(300), AtLeast: true},
			"p99":   {Failed: true},
			"p99.9": {Failed: true},
		},
	}
}

func outcome(t *testing.T, text string, request loadtest.RequestSummary, verdict loadtest.Verdict) gate.Outcome {
	t.Helper()
	rules, err := gate.ParseRules("--fail-on", []string{text})
	require.NoError(t, err)
	summary := &loadtest.Summary{Quality: loadtest.Quality{Verdict: verdict},
		Requests: map[string]loadtest.RequestSummary{"GET_/items": request}}
	outcomes := gate.Check(rules, summary, request)
	require.Len(t, outcomes, 1)
	return outcomes[0]
}

func TestCheck(t *testing.T) {
	const larger = "the true value is larger, as requests were cut off by the end of the run"
	for _, test := range []struct {
		text  string
		state gate.State
		value string
		why   string
	}{
		{"p95 > 200ms", gate.Passed, "180 ms (170–210 ms)", ""},
		{"p95 > 180ms", gate.Passed, "180 ms (170–210 ms)", ""},
		{"p95 >= 180ms", gate.Failed, "180 ms (170–210 ms)", ""},
		{"p95 > 100ms", gate.Failed, "180 ms (170–210 ms)", ""},
		{"p95(GET /items) > 100ms", gate.Failed, "180 ms (170–210 ms)", ""},
		{"p95(GET /other) > 100ms", gate.Unknown, "", "no such request was made"},
		{"p50 < 25ms", gate.Passed, "25 ms (24–26 ms)", ""},
		{"p50 <= 25ms", gate.Failed, "25 ms (24–26 ms)", ""},
		{"p97 > 200ms", gate.Failed, "> 300 ms", ""},
		{"p97 > 400ms", gate.Unknown, "> 300 ms", larger},
		{"p97 < 200ms", gate.Passed, "> 300 ms", ""},
		{"p97 < 300ms", gate.Passed, "> 300 ms", ""},
		{"p97 <= 400ms", gate.Unknown, "> 300 ms", larger},
		{"p99 > 1h", gate.Failed, "it falls on a failed request", ""},
		{"p99 < 1h", gate.Passed, "it falls on a failed request", ""},
		{"p99.9 < 1h", gate.Unknown, "it falls on a failed request", "p99.9 says little with fewer than 2995 requests, and there were 1000"},
		{"p99.9 > 1h", gate.Failed, "it falls on a failed request", "p99.9 says little with fewer than 2995 requests, and there were 1000"},
		{"mean > 29ms", gate.Failed, "30 ms", ""},
		{"median > 29ms", gate.Passed, "25 ms", ""},
		{"min > 4ms", gate.Failed, "5 ms", ""},
		{"max > 700ms", gate.Failed, "> 800 ms", ""},
		{"max > 900ms", gate.Unknown, "> 800 ms", larger},
		{"failures > 19", gate.Failed, "20", ""},
		{"failures > 20", gate.Passed, "20", ""},
		{"failureRatio > 1%", gate.Failed, "2 % (20 of 1000)", ""},
		{"failureRatio > 2%", gate.Passed, "2 % (20 of 1000)", ""},
		{"rps < 50", gate.Passed, "50/s", ""},
		{"rps <= 50/s", gate.Failed, "50/s", ""},
	} {
		got := outcome(t, test.text, measured(), loadtest.VerdictOK)
		require.Equal(t, []any{test.state, test.value, test.why}, []any{got.State, got.Value, got.Why}, test.text)
	}
}

func TestWhatCannotBeKnownDoesNotPass(t *testing.T) {
	for _, test := range []struct {
		name    string
		text    string
		request loadtest.RequestSummary
		verdict loadtest.Verdict
		want    gate.State
		why     string
	}{
		{"untrusted", "p95 > 200ms", measured(), loadtest.VerdictTooFew, gate.Unknown, "the measurement cannot be trusted: too-few"},
		{"untrusted, but true", "p95 > 100ms", measured(), loadtest.VerdictOverloadErrors, gate.Failed, ""},
		{"a verdict of a later version", "failures > 100", measured(), "unheard-of", gate.Unknown, "the measurement cannot be trusted: unheard-of"},
		{"nothing was sent", "p95 > 200ms", loadtest.RequestSummary{}, loadtest.VerdictOK, gate.Unknown, "there were no requests"},
		{"no mean", "mean > 200ms", loadtest.RequestSummary{}, loadtest.VerdictOK, gate.Unknown, "there were no requests"},
		{"no ratio", "failureRatio > 1%", loadtest.RequestSummary{}, loadtest.VerdictOK, gate.Unknown, "there were no requests"},
		{"all failed", "mean > 200ms", loadtest.RequestSummary{NumRequests: 9, NumFailures: 9}, loadtest.VerdictOK, gate.Failed, ""},
		{"too few", "p95 > 200ms", loadtest.RequestSummary{NumRequests: 57, Unfinished: 1,
			Percentiles: map[string]loadtest.Percentile{"p95": {Value: value(1)}}}, loadtest.VerdictOK, gate.Unknown,
			"p95 says little with fewer than 59 requests, and there were 58"},
	} {
		got := outcome(t, test.text, test.request, test.verdict)
		require.Equal(t, []any{test.want, test.why}, []any{got.State, got.Why}, test.name)
	}
}

func TestUnmeasured(t *testing.T) {
	names := []loadtest.RequestName{{Method: "GET", Name: "/items"}, {Method: "POST", Name: "/cart"}}
	rules, err := gate.ParseRules("--fail-on", []string{"p95 > 1s", "p95(GET /items) > 1s", "failures(POST /items) > 1"})
	require.NoError(t, err)
	require.EqualError(t, gate.Unmeasured("--fail-on", rules, names),
		`--fail-on "failures(POST /items) > 1":1:10: must be a request of the script, which has GET /items, POST /cart, got "POST /items"`)
	require.NoError(t, gate.Unmeasured("--fail-on", rules[:2], names))
}

func TestTightest(t *testing.T) {
	for want, texts := range map[time.Duration][]string{
		0:                      {"failures > 0", "rps < 5"},
		200 * time.Millisecond: {"p95 > 1s", "failures > 0", "mean(GET /a) > 200ms", "max > 3s"},
	} {
		rules, err := gate.ParseRules("--fail-on", texts)
		require.NoError(t, err)
		require.Equal(t, want, gate.Tightest(rules))
	}
}

func TestAsks(t *testing.T) {
	rules, err := gate.ParseRules("--fail-on", []string{"p42 > 1s", "p99.99(GET /items) > 1s", "mean > 1s", "p43 > 1s"})
	require.NoError(t, err)
	require.Equal(t, map[string]loadtest.Ask{
		"":           {Quantiles: []float64{0.42, 0.43}},
		"GET_/items": {Quantiles: []float64{0.9999}},
	}, gate.Asks(rules))
}
