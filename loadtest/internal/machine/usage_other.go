//go:build !unix

package machine

import (
	"os"
	"time"
)

// processorTime is unknown here.
func processorTime() *time.Duration { return nil }

// descriptorLimit is unknown here.
func descriptorLimit() (int, bool) { return 0, false }

func readFile(path string) ([]byte, error) { return os.ReadFile(path) }
