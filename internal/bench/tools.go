package main

import (
	"context"
	"debug/buildinfo"
	"encoding/json"
	"errors"
	"fmt"
	"go/build"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"time"
)

// tool is a load generator. It is told what to do as a job, and keeps its files in the job's folder.
type tool interface {
	name() string
	// program is what to look for on the PATH, in Go's folder of programs or, with a slash in it, where it says.
	program() string
	// get is how to get it.
	get() string
	// command writes the files that the job needs, and says what to run.
	command(j job) (command, error)
	// shortest is how long the shortest run lasts, if all goes well: what start-up is measured beyond.
	shortest() time.Duration
	// report is what the tool says about the latencies of a finished job of the kind latency.
	report(ctx context.Context, j job) (report, error)
}

// command is a process to start. Its environment is ours with env added.
type command struct {
	args  []string // the program's path first
	env   []string
	stdin string
}

// kind is what a job measures.
type kind int

const (
	throughput kind = iota // users without waits
	latency                // a fixed rate
	memory                 // users who wait between their requests
	startUp                // the shortest run that the tool has
)

// job is one run of a tool.
type job struct {
	kind     kind
	program  string        // path of the tool
	dir      string        // for its files; where it runs
	url      string        // of the server, without a path
	users    int           // connections
	interval time.Duration // from one request of a user to the next; 0 for one after the other
	answer   time.Duration // how long the server waits with its answer
	duration time.Duration // whole seconds
}

// rate is how many requests per second all users together send.
func (j job) rate() int { return int(float64(j.users) / j.interval.Seconds()) }

// path is the server's path for the job's answers.
func (j job) path() string {
	if j.answer == 0 {
		return "/"
	}
	return "/" + j.answer.String()
}

func (j job) seconds() string { return strconv.Itoa(int(j.duration.Seconds())) }

// stdout is where the output of the tool is.
func (j job) stdout() string { return filepath.Join(j.dir, "stdout") }

func (j job) write(name, text string) (path string, err error) {
	path = filepath.Join(j.dir, name)
	return path, os.WriteFile(path, []byte(text), 0o600)
}

// report is what a tool says about the latencies that it saw.
type report struct {
	requests int
	failed   int
	p50, p99 time.Duration
}

// allTools are all that there are, ours first.
func allTools(metric string) []tool {
	return []tool{ours{metric}, wrk{}, hey{}, vegeta{}, k6{}, locust{}}
}

// installed is a tool that is there.
type installed struct {
	tool
	path    string
	version string
}

// find looks for a tool.
func find(t tool) (installed, error) {
	candidates := []string{t.program()}
	if filepath.Base(t.program()) == t.program() {
		candidates = append(candidates, filepath.Join(os.Getenv("GOBIN"), t.program()))
		for _, folder := range filepath.SplitList(build.Default.GOPATH) {
			candidates = append(candidates, filepath.Join(folder, "bin", t.program()))
		}
	}
	for _, candidate := range candidates {
		if found, err := exec.LookPath(candidate); err == nil {
			path, err := filepath.Abs(found)
			return installed{tool: t, path: path, version: version(path)}, err
		}
	}
	return installed{}, fmt.Errorf("%s is missing; to get it: %s", t.name(), t.get())
}

// version is that of a program: what Go's linker wrote into it, that of its Debian package, or what it says itself.
func version(path string) string {
	if info, err := buildinfo.ReadFile(path); err == nil && info.Main.Version != "" && info.Main.Version != "(devel)" {
		return info.Main.Version
	}
	if owner, err := exec.Command("dpkg-query", "--search", path).Output(); err == nil {
		name, _, _ := strings.Cut(string(owner), ":")
		if version, err := exec.Command("dpkg-query", "--show", "--showformat=${Version}", name).Output(); err == nil {
			return string(version)
		}
	}
	said, err := exec.Command(path, "--version").Output()
	if line := strings.TrimSpace(string(said)); err == nil && line != "" && !strings.Contains(line, "\n") {
		return line
	}
	return "of unknown version"
}

// named reports whether a tool is among the names, whatever their case. All tools are among no names.
func named(t tool, names []string) bool {
	return len(names) == 0 || slices.ContainsFunc(names, func(name string) bool { return strings.EqualFold(t.name(), name) })
}

// known finds names that no tool has.
func known(all []tool, names []string) error {
	for _, name := range names {
		if !slices.ContainsFunc(all, func(t tool) bool { return named(t, []string{name}) }) {
			return fmt.Errorf("unknown tool %q", name)
		}
	}
	return nil
}

// findTools looks for the tools of these names, and says what is missing. Ours, the first, has to be there.
func findTools(all []tool, names []string) (found []installed, missing []error, err error) {
	for i, t := range all {
		if !named(t, names) {
			continue
		}
		it, err := find(t)
		switch {
		case err == nil:
			found = append(found, it)
		case i == 0:
			return nil, nil, err
		default:
			missing = append(missing, err)
		}
	}
	return found, missing, nil
}

// copyTo copies the programs into a folder, so that all of them have been written alike: how fast a program starts, and how much
// memory it has, depend on the size of the pieces in which its file lies in the page cache.
func copyTo(folder string, tools []installed) error {
	for i := range tools {
		t := &tools[i]
		copied := filepath.Join(folder, filepath.Base(t.path))
		if err := install(t.path, copied); err != nil {
			return err
		}
		t.path = copied
	}
	return nil
}

// unpacked is how much at once container runtimes write of a file when they unpack an image.
const unpacked = 32 << 10

func install(from, to string) error {
	program, err := os.Open(from)
	if err != nil {
		return err
	}
	defer program.Close()
	file, err := os.OpenFile(to, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o700)
	if err != nil {
		return err
	}
	_, err = io.CopyBuffer(struct{ io.Writer }{file}, struct{ io.Reader }{program}, make([]byte, unpacked))
	return errors.Join(err, file.Close())
}

// readJSON reads a document of which only some fields are wanted.
func readJSON[T any](data []byte) (T, error) {
	var value T
	err := json.Unmarshal(data, &value)
	return value, err
}

func fromMilliseconds(ms float64) time.Duration { return time.Duration(ms * float64(time.Millisecond)) }
