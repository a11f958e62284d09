package main

import (
	"bytes"
	"context"
	"encoding/csv"
	"fmt"
	"os"
	"slices"
	"strconv"
	"time"
)

// hey has a rate per worker, whose workers all start at once. As few workers as can keep up give the steadiest rate.
type hey struct{}

func (hey) name() string            { return "hey" }
func (hey) program() string         { return "hey" }
func (hey) get() string             { return "apt-get install hey, or go install github.com/rakyll/hey@v0.1.4" }
func (hey) shortest() time.Duration { return 0 }

func (hey) command(j job) (command, error) {
	duration := []string{"-z", j.seconds() + "s"}
	var users, output []string
	switch j.kind {
	case latency:
		// A worker is free for the next request after 10 ms, with answers that take half of it.
		workers := max(1, j.rate()*2*int(j.answer.Milliseconds())/1000)
		users = []string{"-c", strconv.Itoa(workers), "-q", strconv.Itoa(j.rate() / workers)}
		output = []string{"-o", "csv"}
	case memory:
		users = []string{"-c", strconv.Itoa(j.users), "-q", strconv.Itoa(j.rate() / j.users)}
	case throughput:
		users = []string{"-c", strconv.Itoa(j.users)}
	case startUp:
		users, duration = []string{"-c", "1"}, []string{"-n", "1"}
	}
	return command{args: slices.Concat([]string{j.program}, duration, users, output, []string{j.url + j.path()})}, nil
}

func (hey) report(_ context.Context, j job) (report, error) {
	output, err := os.ReadFile(j.stdout())
	if err != nil {
		return report{}, err
	}
	return parseHey(output)
}

// parseHey reads a line per request. Those that failed without an answer are not among them.
func parseHey(output []byte) (report, error) {
	rows, err := csv.NewReader(bytes.NewReader(output)).ReadAll()
	if err != nil {
		return report{}, err
	}
	const responseTime, statusCode = 0, 6
	var r report
	var times []time.Duration
	for i, row := range rows {
		if i == 0 {
			if len(row) <= statusCode || row[responseTime] != "response-time" || row[statusCode] != "status-code" {
				return report{}, fmt.Errorf("unexpected columns %q", row)
			}
			continue
		}
		seconds, err := strconv.ParseFloat(row[responseTime], 64)
		if err != nil {
			return report{}, err
		}
		times = append(times, time.Duration(seconds*float64(time.Second)))
		if row[statusCode] != "200" {
			r.failed++
		}
	}
	r.requests, r.p50, r.p99 = len(times), quantile(times, 0.5), quantile(times, 0.99)
	return r, nil
}
