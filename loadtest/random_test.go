package loadtest

import (
	"math"
	"math/rand/v2"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestRandIntStaysWithinItsEnds(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 1))
	seen := map[int64]bool{}
	for range 200 {
		seen[randInt(r, -1, 2)] = true
	}
	require.Equal(t, map[int64]bool{-1: true, 0: true, 1: true, 2: true}, seen)
	require.EqualValues(t, 7, randInt(r, 7, 7))
	randInt(r, math.MinInt64, math.MaxInt64)
	require.LessOrEqual(t, randInt(r, math.MinInt64, 0), int64(0))
}

func TestRandUUID(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 1))
	seen := map[string]bool{}
	for range 100 {
		id := randUUID(r)
		require.Regexp(t, `^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$`, id)
		seen[id] = true
	}
	require.Len(t, seen, 100)
}

func TestChoose(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 1))
	seen := map[int]bool{}
	for range 100 {
		seen[choose(r, 3)] = true
	}
	require.Equal(t, map[int]bool{0: true, 1: true, 2: true}, seen)
}
