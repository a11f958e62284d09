package state_test

import (
	"io"
	"os"
	"strings"
	"testing"

	"github.com/latency-pod-autoscaler/lpa/internal/state"
	"github.com/stretchr/testify/require"
)

// places reads on to the log's end.
func places(t *testing.T, r *state.LogReader) (all []state.Place, answers []int) {
	t.Helper()
	for {
		record, err := r.Next()
		if err == io.EOF {
			return all, answers
		}
		require.NoError(t, err)
		all, answers = append(all, r.Place()), append(answers, record.Answer)
	}
}

func TestPlaces(t *testing.T) {
	log := newLog(t, 8000)
	write(t, log, run(0, 1000))
	r := open(t, log.Path)
	var all []state.Place
	for number := 1; number < 30; number++ {
		write(t, log, run(number, 900+number))
		found, _ := places(t, r)
		all = append(all, found...)
	}
	require.Len(t, all, 30)
	present, numbers := places(t, open(t, log.Path))
	require.Less(t, len(present), 10)
	for i, place := range all {
		record, err := log.At(place)
		if i < numbers[0] {
			require.ErrorIs(t, err, state.ErrGone)
			continue
		}
		require.NoError(t, err)
		require.Equal(t, i, record.Answer, "the place is good after its file was renamed")
	}
}

func TestPlacesAmongDamage(t *testing.T) {
	log := newLog(t, 1<<20)
	write(t, log, run(1, 5))
	line, err := os.ReadFile(log.Path)
	require.NoError(t, err)
	text := "torn\n\n" + string(line) + "{}\n" + strings.Repeat("x", 40<<20) + "\n" + string(line) + strings.TrimSuffix(string(line), "\n")
	require.NoError(t, os.WriteFile(log.Path, []byte(text), 0o600))
	all, _ := places(t, open(t, log.Path))
	require.Len(t, all, 3)
	for _, place := range all {
		record, err := log.At(place)
		require.NoError(t, err)
		require.Equal(t, 1, record.Answer)
	}

	require.NoError(t, os.WriteFile(log.Path, []byte(strings.Repeat("y", len(text))), 0o600))
	_, err = log.At(all[0])
	require.ErrorIs(t, err, state.ErrGone, "another text is in its place")
	require.NoError(t, os.Truncate(log.Path, 3))
	_, err = log.At(all[0])
	require.ErrorIs(t, err, state.ErrGone)
	require.NoError(t, os.Remove(log.Path))
	_, err = log.At(all[0])
	require.ErrorIs(t, err, state.ErrGone)
	require.NoError(t, os.Mkdir(log.Path, 0o700))
	_, err = log.At(all[0])
	require.ErrorContains(t, err, "is not a regular file")
	_, err = state.Log{Path: "/nowhere"}.At(state.Place{})
	require.ErrorIs(t, err, state.ErrGone)
}
