package main

import (
	"fmt"
	"os"
	"runtime"
	"strconv"
	"strings"
	"time"

	"golang.org/x/sys/unix"
)

// conditionsNow are those of this machine.
func conditionsNow(tools []installed) conditions {
	c := conditions{date: time.Now().UTC().Format(time.DateOnly), tools: tools}
	if info, err := os.ReadFile("/proc/cpuinfo"); err == nil {
		for line := range strings.Lines(string(info)) {
			if name, value, ok := strings.Cut(line, ":"); ok && strings.TrimSpace(name) == "model name" {
				c.machine = append(c.machine, strings.TrimSpace(value))
				break
			}
		}
	}
	c.machine = append(c.machine, fmt.Sprintf("%d cores", runtime.NumCPU()))
	var kernel unix.Utsname
	if unix.Uname(&kernel) == nil {
		c.machine = append(c.machine, unix.ByteSliceToString(kernel.Sysname[:])+" "+unix.ByteSliceToString(kernel.Release[:]))
	}
	c.machine = append(c.machine, runtime.Version())
	return c
}

// quiet is how many cores other processes may keep busy without a word about it.
const quiet = 0.1

// othersBusy is how many cores are busy while this process does nothing.
func othersBusy() float64 {
	const while = 500 * time.Millisecond
	before, ok := busyTime()
	time.Sleep(while)
	after, alsoOK := busyTime()
	if !ok || !alsoOK {
		return 0
	}
	return (after - before).Seconds() / while.Seconds()
}

// busyTime is how long the machine's cores have computed since it started, from the first line of /proc/stat: user, nice,
// system, idle, iowait, irq, softirq and so on, in hundredths of a second.
func busyTime() (time.Duration, bool) {
	stat, err := os.ReadFile("/proc/stat")
	if err != nil {
		return 0, false
	}
	line, _, _ := strings.Cut(string(stat), "\n")
	fields := strings.Fields(line)
	if len(fields) < 8 {
		return 0, false
	}
	ticks := 0
	for _, i := range []int{1, 2, 3, 6, 7} {
		n, err := strconv.Atoi(fields[i])
		if err != nil {
			return 0, false
		}
		ticks += n
	}
	return time.Duration(ticks) * 10 * time.Millisecond, true
}
