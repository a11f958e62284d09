package cpa_test

import (
	"encoding/base64"
	"encoding/binary"
	"encoding/json"
	"math"
	"testing"
	"time"

	"github.com/latency-pod-autoscaler/lpa/internal/cpa"
	"github.com/latency-pod-autoscaler/lpa/internal/scaling"
	"github.com/latency-pod-autoscaler/lpa/loadtest"
	"github.com/stretchr/testify/require"
)

// encode writes ascending latencies in milliseconds as samples have them.
func encode(latencies ...int) string {
	var data []byte
	previous := 0
	for _, ms := range latencies {
		data = binary.AppendUvarint(data, uint64((ms-previous)*1000))
		data = binary.AppendUvarint(data, 1)
		previous = ms
	}
	return base64.StdEncoding.EncodeToString(data)
}

// measured is the reading of a target of 200 ms from these latencies and ages.
func measured(t *testing.T, statistic string, finished, unfinished []int, failed int, timeout time.Duration) scaling.Reading {
	t.Helper()
	request := map[string]any{
		"num_requests": len(finished) + failed, "num_failures": failed, "unfinished": len(unfinished),
		"avg_response_time": 100, "median_response_time": 100, "max_response_time": 100, "min_response_time": 100,
		"samples": loadtest.Samples{Finished: encode(finished...), Unfinished: encode(unfinished...), Failed: failed},
	}
	value, err := json.Marshal(map[string]any{"requests": map[string]any{"GET_/a": request}})
	require.NoError(t, err)
	m, err := cpa.ParseReported(string(value))
	require.NoError(t, err)
	m.Timeout = timeout
	kind, err := scaling.ParseStatistic(statistic)
	require.NoError(t, err)
	r, known, err := m.Reading(scaling.Target{Method: "GET", Endpoint: "/a", Statistic: kind, Limit: 200})
	require.NoError(t, err)
	require.True(t, known)
	return r
}

func TestOver(t *testing.T) {
	for name, test := range map[string]struct {
		finished, unfinished []int
		failed, over         int
	}{
		"none":                   {[]int{10, 100, 200}, nil, 0, 0},
		"some":                   {[]int{10, 200, 201, 300}, nil, 0, 2},
		"failed ones are slow":   {[]int{10, 20}, nil, 3, 3},
		"cut off over the limit": {[]int{10, 20}, []int{500}, 0, 1},
		"cut off early, as those that were slower":            {[]int{10, 20, 30, 40}, []int{15}, 0, 0},
		"cut off early, and half of the slower ones are over": {[]int{10, 100, 300, 400}, []int{20, 30}, 0, 3},
		"cut off later than all that finished":                {[]int{10, 20}, []int{50}, 0, 1},
		"all cut off":                                         {nil, []int{50, 60}, 0, 2},
	} {
		t.Run(name, func(t *testing.T) {
			r := measured(t, "max", test.finished, test.unfinished, test.failed, 0)
			require.Equal(t, test.over, *r.Over)
			require.Equal(t, len(test.finished)+len(test.unfinished)+test.failed, r.Samples)
		})
	}
}

func TestMeanAndDeviation(t *testing.T) {
	r := measured(t, "p50", []int{10, 20, 30}, nil, 0, 0)
	require.InDelta(t, 20, *r.Mean, 1e-9)
	require.InDelta(t, 10, *r.Deviation, 1e-9)
	r = measured(t, "p50", []int{10, 20, 30}, nil, 1, time.Second)
	require.InDelta(t, 265, *r.Mean, 1e-9, "a failed request counts as the timeout")
	require.Equal(t, 0.25, r.FailureShare)
	require.Nil(t, measured(t, "p50", []int{10}, nil, 1, 0).Mean, "which is not known")
	r = measured(t, "p50", []int{10, 30}, []int{20}, 0, 0)
	require.InDelta(t, 10./3+2./3*30, *r.Mean, 1e-9, "one that was cut off counts as those that took longer")
	r = measured(t, "p50", []int{10}, []int{50, 70}, 0, 0)
	require.InDelta(t, (10+50+70)/3., *r.Mean, 1e-9, "or as its age, where none did")
}

// TestIntervals holds intervals against tables: t(0.95) is 2.353 with three degrees of freedom and 1.833 with nine.
func TestIntervals(t *testing.T) {
	r := measured(t, "mean", []int{10, 20, 30, 40}, nil, 1, time.Second)
	half := 2.353363 * math.Sqrt(500./3) / 2
	require.InDelta(t, 25-half, *r.Low, 0.01, "failed requests are not in this mean")
	require.InDelta(t, 25+half, *r.High, 0.01)
	r = measured(t, "mean", []int{10, 30}, nil, 0, 0)
	require.InDelta(t, 20+6.313752*10, *r.High, 0.001)
	require.Zero(t, *r.Low, "no latency is below nothing")
	r = measured(t, "mean", []int{10, 20, 30}, nil, 0, 0)
	require.InDelta(t, 20+2.919986*10/math.Sqrt(3), *r.High, 0.001)
	r = measured(t, "mean", []int{1, 2, 3, 4, 5, 6, 7, 8, 9, 10}, nil, 0, 0)
	require.InDelta(t, 5.5+1.833113*math.Sqrt(82.5/9)/math.Sqrt(10), *r.High, 0.001)
	require.Nil(t, measured(t, "mean", []int{10}, nil, 0, 0).High)

	// Of ten values the second and the ninth: binomial(10, ½) is at most 1 with 0.011, at most 2 with 0.055.
	r = measured(t, "median", []int{1, 2, 3, 4, 5, 6, 7, 8, 9, 10}, nil, 5, 0)
	require.Equal(t, []float64{2, 9}, []float64{*r.Low, *r.High})
	require.Nil(t, measured(t, "median", []int{1, 2}, nil, 0, 0).Low)
	r = measured(t, "p47", []int{1, 2, 3, 4, 5, 6, 7, 8, 9, 10}, nil, 0, 0)
	require.NotNil(t, r.Low, "a percentile that metric did not compute has one too")
	r = measured(t, "p47", []int{1, 2, 3, 4, 5, 6, 7, 8, 9, 10}, nil, 20, 0)
	require.True(t, r.Failed)
	require.Nil(t, r.Low, "nor has it one on a failed request, as if metric had computed it")
}

func TestFailuresAreEvidence(t *testing.T) {
	r := measured(t, "failureRatio", []int{10, 20, 30}, []int{5, 6}, 1, 0)
	require.Equal(t, []int{1, 4}, []int{*r.Over, r.Samples}, "those that were cut off say nothing of failures")
	require.Nil(t, r.Mean)
}

func TestSamplesOfOtherRequestsAreNoEvidence(t *testing.T) {
	m, err := cpa.ParseReported(`{"requests": {"GET_/a": {"num_requests": 5, "avg_response_time": 7, "samples": {"finished": "` + encode(1, 2) + `"}}}}`)
	require.NoError(t, err)
	r, _, err := m.Reading(scaling.Target{Method: "GET", Endpoint: "/a", Statistic: scaling.Statistic{Kind: scaling.Mean}, Limit: 200})
	require.NoError(t, err)
	require.Nil(t, r.Over)
	require.Equal(t, 5, r.Samples)
}
