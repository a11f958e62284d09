package compare

import (
	"testing"

	"github.com/stretchr/testify/require"
)

func TestAtEqualPods(t *testing.T) {
	settings := []point{{0.20, 100}, {0.10, 150}, {0.15, 140}, {0.09, 250}, {0.02, 300}}
	for _, test := range []struct {
		name      string
		pods      float64
		violation float64
		reached   bool
	}{
		{"on a setting", 150, 0.10, true},
		{"a setting within 3 % more", 146, 0.10, true},
		{"between two settings", 125, 0.15, true},
		{"a setting above the line does not matter", 140, 0.12, true},
		{"between the two of the hull", 200, 0.10 - 0.08/3, true},
		{"more than any", 400, 0.02, true},
		{"fewer than any, the cheapest counts", 90, 0.20, false},
		{"just fewer than the cheapest", 98, 0.20, true},
	} {
		t.Run(test.name, func(t *testing.T) {
			violation, reached := atEqualPods(settings, test.pods)
			require.InDelta(t, test.violation, violation, 1e-12)
			require.Equal(t, test.reached, reached)
		})
	}
}

func TestLowerHull(t *testing.T) {
	require.Equal(t, []point{{0.2, 100}, {0.1, 150}, {0, 400}},
		lowerHull([]point{{0, 400}, {0.1, 150}, {0.2, 100}, {0.3, 100}, {0.08, 350}, {0.1, 160}, {0, 500}}))
	require.Equal(t, []point{{0.1, 1}}, lowerHull([]point{{0.1, 1}}))
	require.Empty(t, lowerHull(nil))
}

func TestDominates(t *testing.T) {
	ours := point{violation: 0.010, pods: 100}
	for _, test := range []struct {
		name  string
		other point
		want  bool
	}{
		{"better on both", point{0.005, 99}, true},
		{"better at equal pods", point{0.005, 100}, true},
		{"better with more pods", point{0.005, 101}, false},
		{"hardly better", point{0.0085, 90}, false},
		{"worse but cheaper", point{0.02, 50}, false},
	} {
		t.Run(test.name, func(t *testing.T) { require.Equal(t, test.want, test.other.dominates(ours)) })
	}
}
