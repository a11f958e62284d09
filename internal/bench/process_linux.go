package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"time"

	"golang.org/x/sys/unix"
)

// cores are those that this process may use: the first two, or the same one twice.
func cores() (server, client int, err error) {
	var set unix.CPUSet
	if err := unix.SchedGetaffinity(0, &set); err != nil {
		return 0, 0, fmt.Errorf("finding the cores: %w", err)
	}
	var found []int
	for core := 0; core < 1024 && len(found) < 2; core++ {
		if set.IsSet(core) {
			found = append(found, core)
		}
	}
	return found[0], found[len(found)-1], nil
}

// startOn starts a process on a core. A child has the affinity of the thread that forks it.
func startOn(core int, cmd *exec.Cmd) error {
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	var before, one unix.CPUSet
	if err := unix.SchedGetaffinity(0, &before); err != nil {
		return err
	}
	one.Set(core)
	if err := unix.SchedSetaffinity(0, &one); err != nil {
		return fmt.Errorf("pinning to core %d: %w", core, err)
	}
	return errors.Join(cmd.Start(), unix.SchedSetaffinity(0, &before))
}

// execute runs a job's command on a core to its end. What it reads and prints are files of the job's folder: pipes would have it wait
// for this process, which waits for a core that the server leaves free.
func execute(ctx context.Context, core int, c command, j job) (cost, error) {
	stdout, err := os.Create(j.stdout())
	if err != nil {
		return cost{}, err
	}
	defer stdout.Close()
	stderr, err := os.Create(filepath.Join(j.dir, "stderr"))
	if err != nil {
		return cost{}, err
	}
	defer stderr.Close()
	stdin, err := j.write("stdin", c.stdin)
	if err != nil {
		return cost{}, err
	}
	input, err := os.Open(stdin)
	if err != nil {
		return cost{}, err
	}
	defer input.Close()
	cmd := exec.CommandContext(ctx, c.args[0], c.args[1:]...)
	cmd.Dir, cmd.Stdin, cmd.Stdout, cmd.Stderr = j.dir, input, stdout, stderr
	cmd.Env = append(ownEnvironment(), c.env...)

	start := time.Now()
	if err := startOn(core, cmd); err != nil {
		return cost{}, err
	}
	watched := make(chan int, 1)
	ended := make(chan struct{})
	if j.kind == memory {
		go func() { watched <- watchMemory(cmd.Process.Pid, ended) }()
	}
	err = cmd.Wait()
	u := cost{wall: time.Since(start), cpu: cmd.ProcessState.UserTime() + cmd.ProcessState.SystemTime()}
	close(ended)
	if err != nil {
		return cost{}, fmt.Errorf("%w: %s", err, tail(stderr.Name()))
	}
	if j.kind == memory {
		u.memory = <-watched
		// The kernel's own maximum misses nothing, but a child begins with that of its parent.
		exact := int(cmd.ProcessState.SysUsage().(*syscall.Rusage).Maxrss) << 10
		if inherited, err := peakMemory("self"); err == nil && exact > inherited+countingError {
			u.memory = exact
		}
	}
	return u, nil
}

// countingError is more than the kernel's count of a process's memory is wrong by, as it adds up pages in batches.
const countingError = 1 << 20

// ownEnvironment leaves Go's limits to the tools themselves.
func ownEnvironment() []string {
	return slices.DeleteFunc(os.Environ(), func(variable string) bool {
		name, _, _ := strings.Cut(variable, "=")
		return slices.Contains([]string{"GOMAXPROCS", "GOGC", "GOMEMLIMIT", "GODEBUG"}, name)
	})
}

// tail is the end of what a program has to say about its failure.
func tail(path string) string {
	said, _ := os.ReadFile(path)
	text := strings.TrimSpace(string(said))
	return text[max(0, len(text)-500):]
}

// memoryPoll is short beside the time that a tool takes to end.
const memoryPoll = 10 * time.Millisecond

// watchMemory is the peak memory of a process, seen until it has ended.
func watchMemory(pid int, ended <-chan struct{}) int {
	ticker := time.NewTicker(memoryPoll)
	defer ticker.Stop()
	highest := 0
	for {
		if peak, err := peakMemory(strconv.Itoa(pid)); err == nil {
			highest = peak // of a new program after exec, it begins anew
		}
		select {
		case <-ended:
			return highest
		case <-ticker.C:
		}
	}
}

var errNoMemory = errors.New("no VmHWM: the process has ended")

// peakMemory is the most memory that a process has had since it was executed, in bytes.
func peakMemory(process string) (int, error) {
	status, err := os.ReadFile(filepath.Join("/proc", process, "status"))
	if err != nil {
		return 0, err
	}
	for line := range strings.Lines(string(status)) {
		if fields := strings.Fields(line); len(fields) == 3 && fields[0] == "VmHWM:" {
			kilobytes, err := strconv.Atoi(fields[1])
			return kilobytes << 10, err
		}
	}
	return 0, errNoMemory
}

// raiseFileLimit lets this process and those it starts open as many files as they may. It is how many that is.
func raiseFileLimit() (int, error) {
	var limit unix.Rlimit
	if err := unix.Getrlimit(unix.RLIMIT_NOFILE, &limit); err != nil {
		return 0, err
	}
	limit.Cur = limit.Max
	// Of syscall, not unix: Go undoes for its children what it did itself, but not what was asked for.
	asked := syscall.Rlimit{Cur: limit.Cur, Max: limit.Max}
	if err := syscall.Setrlimit(syscall.RLIMIT_NOFILE, &asked); err != nil {
		return 0, fmt.Errorf("raising the limit of open files: %w", err)
	}
	return int(limit.Cur), nil
}
