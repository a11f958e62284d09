package main

import (
	"bytes"
	"encoding/xml"
	"io"
	"os"
	"path/filepath"
	"testing"

	"github.com/latency-pod-autoscaler/lpa/internal/program"
	"github.com/stretchr/testify/require"
)

// images is the documentation's folder.
const images = "../../docs/images"

// TestPicturesAreOfThisCode draws them again. If it fails, the policies or the simulator have changed: `make pictures`, and
// look at them.
func TestPicturesAreOfThisCode(t *testing.T) {
	folder := t.TempDir()
	var stderr bytes.Buffer
	require.Equal(t, program.OK, run(program.Process{Name: "pictures", Args: []string{folder}, Stderr: &stderr}), "%s", &stderr)
	for _, p := range pictures {
		want, err := os.ReadFile(filepath.Join(folder, p.file))
		require.NoError(t, err)
		got, err := os.ReadFile(filepath.Join(images, p.file))
		require.NoError(t, err)
		require.True(t, bytes.Equal(want, got), "%s is out of date: run make pictures", p.file)
	}
}

func TestPicturesAreWellFormed(t *testing.T) {
	for _, p := range pictures {
		file, err := os.Open(filepath.Join(images, p.file))
		require.NoError(t, err)
		defer file.Close()
		for decoder := xml.NewDecoder(file); err != io.EOF; {
			if _, err = decoder.Token(); err != io.EOF {
				require.NoError(t, err, p.file)
			}
		}
	}
}

func TestFolderThatIsNot(t *testing.T) {
	var stderr bytes.Buffer
	p := program.Process{Name: "pictures", Args: []string{filepath.Join(t.TempDir(), "none")}, Stderr: &stderr}
	require.Equal(t, program.Failure, run(p))
	require.Contains(t, stderr.String(), "no such file or directory")
	stderr.Reset()
	p.Args = []string{"a", "b"}
	require.Equal(t, program.Usage, run(p))
	require.Equal(t, "pictures: usage: pictures [FOLDER]\n", stderr.String())
}
