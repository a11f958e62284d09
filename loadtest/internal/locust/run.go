package locust

import (
	"context"
	"errors"
	"fmt"
	"math"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"time"

	"github.com/latency-pod-autoscaler/lpa/loadtest/strictyaml"
)

// Settings are a run's.
type Settings struct {
	Program   string // the path of Locust
	Script    string // the path of the locustfile
	Host      string
	Users     int
	SpawnRate float64       // users per second
	Time      time.Duration // of the whole test
	Deadline  time.Time     // by when it must be over, whatever Locust does
	Log       func(line string)
}

// Report is what is known of a run. It has a record, or statistics where there is none.
type Report struct {
	Record     *Record
	Statistics *Statistics
	NoRecord   error // why there is no record, or why it is incomplete
	Began      time.Time
	Ended      time.Time
	Busy       bool // Locust warned of its processor
	Ready      bool // Locust said that all users were there

	Asked     bool  // Locust was asked to end, as it took too long
	Cancelled bool  // or because the caller did not want to wait
	Forced    bool  // and was killed, as it did not
	Exit      error // how Locust ended, if not with one of the statuses 0 and 1; 1 means that requests failed

	started bool
}

// ErrNotStarted means that Locust had not started a test when its time was over.
var ErrNotStarted = errors.New("the time was over before Locust had started a test")

// Run runs Locust. An error that is strictyaml.Problems says what is wrong with the locustfile.
func Run(ctx context.Context, s Settings) (*Report, error) {
	script, err := filepath.Abs(s.Script)
	if err != nil {
		return nil, err
	}
	f, err := newFolder(script)
	if err != nil {
		return nil, err
	}
	defer f.remove()
	out := &output{log: s.Log}
	cmd := command(s.Program, f, script, out, arguments(s, f))
	cmd.Env = append(cmd.Env, "LPA_LOCUST_SECONDS="+strconv.FormatFloat(s.Time.Seconds(), 'f', 3, 64))
	report := &Report{Began: time.Now()}
	e := supervise(ctx, cmd, s.Deadline)
	report.Ended = time.Now()
	out.end()
	if e.startErr != nil {
		return nil, fmt.Errorf("starting Locust: %w", e.startErr)
	}
	report.Busy, report.Ready = out.busy, out.ready
	report.Asked, report.Cancelled, report.Forced = e.asked, e.cancelled, e.forced
	report.Exit = unusual(e.err)
	report.read(f)
	if report.Record == nil && report.Statistics == nil {
		return nil, report.nothing(script, out.lines)
	}
	return report, nil
}

// command is Locust in the locustfile's folder, where it finds what the locustfile imports and opens.
func command(program string, f *folder, script string, out *output, arguments []string) *exec.Cmd {
	cmd := exec.Command(program, arguments...)
	cmd.Dir = filepath.Dir(script)
	cmd.Stdout, cmd.Stderr = out, out
	// The locustfile may read the environment, so it gets all of ours. Python is to leave no files beside the locustfile.
	cmd.Env = append(os.Environ(), "LPA_LOCUST_FILE="+script, "LPA_LOCUST_FOLDER="+f.path,
		"PYTHONDONTWRITEBYTECODE=1", "PYTHONUNBUFFERED=1")
	return cmd
}

// arguments are options that every version since 1.0 has.
func arguments(s Settings, f *folder) []string {
	return []string{
		"--headless", "--only-summary",
		"--csv", f.csvPrefix(),
		"-f", f.wrapper(s.Script),
		"--host", s.Host,
		"-u", strconv.Itoa(s.Users),
		"-r", strconv.FormatFloat(s.SpawnRate, 'f', -1, 64),
		// The listener ends the test on time. This is for a Locust without one: it takes whole seconds, and begins to
		// count before the test does.
		"-t", fmt.Sprintf("%ds", int(math.Ceil(s.Time.Seconds()))+1),
		"--stop-timeout", "0",
	}
}

// unusual is an end that is not one of a test: Locust's status is 1 if any request failed.
func unusual(err error) error {
	var exit *exec.ExitError
	if errors.As(err, &exit) && exit.ExitCode() == 1 {
		return nil
	}
	return err
}

// read takes the record or, failing that, the statistics. Of a record without an end there may be enough to say that the
// run was cut short.
func (r *Report) read(f *folder) {
	record, err := readRecord(f.path)
	switch {
	case err == nil:
		r.Record = record
		return
	case !record.Start.IsZero() && !errors.Is(err, errTooMany) && (r.Forced || r.Exit != nil):
		record.End = time.Time{}
		r.Record, r.NoRecord = record, err
		return
	}
	r.NoRecord = err
	r.started = !record.Start.IsZero()
	if statistics, err := readStatistics(f.csvPrefix()); err == nil {
		r.Statistics = statistics
	}
}

// nothing is why a run has no result.
func (r *Report) nothing(script string, lines []string) error {
	switch {
	case r.Cancelled:
		return context.Canceled
	case r.started:
		return fmt.Errorf("the record of Locust's requests is damaged: %w", r.NoRecord)
	case r.Asked:
		return ErrNotStarted
	}
	return strictyaml.Problems{whyNot(script, "ended before it started a test", lines)}
}
