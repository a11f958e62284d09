//go:build !linux

package main

import (
	"fmt"
	"os"
)

func main() {
	fmt.Fprintln(os.Stderr, "bench: works on Linux only, as it pins processes to cores and reads their memory from /proc")
	os.Exit(1)
}
