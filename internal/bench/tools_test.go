package main

import (
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// TestReports reads what the tools printed about a server that answers after 5 ms.
func TestReports(t *testing.T) {
	for _, test := range []struct {
		file  string
		parse func([]byte) (report, error)
		want  report
	}{
		{"ours.json", parseOurs, report{requests: 10, p50: 5624 * time.Microsecond, p99: 8632 * time.Microsecond}},
		{"wrk.txt", parseWrk, report{requests: 383, p50: 5151 * time.Microsecond, p99: 6729 * time.Microsecond}},
		{"hey.csv", parseHey, report{requests: 6, p50: 5400 * time.Microsecond, p99: 10 * time.Millisecond}},
		{"vegeta.json", parseVegeta, report{requests: 10, p50: 5640777, p99: 6357239}},
		{"k6.json", parseK6, report{requests: 21, p50: 5445919, p99: 8583613}},
		{"locust.txt", parseLocust, report{requests: 5, p50: 5607311, p99: 6090418}},
	} {
		t.Run(test.file, func(t *testing.T) {
			output, err := os.ReadFile(filepath.Join("testdata", test.file))
			require.NoError(t, err)
			got, err := test.parse(output)
			require.NoError(t, err)
			require.Equal(t, test.want, got)
		})
	}
}

func TestReportsOfFailures(t *testing.T) {
	for _, test := range []struct {
		name   string
		parse  func([]byte) (report, error)
		output string
		want   report
	}{
		{"ours", parseOurs, `{"requests": {"GET_/": {"num_requests": 3, "num_failures": 1, "percentiles": {"p50": {"value": 1}, "p99": {"value": 2}}}}}`,
			report{requests: 3, failed: 1, p50: time.Millisecond, p99: 2 * time.Millisecond}},
		{"hey", parseHey, "response-time,DNS+dialup,DNS,Request-write,Response-delay,Response-read,status-code,offset\n" +
			"0.0010,0,0,0,0,0,503,0\n0.0020,0,0,0,0,0,200,0\n", report{requests: 2, failed: 1, p50: time.Millisecond, p99: 2 * time.Millisecond}},
		{"vegeta", parseVegeta, `{"latencies": {"50th": 1, "99th": 2}, "requests": 10, "success": 0.7}`, report{requests: 10, failed: 3, p50: 1, p99: 2}},
		{"k6", parseK6, `{"http_reqs": {"values": {"count": 9}}, "http_req_failed": {"values": {"passes": 4}}, "http_req_duration": {"values": {"p(50)": 1, "p(99)": 2}}}`,
			report{requests: 9, failed: 4, p50: time.Millisecond, p99: 2 * time.Millisecond}},
		{"locust", parseLocust, "1\n0.001\n0.002\n", report{requests: 2, failed: 1, p50: time.Millisecond, p99: 2 * time.Millisecond}},
	} {
		t.Run(test.name, func(t *testing.T) {
			got, err := test.parse([]byte(test.output))
			require.NoError(t, err)
			require.Equal(t, test.want, got)
		})
	}
}

func TestReportsThatAreNone(t *testing.T) {
	for _, test := range []struct {
		name   string
		parse  func([]byte) (report, error)
		output string
		want   string
	}{
		{"ours without output", parseOurs, "", "unexpected end of JSON input"},
		{"ours without requests", parseOurs, `{"requests": {}}`, "no requests in the result"},
		{"ours with failures only", parseOurs, `{"requests": {"GET_/": {"percentiles": {"p50": {"value": null}}}}}`, "too many requests have failed for a percentile"},
		{"wrk without the script's line", parseWrk, "Running 1s test\n", "the script has printed nothing"},
		{"wrk whose percentile is no number", parseWrk, `{"p50": nan}`, "invalid character 'a' in literal null (expecting 'u')"},
		{"hey with other columns", parseHey, "a,b\n", `unexpected columns ["a" "b"]`},
		{"hey whose time is no number", parseHey, "response-time,b,c,d,e,f,status-code\nx,0,0,0,0,0,200\n", `strconv.ParseFloat: parsing "x": invalid syntax`},
		{"vegeta without output", parseVegeta, "", "unexpected end of JSON input"},
		{"k6 that stopped half-way", parseK6, `{"http_reqs": `, "unexpected end of JSON input"},
		{"locust without output", parseLocust, "", `strconv.Atoi: parsing "": invalid syntax`},
		{"locust whose time is no number", parseLocust, "0\nNone\n", `strconv.ParseFloat: parsing "None": invalid syntax`},
	} {
		t.Run(test.name, func(t *testing.T) {
			_, err := test.parse([]byte(test.output))
			require.EqualError(t, err, test.want)
		})
	}
}

// TestCommands holds how each tool is told the load.
func TestCommands(t *testing.T) {
	at100 := job{kind: latency, users: 10, interval: 100 * time.Millisecond, answer: 5 * time.Millisecond, duration: 8 * time.Second}
	at1000 := job{kind: latency, users: 100, interval: 100 * time.Millisecond, answer: 5 * time.Millisecond, duration: 5 * time.Second}
	full := job{kind: throughput, users: 10, duration: 4 * time.Second}
	idle := job{kind: memory, users: 1000, interval: time.Second, duration: 5 * time.Second}
	shortest := job{kind: startUp, users: 1, interval: 50 * time.Millisecond}
	for _, test := range []struct {
		name string
		tool tool
		job  job
		args string // without the program
		file string // that the command reads, and what it has in it
		text string
	}{
		{"ours at a rate", ours{}, at100, "", "config.yaml", `rate: 100/s, maxUsers: 10, warmup: 0s, runTime: 8s`},
		{"ours with users", ours{}, idle, "", "config.yaml", "users: 1000, spawnRate: 1000, warmup: 0s, runTime: 5s"},
		{"ours with users who wait", ours{}, idle, "", "tasks.yaml", "wait: {pacing: 1s}\ntasks: [{get: /}]\n"},
		{"ours at full speed", ours{}, full, "", "tasks.yaml", "wait: {constant: 0s}\ntasks: [{get: /}]\n"},
		{"ours at its shortest", ours{}, shortest, "", "config.yaml", "runTime: 100ms"},
		{"ours with the fewest requests", ours{}, shortest, "", "tasks.yaml", "wait: {pacing: 50ms}"},
		{"wrk at a rate", wrk{}, at100, "-t1 -c10 -d8 -s DIR/script.lua http://host/5ms", "script.lua", "users, interval = 10, 100\n"},
		{"wrk at full speed", wrk{}, full, "-t1 -c10 -d4 -s DIR/script.lua http://host/", "script.lua", "latency:percentile(99)"},
		{"wrk at its shortest", wrk{}, shortest, "-t1 -c1 -d1 -s DIR/script.lua http://host/", "", ""},
		{"hey at a rate", hey{}, at100, "-z 8s -c 1 -q 100 -o csv http://host/5ms", "", ""},
		{"hey at a higher rate", hey{}, at1000, "-z 5s -c 10 -q 100 -o csv http://host/5ms", "", ""},
		{"hey with users", hey{}, idle, "-z 5s -c 1000 -q 1 http://host/", "", ""},
		{"hey at full speed", hey{}, full, "-z 4s -c 10 http://host/", "", ""},
		{"hey at its shortest", hey{}, shortest, "-n 1 -c 1 http://host/", "", ""},
		{"vegeta at a rate", vegeta{}, at1000,
			"attack -targets=DIR/targets.txt -output=results.bin -rate=1000 -duration=5s -workers=10 -connections=100", "targets.txt", "GET http://host/5ms\n"},
		{"vegeta with the server waiting", vegeta{}, idle,
			"attack -targets=DIR/targets.txt -output=results.bin -rate=1000 -duration=5s -workers=10 -connections=1000", "targets.txt", "GET http://host/1s\n"},
		{"vegeta at full speed", vegeta{}, full,
			"attack -targets=DIR/targets.txt -output=results.bin -rate=0 -duration=4s -workers=10 -connections=10 -max-workers=10", "", ""},
		{"k6 at a rate", k6{}, at100, "run --quiet --no-usage-report DIR/script.js", "script.js",
			"{executor: 'constant-arrival-rate', rate: 100, timeUnit: '1s', duration: '8s', preAllocatedVUs: 10}"},
		{"k6 with users", k6{}, idle, "run --quiet --no-usage-report DIR/script.js", "script.js", "const pause = 1;"},
		{"Locust at a rate", locust{}, at100,
			"--headless --only-summary --loglevel ERROR --exit-code-on-error 0 -f DIR/locustfile.py -H http://host -u 10 -r 10 -t 8s Timed", "locustfile.py", `interval, path = 0.1, "/5ms"`},
		{"Locust at full speed", locust{}, full,
			"--headless --only-summary --loglevel ERROR --exit-code-on-error 0 -f DIR/locustfile.py -H http://host -u 10 -r 10 -t 4s Bench", "locustfile.py", `interval, path = 0, "/"`},
	} {
		t.Run(test.name, func(t *testing.T) {
			test.job.program, test.job.dir, test.job.url = "/bin/tool", t.TempDir(), "http://host"
			c, err := test.tool.command(test.job)
			require.NoError(t, err)
			require.Equal(t, "/bin/tool", c.args[0])
			require.Equal(t, test.args, strings.ReplaceAll(strings.Join(c.args[1:], " "), test.job.dir, "DIR"))
			if test.file != "" {
				text, err := os.ReadFile(filepath.Join(test.job.dir, test.file))
				require.NoError(t, err)
				require.Contains(t, string(text), test.text)
			}
		})
	}
}

func TestFind(t *testing.T) {
	path := t.TempDir()
	home := t.TempDir()
	t.Setenv("PATH", path)
	t.Setenv("GOBIN", home)
	_, err := find(wrk{})
	require.EqualError(t, err, "wrk is missing; to get it: apt-get install wrk")
	_, err = find(ours{path: filepath.Join(path, "metric")})
	require.EqualError(t, err, "ours is missing; to get it: make programs")

	require.NoError(t, os.WriteFile(filepath.Join(home, "wrk"), []byte("#!/bin/sh\n"), 0o700))
	found, err := find(wrk{})
	require.NoError(t, err)
	require.Equal(t, installed{wrk{}, filepath.Join(home, "wrk"), "of unknown version"}, found)

	metric := filepath.Join(path, "metric")
	require.NoError(t, os.WriteFile(metric, []byte("#!/bin/sh\necho v1.2.3\n"), 0o700))
	found, err = find(ours{path: metric})
	require.NoError(t, err)
	require.Equal(t, installed{ours{path: metric}, metric, "v1.2.3"}, found)
}

func TestProgramsAreCopied(t *testing.T) {
	original := filepath.Join(t.TempDir(), "wrk")
	require.NoError(t, os.WriteFile(original, []byte("#!/bin/sh\necho copied\n"), 0o700))
	tools := []installed{{tool: wrk{}, path: original}}
	folder := t.TempDir()
	require.NoError(t, copyTo(folder, tools))
	require.Equal(t, filepath.Join(folder, "wrk"), tools[0].path)
	said, err := exec.Command(tools[0].path).Output()
	require.NoError(t, err)
	require.Equal(t, "copied\n", string(said))

	require.ErrorIs(t, copyTo(filepath.Join(folder, "missing"), tools), fs.ErrNotExist)
}

func TestFindTools(t *testing.T) {
	t.Setenv("PATH", t.TempDir())
	t.Setenv("GOBIN", "")
	t.Setenv("HOME", t.TempDir())
	self, err := os.Executable()
	require.NoError(t, err)
	found, missing, err := findTools(allTools(self), []string{"ours", "WRK"})
	require.NoError(t, err)
	require.Len(t, found, 1)
	require.Len(t, missing, 1)
	_, _, err = findTools(allTools("/nowhere/metric"), nil)
	require.EqualError(t, err, "ours is missing; to get it: make programs")
}
