package main

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"
)

// writes keeps each write apart.
type writes []string

func (w *writes) Write(p []byte) (int, error) {
	*w = append(*w, string(p))
	return len(p), nil
}

func TestFileIsNoTerminal(t *testing.T) {
	file, err := os.Create(filepath.Join(t.TempDir(), "out"))
	require.NoError(t, err)
	defer file.Close()
	_, ok := openTerminal(file)
	require.False(t, ok)
}

func TestNothingIsDrawnOnceTheTerminalIsLeft(t *testing.T) {
	var out writes
	terminal := &terminal{w: &out, size: func() (int, int) { return 80, 24 }}
	terminal.enter()
	terminal.leave()
	terminal.draw([]screenLine{{{"late", plain}}})
	require.Equal(t, writes{enterScreen, leaveScreen}, out)
}
