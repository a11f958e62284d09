package main

import (
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// filled are results with some values.
func filled(t *testing.T) *results {
	t.Helper()
	tools := []installed{{ours{}, "", "v1"}, {wrk{}, "", "4.1.0"}, {k6{}, "", "v1.8.1"}}
	requests, added, memory := throughputOf(10, time.Second, 3), latencyAt(10, time.Second, 3), memoryOf(1000, time.Second)
	r := newResults(tools, []measure{requests, added, memory})
	run := func(m measure, tool tool, o outcome) {
		o.tool, o.job = tool, m.job
		r.add(m, o)
	}
	fast := func(n int) outcome {
		return outcome{cost: cost{cpu: time.Second}, saw: record{Requests: n, Elapsed: time.Second, Idle: time.Second / 2}}
	}
	for _, n := range []int{70000, 90000, 80000} {
		run(requests, ours{}, fast(n))
	}
	run(requests, wrk{}, outcome{cost: cost{cpu: time.Second}, saw: record{Requests: 100000, Elapsed: time.Second, Idle: time.Millisecond}})
	run(requests, k6{}, fast(20000))
	at := func(n int, p50, p99 time.Duration) outcome {
		return outcome{saw: record{Requests: n, Elapsed: time.Second, P50: 5 * time.Millisecond, P99: 6 * time.Millisecond},
			says: report{requests: n, p50: 5*time.Millisecond + p50, p99: 6*time.Millisecond + p99}}
	}
	run(added, ours{}, at(100, 300*time.Microsecond, 1234*time.Microsecond))
	run(added, wrk{}, at(100, 200*time.Microsecond, 800*time.Microsecond))
	run(added, k6{}, at(60, 100*time.Microsecond, 900*time.Microsecond))
	run(memory, ours{}, outcome{cost: cost{memory: 41e6}, saw: record{Connections: 1000}})
	run(memory, wrk{}, outcome{cost: cost{memory: 9.54e6}, saw: record{Connections: 1000}})
	r.fail("k6, memory of 1,000 users: exit status 1: out of\nmemory")
	return r
}

func TestTextOfResults(t *testing.T) {
	const table, comparison = `                                                   ours      wrk        k6
  requests per second, 10 users without waits    80,000  100,000    20,000
              requests per second of CPU time    80,000  100,000    20,000
         p50 added at 100 requests per second    300 µs   200 µs  100 µs *
         p99 added at 100 requests per second  1,234 µs   800 µs  900 µs *
                          memory, 1,000 users   41.0 MB   9.5 MB         –
the server was busy all the time with wrk, which may be faster than it shows
* k6 did not keep the rate of 100 requests per second
could not be run: k6, memory of 1,000 users: exit status 1: out of memory
`, `behind: requests per second, 10 users without waits: ours 80,000, wrk 100,000
behind: requests per second of CPU time: ours 80,000, wrk 100,000
behind: p50 added at 100 requests per second: ours 300 µs, wrk 200 µs
behind: p99 added at 100 requests per second: ours 1,234 µs, wrk 800 µs
behind: memory, 1,000 users: ours 41.0 MB, wrk 9.5 MB
met: requests per second, 10 users without waits: at least 0.74 × wrk's, is 0.80
met: p50 added at 100 requests per second: at most 1.5 × wrk's, is 1.50
missed: p99 added at 100 requests per second: at most 1.5 × wrk's, is 1.54
missed: memory, 1,000 users: at most 40.0 MB, is 41.0 MB
not measured: memory, 10,000 users: at most 250 MB
met: ahead of k6 in each row
`
	require.Equal(t, table, filled(t).text(false))
	require.Equal(t, table+comparison, filled(t).text(true))
}

func TestSectionOfResults(t *testing.T) {
	c := conditions{date: "2026-11-25", machine: []string{"A processor", "2 cores"}, tools: []installed{{ours{}, "", "v1"}, {wrk{}, "", "4.1.0"}}}
	require.Equal(t, `## Results

Measured on 2026-11-25, A processor, 2 cores. Versions: ours v1, wrk 4.1.0.

| | ours | wrk | k6 |
|---|---:|---:|---:|
| requests per second, 10 users without waits | 80,000 | 100,000 | 20,000 |
| requests per second of CPU time | 80,000 | 100,000 | 20,000 |
| p50 added at 100 requests per second | 300 µs | 200 µs | 100 µs \* |
| p99 added at 100 requests per second | 1,234 µs | 800 µs | 900 µs \* |
| memory, 1,000 users | 41.0 MB | 9.5 MB | – |

Beside the numbers:

- the server was busy all the time with wrk, which may be faster than it shows
- \* k6 did not keep the rate of 100 requests per second

Could not be run:

- k6, memory of 1,000 users: exit status 1: out of memory

Where ours is behind:

- requests per second, 10 users without waits: ours 80,000, wrk 100,000
- requests per second of CPU time: ours 80,000, wrk 100,000
- p50 added at 100 requests per second: ours 300 µs, wrk 200 µs
- p99 added at 100 requests per second: ours 1,234 µs, wrk 800 µs
- memory, 1,000 users: ours 41.0 MB, wrk 9.5 MB

The goals:

- met: requests per second, 10 users without waits: at least 0.74 × wrk's, is 0.80
- met: p50 added at 100 requests per second: at most 1.5 × wrk's, is 1.50
- missed: p99 added at 100 requests per second: at most 1.5 × wrk's, is 1.54
- missed: memory, 1,000 users: at most 40.0 MB, is 41.0 MB
- not measured: memory, 10,000 users: at most 250 MB
- met: ahead of k6 in each row
`, filled(t).section(c))
}

func TestGoals(t *testing.T) {
	requests, memory := throughputOf(10, time.Second, 1), memoryOf(10, time.Second)
	tools := []installed{{tool: ours{}}, {tool: hey{}}, {tool: wrk{}}}
	states := func(r *results) (states []goalState) {
		for _, g := range r.goals() {
			states = append(states, g.state)
		}
		return states
	}
	r := newResults(tools, []measure{requests, memory})
	require.Equal(t, []goalState{notMeasured, notMeasured, notMeasured, notMeasured, notMeasured, notMeasured}, states(r), "without values")
	require.Empty(t, r.losses("hey", "wrk"))

	add := func(m measure, t tool, o outcome) {
		o.tool, o.job = t, m.job
		r.add(m, o)
	}
	at := func(n int) outcome {
		return outcome{cost: cost{cpu: time.Second}, saw: record{Requests: n, Elapsed: time.Second}}
	}
	add(requests, ours{}, at(73))
	add(requests, hey{}, at(74))
	add(requests, wrk{}, at(100))
	require.Equal(t, []goalState{missed, notMeasured, notMeasured, notMeasured, notMeasured, missed}, states(r))
	require.Equal(t, []string{"requests per second, 10 users without waits: ours 73, hey 74", "requests per second of CPU time: ours 73, hey 74"}, r.losses("hey"))

	r = newResults(tools, []measure{memory})
	has := func(connections, bytes int) outcome {
		return outcome{cost: cost{memory: bytes}, saw: record{Connections: connections}}
	}
	add(memory, ours{}, has(10, 20e6))
	add(memory, hey{}, has(10, 20e6))
	require.Empty(t, r.losses("hey"), "no better")
	add(memory, wrk{}, has(5, 1e6))
	require.Empty(t, r.losses("wrk"), "with half of the users")
	add(memory, ours{}, has(5, 1e6))
	require.Empty(t, r.losses("hey"), "in one of two runs")
	add(memory, ours{}, has(5, 1e6))
	require.Equal(t, []string{"memory, 10 users: ours 1.0 MB *, hey 20.0 MB"}, r.losses("hey", "wrk"), "ours did not have its users either")
}

func TestShort(t *testing.T) {
	at := latencyAt(10, time.Second, 1)
	o := outcome{tool: hey{}, job: at.job, saw: record{Requests: 100, Elapsed: time.Second}, says: report{requests: 99}}
	require.Empty(t, at.short(o))
	o.says.failed = 1
	require.Equal(t, "had failed requests at 100 per second", at.short(o))
	o.says = report{requests: 97}
	require.Equal(t, "does not report all requests that were answered at 100 per second", at.short(o))
	o.saw.Elapsed = 900 * time.Millisecond
	require.Equal(t, "did not keep the rate of 100 requests per second", at.short(o))
}

func TestUnits(t *testing.T) {
	for want, got := range map[string]string{
		"0": number.format(0.2), "999": thousands(999), "1,000": thousands(1000), "-1,234,567": thousands(-1234567),
		"12 µs": microseconds.format(12), "-84 µs": microseconds.format(-84), "99.5 MB": megabytes.format(99.5),
		"2,330 MB": megabytes.format(2330), "8.0 ms": milliseconds.format(8), "100 ms": milliseconds.format(100),
	} {
		require.Equal(t, want, got)
	}
}

func TestQuantile(t *testing.T) {
	var hundred []time.Duration
	for i := range 100 {
		hundred = append(hundred, time.Duration(100-i))
	}
	require.Equal(t, time.Duration(50), quantile(hundred, 0.5))
	require.Equal(t, time.Duration(99), quantile(hundred, 0.99))
	require.Equal(t, time.Duration(7), quantile([]time.Duration{7}, 0.01))
	require.Zero(t, quantile(nil, 0.5))
}

func TestMedian(t *testing.T) {
	r := &results{values: map[string]map[string][]float64{"row": {"odd": {3, 1, 2}, "even": {4, 1, 2, 3}}}}
	odd, _ := r.value("row", "odd")
	even, _ := r.value("row", "even")
	require.Equal(t, []float64{2, 2.5}, []float64{odd, even})
	_, ok := r.value("row", "none")
	require.False(t, ok)
}

// TestSchedules holds how long they may take, the tools' own start and end not counted.
func TestSchedules(t *testing.T) {
	total := func(measures []measure) (total time.Duration) {
		for _, m := range measures {
			total += m.job.duration * time.Duration(m.rounds*m.atOnce)
		}
		return total
	}
	require.LessOrEqual(t, total(full())*time.Duration(len(allTools(""))), 15*time.Minute)
	require.LessOrEqual(t, total(quick())*3, 40*time.Second)
}

func TestWriteSection(t *testing.T) {
	path := filepath.Join(t.TempDir(), "page.md")
	require.NoError(t, os.WriteFile(path, []byte("# Title\n\nText.\n\n## Results\n\nold\n\n## Results\n"), 0o600))
	require.NoError(t, writeSection(path, "## Results\n\nnew\n"))
	text, err := os.ReadFile(path)
	require.NoError(t, err)
	require.Equal(t, "# Title\n\nText.\n\n## Results\n\nnew\n", string(text))

	require.NoError(t, os.WriteFile(path, []byte("# Title\n"), 0o600))
	require.EqualError(t, writeSection(path, "## Results\n"), "writing the results: "+path+": no heading ## Results")
	require.ErrorContains(t, writeSection(filepath.Join(path, "x"), ""), "writing the results: open ")
}
