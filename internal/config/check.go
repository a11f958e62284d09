package config

import (
	"fmt"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"github.com/latency-pod-autoscaler/lpa/loadtest"
	"github.com/latency-pod-autoscaler/lpa/loadtest/strictyaml"
)

// Check finds what only the whole configuration, together with the script, shows. Problems keep the autoscaler from
// working; warnings are what a user would want to know before deploying.
func (c *Config) Check(plan *loadtest.Plan) strictyaml.Problems {
	checks := &findings{doc: c.doc}
	checks.framework(c)
	checks.times(c, plan)
	checks.replicas(c)
	checks.targets(c, plan)
	checks.policy(c, plan)
	checks.locustfile(c, plan)
	return checks.found
}

// CheckLoad finds what is wrong with the load itself, wherever it is run.
func (c *Config) CheckLoad() strictyaml.Problems {
	checks := &findings{doc: c.doc}
	checks.ramp(c)
	return checks.found
}

type findings struct {
	doc   *strictyaml.Document
	found strictyaml.Problems
}

func (f *findings) at(rule, got string, path ...string) strictyaml.Problem {
	file, line, column := f.doc.Position(path...)
	return strictyaml.Problem{File: file, Line: line, Column: column, Key: strings.Join(path, "."), Rule: rule, Got: got}
}

func (f *findings) refuse(p strictyaml.Problem) { f.found = append(f.found, p) }

func (f *findings) warn(p strictyaml.Problem) {
	p.Warning = true
	f.found = append(f.found, p)
}

// framework checks that the framework can run the two programs, no others, and when.
func (f *findings) framework(c *Config) {
	f.program(c, "metric", c.Framework.Metric)
	f.program(c, "evaluate", c.Framework.Evaluate)
	if c.Framework.RunMode != PerResource && c.sure("runMode") {
		f.refuse(f.at("must be per-resource; per-pod, the framework's default, would load-test once for each pod", c.Framework.RunMode, "runMode"))
	}
	f.milliseconds(c, c.Framework.Interval, "interval")
}

func (f *findings) program(c *Config, key string, method *Method) {
	if method == nil {
		if !c.sure(key) {
			return
		}
		f.refuse(f.at(fmt.Sprintf("is required: {type: shell, timeout: 60000, shell: {entrypoint: /%s, logStderr: true}}", key), "", key))
		return
	}
	f.milliseconds(c, method.Timeout, key, "timeout")
	shell := method.Shell
	if shell == nil {
		if method.Type == "shell" && c.sure(key+".shell") {
			f.refuse(f.at("is required, as the type is shell", "", key, "shell"))
		}
		return
	}
	if (shell.LogStderr == nil || !*shell.LogStderr) && c.sure(key+".shell.logStderr") {
		f.warn(f.at("should be true: the reason for each decision is written to stderr", "", key, "shell", "logStderr"))
	}
	if (filepath.Base(shell.Entrypoint) != key || len(shell.Command) > 0) && c.sure(key+".shell.entrypoint", key+".shell.command") {
		f.warn(f.at(fmt.Sprintf("should be /%s without a command, the program of this autoscaler", key), strconv.Quote(shell.Entrypoint), key, "shell", "entrypoint"))
	}
}

// milliseconds warns of a time that was surely meant in seconds.
func (f *findings) milliseconds(c *Config, value int, path ...string) {
	if value < 1000 && c.sure(strings.Join(path, ".")) {
		f.warn(f.at(fmt.Sprintf("is in milliseconds; %d seconds are %d000", value, value), strconv.Itoa(value), path...))
	}
}

// times checks that a load test fits into the framework's schedule.
func (f *findings) times(c *Config, plan *loadtest.Plan) {
	f.ramp(c)
	if !c.sure(timeKeys...) {
		return
	}
	f.timeout(c, plan)
	f.interval(c)
}

// timeout checks that a load test ends before the framework ends it.
func (f *findings) timeout(c *Config, plan *loadtest.Plan) {
	probe := c.LoadTest.Warmup + c.LoadTest.RunTime
	key := c.LoadTest.timeKey()
	limit := c.MetricTimeout()
	switch rest := limit - probe - Margin(limit); {
	case !c.sure("metric.timeout"):
	case limit > 0 && rest < 0:
		f.refuse(f.at(fmt.Sprintf("warmup + %s + a margin of %s must be at most metric.timeout, %s",
			key, Margin(limit), limit), (probe + Margin(limit)).String(), "loadTest", key))
	case limit > 0 && plan != nil && rest < plan.Overhead():
		f.warn(f.at(fmt.Sprintf("leaves %s of metric.timeout, %s, for Locust to start and to end; with less than %s a run can be cut short",
			rest, limit, plan.Overhead()), c.LoadTest.RunTime.String(), "loadTest", "runTime"))
	}
}

// interval checks that there is time between the load tests.
func (f *findings) interval(c *Config) {
	if !c.sure("interval") {
		return
	}
	probe := c.LoadTest.Warmup + c.LoadTest.RunTime
	key := c.LoadTest.timeKey()
	interval := time.Duration(c.Framework.Interval) * time.Millisecond
	if probe > interval/2 {
		f.warn(f.at(fmt.Sprintf("warmup + %s should be at most half of the interval, %s: the probe is load too, and runs longer than the interval follow one another without a pause", key, interval),
			probe.String(), "loadTest", key))
	}
	if window := time.Duration(c.Framework.DownscaleStabilization) * time.Second; window >= interval && c.sure("downscaleStabilization", "knee", "decay") {
		already := "decay.unchangedRuns does that already"
		if c.Knee != nil {
			already = "knee takes time for that already, and what it learns from a step down comes late"
		}
		f.warn(f.at(fmt.Sprintf("delays every step down by the window, %s; %s", window, already), "", "downscaleStabilization"))
	}
}

// ramp checks that the users are there when the counting begins: less load than was asked for looks like a fast service. In
// stages they come when they are asked for; they must only be able to come at all.
func (f *findings) ramp(c *Config) {
	l := c.LoadTest
	if !c.sure(loadKeys...) || l.open() || l.SpawnRate == 0 {
		return
	}
	ramp := time.Duration(float64(l.Users-1) / l.SpawnRate * float64(time.Second)).Round(time.Millisecond)
	rule := fmt.Sprintf("users / spawnRate is %s, in which there is less load than asked for; it ", ramp)
	switch {
	case ramp >= l.Warmup+l.RunTime:
		f.refuse(f.at(rule+fmt.Sprintf("must be less than warmup + %s, %s", l.timeKey(), l.Warmup+l.RunTime), "", "loadTest", "spawnRate"))
	case ramp > l.Warmup && len(l.Stages) == 0:
		f.warn(f.at(rule+fmt.Sprintf("should be at most the warmup, %s", l.Warmup), "", "loadTest", "spawnRate"))
	}
}

func (f *findings) replicas(c *Config) {
	if c.Framework.MinReplicas > c.Framework.MaxReplicas && c.sure("minReplicas", "maxReplicas") {
		f.refuse(f.at(fmt.Sprintf("must be at most maxReplicas, %d", c.Framework.MaxReplicas), fmt.Sprint(c.Framework.MinReplicas), "minReplicas"))
	}
	if c.Framework.MinReplicas == 0 && c.sure("minReplicas") {
		f.warn(f.at("means the same as 1: a service without pods cannot be measured, so the last one is never taken away", "0", "minReplicas"))
	}
}

// locustfile warns of what is not as with a task script.
func (f *findings) locustfile(c *Config, plan *loadtest.Plan) {
	if plan == nil || !plan.ByLocust() {
		return
	}
	f.warn(f.at("is a locustfile, whose requests only its run shows: whether the targets are among them was not checked", "", "loadTest", "script"))
	if c.sure(loadKeys...) {
		f.found = append(f.found, c.RequireUsers(plan)...)
	}
	for _, key := range c.WithoutEffect(plan) {
		if !c.sure(key) {
			continue
		}
		f.warn(f.at("has no effect on a locustfile, which says that itself", "", strings.Split(key, ".")...))
	}
}

// WithoutEffect are the keys that differ from their default although they mean nothing to the script: Locust has no
// settings for them.
func (c *Config) WithoutEffect(plan *loadtest.Plan) []string {
	if !plan.ByLocust() {
		return nil
	}
	l, standard := c.LoadTest, Default().LoadTest
	var keys []string
	for _, key := range []struct {
		name    string
		differs bool
	}{
		{"loadTest.timeout", l.Timeout != standard.Timeout},
		{"loadTest.seed", l.Seed != standard.Seed},
		{"loadTest.http", l.HTTP != standard.HTTP},
		{"loadTest.connections", l.Reuse != standard.Reuse || l.ConnectionWarmup != standard.ConnectionWarmup || l.Connections != standard.Connections},
		{"loadTest.tls", l.TLS != standard.TLS},
	} {
		if key.differs {
			keys = append(keys, key.name)
		}
	}
	return keys
}

func (l LoadTest) open() bool { return l.Rate > 0 || l.OpenStages }

// timeKey is the key that says how long the load lasts.
func (l LoadTest) timeKey() string {
	if len(l.Stages) > 0 {
		return "stages"
	}
	return "runTime"
}
