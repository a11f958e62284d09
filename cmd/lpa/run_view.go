package main

import (
	"fmt"
	"io"
	"time"

	"github.com/latency-pod-autoscaler/lpa/internal/report"
	"github.com/latency-pod-autoscaler/lpa/internal/words"
)

// runView shows a load test that is under way.
type runView interface {
	begin(*report.Series)
	frame(*report.Series) // about once a second
	stopping()            // somebody wants it to end; may be called at any time
	close()
}

// scene is what does not change during a run.
type scene struct {
	script, host    string
	load            string
	warmup, runTime time.Duration
}

func (s scene) total() time.Duration { return s.warmup + s.runTime }

func newRunView(w io.Writer, quiet bool, s scene) runView {
	if quiet {
		return noView{}
	}
	if terminal, ok := openTerminal(w); ok {
		return &runTerminal{terminal: terminal, scene: s}
	}
	return &runLines{w: w, scene: s}
}

type noView struct{}

func (noView) begin(*report.Series) {}
func (noView) frame(*report.Series) {}
func (noView) stopping()            {}
func (noView) close()               {}

// runTerminal draws in place.
type runTerminal struct {
	*terminal
	scene scene
}

func (t *runTerminal) begin(series *report.Series) {
	t.enter()
	t.frame(series)
}

func (t *runTerminal) frame(series *report.Series) {
	width, height := t.size()
	t.draw(drawRun(t.scene, series, width, height))
}

// stopping gives the terminal back at once: a second Ctrl-C ends the program without another chance to do so.
func (t *runTerminal) stopping() {
	t.leave()
	fmt.Fprintln(t.w, "stopping: users take their onStop steps; Ctrl-C again ends at once")
}

func (t *runTerminal) close() { t.leave() }

// runLines prints a line now and then, for pipes and logs: every 5 s in the first minute, then every 30 s.
type runLines struct {
	w     io.Writer
	scene scene
	next  time.Duration
}

const (
	oftenLines  = 5 * time.Second
	seldomLines = 30 * time.Second
)

func (l *runLines) begin(*report.Series) {
	fmt.Fprintf(l.w, "%s against %s: %s for %s after a warm-up of %s\n", words.Printable(l.scene.script), l.scene.host,
		l.scene.load, l.scene.runTime, l.scene.warmup)
	l.next = oftenLines
}

// early is how much before its time a line may come, as seconds are not exact.
const early = 500 * time.Millisecond

func (l *runLines) frame(series *report.Series) {
	elapsed := series.Elapsed()
	if elapsed < l.next-early || elapsed > l.scene.total() {
		return
	}
	l.next += oftenLines
	if elapsed >= time.Minute-early {
		l.next += seldomLines - oftenLines
	}
	now := series.Recent()
	phase := ""
	if series.Counted.Warmup {
		phase = ", warming up"
	}
	fmt.Fprintf(l.w, "%6s  %s  %9s  p50 %8s  p95 %8s  %s%s\n", minutes(elapsed.Round(time.Second)), words.Plural(now.Users, "user"),
		words.Rate(now.Rate(now.All)), quantileText(now.All, 0.5), quantileText(now.All, 0.95), words.Plural(series.Counted.All.Failed, "failure"), phase)
}

func (l *runLines) stopping() { fmt.Fprintln(l.w, "stopping") }

func (l *runLines) close() {}
