package scaling_test

import (
	"testing"

	"github.com/latency-pod-autoscaler/lpa/internal/scaling"
	"github.com/stretchr/testify/require"
)

func TestParseStatistic(t *testing.T) {
	for text, want := range map[string]scaling.Statistic{
		"mean": {Kind: scaling.Mean}, "failureRatio": {Kind: scaling.FailureRatio},
		"p95": {Kind: scaling.Percentile, Quantile: 0.95}, "p99.9": {Kind: scaling.Percentile, Quantile: 0.999}, "p5": {Kind: scaling.Percentile, Quantile: 0.05},
	} {
		got, err := scaling.ParseStatistic(text)
		require.NoError(t, err, text)
		require.Equal(t, want, got)
		require.Equal(t, text, got.String())
	}
	for _, text := range []string{"", "p", "p0", "p100", "p-1", "P95", "p99.", "p1e1", "average", "Mean", "p95 "} {
		_, err := scaling.ParseStatistic(text)
		require.EqualError(t, err, "must be mean, median, max, min, a percentile such as p95 or p99.9, or failureRatio", text)
	}
}
