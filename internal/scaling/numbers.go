package scaling

import "math"

// sane is a latency that can be: not negative, not infinite, and a number.
func sane(v float64) float64 {
	if !(v > 0) {
		return 0
	}
	return min(v, mostLatency)
}

// round keeps four places behind the point. Every number of a decision is rounded where it is made, so that those that are
// shown are exactly those that were used.
func round(v float64) float64 { return math.Round(v*1e4) / 1e4 }

// fine keeps seven places, for shares of which one in a hundred thousand is asked for.
func fine(v float64) float64 { return math.Round(v*1e7) / 1e7 }
