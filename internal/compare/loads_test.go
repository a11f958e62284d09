package compare

import (
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/latency-pod-autoscaler/lpa/internal/simulate"
	"github.com/stretchr/testify/require"
)

func writeTrace(t *testing.T, path, rows string) {
	t.Helper()
	require.NoError(t, os.MkdirAll(filepath.Dir(path), 0o755))
	require.NoError(t, os.WriteFile(path, []byte("t_seconds,requests_per_second\n"+rows), 0o600))
}

func TestTracesOfFilesAndFolders(t *testing.T) {
	dir := t.TempDir()
	writeTrace(t, filepath.Join(dir, "a [1]", "minute.csv"), "0,1\n60,3\n")
	writeTrace(t, filepath.Join(dir, "a [1]", "hour.csv"), "0,1\n3600,3\n")
	writeTrace(t, filepath.Join(dir, "a [1]", "notes.txt"), "")
	writeTrace(t, filepath.Join(dir, "own.csv"), "0,1\n1,2\n")
	loads, err := Traces([]string{filepath.Join(dir, "own.csv"), filepath.Join(dir, "a [1]"), filepath.Join(dir, "own.csv")})
	require.NoError(t, err)
	var names []string
	for _, load := range loads {
		names = append(names, load.Name)
	}
	require.Equal(t, []string{"hour", "minute", "own"}, names, "each once")
	require.Equal(t, time.Minute, loads[0].Coarsest(), "an hour's rows are joined")
	require.InDelta(t, 2, loads[0].Mean(59*time.Minute, 61*time.Minute), 0.05)
}

func TestTracesThatAreWrong(t *testing.T) {
	dir := t.TempDir()
	_, err := Traces([]string{filepath.Join(dir, "none.csv")})
	require.EqualError(t, err, filepath.Join(dir, "none.csv")+": no such file or directory")
	_, err = Traces([]string{dir})
	require.EqualError(t, err, dir+": must have files whose names end with .csv")
}

func TestCasesHaveTheirSize(t *testing.T) {
	loads, err := Shapes([]string{"levels"}, 1)
	require.NoError(t, err)
	cases, err := Cases(Standard(), loads, everyWorkers, 10)
	require.NoError(t, err)
	require.Len(t, cases, 3)
	for _, c := range cases {
		capacity, err := simulate.Capacity(c.Setup.Service, c.Setup.Target)
		require.NoError(t, err)
		require.InDelta(t, 10, c.Setup.Trace.Average()/capacity, 1e-6, c.Name())
		require.Equal(t, 2, c.Seeds)
	}
	huge := simulate.NewTrace("huge", time.Minute, []float64{1e9})
	_, err = Cases(Standard(), []simulate.Trace{huge}, []int{1}, 0)
	require.ErrorContains(t, err, "huge: must need at most 10000 pods on average, got ")
}
