package cpa_test

import (
	"encoding/json"
	"slices"
	"testing"
	"time"

	"github.com/latency-pod-autoscaler/lpa/internal/cpa"
	"github.com/latency-pod-autoscaler/lpa/internal/scaling"
	"github.com/latency-pod-autoscaler/lpa/loadtest"
	"github.com/stretchr/testify/require"
)

// TestTargetsMissedForAnswersOf4xx: more replicas would answer the same. What is missed for anything else is decided as ever.
func TestTargetsMissedForAnswersOf4xx(t *testing.T) {
	fast := slices.Repeat([]int{80}, 111)
	type request struct {
		finished, unfinished []int
		failures, statuses   map[string]int
		verdict              string
	}
	reason := "p95 of GET /a falls on a failed request, as 9 of 120 failed: 4xx (mostly status 429); without them it is 80 ms"
	limited := map[string]int{"4xx": 9}
	for name, test := range map[string]struct {
		request
		second  string // the type of a second target, of 100 ms
		verdict string
		reasons []string
	}{
		"a rate limit":                {request{fast, nil, limited, map[string]int{"404": 1, "429": 8}, "ok"}, "", "client-error", []string{reason}},
		"without statuses":            {request{fast, nil, limited, nil, "ok"}, "", "client-error", []string{"p95 of GET /a falls on a failed request, as 9 of 120 failed: 4xx; without them it is 80 ms"}},
		"few enough for the target":   {request{fast, nil, map[string]int{"4xx": 5}, nil, "ok"}, "", "ok", nil},
		"of overload":                 {request{fast, nil, map[string]int{"5xx": 9}, nil, "ok"}, "", "ok", nil},
		"of overload as well":         {request{fast, nil, map[string]int{"4xx": 1, "5xx": 8}, nil, "ok"}, "", "ok", nil},
		"the others are too slow":     {request{slices.Concat(fast[:90], slices.Repeat([]int{300}, 21)), nil, limited, nil, "ok"}, "", "ok", nil},
		"the others were cut off":     {request{fast[:60], slices.Repeat([]int{150}, 51), limited, nil, "ok"}, "", "ok", nil},
		"a second target is missed":   {request{slices.Concat(fast[:110], []int{150}), nil, limited, nil, "ok"}, "max", "ok", nil},
		"a second target is met":      {request{fast, nil, limited, map[string]int{"429": 9}, "ok"}, "max", "client-error", []string{reason}},
		"the run had its own verdict": {request{fast, nil, limited, nil, "suspect"}, "", "suspect", nil},
	} {
		t.Run(name, func(t *testing.T) {
			failed := 0
			for _, n := range test.failures {
				failed += n
			}
			finished := map[string]any{
				"num_requests": len(test.finished) + failed, "num_failures": failed, "unfinished": len(test.unfinished), "failures": test.failures,
				"failed_statuses": test.statuses, "max_response_time": slices.Max(test.finished),
				"samples": loadtest.Samples{Finished: encode(test.finished...), Unfinished: encode(test.unfinished...), Failed: failed},
			}
			value, err := json.Marshal(map[string]any{"requests": map[string]any{"GET_/a": finished}, "quality": map[string]any{"verdict": test.request.verdict}})
			require.NoError(t, err)
			o := cpa.Observer{Timeout: 10 * time.Second, Targets: []scaling.Target{
				{Method: "GET", Endpoint: "/a", Statistic: scaling.Statistic{Kind: scaling.Percentile, Quantile: 0.95}, Limit: 200}}}
			if test.second != "" {
				o.Targets = append(o.Targets, scaling.Target{Method: "GET", Endpoint: "/a", Statistic: scaling.Statistic{Kind: scaling.Kind(test.second)}, Limit: 100})
			}
			replicas := 4
			observed, err := o.Observe(cpa.EvaluateInput{Value: string(value), Resource: cpa.Resource{Replicas: &replicas}})
			require.NoError(t, err)
			require.Equal(t, test.verdict, observed.Verdict)
			require.Equal(t, test.reasons, observed.Reasons)
		})
	}
}
