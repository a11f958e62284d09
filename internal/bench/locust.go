package main

import (
	"bufio"
	"bytes"
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"time"
)

// locust runs a Python script, here with the faster one of its two clients.
type locust struct{}

func (locust) name() string            { return "Locust" }
func (locust) program() string         { return "locust" }
func (locust) get() string             { return "apt-get install python3-locust, or pip install locust" }
func (locust) shortest() time.Duration { return time.Second }

// locustScript has the path and the interval in seconds filled in. Users of an interval start at a random moment of it:
// else all that Locust starts in one second would send at the same time.
const locustScript = `import random, time
from locust import FastHttpUser, constant, constant_pacing, events, task

interval, path = %g, "%s"

class Bench(FastHttpUser):
    wait_time = constant_pacing(interval) if interval else constant(0)

    def on_start(self):
        time.sleep(random.random() * interval)

    @task
    def get(self):
        self.client.get(path)
`

// locustTimed is a user who looks at the clock: that client's own times are cut to milliseconds, and the quantiles of --csv
// are rounded besides.
const locustTimed = `
times, failed = [], 0

class Timed(Bench):
    @task
    def get(self):
        global failed
        start = time.perf_counter()
        response = self.client.get(path)
        times.append(time.perf_counter() - start)
        failed += response.status_code != 200

@events.quitting.add_listener
def write(**_):
    with open("times.txt", "w") as file:
        print(failed, *times, sep="\n", file=file)
`

func (locust) command(j job) (command, error) {
	script, user := fmt.Sprintf(locustScript, j.interval.Seconds(), j.path()), "Bench"
	if j.kind == latency {
		script, user = script+locustTimed, "Timed"
	}
	path, err := j.write("locustfile.py", script)
	seconds := j.seconds()
	if j.kind == startUp {
		seconds = "1"
	}
	users := strconv.Itoa(j.users)
	return command{args: []string{j.program, "--headless", "--only-summary", "--loglevel", "ERROR", "--exit-code-on-error", "0",
		"-f", path, "-H", j.url, "-u", users, "-r", users, "-t", seconds + "s", user}}, err
}

func (locust) report(_ context.Context, j job) (report, error) {
	times, err := os.ReadFile(filepath.Join(j.dir, "times.txt"))
	if err != nil {
		return report{}, err
	}
	return parseLocust(times)
}

// parseLocust reads the number of failures, and below it a time in seconds per line.
func parseLocust(text []byte) (report, error) {
	lines := bufio.NewScanner(bytes.NewReader(text))
	lines.Scan()
	failed, err := strconv.Atoi(lines.Text())
	if err != nil {
		return report{}, err
	}
	var times []time.Duration
	for lines.Scan() {
		seconds, err := strconv.ParseFloat(lines.Text(), 64)
		if err != nil {
			return report{}, err
		}
		times = append(times, time.Duration(seconds*float64(time.Second)))
	}
	return report{requests: len(times), failed: failed, p50: quantile(times, 0.5), p99: quantile(times, 0.99)}, lines.Err()
}
