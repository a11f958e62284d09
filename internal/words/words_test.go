package words_test

import (
	"testing"

	"github.com/latency-pod-autoscaler/lpa/internal/words"
	"github.com/latency-pod-autoscaler/lpa/loadtest"
	"github.com/stretchr/testify/require"
)

func TestLatency(t *testing.T) {
	for ms, want := range map[float64]string{
		0: "0 µs", 0.001: "1 µs", 0.0423: "42.3 µs", 0.9994: "999 µs", 0.9996: "1 ms", 1.2345: "1.23 ms", 9.994: "9.99 ms",
		9.996: "10 ms", 45.23: "45.2 ms", 99.96: "100 ms", 312.4: "312 ms", 999.4: "999 ms", 999.6: "1 s", 4200: "4.2 s",
		123456: "123 s", 3600000: "3600 s",
	} {
		require.Equal(t, want, words.Latency(ms), "%v", ms)
	}
}

func pointer(value float64) *float64 { return &value }

func TestPercentile(t *testing.T) {
	for _, test := range []struct {
		p    loadtest.Percentile
		want string
	}{
		{loadtest.Percentile{}, "–"},
		{loadtest.Percentile{Failed: true, Low: pointer(3)}, "failed"},
		{loadtest.Percentile{Value: pointer(4.2)}, "4.2 ms"},
		{loadtest.Percentile{Value: pointer(4200), AtLeast: true}, "> 4.2 s"},
		{loadtest.Percentile{Value: pointer(45.2), Low: pointer(41), High: pointer(50)}, "45.2 ms (41–50 ms)"},
		{loadtest.Percentile{Value: pointer(1), Low: pointer(0.9), High: pointer(1.1)}, "1 ms (900 µs–1.1 ms)"},
	} {
		require.Equal(t, test.want, words.Percentile(test.p))
	}
}

func TestMax(t *testing.T) {
	require.Equal(t, "–", words.Max(loadtest.RequestSummary{}))
	require.Equal(t, "3 ms", words.Max(loadtest.RequestSummary{Max: pointer(3)}))
	require.Equal(t, "> 3 ms", words.Max(loadtest.RequestSummary{Max: pointer(3), AtLeast: []string{"max_response_time"}}))
}

func TestNumbers(t *testing.T) {
	require.Equal(t, []string{"0 %", "< 0.01 %", "0.5 %", "12.3 %", "100 %"},
		[]string{words.Share(0), words.Share(0.00001), words.Share(0.005), words.Share(0.1234), words.Share(1)})
	require.Equal(t, []string{"0", "999", "1\u202f000", "1\u202f234\u202f567", "-1\u202f000"},
		[]string{words.Count(0), words.Count(999), words.Count(1000), words.Count(1234567), words.Count(-1000)})
	require.Equal(t, []string{"1 request", "0 requests"}, []string{words.Plural(1, "request"), words.Plural(0, "request")})
	require.Equal(t, "1000 requests", words.Plural(1000, "request"))
	require.Equal(t, []string{"5xx", "reset", "timeout"}, words.ByCount(map[string]int{"timeout": 3, "5xx": 12, "reset": 3}))
}

func TestNothingReachesTheTerminal(t *testing.T) {
	require.Equal(t, "/a·[31mb··c", words.Printable("/a\x1b[31mb\r\nc"))
	require.Equal(t, "/ä/日本", words.Printable("/ä/日本"))
	require.Equal(t, "·", words.Printable("\u202e"), "text that turns the direction")
}

func TestEveryVerdictHasASentence(t *testing.T) {
	require.Equal(t, "the measurement can be trusted", words.Verdict(loadtest.VerdictOK))
	for _, v := range []loadtest.Verdict{loadtest.VerdictTooFew, loadtest.VerdictGenerator, loadtest.VerdictTargetDown,
		loadtest.VerdictOverloadErrors, loadtest.VerdictClientError, loadtest.VerdictMixed, loadtest.VerdictSuspect} {
		require.NotEqual(t, words.Verdict("another"), words.Verdict(v))
	}
}
