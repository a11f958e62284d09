package program

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"log/slog"
	"strings"
	"sync"
	"unicode"
)

// Logging is the process with another form of what it writes to stderr: as JSON or as lines for people, from a level on.
func (p Process) Logging(json bool, level slog.Level) Process {
	p.level, p.log = level, nil
	if json {
		p.log = slog.New(slog.NewJSONHandler(&ownLines{w: p.Stderr}, &slog.HandlerOptions{Level: level, ReplaceAttr: inUTC})).With("program", p.Name)
	}
	return p
}

// Log writes lines for people, all at once so that nothing comes between them. As JSON each is a record of its own, with the
// attributes, which are for programs that read the log.
func (p Process) Log(level slog.Level, text string, attributes ...slog.Attr) {
	if level < p.level {
		return
	}
	var plain []byte
	for line := range strings.Lines(text) {
		line = strings.TrimRight(line, "\n")
		if p.log == nil {
			plain = fmt.Appendf(plain, "%s: %s\n", p.Name, Harmless(line))
		} else {
			p.log.LogAttrs(context.Background(), level, line, attributes...)
		}
	}
	if p.log == nil {
		_, _ = p.Stderr.Write(plain)
	}
}

// Sayf writes what is as it should be.
func (p Process) Sayf(format string, args ...any) {
	p.Log(slog.LevelInfo, fmt.Sprintf(format, args...))
}

// Warnf writes what somebody should look at, although the run goes on.
func (p Process) Warnf(format string, args ...any) {
	p.Log(slog.LevelWarn, fmt.Sprintf(format, args...))
}

// Harmless replaces what would make a terminal do something, as a service might send it on purpose. All else stays,
// such as the tabs of a body; words.Printable is for what stands in a table.
func Harmless(text string) string {
	return strings.Map(func(c rune) rune {
		if unicode.IsControl(c) && c != '\t' || unicode.Is(unicode.Cf, c) {
			return unicode.ReplacementChar
		}
		return c
	}, text)
}

// ownLines keeps records apart from what the framework writes: of a run that failed it puts words of its own before the first
// byte, on the same line.
type ownLines struct {
	w    io.Writer
	mu   sync.Mutex
	sent bool
}

func (o *ownLines) Write(record []byte) (int, error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	if !o.sent {
		record = append([]byte("\n"), bytes.TrimLeft(record, "\n")...)
		o.sent = true
	}
	_, err := o.w.Write(record)
	return len(record), err
}

// inUTC writes times as the decision log does.
func inUTC(groups []string, a slog.Attr) slog.Attr {
	if len(groups) == 0 && a.Key == slog.TimeKey {
		return slog.Time(a.Key, a.Value.Time().UTC())
	}
	return a
}
