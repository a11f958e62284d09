// Package stack gives a program that imports it a first goroutine whose stack need not grow. A stack that grows is walked, for
// which the tables of every function on it are read from the program's file. Growing from 8 kB to 64 kB in the midst of
// parsers, one step after the other, reads a megabyte of them, which a short program then has in its memory.
//
// It imports nothing, so that it is initialised before nearly all other packages.
package stack

func init() { reserve(0) }

// reserve needs room as soon as it is called, but touches it only if n is not 0, which it never is.
//
//go:noinline
func reserve(n int) (sum int) {
	if n == 0 {
		return 0
	}
	var room [40 << 10]byte
	for i := range room {
		room[i] = byte(i * n)
	}
	for i := range room {
		sum += int(room[(i*n)%len(room)])
	}
	return sum
}
