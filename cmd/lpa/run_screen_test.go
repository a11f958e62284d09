package main

import (
	"bytes"
	"fmt"
	"testing"
	"time"

	"github.com/latency-pod-autoscaler/lpa/internal/report"
	"github.com/latency-pod-autoscaler/lpa/loadtest"
	"github.com/stretchr/testify/require"
)

var runStart = time.Unix(1_700_000_000, 0)

func testRunScene() scene {
	return scene{script: "tasks.yaml", host: "http://shop:8080", load: "20 users", warmup: 2 * time.Second, runTime: 20 * time.Second}
}

func names(n int) []loadtest.RequestName {
	all := []loadtest.RequestName{{Method: "GET", Name: "/items"}, {Method: "POST", Name: "/cart"}, {Method: "GET", Name: "/日本\x1b[31m"}}
	for len(all) < n {
		all = append(all, loadtest.RequestName{Method: "GET", Name: fmt.Sprintf("/a/path/that/is/rather/long/%d", len(all))})
	}
	return all[:n]
}

// seconds is a run so many seconds in: latencies that rise, a name that fails at times and one that always does.
func seconds(names []loadtest.RequestName, n int) *report.Series {
	series := report.NewSeries(names)
	for i := range n {
		interval := loadtest.Interval{Start: runStart.Add(time.Duration(i) * time.Second), End: runStart.Add(time.Duration(i+1) * time.Second),
			Warmup: i < 2, Users: min(10+10*i, 20)}
		for j, name := range names {
			r := loadtest.IntervalRequest{Name: name, Failures: map[loadtest.Failure]int{}}
			for k := range 20 {
				r.Latencies = append(r.Latencies, time.Duration((i+1)*(j+1)*(k+20)*100)*time.Microsecond)
			}
			switch {
			case j == 1 && i%3 == 0:
				r.Failures[loadtest.Failure5xx] = 1 + i
			case j == 2:
				r.Latencies, r.Failures[loadtest.FailureConnect] = nil, 5
			}
			interval.Requests = append(interval.Requests, r)
		}
		series.Add(interval)
	}
	return series
}

func TestRunScreen(t *testing.T) {
	for _, test := range []struct {
		name          string
		series        *report.Series
		width, height int
	}{
		{"before-80x24", seconds(names(2), 0), 80, 24},
		{"warmup-80x24", seconds(names(2), 1), 80, 24},
		{"one-80x24", seconds(names(1), 9), 80, 24},
		{"half-80x24", seconds(names(3), 14), 80, 24},
		{"many-120x40", seconds(names(50), 14), 120, 40},
		{"many-40x12", seconds(names(50), 14), 40, 12},
		{"over-80x24", seconds(names(2), 30), 80, 24},
	} {
		t.Run(test.name, func(t *testing.T) {
			requireGolden(t, "run/"+test.name+".txt", screenText(drawRun(testRunScene(), test.series, test.width, test.height)))
		})
	}
}

func TestRunScreenStaysWithinTheWindow(t *testing.T) {
	for _, series := range []*report.Series{seconds(nil, 0), seconds(names(1), 3), seconds(names(30), 14)} {
		for width := 1; width < 140; width += 3 {
			for height := 0; height < 40; height += 3 {
				lines := drawRun(testRunScene(), series, width, height)
				require.LessOrEqual(t, len(lines), height)
				for _, line := range lines {
					require.LessOrEqual(t, cells(line.text(false)), width)
				}
			}
		}
	}
}

func TestSparkline(t *testing.T) {
	all := names(3)
	text := func(name int, width int) string {
		return sparkline(seconds(all, 14).Points, &all[name], width).text(false)
	}
	require.Equal(t, "▁▂▂▃▃▄▅▅▆▆▇▇██", text(0, 40), "from nothing to the greatest")
	require.Equal(t, "▇▇██", text(0, 4), "the last ones")
	require.Equal(t, "▁▂▂×▃▄×▅▆×▇▇×█", text(1, 40), "a tenth fails")
	require.Equal(t, "××××××××××××××", text(2, 40))
	require.Empty(t, text(0, 0))

	series := seconds(all[:1], 1)
	series.Add(loadtest.Interval{Start: runStart.Add(time.Second), End: runStart.Add(2 * time.Second), Warmup: true})
	require.Equal(t, "█ ", sparkline(series.Points, &all[0], 9).text(false), "nothing in the second second")
	few := sparkline(seconds(all, 14).Points[12:13], &all[1], 9)
	require.Equal(t, bad, few[0].colour)
}

func TestRunLines(t *testing.T) {
	var out bytes.Buffer
	scene := testRunScene()
	scene.runTime = 2 * time.Minute
	lines := &runLines{w: &out, scene: scene}
	lines.begin(nil)
	for n := 1; n <= 122; n++ {
		lines.frame(seconds(names(2), n))
	}
	lines.stopping()
	lines.close()
	requireGolden(t, "run/lines.txt", out.String())
}

func TestRunTerminalIsGivenBackWhenItStops(t *testing.T) {
	var out writes
	view := &runTerminal{terminal: &terminal{w: &out, size: func() (int, int) { return 80, 24 }}, scene: testRunScene()}
	view.begin(seconds(nil, 0))
	view.frame(seconds(names(1), 3))
	view.stopping()
	drawn := len(out)
	view.frame(seconds(names(1), 4))
	view.close()
	require.Len(t, out, drawn, "nothing is drawn after it")
	require.Equal(t, []string{leaveScreen, "stopping: users take their onStop steps; Ctrl-C again ends at once\n"}, []string(out[drawn-2:]))
}

func TestRunViews(t *testing.T) {
	require.IsType(t, noView{}, newRunView(&bytes.Buffer{}, true, scene{}))
	require.IsType(t, &runLines{}, newRunView(&bytes.Buffer{}, false, scene{}))
}
