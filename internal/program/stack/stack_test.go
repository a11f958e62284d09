package stack

import (
	"testing"
	"unsafe"

	"github.com/stretchr/testify/require"
)

// TestStackDoesNotMove looks where a variable is before and after deep calls: a stack that grows moves with all that is on it.
func TestStackDoesNotMove(t *testing.T) {
	moved := func(prepare func()) bool {
		answer := make(chan bool)
		go func() {
			prepare()
			var here byte
			before := uintptr(unsafe.Pointer(&here))
			deep(100)
			answer <- before != uintptr(unsafe.Pointer(&here))
		}()
		return <-answer
	}
	require.True(t, moved(func() {}))
	require.False(t, moved(func() { reserve(0) }))
}

// deep uses a quarter of a kilobyte of stack for each of its calls.
//
//go:noinline
func deep(calls int) (sum int) {
	if calls == 0 {
		return 0
	}
	var room [256]byte
	room[calls] = byte(calls)
	return deep(calls-1) + int(room[calls])
}
