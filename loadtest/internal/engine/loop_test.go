package engine

import (
	"context"
	"math/rand/v2"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// TestManyFibers has thousands of fibers that sleep, wait for each other and for work of other threads, and begin others.
func TestManyFibers(t *testing.T) {
	leavesNothing(t)
	const fibers, rounds = 2000, 5
	loop, err := NewLoop()
	require.NoError(t, err)
	var done, extra atomic.Int64
	waiting := make(chan *Fiber, fibers)
	for i := range fibers {
		loop.Go(func(f *Fiber) {
			random := rand.New(rand.NewPCG(1, uint64(i)))
			for round := range rounds {
				due := time.Now().Add(time.Duration(random.IntN(3000)) * time.Microsecond)
				f.SleepUntil(t.Context(), due)
				require.False(t, time.Now().Before(due))
				switch (i + round) % 3 {
				case 0:
					blocked := false
					f.Block(func() { blocked = true })
					require.True(t, blocked)
				case 1: // whoever comes first waits for the next one
					select {
					case other := <-waiting:
						other.Unpark()
					default:
						waiting <- f
						loop.Go(func(f *Fiber) { // so that somebody comes
							extra.Add(1)
							f.SleepUntil(t.Context(), time.Now().Add(time.Millisecond))
							select {
							case other := <-waiting:
								other.Unpark()
							default:
							}
						})
						f.Park(t.Context())
					}
				}
			}
			done.Add(1)
		})
	}
	loop.Run(t.Context())
	require.EqualValues(t, fibers, done.Load())
	require.Positive(t, extra.Load())
}

func TestUnparkMayComeBefore(t *testing.T) {
	loop, err := NewLoop()
	require.NoError(t, err)
	parked := make(chan *Fiber, 1)
	steps := ""
	loop.Go(func(f *Fiber) {
		parked <- f
		f.Block(func() {}) // lets the other one run
		f.Park(t.Context())
		steps += "a"
	})
	loop.Go(func(f *Fiber) {
		steps += "b"
		(<-parked).Unpark()
	})
	loop.Run(t.Context())
	require.Equal(t, "ba", steps)
}

// TestTheEndEndsEveryWait has fibers in each kind of wait, and some that wait on after the end, with another context.
func TestTheEndEndsEveryWait(t *testing.T) {
	leavesNothing(t)
	loop, err := NewLoop()
	require.NoError(t, err)
	ctx, cancel := context.WithCancel(t.Context())
	var running sync.WaitGroup
	running.Add(3)
	work := make(chan bool)
	loop.Go(func(f *Fiber) {
		running.Done()
		f.SleepUntil(ctx, time.Now().Add(time.Hour))
		due := time.Now().Add(10 * time.Millisecond)
		f.SleepUntil(context.WithoutCancel(ctx), due)
		require.False(t, time.Now().Before(due), "a wait of its own goes on")
	})
	loop.Go(func(f *Fiber) {
		running.Done()
		f.Park(ctx)
	})
	loop.Go(func(f *Fiber) {
		running.Done()
		done := false
		f.Block(func() { <-work; done = true })
		require.True(t, done, "work is waited for")
	})
	go func() {
		running.Wait()
		cancel()
		close(work)
	}()
	loop.Run(ctx)
}

// TestALoopThatHasEndedIsLeftAlone ends the context, and the work of a fiber, at the moment at which the loop ends: they must
// not write to a descriptor that is another's by then. The race detector watches.
func TestALoopThatHasEndedIsLeftAlone(t *testing.T) {
	leavesNothing(t)
	for range 200 {
		loop, err := NewLoop()
		require.NoError(t, err)
		ctx, cancel := context.WithCancel(t.Context())
		loop.Go(func(f *Fiber) {
			f.Block(func() { go cancel() })
		})
		loop.Run(ctx)
		cancel()
	}
}

func TestALoopWithoutFibersEndsAtOnce(t *testing.T) {
	leavesNothing(t)
	loop, err := NewLoop()
	require.NoError(t, err)
	loop.Run(t.Context())
}

func TestADeadlineEndsWaits(t *testing.T) {
	ctx, cancel := context.WithTimeout(t.Context(), time.Millisecond)
	defer cancel()
	loop, err := NewLoop()
	require.NoError(t, err)
	loop.Go(func(f *Fiber) { f.Park(ctx) })
	loop.Go(func(f *Fiber) { f.SleepUntil(ctx, time.Now().Add(time.Hour)) })
	loop.Run(t.Context())
}
