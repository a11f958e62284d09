package locust

import (
	"context"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/latency-pod-autoscaler/lpa/loadtest/strictyaml"
	"github.com/stretchr/testify/require"
)

// fake is a program in place of Locust: a shell script, with the locustfile that it is given.
func fake(t *testing.T, script string) Settings {
	t.Helper()
	t.Setenv("TMPDIR", t.TempDir())
	dir := t.TempDir()
	program := filepath.Join(dir, "locust")
	require.NoError(t, os.WriteFile(program, []byte("#!/bin/sh\n"+script), 0o700))
	locustfile := filepath.Join(dir, "shop.py")
	require.NoError(t, os.WriteFile(locustfile, []byte("# a locustfile\n"), 0o600))
	return Settings{Program: program, Script: locustfile, Host: "http://shop:8080", Users: 3, SpawnRate: 0.5, Time: 1500 * time.Millisecond,
		Deadline: time.Now().Add(time.Minute), Log: func(string) {}}
}

// whole is a shell command that writes a record of a test without requests.
const whole = `printf '["start", 100, 0.5, ""]\n["users", 3]\n["users", 3]\n["end", 102, 1.5, 3]\n' >"$LPA_LOCUST_FOLDER/requests-1.jsonl"
`

func nothingIsLeft(t *testing.T) {
	t.Helper()
	left, err := os.ReadDir(os.TempDir())
	require.NoError(t, err)
	require.Empty(t, left)
}

// TestWhatLocustIsGiven looks at it from the inside.
func TestWhatLocustIsGiven(t *testing.T) {
	s := fake(t, `echo "$@"; pwd; cat <&0; echo "$LPA_LOCUST_FILE $LPA_LOCUST_SECONDS $PYTHONDONTWRITEBYTECODE"; echo to stderr >&2; ls "$LPA_LOCUST_FOLDER"; `+whole)
	var lines []string
	s.Log = func(line string) { lines = append(lines, line) }
	report, err := Run(t.Context(), s)
	require.NoError(t, err)
	require.Equal(t, 3, report.Record.Users)
	folder := filepath.Dir(strings.Fields(lines[0])[5])
	require.Equal(t, []string{
		"--headless --only-summary --csv " + folder + "/locust -f " + folder + "/shop.py --host http://shop:8080 -u 3 -r 0.5 -t 3s --stop-timeout 0",
		filepath.Dir(s.Script),
		s.Script + " 1.500 1",
		"to stderr",
		"lock", "lpa_listener.py", "shop.py",
	}, lines)
	nothingIsLeft(t)
}

func TestNamesThatLocustWouldNotTake(t *testing.T) {
	for name, want := range map[string]string{
		"locustfile.py": "locustfile.py", "shop.py": "shop.py", "a,b.py": "locustfile.py", "locust.py": "locustfile.py", "two words.py": "locustfile.py",
		"lpa_listener.py": "locustfile.py", "-x.py": "locustfile.py",
	} {
		require.Equal(t, "/tmp/x/"+want, (&folder{path: "/tmp/x"}).wrapper("/tasks/"+name))
	}
}

// TestLocustThatDoesNotEnd has one that ignores being asked, with a child in its group and another that has left it.
// Both hold the output open.
func TestLocustThatDoesNotEnd(t *testing.T) {
	s := fake(t, `trap '' TERM
sleep 1000 &
echo $! >child
setsid sh -c 'echo $$ >runaway; exec sleep 1000' &
while [ ! -s runaway ]; do :; done
while :; do sleep 0.05; done
`)
	dir := filepath.Dir(s.Script)
	s.Deadline = time.Now().Add(3 * time.Second)
	_, err := Run(t.Context(), s)
	late := time.Since(s.Deadline)
	runaway := number(t, filepath.Join(dir, "runaway"))
	defer func() { _ = syscall.Kill(runaway, syscall.SIGKILL) }()
	require.ErrorIs(t, err, ErrNotStarted)
	require.Less(t, late, 2*time.Second, "the margin that metric has after the deadline")
	require.Eventually(t, func() bool { return !alive(number(t, filepath.Join(dir, "child"))) }, 10*time.Second, time.Millisecond)
	nothingIsLeft(t)
}

func TestLocustEndsWhenItIsAsked(t *testing.T) {
	s := fake(t, "trap '"+strings.TrimSpace(strings.ReplaceAll(whole, "'", `'\''`))+"; exit 0' TERM\necho ready\nwhile :; do sleep 0.02; done\n")
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	s.Log = func(string) { cancel() }
	report, err := Run(ctx, s)
	require.NoError(t, err)
	require.Equal(t, []bool{true, true, false}, []bool{report.Asked, report.Cancelled, report.Forced})
	require.Equal(t, 3, report.Record.Users)
	nothingIsLeft(t)
}

func TestCancelledBeforeItBegan(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	_, err := Run(ctx, fake(t, "exec sleep 1000\n"))
	require.ErrorIs(t, err, context.Canceled)
	nothingIsLeft(t)
}

// TestLocustEndsWithItsStarter kills a process that runs one, as the framework would.
func TestLocustEndsWithItsStarter(t *testing.T) {
	if os.Getenv("LPA_TEST_STARTER") != "" {
		s := Settings{Program: os.Getenv("LPA_TEST_STARTER"), Script: os.Getenv("LPA_TEST_STARTER"), Host: "http://x", Users: 1, SpawnRate: 1,
			Time: time.Hour, Deadline: time.Now().Add(time.Hour)}
		_, err := Run(t.Context(), s)
		require.NoError(t, err)
		return
	}
	s := fake(t, "echo $$ >pid.new; mv pid.new pid; while :; do sleep 0.05; done\n")
	pid := filepath.Join(filepath.Dir(s.Script), "pid")
	starter := exec.Command(os.Args[0], "-test.run=^TestLocustEndsWithItsStarter$")
	starter.Env = append(os.Environ(), "LPA_TEST_STARTER="+s.Program)
	require.NoError(t, starter.Start())
	require.Eventually(t, func() bool { _, err := os.Stat(pid); return err == nil }, 30*time.Second, time.Millisecond)
	require.NoError(t, starter.Process.Kill())
	_ = starter.Wait()
	require.Eventually(t, func() bool { return !alive(number(t, pid)) }, 30*time.Second, time.Millisecond)

	left, err := filepath.Glob(filepath.Join(os.TempDir(), folderPrefix+"*"))
	require.NoError(t, err)
	require.Len(t, left, 1, "nobody was there to remove it")
	sweep(os.TempDir())
	require.DirExists(t, left[0], "it could be one that is being made")
	old := time.Now().Add(-time.Hour)
	require.NoError(t, os.Chtimes(left[0], old, old))
	used, err := newFolder(s.Script)
	require.NoError(t, err)
	require.NoError(t, os.Chtimes(used.path, old, old))
	sweep(os.TempDir())
	require.NoDirExists(t, left[0], "the next run has removed it")
	require.DirExists(t, used.path, "it is in use")
	require.NoError(t, used.remove())
}

func TestLocustThatDoesNotStartATest(t *testing.T) {
	problem := func(script string) string {
		s := fake(t, script)
		_, err := Run(t.Context(), s)
		var problems strictyaml.Problems
		require.ErrorAs(t, err, &problems)
		return strings.ReplaceAll(err.Error(), filepath.Dir(s.Script), "/tasks")
	}
	require.Equal(t, "/tasks/shop.py:1:1: Locust ended before it started a test: No User class found!",
		problem("echo '[2030-01-02 03:04:05,678] host/ERROR/locust.main: No User class found!' >&2; echo; exit 1\n"))
	require.Equal(t, "/tasks/shop.py:1:1: Locust ended before it started a test", problem("exit 0\n"))
	require.Equal(t, "/tasks/shop.py:7:1: ModuleNotFoundError: No module named 'nope'", problem(`cat >&2 <<END
Traceback (most recent call last):
  File "/usr/bin/locust", line 8, in <module>
    sys.exit(main())
  File "$LPA_LOCUST_FILE", line 7, in <module>
    import nope
ModuleNotFoundError: No module named 'nope'
END
exit 1
`))
	nothingIsLeft(t)
}

func TestLocustThatCannotBeStarted(t *testing.T) {
	s := fake(t, "")
	require.NoError(t, os.WriteFile(s.Program, []byte("#!/no/such/interpreter\n"), 0o700))
	_, err := Run(t.Context(), s)
	require.ErrorContains(t, err, "starting Locust: fork/exec ")
	nothingIsLeft(t)

	t.Setenv("TMPDIR", filepath.Join(t.TempDir(), "none"))
	_, err = Run(t.Context(), s)
	require.ErrorContains(t, err, "making a temporary folder: ")
	require.ErrorContains(t, err, "no such file or directory; where the file system is read-only, mount an emptyDir at "+os.TempDir())

	comma := filepath.Join(t.TempDir(), "a,b")
	require.NoError(t, os.Mkdir(comma, 0o700))
	t.Setenv("TMPDIR", comma)
	_, err = Run(t.Context(), s)
	require.ErrorContains(t, err, "a path with a comma is two for Locust, got")
	nothingIsLeft(t)
}

// TestRecordsThatAreNotWhole are those of a Locust that was killed, and of one whose disk was full.
func TestRecordsThatAreNotWhole(t *testing.T) {
	const begun = `printf '["start", 100, 0.5, ""]\n["users", 3]\n["name", 1, "GET", "/"]\n["request", 1, 100, 5, 200, 0]\n' >"$LPA_LOCUST_FOLDER/requests-1.jsonl"
`
	const statistics = `printf 'Type,Name,Request Count,Failure Count,Median Response Time,Average Response Time,Min Response Time,Max Response Time,50%%\nGET,/,9,0,5,5,5,5,5\n' >"$LPA_LOCUST_FOLDER/locust_stats.csv"
printf 'Method,Name,Error,Occurrences\n' >"$LPA_LOCUST_FOLDER/locust_failures.csv"
`
	report, err := Run(t.Context(), fake(t, begun+"kill -KILL $$\n"))
	require.NoError(t, err)
	require.EqualError(t, report.Exit, "signal: killed")
	require.Len(t, report.Record.Requests, 1)
	require.Zero(t, report.Record.End)

	report, err = Run(t.Context(), fake(t, begun+statistics+"exit 1\n"))
	require.NoError(t, err)
	require.Nil(t, report.Record)
	require.EqualError(t, report.NoRecord, "requests-1.jsonl: has no end")
	require.Equal(t, 9, report.Statistics.Names[0].Requests)

	_, err = Run(t.Context(), fake(t, begun+"exit 1\n"))
	require.EqualError(t, err, "the record of Locust's requests is damaged: requests-1.jsonl: has no end")

	report, err = Run(t.Context(), fake(t, statistics+"echo 'All users spawned: {}'; echo 'CPU usage above 90%! This may constrain your throughput'\nexit 1\n"))
	require.NoError(t, err)
	require.EqualError(t, report.NoRecord, "there is no start")
	require.True(t, report.Busy && report.Ready)
	nothingIsLeft(t)
}

func TestOutput(t *testing.T) {
	var lines []string
	o := &output{log: func(line string) { lines = append(lines, line) }}
	for _, part := range []string{"one\ntw", "o\r\n\n", "\x1b[31mred\x1b[0m\t\xff", "\nlast"} {
		_, err := o.Write([]byte(part))
		require.NoError(t, err)
	}
	o.end()
	require.Equal(t, []string{"one", "two", "�[31mred�[0m �", "last"}, lines)

	lines = nil
	_, err := o.Write([]byte(strings.Repeat("x", 1<<20) + "\n" + strings.Repeat("y\n", 10*mostKept)))
	require.NoError(t, err)
	require.Equal(t, strings.Repeat("x", longestLine), lines[0])
	require.Equal(t, []string{"y", "… and more, which is left out"}, lines[len(lines)-2:])
	require.LessOrEqual(t, len(o.lines), mostKept)
	require.Equal(t, "y", o.lines[len(o.lines)-1])
}

func TestFind(t *testing.T) {
	dir := t.TempDir()
	locust := filepath.Join(dir, "locust")
	env := func(values map[string]string) func(string) (string, bool) {
		return func(name string) (string, bool) { v, set := values[name]; return v, set }
	}
	_, err := Find(env(map[string]string{"PATH": dir}))
	require.ErrorIs(t, err, ErrNone)
	require.NoError(t, os.WriteFile(locust, nil, 0o600))
	_, err = Find(env(map[string]string{"PATH": dir}))
	require.ErrorIs(t, err, ErrNone, "it is not executable")
	require.NoError(t, os.Chmod(locust, 0o700))
	for _, values := range []map[string]string{
		{"PATH": "relative:" + dir}, {"PATH": "/none:" + dir, "LOCUST": ""}, {"LOCUST": locust}, {"LOCUST": "locust", "PATH": dir},
	} {
		path, err := Find(env(values))
		require.NoError(t, err, values)
		require.Equal(t, locust, path)
	}
	for _, name := range []string{dir, "/none/locust", "lokust"} {
		_, err = Find(env(map[string]string{"PATH": dir, "LOCUST": name}))
		require.EqualError(t, err, "the environment variable LOCUST must name a program, got "+strconv.Quote(name))
	}
}

func number(t *testing.T, path string) int {
	t.Helper()
	text, err := os.ReadFile(path)
	require.NoError(t, err)
	n, err := strconv.Atoi(strings.TrimSpace(string(text)))
	require.NoError(t, err)
	return n
}

// alive says that a process runs; one that has ended and that nobody has asked after does not.
func alive(pid int) bool {
	status, err := os.ReadFile("/proc/" + strconv.Itoa(pid) + "/stat")
	if err != nil {
		return false
	}
	_, state, _ := strings.Cut(string(status), ") ")
	return !strings.HasPrefix(state, "Z")
}
