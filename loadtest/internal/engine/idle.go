package engine

import (
	"sync/atomic"
	"time"
)

// Idle is what a run has found out about how long servers keep idle connections. Its clients share it, on any thread.
type Idle struct{ least atomic.Int64 } // nanoseconds, 0 if nothing is known

// leastIdle is the shortest time after which the end of a connection is taken for the end of the server's patience. One that
// ends sooner has other reasons: the server restarts, or allows only so many requests.
const leastIdle = time.Second

// ended tells of a connection that a server has closed, or has not answered on any more, when it had been idle for so long.
func (i *Idle) ended(after time.Duration) {
	if i == nil || after < leastIdle {
		return
	}
	for known := i.least.Load(); known == 0 || int64(after) < known; known = i.least.Load() {
		if i.least.CompareAndSwap(known, int64(after)) {
			return
		}
	}
}

// most is after how long without a request a connection is not used again; 0 for any.
func (i *Idle) most() time.Duration {
	if i == nil {
		return 0
	}
	return beforeEnd(time.Duration(i.least.Load()))
}

// idleMargin is how long before the time at which the server closes an idle connection it is not used any more: a request that
// is under way then is lost, and would look like one that an overloaded service has dropped. Half of a short time is left.
const idleMargin = time.Second

// beforeEnd is until when a connection that is kept for so long can be used.
func beforeEnd(kept time.Duration) time.Duration { return max(kept-idleMargin, kept/2) }
