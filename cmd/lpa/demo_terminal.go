package main

import (
	"fmt"
	"io"
	"os"
	"strings"

	"golang.org/x/term"
)

// What the terminal is asked to do. The screen is the alternate one, so that the demo leaves what was there before as it was.
const (
	enterScreen = "\x1b[?1049h\x1b[?25l" // hide the cursor
	leaveScreen = "\x1b[?25h\x1b[?1049l"
	beginUpdate = "\x1b[?2026h\x1b[H" // show nothing until endUpdate; go to the top left corner
	endOfLine   = "\x1b[K"            // clear what is left of a longer line
	endUpdate   = "\x1b[J\x1b[?2026l" // clear what is left of a longer frame
)

// demoTerminal draws the demo in place on a terminal.
type demoTerminal struct {
	w        io.Writer
	size     func() (width, height int)
	coloured bool

	scene   demoScene
	view    demoView
	drawn   string
	entered bool
}

// openTerminal is false when the file is not a terminal that a frame can be drawn on.
func openTerminal(file *os.File) (*demoTerminal, bool) {
	if !term.IsTerminal(int(file.Fd())) || os.Getenv("TERM") == "dumb" {
		return nil, false
	}
	return &demoTerminal{w: file, size: sizeOf(file), coloured: os.Getenv("NO_COLOR") == ""}, true
}

// sizeOf asks anew each time: a window may be resized.
func sizeOf(file *os.File) func() (width, height int) {
	return func() (int, int) {
		width, height, err := term.GetSize(int(file.Fd()))
		if err != nil || width <= 0 || height <= 0 {
			return 80, 24
		}
		return width, height
	}
}

func (t *demoTerminal) begin(scene demoScene) {
	t.scene = scene
	t.entered = true
	_, _ = io.WriteString(t.w, enterScreen)
}

// frame writes a frame at once, and only if something has changed.
func (t *demoTerminal) frame(view demoView) {
	t.view = view
	width, height := t.size()
	lines := drawScreen(t.scene, view, width, height-2)
	lines = append(lines, screenLine{}, screenLine{{" Ctrl-C ends it", faint}}.cut(width))
	var b strings.Builder
	for i, line := range lines {
		if i > 0 {
			b.WriteString("\r\n")
		}
		b.WriteString(line.text(t.coloured) + endOfLine)
	}
	if text := beginUpdate + b.String() + endUpdate; text != t.drawn {
		t.drawn = text
		_, _ = io.WriteString(t.w, text)
	}
}

func (t *demoTerminal) run(demoReport) {} // it is in the next frame

// end leaves the last frame and the summary where the demo was started.
func (t *demoTerminal) end(summary demoSummary) {
	t.close()
	width, _ := t.size()
	for _, line := range drawScreen(t.scene, t.view, width, 1<<10) {
		fmt.Fprintln(t.w, line.text(t.coloured))
	}
	fmt.Fprintln(t.w)
	summary.write(t.w)
}

func (t *demoTerminal) close() {
	if t.entered {
		t.entered = false
		_, _ = io.WriteString(t.w, leaveScreen)
	}
}
