package scaling_test

import (
	"encoding/json"
	"math"
	"math/rand/v2"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/latency-pod-autoscaler/lpa/internal/scaling"
	"github.com/stretchr/testify/require"
)

// worn is a state with everything in it, as JSON.
const worn = `{"runs_since_change":3,"last_replicas":8,"untrusted_runs":1,"generation":4,"configuration":"f00d",
"knee":{"run":50,"answer":{"run":50,"from":8,"to":7},"last_up":20,"last_down":30,"down_from":9,
"floor":{"replicas":8,"until":60,"wait":16,"calm":3,"failed":7,"at":1893553445}},
"targets":[{"target":{"method":"GET","endpoint":"/items","type":"p95","limit":200},
"pool":{"runs":2,"samples":90,"over":4,"mean":60.5,"spread":1234.5},"share":0.31,"breach":true,"clear":2,"waits":1,
"last":{"replicas":8,"ready":8,"generation":4,"at":1893553445000,"latency":120,"width":8,"mean":70},
"began":{"replicas":6,"mean":900,"ups":2},"above":{"replicas":7,"latency":140},
"lows":[[262993,57],[262994,58.5]],"highs":[[262993,63]]}]}`

func parsed(text string) (scaling.State, error) {
	var s scaling.State
	if err := json.Unmarshal([]byte(text), &s); err != nil {
		return s, err
	}
	return s, s.Problem()
}

func TestProblem(t *testing.T) {
	s, err := parsed(worn)
	require.NoError(t, err)
	again, err := json.Marshal(s)
	require.NoError(t, err)
	require.JSONEq(t, worn, string(again))
	require.NoError(t, scaling.State{Fresh: true}.Problem())

	for name, test := range map[string]struct{ old, replacement, problem string }{
		"a negative counter":         {`"runs_since_change":3`, `"runs_since_change":-1`, "runs_since_change: must be from 0 to 1000000000, got -1"},
		"too many replicas":          {`"last_replicas":8`, `"last_replicas":2147483648`, "last_replicas: must be from 0 to 2147483647, got 2147483648"},
		"a run that is yet to come":  {`"last_up":20`, `"last_up":51`, "knee.last_up: must be from 0 to 50, got 51"},
		"a floor without end":        {`"until":60`, `"until":9999`, "knee.floor.until: must be from 0 to 178, got 9999"},
		"a time in seconds of years": {`"at":1893553445}`, `"at":1893553445000000}`, "knee.floor.at: must be from 0 to 253402300799, got 1893553445000000"},
		"more over than there are":   {`"over":4`, `"over":91`, "targets[0].pool.over: must be from 0 to 90, got 91"},
		"samples of no run":          {`"runs":2`, `"runs":0`, "targets[0].pool.samples: must be from 0 to 0, got 90"},
		"a spread below zero":        {`"spread":1234.5`, `"spread":-1`, "targets[0].pool.spread: must be from 0 to 1e+40, got -1"},
		"a share of more than all":   {`"share":0.31`, `"share":1.5`, "targets[0].share: must be from 0.2 to 0.6, got 1.5"},
		"a latency below zero":       {`"latency":120`, `"latency":-2`, "targets[0].last.latency: must be from 0 to 1e+13, got -2"},
		"more than all fail":         {`"width":8`, `"width":8,"failures":1.5`, "targets[0].last.failures: must be from 0 to 1, got 1.5"},
		"a width below zero":         {`"width":8`, `"width":-2`, "targets[0].last.width: must be -1, or from 0 to 1e+13, got -2"},
		"lows that fall":             {`[262994,58.5]`, `[262994,56]`, "a window of 24 hours has at most 13 pairs of a period and a value, both rising"},
		"lows of the far future":     {`[262994,58.5]`, `[99999999,58.5]`, "a window of 24 hours has at most 13 pairs of a period and a value, both rising"},
		"lows of another form":       {`[262994,58.5]`, `[262994]`, "a window of 24 hours has at most 13 pairs of a period and a value, both rising"},
		"no lows at all":             {`[[262993,57],[262994,58.5]]`, `7`, "a window of 24 hours has at most 13 pairs of a period and a value, both rising"},
		"too many lows":              {`[262994,58.5]`, strings.Repeat(`[1,1],`, 13) + `[1,1]`, "a window of 24 hours has at most 13 pairs of a period and a value, both rising"},
	} {
		t.Run(name, func(t *testing.T) {
			text := strings.Replace(worn, test.old, test.replacement, 1)
			require.NotEqual(t, worn, text)
			_, err := parsed(text)
			require.EqualError(t, err, test.problem)
		})
	}
	nan := scaling.State{}
	require.NoError(t, json.Unmarshal([]byte(worn), &nan))
	nan.Targets[0].Share = math.NaN()
	require.EqualError(t, nan.Problem(), "targets[0].share: must be from 0.2 to 0.6, got NaN")
	many := scaling.State{}
	require.NoError(t, json.Unmarshal([]byte(`{"targets":[`+strings.Repeat(`{},`, 1000)+`{}]}`), &many))
	require.EqualError(t, many.Problem(), "targets: must be from 0 to 1000, got 1001")
}

// survive decides with a state that passed, on all kinds of observations, however many replicas there are.
func survive(t *testing.T, s scaling.State, random *rand.Rand) {
	t.Helper()
	situation := newSituation(random)
	situation.targets[0] = p95
	for _, n := range []int{1, 8, 100, math.MaxInt32 - 1, math.MaxInt32} {
		for _, at := range []time.Time{{}, now, now.AddDate(300, 0, 0), time.Unix(math.MaxInt64/4, 0), time.Unix(-1<<40, 0)} {
			o := situation.observation(min(n, 1000))
			o.Replicas, o.Generation, o.Configuration = n, s.Generation, s.Configuration
			if random.IntN(2) == 0 {
				o.Ready = ptr(n)
			}
			d, next := scaling.Explain(situation.policy, s, o, at)
			require.GreaterOrEqual(t, d.Desired, 1)
			require.LessOrEqual(t, d.Desired, math.MaxInt32)
			require.NoError(t, next.Problem())
			for _, step := range d.Steps {
				require.NotContains(t, step.Text, "NaN")
				require.NotContains(t, step.Text, "Inf")
			}
		}
	}
}

var numberPattern = regexp.MustCompile(`-?[0-9]+(\.[0-9]+)?`)

// TestAnyStateThatPassesIsSafe spoils numbers of a state at random.
func TestAnyStateThatPassesIsSafe(t *testing.T) {
	random := rand.New(rand.NewPCG(6, 6))
	passed := 0
	extreme := []string{"0", "1", "-1", "2", "7", "1000", "2147483647", "1000000000", "9223372036854775807", "1e13", "0.2", "0.7", "1e300", "253402300799", "50", "128"}
	for range 400 {
		text := numberPattern.ReplaceAllStringFunc(worn, func(old string) string {
			switch random.IntN(24) {
			case 0:
				return extreme[random.IntN(len(extreme))]
			case 1:
				return strconv.Itoa(random.IntN(100))
			}
			return old
		})
		if s, err := parsed(text); err == nil {
			passed++
			survive(t, s, random)
		}
	}
	require.Greater(t, passed, 10)
}

func FuzzState(f *testing.F) {
	f.Add([]byte(worn), uint64(1))
	f.Add([]byte(`{}`), uint64(2))
	f.Fuzz(func(t *testing.T, data []byte, seed uint64) {
		var s scaling.State
		if json.Unmarshal(data, &s) != nil || s.Problem() != nil {
			return
		}
		survive(t, s, rand.New(rand.NewPCG(seed, 0)))
	})
}
