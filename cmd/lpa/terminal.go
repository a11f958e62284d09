package main

import (
	"io"
	"os"
	"strings"
	"sync"

	"golang.org/x/term"
)

// What the terminal is asked to do. The screen is the alternate one, so that what was there before is left as it was.
const (
	enterScreen = "\x1b[?1049h\x1b[?25l" // hide the cursor
	leaveScreen = "\x1b[?25h\x1b[?1049l"
	beginUpdate = "\x1b[?2026h\x1b[H" // show nothing until endUpdate; go to the top left corner
	endOfLine   = "\x1b[K"            // clear what is left of a longer line
	endUpdate   = "\x1b[J\x1b[?2026l" // clear what is left of a longer frame
)

// terminal is one that frames are drawn on in place. It may be left while a frame is being drawn.
type terminal struct {
	w        io.Writer
	size     func() (width, height int)
	coloured bool

	mu      sync.Mutex
	drawn   string
	entered bool
}

// openTerminal is false when the writer is not a terminal that a frame can be drawn on.
func openTerminal(out io.Writer) (*terminal, bool) {
	file, ok := out.(*os.File)
	if !ok || !term.IsTerminal(int(file.Fd())) || os.Getenv("TERM") == "dumb" {
		return nil, false
	}
	return &terminal{w: file, size: sizeOf(file), coloured: os.Getenv("NO_COLOR") == ""}, true
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

func (t *terminal) enter() {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.entered = true
	_, _ = io.WriteString(t.w, enterScreen)
}

// draw writes a frame at once, and only if something has changed.
func (t *terminal) draw(lines []screenLine) {
	var b strings.Builder
	for i, line := range lines {
		if i > 0 {
			b.WriteString("\r\n")
		}
		b.WriteString(line.text(t.coloured) + endOfLine)
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	if text := beginUpdate + b.String() + endUpdate; t.entered && text != t.drawn {
		t.drawn = text
		_, _ = io.WriteString(t.w, text)
	}
}

// leave brings back what was there before; it may be called again.
func (t *terminal) leave() {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.entered {
		t.entered = false
		_, _ = io.WriteString(t.w, leaveScreen)
	}
}
