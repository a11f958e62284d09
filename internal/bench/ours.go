package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"time"
)

// ours is metric, as the framework runs it: it is what production pays for.
type ours struct{ path string }

func (ours) name() string            { return "ours" }
func (o ours) program() string       { return o.path }
func (ours) get() string             { return "make programs" }
func (ours) shortest() time.Duration { return 100 * time.Millisecond }

// oursConfig never gives a connection up, as the others do not.
const oursConfig = `loadTest:
  {script: %q, host: %q, %s, warmup: 0s, runTime: %s, connections: {reuse: 1000000000}}
state: {file: %q}
`

func (o ours) command(j job) (command, error) {
	wait, runTime := "constant: 0s", j.duration
	load := fmt.Sprintf("users: %d, spawnRate: 1000000", j.users)
	switch j.kind {
	case latency:
		load = fmt.Sprintf("rate: %d/s, maxUsers: %d", j.rate(), j.users)
	case memory: // their starts are spread over one interval
		wait = "pacing: " + j.interval.String()
		load = fmt.Sprintf("users: %d, spawnRate: %g", j.users, float64(j.users)/j.interval.Seconds())
	case startUp: // as few requests as the others send
		wait = "pacing: " + j.interval.String()
		runTime = o.shortest()
	}
	script, err := j.write("tasks.yaml", fmt.Sprintf("wait: {%s}\ntasks: [{get: %s}]\n", wait, j.path()))
	if err != nil {
		return command{}, err
	}
	config, err := j.write("config.yaml", fmt.Sprintf(oursConfig, script, j.url, load, runTime, filepath.Join(j.dir, "state.json")))
	if err != nil {
		return command{}, err
	}
	return command{
		args:  []string{j.program},
		env:   []string{"configPath=" + config},
		stdin: `{"resource": {"spec": {"replicas": 1}}}`,
	}, nil
}

func (ours) report(_ context.Context, j job) (report, error) {
	output, err := os.ReadFile(j.stdout())
	if err != nil {
		return report{}, err
	}
	return parseOurs(output)
}

func parseOurs(output []byte) (report, error) {
	type percentile struct {
		Value *float64 `json:"value"`
	}
	result, err := readJSON[struct {
		Requests map[string]struct {
			NumRequests int `json:"num_requests"`
			NumFailures int `json:"num_failures"`
			Percentiles map[string]percentile
		}
	}](output)
	if err != nil {
		return report{}, err
	}
	for _, r := range result.Requests {
		p50, p99 := r.Percentiles["p50"].Value, r.Percentiles["p99"].Value
		if p50 == nil || p99 == nil {
			return report{}, errors.New("too many requests have failed for a percentile")
		}
		return report{requests: r.NumRequests, failed: r.NumFailures, p50: fromMilliseconds(*p50), p99: fromMilliseconds(*p99)}, nil
	}
	return report{}, errors.New("no requests in the result")
}
