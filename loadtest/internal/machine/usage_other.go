//go:build !unix

package machine

import "time"

// processorTime is unknown here.
func processorTime() *time.Duration { return nil }

// descriptorLimit is unknown here.
func descriptorLimit() (int, bool) { return 0, false }
