package locust

import (
	"bytes"
	"strings"
	"unicode"

	"github.com/latency-pod-autoscaler/lpa/loadtest/internal/lazyregexp"
)

// output takes what a program writes, hands it on line by line, and keeps the end of it.
type output struct {
	log    func(line string)
	rest   []byte // a line that has not ended yet
	lines  []string
	logged int
	busy   bool // Locust has warned of its processor
	ready  bool // Locust has said that all users are there
}

// Of what Locust writes, so many lines and so much of each are logged: a locustfile may print in each task.
const (
	mostLogged  = 300
	longestLine = 1000
	mostKept    = 1000
)

var (
	busyWarning  = lazyregexp.New(`CPU usage (above \d+%|was too high|threshold was exceeded)`)
	readyMessage = lazyregexp.New(`All users (spawned|hatched)`)
)

func (o *output) Write(data []byte) (int, error) {
	o.rest = append(o.rest, data...)
	for {
		end := bytes.IndexByte(o.rest, '\n')
		if end < 0 {
			break
		}
		o.line(o.rest[:end])
		o.rest = o.rest[end+1:]
	}
	if len(o.rest) > longestLine {
		o.line(o.rest)
		o.rest = nil
	}
	return len(data), nil
}

// end hands on what came after the last line.
func (o *output) end() {
	if len(o.rest) > 0 {
		o.line(o.rest)
		o.rest = nil
	}
}

func (o *output) line(data []byte) {
	line := clean(data[:min(len(data), longestLine)])
	o.busy = o.busy || busyWarning().MatchString(line)
	o.ready = o.ready || readyMessage().MatchString(line)
	if len(o.lines) == mostKept {
		o.lines = append(o.lines[:0], o.lines[mostKept/2:]...)
	}
	o.lines = append(o.lines, line)
	if strings.TrimSpace(line) == "" || o.log == nil {
		return
	}
	switch o.logged++; {
	case o.logged <= mostLogged:
		o.log(line)
	case o.logged == mostLogged+1:
		o.log("… and more, which is left out")
	}
}

// clean is the text without what could change a terminal.
func clean(data []byte) string {
	text := strings.ToValidUTF8(string(data), "�")
	return strings.TrimRight(strings.Map(func(r rune) rune {
		switch {
		case r == '\t':
			return ' '
		case r == '\r':
			return -1
		case !unicode.IsPrint(r):
			return '�'
		}
		return r
	}, text), " ")
}
