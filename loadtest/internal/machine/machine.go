// Package machine watches what the machine gives to this process while it measures something else: how much processor time
// it may use and does use, how long it is held up, and what it has left. A load generator that was held up measures its own
// delay and calls it the service's; with what this package reports it can say so.
//
// What cannot be found out, because the system has no such file or does not let it be read, is nil: never an error, and
// never zero as if it had been measured.
package machine

import (
	"runtime"
	"time"
)

// Report is what a process was given between Start and Stop.
type Report struct {
	Elapsed time.Duration
	// CPU is the processor time that the process used, in user and in kernel mode.
	CPU *time.Duration
	// Cores is how many processors the process may keep busy: those that it may run on, or what the CPU limits of its
	// control groups leave of them, such as 0.05. It is not GOMAXPROCS, which is a whole number and at least 2 where a
	// limit sets it.
	Cores float64
	// Throttling is how the control group held the process up that did so for longest: its own, or one around it.
	Throttling *Throttling
	// Scheduler is how long goroutines that were ready to run waited for a thread of this process.
	Scheduler *Waits
	// GCPauses is how long the garbage collector stopped the program.
	GCPauses *Waits
	// Stall is the longest time for which the process as a whole did not run although it was due: it was stopped, throttled,
	// or other processes had the processors.
	Stall       time.Duration
	Descriptors *Descriptors
	// Ports is how many local ports there are for connections to one address.
	Ports *int
}

// Throttling is what the CPU limit of a control group did. The kernel deals out processor time in periods, of 100 ms unless
// set otherwise; whoever has used up its share waits for the next one.
type Throttling struct {
	Time      time.Duration // spent waiting, the sum over the processors that were waited for
	Throttled int           // periods in which the share was used up
	Periods   int           // periods in which the group had something to run
}

// Waits describes how long something waited. The values are the upper ends of the Go runtime's buckets, so they are up to a
// quarter too large.
type Waits struct {
	P99 time.Duration // no more than a hundredth, but always one, was longer
	Max time.Duration
}

// Descriptors are the process's open files and connections.
type Descriptors struct {
	Used, Limit int
}

// Watch is an observation under way.
type Watch struct {
	system system
	start  time.Time
	cpu    *time.Duration
	groups groups
	delays delays
	ports  *int
	stalls *stallWatch
}

// Start begins to watch the process. It costs about half a percent of one processor.
func Start() *Watch { return start(system{}) }

func start(s system) *Watch {
	groups := s.groups()
	return &Watch{system: s, groups: groups, cpu: processorTime(), delays: readDelays(), ports: s.ports(), start: time.Now(), stalls: watchStalls()}
}

// Stop ends the watch and reports. It is to be called once.
func (w *Watch) Stop() Report {
	r := Report{
		Elapsed:     time.Since(w.start),
		Stall:       w.stalls.stop(),
		Descriptors: w.system.descriptors(),
		Ports:       w.ports,
	}
	if now := processorTime(); now != nil && w.cpu != nil {
		used := *now - *w.cpu
		r.CPU = &used
	}
	groups := w.groups.again()
	r.Cores = min(float64(runtime.NumCPU()), w.groups.cores(), groups.cores())
	r.Throttling = groups.throttlingSince(w.groups)
	r.Scheduler, r.GCPauses = readDelays().since(w.delays)
	return r
}
