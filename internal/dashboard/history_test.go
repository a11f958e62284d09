package dashboard

import (
	"encoding/json"
	"fmt"
	"math"
	"os"
	"runtime"
	"slices"
	"testing"
	"time"

	"github.com/latency-pod-autoscaler/lpa/internal/scaling"
	"github.com/latency-pod-autoscaler/lpa/internal/state"
	"github.com/stretchr/testify/require"
)

// read is a dashboard over all that a log has.
func read(t testing.TB, path string, capacity int) *Dashboard {
	t.Helper()
	d := New(Options{Log: path, Capacity: capacity, Version: "v1"})
	reader, err := state.OpenLog(path)
	require.NoError(t, err)
	t.Cleanup(func() { reader.Close() })
	require.NoError(t, d.follower.readOn(t.Context(), reader, false))
	return d
}

func TestHistoryOfARealShop(t *testing.T) {
	log := logFile(t)
	writeShop(t, log, newShop(), 700)
	d := read(t, log.Path, 0)
	s := d.history.series(filter{}, 4000)
	require.False(t, s.Thinned)
	require.Equal(t, []int{700, 700}, []int{s.Count, s.Matches})
	require.Len(t, s.Times, 700)
	require.Len(t, s.Targets, 3)
	require.Greater(t, s.Changes, 20)
	require.Greater(t, s.Counts[string(scaling.Untrusted)], 3)
	sum := 0
	for _, n := range s.Counts {
		sum += n
	}
	require.Equal(t, 700, sum)
	for i := 1; i < 700; i++ {
		require.Equal(t, s.Wanted[i-1], s.Observed[i], "what is asked for is there in the next run")
	}

	early := d.history.series(filter{from: began.UnixMilli(), to: began.Add(9 * time.Minute).UnixMilli()}, 4000)
	require.Len(t, early.Times, 10)
	changes := d.history.series(filter{changes: true}, 4000)
	require.Equal(t, s.Changes, changes.Matches)
	require.Len(t, changes.Times, 700, "the lines stay whole")
	require.Equal(t, s.Counts["Untrusted"], d.history.series(filter{reason: "Untrusted"}, 4000).Matches)
	require.Empty(t, d.history.series(filter{from: 1, to: 2}, 100).Times)
}

// TestThinningLosesNoPeak holds that what is drawn has the least and the most of every line, and is bounded.
func TestThinningLosesNoPeak(t *testing.T) {
	log := logFile(t)
	writeLarge(t, log.Path, 3000)
	d := read(t, log.Path, 0)
	all := d.history.series(filter{}, 4000)
	bounds := func(c column) (least, most float32) {
		least, most = math.MaxFloat32, 0
		for _, v := range c {
			least, most = min(least, v), max(most, v)
		}
		return least, most
	}
	for _, points := range []int{10, 100, 500, 1500} {
		for _, f := range []filter{{}, {reason: "TargetBreached"}, {changes: true}} {
			thin := d.history.series(f, points)
			require.True(t, thin.Thinned)
			require.LessOrEqual(t, len(thin.Times), max(points, 20))
			require.Equal(t, 3000, thin.Count)
			for i := 1; i < len(thin.Times); i++ {
				require.Greater(t, thin.Times[i], thin.Times[i-1])
			}
			lines := [][2]column{{all.Wanted, thin.Wanted}, {all.Observed, thin.Observed}, {all.Failures, thin.Failures}}
			for i := range all.Targets {
				lines = append(lines, [2]column{all.Targets[i].slowest(), thin.Targets[i].slowest()})
			}
			for _, line := range lines {
				wantLeast, wantMost := bounds(line[0])
				least, most := bounds(line[1])
				require.Equal(t, []float32{wantLeast, wantMost}, []float32{least, most})
			}
			if f != (filter{}) {
				require.Contains(t, thin.Chosen, mark(1), "some of those that are asked for are drawn")
			}
		}
	}
}

// slowest are the values, with the slowest there can be where one falls on a failed request.
func (s targetSeries) slowest() column {
	values := slices.Clone(s.Value)
	for i, failed := range s.Failed {
		if failed == 1 {
			values[i] = float32(math.Inf(1))
		}
	}
	return values
}

func TestColumns(t *testing.T) {
	for want, value := range map[string]json.Marshaler{
		"[]":                           column{},
		"[1,0,null,1.235,null,184.5]":  column{1, 0, float32(math.NaN()), 1.23456, float32(math.Inf(1)), 184.547},
		"[1e+20,-3,0.0001,1.235e+06]":  column{1e20, -3, 0.0001, 1234567.5},
		"[1795630817387,2740,-1,0,10]": deltas{1795630817387, 1795630820127, 1795630820126, 1795630820126, 1795630820136},
	} {
		text, err := value.MarshalJSON()
		require.NoError(t, err)
		require.Equal(t, want, string(text))
	}
}

func TestHistoryIsBounded(t *testing.T) {
	log := logFile(t)
	writeLarge(t, log.Path, 1000)
	d := read(t, log.Path, 100)
	h := d.history
	require.LessOrEqual(t, len(h.entries), 113)
	require.Equal(t, 999, h.last())
	require.Equal(t, 1000, d.overview().Decisions)
	require.Equal(t, h.first, d.overview().Forgotten)
	_, ok, err := d.detail(h.first - 1)
	require.NoError(t, err)
	require.False(t, ok)
	shown, ok, err := d.detail(h.first)
	require.NoError(t, err)
	require.True(t, ok)
	require.Equal(t, began.Add(time.Duration(h.first)*time.Minute).UnixMilli(), shown.Time)

	counted := 0
	for _, n := range h.counted.decisions {
		counted += n
	}
	require.Equal(t, 1000, counted, "counters count what is forgotten too")
}

// TestHostileLog holds that words, targets and numbers of any kind and count do no harm.
func TestHostileLog(t *testing.T) {
	log := logFile(t)
	s := newShop()
	for i := range 300 {
		r := s.next()
		r.Decision.Reason = scaling.Reason(fmt.Sprintf("Reason%d", i))
		r.Observation.Verdict = fmt.Sprintf("verdict%d", i)
		r.Observation.Readings[0].Target.Endpoint = fmt.Sprintf("/%d<script>", i)
		r.Observation.Readings[0].Value = 1e300
		r.Decision.Desired, r.Decision.Current = math.MaxInt, math.MinInt
		r.Time = began.AddDate(7000*(i%2), 0, -i)
		r.Measurement = json.RawMessage([]string{`null`, `[1]`, `{"num_requests":"many"}`, `{"num_requests":1,"num_requests_fail":-9}`, `{"in_flight_per_replica":1e308}`}[i%5])
		require.NoError(t, log.Append(t.Context(), r))
	}
	d := read(t, log.Path, 0)
	series := d.history.series(filter{}, 100)
	require.Len(t, series.Names.Reasons, mostNames)
	require.Contains(t, series.Names.Reasons, other)
	require.Len(t, series.Targets, mostTargets)
	_, err := json.Marshal(series)
	require.NoError(t, err)
	_, err = json.Marshal(d.overview())
	require.NoError(t, err)
	rows, more := d.list(filter{}, math.MaxInt, 50)
	require.Len(t, rows, 50)
	require.True(t, more)
	_, err = d.registry.Gather()
	require.NoError(t, err)
}

// TestMemoryOfALargeLog holds that the records themselves are not kept.
func TestMemoryOfALargeLog(t *testing.T) {
	log := logFile(t)
	writeLarge(t, log.Path, 20_000)
	info, err := os.Stat(log.Path)
	require.NoError(t, err)
	var before, after runtime.MemStats
	runtime.GC()
	runtime.ReadMemStats(&before)
	d := read(t, log.Path, 0)
	runtime.GC()
	runtime.ReadMemStats(&after)
	kept := int64(after.HeapAlloc) - int64(before.HeapAlloc)
	t.Logf("%d bytes of log, %d bytes kept, %d for each decision", info.Size(), kept, kept/20_000)
	require.Less(t, kept, int64(20_000*400))
	require.Less(t, kept, info.Size()/4)
	require.Equal(t, 19_999, d.history.last())
}
