package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"time"
)

// wrk has no rate of its own. A script makes each connection wait before its requests.
type wrk struct{}

func (wrk) name() string            { return "wrk" }
func (wrk) program() string         { return "wrk" }
func (wrk) get() string             { return "apt-get install wrk" }
func (wrk) shortest() time.Duration { return time.Second }

// wrkPace is called before each request of any connection, and says how many milliseconds to wait. Requests have their
// places in time, one interval apart for all users, and each call takes the next one.
const wrkPace = `
local ffi = require("ffi")
ffi.cdef("typedef struct { long sec, nsec; } timespec; int clock_gettime(int clock, timespec *t);")

local users, interval = %d, %d
local monotonic, t, start, place = 1, ffi.new("timespec"), nil, 0
function delay()
  ffi.C.clock_gettime(monotonic, t)
  local now = tonumber(t.sec) * 1000 + tonumber(t.nsec) / 1e6
  start = start or now
  place = place + 1
  return math.max(0, start + place * interval / users - now)
end
`

// wrkDone prints what wrk knows to the microsecond.
const wrkDone = `
function done(summary, latency)
  local e = summary.errors
  io.write(string.format('{"requests": %d, "failed": %d, "p50": %d, "p99": %d}\n', summary.requests,
    e.connect + e.read + e.write + e.status + e.timeout, latency:percentile(50), latency:percentile(99)))
end
`

func (w wrk) command(j job) (command, error) {
	script := wrkDone
	if j.interval > 0 {
		script += fmt.Sprintf(wrkPace, j.users, j.interval.Milliseconds())
	}
	path, err := j.write("script.lua", script)
	if err != nil {
		return command{}, err
	}
	seconds := j.seconds()
	if j.kind == startUp {
		seconds = "1"
	}
	return command{args: []string{j.program, "-t1", fmt.Sprintf("-c%d", j.users), "-d" + seconds, "-s", path, j.url + j.path()}}, nil
}

func (wrk) report(_ context.Context, j job) (report, error) {
	output, err := os.ReadFile(j.stdout())
	if err != nil {
		return report{}, err
	}
	return parseWrk(output)
}

// parseWrk reads the line that the script printed below what wrk prints for people.
func parseWrk(output []byte) (report, error) {
	start := bytes.LastIndexByte(output, '{')
	if start < 0 {
		return report{}, errors.New("the script has printed nothing")
	}
	r, err := readJSON[struct{ Requests, Failed, P50, P99 int }](output[start:])
	return report{requests: r.Requests, failed: r.Failed,
		p50: time.Duration(r.P50) * time.Microsecond, p99: time.Duration(r.P99) * time.Microsecond}, err
}
