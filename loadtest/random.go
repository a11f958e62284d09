package loadtest

import (
	"encoding/binary"
	"encoding/hex"
	"math/rand/v2"
)

// What scripts draw at random comes from the user's own stream and through these functions only, so that the same scenario
// with the same seed sends the same requests in whichever language it is written.

// randInt is a whole number from a to b, both included and evenly likely; a must not be more than b.
func randInt(r *rand.Rand, a, b int64) int64 {
	span := uint64(b) - uint64(a) // right even where b-a is too large for an int64
	if span++; span == 0 {
		return int64(r.Uint64())
	}
	return int64(uint64(a) + r.Uint64N(span))
}

// choose is an index of a list of n, all evenly likely; n must be positive.
func choose(r *rand.Rand, n int) int { return r.IntN(n) }

// randUUID is a random UUID, version 4 of RFC 9562.
func randUUID(r *rand.Rand) string {
	var id [16]byte
	binary.BigEndian.PutUint64(id[:8], r.Uint64())
	binary.BigEndian.PutUint64(id[8:], r.Uint64())
	id[6] = id[6]&0x0f | 0x40
	id[8] = id[8]&0x3f | 0x80
	text := make([]byte, 36)
	hex.Encode(text[:8], id[:4])
	at := 8
	for _, group := range [][]byte{id[4:6], id[6:8], id[8:10], id[10:]} {
		text[at] = '-'
		hex.Encode(text[at+1:], group)
		at += 1 + 2*len(group)
	}
	return string(text)
}
