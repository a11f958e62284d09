package main

import (
	"fmt"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/latency-pod-autoscaler/lpa/internal/scaling"
	"github.com/stretchr/testify/require"
)

func testScene() demoScene {
	return demoScene{
		Duration: time.Minute, Interval: 2 * time.Second, Min: 1, Max: 8,
		Targets: []scaling.Target{p95Target(), meanTarget()}, PeakTraffic: 400,
	}
}

// halfway is a demo in full swing, with every kind of reading.
func halfway() demoView {
	view := demoView{Elapsed: 31*time.Second + 999*time.Millisecond, Background: 312.4, Replicas: 5, Ready: 4}
	for number := 1; number <= 14; number++ {
		p95 := 40 * float64(number)
		report := demoReport{
			Run: number, BackgroundRPS: 25 * float64(number), Replicas: int32(1 + number/4), Desired: int32(1 + number/4), Decision: "hold",
			Targets: []demoReading{
				{Type: "p95", ValueMS: &p95, TargetMS: 300, OverTarget: p95 > 300},
				{Type: "mean", ValueMS: ms(90), TargetMS: 150},
			},
			Sentence: "p95 of GET /items is so and so against 300 ms: hold",
		}
		switch number {
		case 9:
			report.Targets[0] = demoReading{Type: "p95", Failed: true, TargetMS: 300, OverTarget: true}
		case 10:
			report.Targets = []demoReading{{Type: "p95", TargetMS: 300}, {Type: "mean", TargetMS: 150}}
		case 14:
			report.Desired, report.Decision = 5, "up"
			report.Sentence = "p95 of GET /items is 560 ms (510–620 ms, 57 samples) against 300 ms, and one more target is breached, " +
				"after a sentence that is much too long for the room that there is: 4 → 5"
		}
		view.Reports = append(view.Reports, report)
	}
	return view
}

func screenText(lines []screenLine) string {
	var b strings.Builder
	for _, line := range lines {
		fmt.Fprintln(&b, strings.TrimRight(line.text(false), " "))
	}
	return b.String()
}

func TestScreen(t *testing.T) {
	for _, test := range []struct {
		name          string
		view          demoView
		width, height int
	}{
		{"first-80x24", demoView{Background: 10, Replicas: 1, Ready: 1}, 80, 24},
		{"halfway-80x24", halfway(), 80, 24},
		{"halfway-120x40", halfway(), 120, 40},
		{"halfway-40x12", halfway(), 40, 12},
	} {
		t.Run(test.name, func(t *testing.T) {
			lines := drawScreen(testScene(), test.view, test.width, test.height)
			requireGolden(t, "demo/"+test.name+".txt", screenText(lines))
		})
	}
}

func TestScreenStaysWithinTheWindow(t *testing.T) {
	for _, view := range []demoView{{}, halfway()} {
		for width := 1; width < 140; width += 3 {
			for height := 0; height < 30; height += 7 {
				lines := drawScreen(testScene(), view, width, height)
				require.LessOrEqual(t, len(lines), height)
				for _, line := range lines {
					require.LessOrEqual(t, utf8.RuneCountInString(line.text(false)), width)
				}
			}
		}
	}
}

func TestScreenShowsTheLastRunsWhenThereAreMoreThanColumns(t *testing.T) {
	scene := testScene()
	scene.Duration = time.Hour
	view := halfway()
	for len(view.Reports) < 200 {
		view.Reports = append(view.Reports, view.Reports...)
	}
	last := view.Reports[len(view.Reports)-1]
	last.Desired = 8
	view.Reports = append(view.Reports, last)
	lines := historyLines(scene, view, 30)
	require.Equal(t, "█", lines[2][len(lines[2])-1].text)
	require.Len(t, lines[2], 1+30)
}

func TestTerminalDrawsInPlace(t *testing.T) {
	var out writes
	terminal := &demoTerminal{terminal: &terminal{w: &out, size: func() (int, int) { return 80, 24 }}}
	terminal.begin(testScene())
	require.Equal(t, writes{"\x1b[?1049h\x1b[?25l"}, out)

	terminal.frame(halfway())
	require.Len(t, out, 2, "a frame is one write")
	frame := out[1]
	require.True(t, strings.HasPrefix(frame, "\x1b[?2026h\x1b[H"), "%q", frame)
	require.True(t, strings.HasSuffix(frame, "\x1b[J\x1b[?2026l"), "%q", frame)
	require.LessOrEqual(t, strings.Count(frame, "\n"), 23, "one line more would scroll")
	require.Contains(t, frame, "Ctrl-C")
	require.NotContains(t, frame, "\x1b[31m", "no colours were asked for")

	terminal.frame(halfway())
	require.Len(t, out, 2, "nothing has changed")

	terminal.end(demoSummary{Replicas: []int32{1}})
	require.Equal(t, "\x1b[?25h\x1b[?1049l", out[2], "the cursor is back")
	rest := strings.Join(out[3:], "")
	require.NotContains(t, rest, "\x1b")
	require.Contains(t, rest, "p95 of GET /items")

	n := len(out)
	terminal.close()
	require.Len(t, out, n, "it was left before")
}

func TestTerminalIsLeftWithoutAnEnd(t *testing.T) {
	var out writes
	terminal := &demoTerminal{terminal: &terminal{w: &out, size: func() (int, int) { return 80, 24 }}}
	terminal.begin(testScene())
	terminal.close()
	require.Equal(t, writes{enterScreen, leaveScreen}, out)
}
