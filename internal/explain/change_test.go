package explain

import (
	"testing"

	"github.com/stretchr/testify/require"
)

func TestChangeWords(t *testing.T) {
	limit, share := 172.0, 0.0125
	for want, c := range map[string]Change{
		"with a target lowered to 172 ms for p95 of GET /a: 4 → 5":          {Target: "p95 of GET /a", AtMost: &limit, Current: 4, Desired: 5, unit: "ms"},
		"with a target raised to 1.25 % for failureRatio of GET /a: hold 4": {Target: "failureRatio of GET /a", AtLeast: &share, Current: 4, Desired: 4, unit: "%"},
		"if the next run measures the same: 4 → 3":                          {Runs: 1, Current: 4, Desired: 3},
		"if the next 12 runs measure the same: 4 → 3":                       {Runs: 12, Current: 4, Desired: 3},
	} {
		require.Equal(t, want, c.String())
	}
	require.Equal(t, 52.5, rounded(52.442, true))
	require.Equal(t, 52.4, rounded(52.442, false))
	require.Equal(t, 0.0124, rounded(0.01249, false))
	require.Equal(t, 1240.0, rounded(1249, false))
}
