package main

import "fmt"

// demoTerminal draws the demo in place on a terminal.
type demoTerminal struct {
	*terminal
	scene demoScene
	view  demoView
}

func (t *demoTerminal) begin(scene demoScene) {
	t.scene = scene
	t.enter()
}

func (t *demoTerminal) frame(view demoView) {
	t.view = view
	width, height := t.size()
	lines := drawScreen(t.scene, view, width, height-2)
	t.draw(append(lines, screenLine{}, screenLine{{" Ctrl-C ends it", faint}}.cut(width)))
}

func (t *demoTerminal) run(demoReport) {} // it is in the next frame

// end leaves the last frame and the summary where the demo was started.
func (t *demoTerminal) end(summary demoSummary) {
	t.leave()
	width, _ := t.size()
	for _, line := range drawScreen(t.scene, t.view, width, 1<<10) {
		fmt.Fprintln(t.w, line.text(t.coloured))
	}
	fmt.Fprintln(t.w)
	summary.write(t.w)
}

func (t *demoTerminal) close() { t.leave() }
