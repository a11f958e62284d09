package scaling

import "math"

// Breached says that the target is missed.
func (r *Reading) Breached() bool { return r.Failed || (!r.Missing && r.Value > r.Target.Limit) }

// unknown says that the reading is neither a breach nor surely within its target.
func (r *Reading) unknown() bool {
	return r.Missing || math.IsNaN(r.Value) || (r.AtLeast && r.Value <= r.Target.Limit)
}

// worst is the reading that is furthest over, or nearest to, its target among those that match; nil if none does.
func worst(readings []Reading, match func(int, *Reading) bool) *Reading {
	var found *Reading
	for i := range readings {
		r := &readings[i]
		if match(i, r) && (found == nil || r.use() > found.use()) {
			found = r
		}
	}
	return found
}

// use is the share of its limit that a reading takes.
func (r *Reading) use() float64 {
	switch {
	case r.Missing:
		return 0
	case r.Failed:
		return math.Inf(1)
	case r.Target.Limit == 0:
		return r.Value
	}
	return r.Value / r.Target.Limit
}
