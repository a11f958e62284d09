package program_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"log/slog"
	"strings"
	"sync"
	"testing"

	"github.com/latency-pod-autoscaler/lpa/internal/program"
	"github.com/stretchr/testify/require"
)

func TestLinesForPeople(t *testing.T) {
	var out bytes.Buffer
	p := program.Process{Name: "lpa", Stderr: &out}
	p.Sayf("%d\ntwo", 1)
	p.Log(slog.LevelWarn, "three", slog.Int("n", 3))
	p = p.Logging(false, slog.LevelWarn)
	p.Sayf("four")
	p.Warnf("five")
	require.Equal(t, program.Usage, p.Fail(program.Usage, errors.New("six\nseven\n")))
	require.Equal(t, "lpa: 1\nlpa: two\nlpa: three\nlpa: five\nlpa: six\nlpa: seven\n", out.String())
}

// TestNothingThatATerminalObeys is of text from elsewhere, such as a request's name that a script has from an answer.
func TestNothingThatATerminalObeys(t *testing.T) {
	var out bytes.Buffer
	p := program.Process{Name: "metric", Stderr: &out}
	p.Warnf("GET /\x1b[2J\u202e\r%s", "44\u00a0%\tä")
	require.Equal(t, "metric: GET /\ufffd[2J\ufffd\ufffd44\u00a0%\tä\n", out.String())
}

// TestRecordsAsJSON writes from many places at once: a record is a line, and the first line is empty.
func TestRecordsAsJSON(t *testing.T) {
	var out lockedBuffer
	p := program.Process{Name: "evaluate", Stderr: &out}.Logging(true, slog.LevelWarn)
	p.Sayf("not this")
	var wg sync.WaitGroup
	for range 20 {
		wg.Go(func() { p.Log(slog.LevelWarn, "a \"b\" <c>\nd", slog.Int("n", 3)) })
	}
	wg.Wait()
	lines := strings.Split(out.String(), "\n")
	require.Len(t, lines, 42)
	require.Equal(t, []string{"", ""}, []string{lines[0], lines[41]})
	texts := map[string]int{}
	for _, line := range lines[1:41] {
		var record map[string]any
		require.NoError(t, json.Unmarshal([]byte(line), &record))
		require.Regexp(t, `Z$`, record["time"])
		require.Equal(t, []any{"WARN", "evaluate", 3.0}, []any{record["level"], record["program"], record["n"]})
		texts[record["msg"].(string)]++
	}
	require.Equal(t, map[string]int{`a "b" <c>`: 20, "d": 20}, texts)
}

// lockedBuffer is written to as a file is.
type lockedBuffer struct {
	mu sync.Mutex
	bytes.Buffer
}

func (b *lockedBuffer) Write(p []byte) (int, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.Buffer.Write(p)
}
