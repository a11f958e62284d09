package loadtest

import (
	"encoding/base64"
	"encoding/binary"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

func TestOverallPoolsAllNames(t *testing.T) {
	start := time.Unix(1_000_000, 0)
	result := &Result{Start: start, End: start.Add(2 * time.Second), requests: []requestResult{
		{name: RequestName{"GET", "/a"}, distribution: newDistribution(ms(10, 30), ms(5), 0)},
		{name: RequestName{"GET", "/b"}, distribution: newDistribution(ms(20), nil, 3),
			failures: map[Failure]int{Failure5xx: 2, FailureReset: 1}, statuses: map[int]int{503: 2}},
	}}
	all := result.Overall(Ask{Quantiles: []float64{0.42}})
	require.Equal(t, "", all.Method+all.Name)
	require.Equal(t, []int{6, 3, 1}, []int{all.NumRequests, all.NumFailures, all.Unfinished})
	require.Equal(t, map[string]int{"5xx": 2, "reset": 1}, all.Failures)
	require.Equal(t, map[string]int{"503": 2}, all.Statuses)
	require.Equal(t, []float64{10, 20, 30}, []float64{*all.Min, *all.Median, *all.Max})
	require.Equal(t, 3.0, all.TotalRPS)
	require.True(t, all.Percentiles["p99"].Failed)
	require.Contains(t, all.Percentiles, "p42")
}

func TestTogether(t *testing.T) {
	many := ordered{values: ms(10, 20), upTo: []int{3, 5}}
	o := together([]ordered{{values: ms(5, 10, 10)}, {}, many})
	require.Equal(t, ordered{values: ms(5, 10, 20), upTo: []int{1, 6, 8}}, o)
	require.Zero(t, together(nil).len())
}

func TestOverallOfNothing(t *testing.T) {
	all := NotRun(&Plan{names: []RequestName{{"GET", "/a"}}}, time.Unix(1, 0)).Overall(Ask{})
	require.Zero(t, all.NumRequests)
	require.Nil(t, all.Max)
	require.Nil(t, all.Percentiles["p50"].Value)
}

func TestEachSample(t *testing.T) {
	type count struct {
		latency time.Duration
		n       int
	}
	var finished, unfinished []count
	collect := func(to *[]count) func(time.Duration, int) {
		return func(latency time.Duration, n int) { *to = append(*to, count{latency, n}) }
	}
	samples := encodeSamples(newDistribution(ms(3, 1, 1), ms(7), 2))
	require.NoError(t, samples.Each(collect(&finished), collect(&unfinished)))
	require.Equal(t, []count{{time.Millisecond, 2}, {3 * time.Millisecond, 1}}, finished)
	require.Equal(t, []count{{7 * time.Millisecond, 1}}, unfinished)

	require.NoError(t, (*Samples)(nil).Each(nil, nil))
	nothing := func(time.Duration, int) {}
	require.ErrorIs(t, (&Samples{Finished: "?"}).Each(nothing, nothing), errSamples)
	require.ErrorIs(t, (&Samples{Unfinished: "gA=="}).Each(nothing, nothing), errSamples)
	tooMany := base64.StdEncoding.EncodeToString(binary.AppendUvarint([]byte{1}, 1<<40))
	require.ErrorIs(t, (&Samples{Finished: tooMany}).Each(nothing, nothing), errSamples)
}
