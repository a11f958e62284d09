//go:build linux && !portable

package engine

import (
	"container/heap"
	"context"
	"iter"
	"sync"
	"time"

	"golang.org/x/sys/unix"
)

// Loop runs fibers on one thread.
type Loop struct {
	epoll int
	conns []*conn // by descriptor
	born  int32   // connections so far
	clock clock

	timers timers
	ready  []*Fiber // to be resumed before the next wait
	passed []*Fiber // to be resumed after the next wait, which is short
	fibers map[*Fiber]bool

	mu          sync.Mutex
	wake        int      // an eventfd, to end epoll_wait from another thread; -1 once the loop has run
	inbox       []*Fiber // made ready by other threads
	interrupted bool
}

// NewLoop makes a loop, which takes two file descriptors until it has run.
func NewLoop() (*Loop, error) {
	l := &Loop{epoll: -1, wake: -1, clock: newClock(), fibers: map[*Fiber]bool{}}
	var err error
	if l.epoll, err = unix.EpollCreate1(unix.EPOLL_CLOEXEC); err != nil {
		return nil, err
	}
	if l.wake, err = unix.Eventfd(0, unix.EFD_CLOEXEC|unix.EFD_NONBLOCK); err != nil {
		l.close()
		return nil, err
	}
	event := unix.EpollEvent{Events: unix.EPOLLIN, Fd: int32(l.wake)}
	if err := unix.EpollCtl(l.epoll, unix.EPOLL_CTL_ADD, l.wake, &event); err != nil {
		l.close()
		return nil, err
	}
	return l, nil
}

// close gives the descriptors back. Other threads may still have something to say to the loop: they must not write it to
// whatever has the number of its eventfd next.
func (l *Loop) close() {
	l.mu.Lock()
	defer l.mu.Unlock()
	_ = unix.Close(l.epoll)
	if l.wake >= 0 {
		_ = unix.Close(l.wake)
	}
	l.wake = -1
}

// Go adds a fiber. It begins when the loop runs, or runs next. Once the loop runs, only its own fibers may call it.
func (l *Loop) Go(body func(f *Fiber)) {
	f := &Fiber{loop: l, timer: timer{index: -1}}
	f.timer.fiber = f
	f.next, _ = iter.Pull(func(yield func(struct{}) bool) {
		f.yield = yield
		body(f)
	})
	l.fibers[f] = true
	l.ready = append(l.ready, f)
}

// Run runs the fibers until all have ended, and with none it returns at once. The end of ctx ends the waits that were given
// ctx itself. It need not end those that were given a context made from it, which may come to know of the end only later;
// what ends them is their own deadline.
func (l *Loop) Run(ctx context.Context) {
	defer context.AfterFunc(ctx, l.interrupt)()
	defer l.close()
	events := make([]unix.EpollEvent, 256)
	for l.resumeReady(); len(l.fibers) > 0; l.resumeReady() {
		n := l.wait(events)
		for i := range n {
			l.dispatch(&events[i])
		}
		l.expire()
		l.ready, l.passed = append(l.ready, l.passed...), l.passed[:0]
	}
}

func (l *Loop) resumeReady() {
	for len(l.ready) > 0 {
		batch := l.ready
		l.ready = nil
		for _, f := range batch {
			l.resume(f)
		}
	}
}

// resume lets a fiber run until it waits again.
func (l *Loop) resume(f *Fiber) {
	f.waiting = false
	if _, more := f.next(); !more {
		delete(l.fibers, f)
		if f.timer.index >= 0 {
			heap.Remove(&l.timers, f.timer.index)
		}
	}
}

// wait is epoll_wait until the next timer is due.
func (l *Loop) wait(events []unix.EpollEvent) int {
	timeout := time.Duration(-1)
	switch {
	case len(l.passed) > 0:
		timeout = 0
	case len(l.timers) > 0:
		timeout = max(0, time.Duration(l.timers[0].at-l.clock.now()))
	}
	n, err := epollWait(l.epoll, events, timeout)
	if err != nil && err != unix.EINTR {
		panic("epoll_wait: " + err.Error()) // only a bad descriptor or pointer gives one
	}
	return n
}

func (l *Loop) dispatch(event *unix.EpollEvent) {
	fd := int(event.Fd)
	if fd == l.wake {
		l.readInbox()
		return
	}
	c := l.conns[fd]
	if c == nil || c.born != event.Pad {
		return // of a connection that was closed since, whose descriptor another one may have by now
	}
	const over = unix.EPOLLRDHUP | unix.EPOLLHUP | unix.EPOLLERR
	c.over = c.over || event.Events&over != 0
	if event.Events&(unix.EPOLLIN|over) != 0 {
		c.readable = true
	}
	if event.Events&(unix.EPOLLOUT|unix.EPOLLHUP|unix.EPOLLERR) != 0 {
		c.writable = true
	}
	if f := c.waiter; f != nil && f.waiting && ((c.wantRead && c.readable) || (c.wantWrite && c.writable)) {
		l.resume(f)
	}
}

// readInbox makes ready what other threads asked for.
func (l *Loop) readInbox() {
	var counter [8]byte
	_, _ = unix.Read(l.wake, counter[:])
	l.mu.Lock()
	l.ready = append(l.ready, l.inbox...)
	l.inbox = nil
	interrupted := l.interrupted
	l.interrupted = false
	l.mu.Unlock()
	if !interrupted {
		return
	}
	for f := range l.fibers {
		if f.waiting {
			l.resume(f)
		}
	}
}

// expire resumes the fibers whose time has come.
func (l *Loop) expire() {
	if len(l.timers) == 0 {
		return
	}
	now := l.clock.now()
	for len(l.timers) > 0 && l.timers[0].at <= now {
		f := l.timers[0].fiber
		switch {
		case !f.waiting || f.deadline == 0:
			heap.Pop(&l.timers)
		case f.deadline > now: // it waits for something later by now
			l.timers[0].at = f.deadline
			heap.Fix(&l.timers, 0)
		default:
			heap.Pop(&l.timers)
			l.resume(f)
		}
	}
}

// interrupt ends all waits; it may be called from any thread.
func (l *Loop) interrupt() {
	l.mu.Lock()
	l.interrupted = true
	l.mu.Unlock()
	l.wakeUp()
}

// post makes a fiber ready from any thread.
func (l *Loop) post(f *Fiber) {
	l.mu.Lock()
	l.inbox = append(l.inbox, f)
	l.mu.Unlock()
	l.wakeUp()
}

func (l *Loop) wakeUp() {
	one := [8]byte{1}
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.wake >= 0 {
		_, _ = unix.Write(l.wake, one[:])
	}
}
