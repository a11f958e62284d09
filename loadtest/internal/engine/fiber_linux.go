//go:build linux && !portable

package engine

import (
	"container/heap"
	"context"
	"time"
)

// Fiber is the thread of one user. Its methods are for that user alone.
type Fiber struct {
	loop  *Loop
	next  func() (struct{}, bool)
	yield func(struct{}) bool

	waiting  bool
	deadline int64 // of the wait, on the loop's clock; 0 for none
	timer    timer
	parked   bool
	unparked bool
}

// wait suspends the fiber until the deadline (0 for none) or until something resumes it, which may be nothing that it waits
// for: whoever waits looks again.
func (f *Fiber) wait(deadline int64) {
	f.deadline = deadline
	if deadline != 0 {
		switch {
		case f.timer.index < 0:
			f.timer.at = deadline
			heap.Push(&f.loop.timers, &f.timer)
		case f.timer.at > deadline:
			f.timer.at = deadline
			heap.Fix(&f.loop.timers, f.timer.index)
		}
	}
	f.waiting = true
	f.yield(struct{}{})
}

// pass lets the other fibers have their turn.
func (f *Fiber) pass() {
	f.loop.passed = append(f.loop.passed, f)
	f.wait(0)
}

// SleepUntil waits until t, or until ctx ends, whichever is sooner.
func (f *Fiber) SleepUntil(ctx context.Context, t time.Time) {
	if end, ok := ctx.Deadline(); ok && end.Before(t) {
		t = end
	}
	deadline := max(1, f.loop.clock.of(t))
	for f.loop.clock.now() < deadline && ctx.Err() == nil {
		f.wait(deadline)
	}
}

// Park waits until Unpark, which may have come before, or until ctx ends.
func (f *Fiber) Park(ctx context.Context) {
	deadline := int64(0)
	if end, ok := ctx.Deadline(); ok {
		deadline = max(1, f.loop.clock.of(end))
	}
	f.parked = true
	for !f.unparked && ctx.Err() == nil && (deadline == 0 || f.loop.clock.now() < deadline) {
		f.wait(deadline)
	}
	f.parked, f.unparked = false, false
}

// Unpark ends the fiber's Park, or its next one. Only fibers of the same loop may call it.
func (f *Fiber) Unpark() {
	if f.unparked {
		return
	}
	f.unparked = true
	if f.parked {
		f.loop.ready = append(f.loop.ready, f)
	}
}

// Block runs work, which may block its thread, aside from the loop and waits until it is done.
func (f *Fiber) Block(work func()) {
	done := false
	finished := make(chan struct{})
	go func() {
		work()
		close(finished)
		f.loop.post(f)
	}()
	for !done {
		f.wait(0)
		select {
		case <-finished:
			done = true
		default:
		}
	}
}
