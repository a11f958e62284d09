package machine

import (
	"math"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/rogpeppe/go-internal/txtar"
	"github.com/stretchr/testify/require"
)

// fixture is the system of an archive in testdata.
func fixture(t *testing.T, name string) system {
	t.Helper()
	archive, err := txtar.ParseFile(filepath.Join("testdata", name+".txtar"))
	require.NoError(t, err)
	root := t.TempDir()
	require.NoError(t, txtar.Write(archive, root))
	return system{root: root}
}

func (s system) write(t *testing.T, name, text string) {
	t.Helper()
	require.NoError(t, os.WriteFile(s.path(name), []byte(text), 0o600))
}

func TestLimitsAreFound(t *testing.T) {
	unlimited := math.Inf(1)
	for name, test := range map[string]struct {
		cores      float64
		throttling []*Throttling // of each group, from its own outwards
	}{
		"v1":           {0.05, []*Throttling{{28500 * time.Millisecond, 300, 400}, {time.Millisecond, 1, 500}, nil, nil, {0, 0, 0}}},
		"v1-container": {0.25, []*Throttling{{2500 * time.Microsecond, 1, 10}}},
		"v2":           {0.25, []*Throttling{{0, 0, 50}, {700 * time.Millisecond, 8, 40}, {0, 0, 0}, nil}},
		"v2-namespace": {0.2, []*Throttling{{30 * time.Microsecond, 7, 7}}},
		"hybrid":       {0.3, []*Throttling{{1, 2, 3}, nil, nil, nil, nil, nil}},
		"outside":      {unlimited, nil},
		"garbage":      {unlimited, []*Throttling{nil, nil, nil, nil}},
	} {
		t.Run(name, func(t *testing.T) {
			groups := fixture(t, name).groups()
			var throttling []*Throttling
			for _, g := range groups {
				throttling = append(throttling, g.throttling)
			}
			require.Equal(t, test.throttling, throttling)
			require.InDelta(t, test.cores, groups.cores(), 0)
		})
	}
}

func TestASystemWithoutFiles(t *testing.T) {
	s := system{root: t.TempDir()}
	require.Empty(t, s.groups())
	require.True(t, math.IsInf(s.groups().cores(), 1))
	require.Nil(t, s.groups().throttlingSince(s.groups()))
	require.Nil(t, s.descriptors())
	require.Nil(t, s.ports())
}

func TestFilesThatCannotBeRead(t *testing.T) {
	s := fixture(t, "v2-namespace")
	for _, name := range []string{"cpu.max", "cpu.stat"} { // a folder in place of a file cannot be read by root either
		path := s.path("/mnt/cgroup two/" + name)
		require.NoError(t, os.Remove(path))
		require.NoError(t, os.Mkdir(path, 0o700))
	}
	require.True(t, math.IsInf(s.groups().cores(), 1))
	require.Nil(t, s.groups()[0].throttling)
}

// TestThrottlingIsThatOfTheWorstGroup reads the same groups twice, with more throttling of the outer one.
func TestThrottlingIsThatOfTheWorstGroup(t *testing.T) {
	s := fixture(t, "v2")
	before := s.groups()
	require.Equal(t, &Throttling{}, before.throttlingSince(before))

	own, pod := "/sys/fs/cgroup/kubepods.slice/pod1.slice/c1.scope/cpu.stat", "/sys/fs/cgroup/kubepods.slice/pod1.slice/cpu.stat"
	s.write(t, own, "nr_periods 150\nnr_throttled 0\nthrottled_usec 0\n")
	require.Equal(t, &Throttling{Periods: 100}, before.again().throttlingSince(before), "measured, and none")

	s.write(t, pod, "nr_periods 130\nnr_throttled 68\nthrottled_usec 5700000\n")
	require.Equal(t, &Throttling{Time: 5 * time.Second, Throttled: 60, Periods: 90}, before.again().throttlingSince(before))

	s.write(t, pod, "nr_periods 1\nnr_throttled 1\nthrottled_usec 1\n")
	require.Equal(t, &Throttling{Periods: 100}, before.again().throttlingSince(before), "what begins anew is not a difference")

	require.NoError(t, os.RemoveAll(s.path("/sys/fs/cgroup")))
	require.Nil(t, before.again().throttlingSince(before), "the groups are gone")
}

// TestALimitThatChanges is a pod that is resized while it runs: the tighter limit held for part of the time.
func TestALimitThatChanges(t *testing.T) {
	s := fixture(t, "v2-namespace")
	w := start(s)
	s.write(t, "/mnt/cgroup two/cpu.max", "100 1000\n")
	require.InDelta(t, 0.1, w.Stop().Cores, 0)
	w = start(s)
	s.write(t, "/mnt/cgroup two/cpu.max", "max 1000\n")
	require.InDelta(t, 0.1, w.Stop().Cores, 0)
}
