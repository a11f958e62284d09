package machine

import "time"

// stallInterval is how often the watcher wakes: often enough for the shortest stall that matters, and 100 wake-ups a second
// are hardly any work.
const stallInterval = 10 * time.Millisecond

// stallWatch sleeps and notes how much longer than it asked for it slept. The monotonic clock goes on while a process is
// stopped.
type stallWatch struct {
	done    chan struct{}
	longest chan time.Duration
}

func watchStalls() *stallWatch {
	w := &stallWatch{done: make(chan struct{}), longest: make(chan time.Duration, 1)}
	go w.watch(time.Now().Add(stallInterval)) // from now on, whenever it gets round to beginning
	return w
}

func (w *stallWatch) watch(due time.Time) {
	var longest time.Duration
	timer := time.NewTimer(stallInterval)
	defer timer.Stop()
	for {
		stopped := false
		select {
		case <-timer.C:
		case <-w.done:
			stopped = true
		}
		now := time.Now()
		longest = max(longest, now.Sub(due)) // at the end too: it may have been due and not got round to waking
		if stopped {
			w.longest <- longest
			return
		}
		due = now.Add(stallInterval)
		timer.Reset(stallInterval)
	}
}

// stop ends the watch and returns the longest stall.
func (w *stallWatch) stop() time.Duration {
	close(w.done)
	return <-w.longest
}
