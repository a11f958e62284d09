package main

import (
	"context"
	"fmt"
	"math"
	"os/exec"
	"strconv"
	"time"
)

// vegeta sends at a rate and has no users. Where there should be some that wait, the server waits instead: that many requests
// are under way then, each on a connection of its own.
type vegeta struct{}

func (vegeta) name() string            { return "vegeta" }
func (vegeta) program() string         { return "vegeta" }
func (vegeta) get() string             { return "go install github.com/tsenart/vegeta/v12@v12.13.0" }
func (vegeta) shortest() time.Duration { return 0 }

// vegetaResults is where it writes what it saw, in a form of its own.
const vegetaResults = "results.bin"

func (vegeta) command(j job) (command, error) {
	users, duration, workers := strconv.Itoa(j.users), j.duration.String(), "10" // its own default
	var rate string
	switch j.kind {
	case throughput:
		rate, workers = "0", users
	case latency:
		rate = strconv.Itoa(j.rate())
	case memory:
		rate, j.answer = strconv.Itoa(j.rate()), j.interval
	case startUp:
		rate, duration, workers = "1000", "1ms", "1"
	}
	targets, err := j.write("targets.txt", "GET "+j.url+j.path()+"\n")
	args := []string{j.program, "attack", "-targets=" + targets, "-output=" + vegetaResults,
		"-rate=" + rate, "-duration=" + duration, "-workers=" + workers, "-connections=" + users}
	if j.kind == throughput {
		args = append(args, "-max-workers="+workers)
	}
	return command{args: args}, err
}

func (vegeta) report(ctx context.Context, j job) (report, error) {
	cmd := exec.CommandContext(ctx, j.program, "report", "-type=json", vegetaResults)
	cmd.Dir = j.dir
	output, err := cmd.Output()
	if err != nil {
		return report{}, fmt.Errorf("vegeta report: %w", err)
	}
	return parseVegeta(output)
}

func parseVegeta(output []byte) (report, error) {
	r, err := readJSON[struct {
		Latencies struct {
			P50 time.Duration `json:"50th"`
			P99 time.Duration `json:"99th"`
		}
		Requests int
		Success  float64 // the share of them
	}](output)
	failed := int(math.Round(float64(r.Requests) * (1 - r.Success)))
	return report{requests: r.Requests, failed: failed, p50: r.Latencies.P50, p99: r.Latencies.P99}, err
}
