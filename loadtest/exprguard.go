package loadtest

import (
	"errors"

	"github.com/latency-pod-autoscaler/lpa/loadtest/internal/engine"
)

// An expression always ends, but two loops over a large answer could take hours, and a few doublings of a text all the
// memory. So every evaluation has a budget, and no text or list may become larger than the largest body that is looked at.
const (
	maxCost     = 1_000_000      // steps of loops, and 64 bytes of a text each
	maxText     = engine.MaxKept // bytes
	maxWeight   = 1_000_000      // values in a tree
	maxVMMemory = 1_000_000      // items of the lists that one evaluation makes
)

var (
	errTooLong  = errors.New("the expression takes too long")
	errTooLarge = errors.New("the result is too large")
)

func (v *values) spend(n int) error {
	if v.cost += n; v.cost > maxCost {
		return errTooLong
	}
	return nil
}

// limit returns what an expression has made, if it is within bounds.
func (v *values) limit(value any) (any, error) {
	switch value := value.(type) {
	case string:
		if len(value) > maxText {
			return nil, errTooLarge
		}
		return value, v.spend(1 + len(value)/64)
	case []any:
		return value, v.spend(len(value))
	case []string:
		return value, v.spend(len(value))
	}
	return value, v.spend(1)
}

// weigh takes the number of values in a tree from left; what remains is negative if there are more.
func weigh(value any, left int) int {
	left--
	switch v := value.(type) {
	case string:
		left -= len(v) / 64
	case []any:
		for i := 0; i < len(v) && left >= 0; i++ {
			left = weigh(v[i], left)
		}
	case map[string]any:
		for _, item := range v {
			if left = weigh(item, left); left < 0 {
				return left
			}
		}
	}
	return left
}
