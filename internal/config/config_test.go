package config_test

import (
	"log/slog"
	"net/url"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/latency-pod-autoscaler/lpa/internal/config"
	"github.com/latency-pod-autoscaler/lpa/internal/scaling"
	"github.com/latency-pod-autoscaler/lpa/loadtest"
	"github.com/latency-pod-autoscaler/lpa/loadtest/strictyaml"
	"github.com/stretchr/testify/require"
)

func environment(values map[string]string) config.Lookup {
	return func(name string) (string, bool) { v, set := values[name]; return v, set }
}

func write(t *testing.T, name, text string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), name)
	require.NoError(t, os.WriteFile(path, []byte(text), 0o600))
	return path
}

const complete = `
metric:   {type: shell, timeout: 60000, shell: {entrypoint: /metric, logStderr: true}}
evaluate: {type: shell, timeout: 5000,  shell: {entrypoint: /evaluate, command: [--x], logStderr: true}}
runMode: per-resource
interval: 60000
minReplicas: 2
maxReplicas: 20
kubernetesMetricSpecs: [{type: Resource}]
loadTest:
  script: /tasks/other.yaml
  host: https://fibonacci:5000/api
  users: 30
  spawnRate: 7.5
  runTime: 25s
  warmup: 0s
  timeout: 3s
  seed: 9
  http: 2
  connections: {reuse: [5, 10], age: [20s, 40s], warmup: 1, count: 12}
  tls: {ca: ca.pem, cert: c.pem, key: k.pem, serverName: x}
targets:
  - {method: GET, endpoint: "/fibonacci?n=10", type: p99.9, target: 250ms}
  - {method: POST, endpoint: login, type: mean, target: 7}
  - {method: GET, endpoint: /a, type: failureRatio, target: 5%}
  - {method: GET, endpoint: /b, type: failureRatio, target: 0.01}
decay: {replicas: 2, unchangedRuns: 0, confidence: 95%}
onUntrusted: {atLeast: 4}
mode: observe
state: {file: /var/state.json, annotation: true}
decisionLog: {maxSize: 1.5MB}
announce: {event: true, annotation: true}
log: {format: json, level: warn}
telemetry: {otlp: {endpoint: "https://collector:4318/otlp", headers: {X-Scope-OrgID: shop}, timeout: 2s}}
`

func TestEveryKeyIsRead(t *testing.T) {
	cfg, err := config.Load(write(t, "config.yaml", complete), environment(nil))
	require.NoError(t, err)
	require.Equal(t, config.LoadTest{
		Script: "/tasks/other.yaml", Host: &url.URL{Scheme: "https", Host: "fibonacci:5000", Path: "/api"}, Users: 30, SpawnRate: 7.5,
		RunTime: 25 * time.Second, Timeout: 3 * time.Second, Seed: 9, HTTP: 2, ConnectionWarmup: 1, Connections: 12,
		Reuse:   loadtest.Reuse{Min: 5, Max: 10, MinAge: 20 * time.Second, MaxAge: 40 * time.Second},
		Arrival: loadtest.Constant, MaxUsers: loadtest.DefaultMaxUsers,
		TLS: config.TLS{CA: "ca.pem", Certificate: "c.pem", Key: "k.pem", ServerName: "x"},
	}, cfg.LoadTest)
	require.Equal(t, []scaling.Target{
		{Method: "GET", Endpoint: "/fibonacci?n=10", Statistic: scaling.Statistic{Kind: scaling.Percentile, Quantile: 0.999}, Limit: 250},
		{Method: "POST", Endpoint: "login", Statistic: scaling.Statistic{Kind: scaling.Mean}, Limit: 7},
		{Method: "GET", Endpoint: "/a", Statistic: scaling.Statistic{Kind: scaling.FailureRatio}, Limit: 0.05},
		{Method: "GET", Endpoint: "/b", Statistic: scaling.Statistic{Kind: scaling.FailureRatio}, Limit: 0.01},
	}, cfg.Targets)
	require.Equal(t, scaling.Policy{Decay: &scaling.Decay{Replicas: 2, Confidence: 0.95}, Untrusted: scaling.OnUntrusted{Action: scaling.AtLeast, Replicas: 4, After: 3}, MinReplicas: 2, MaxReplicas: 20}, cfg.Policy())
	require.Equal(t, config.Observe, cfg.Mode)
	require.Equal(t, config.State{File: "/var/state.json", Annotation: true}, cfg.State)
	require.Equal(t, config.DecisionLog{File: "/var/decisions.jsonl", MaxSize: 1_500_000}, cfg.DecisionLog)
	require.Equal(t, config.Announce{Event: true, Annotation: true}, cfg.Announce)
	require.Equal(t, config.Log{JSON: true, Level: slog.LevelWarn}, cfg.Log)
	require.Equal(t, config.Telemetry{OTLP: &config.OTLP{
		Endpoint: &url.URL{Scheme: "https", Host: "collector:4318", Path: "/otlp"}, Headers: map[string]string{"X-Scope-OrgID": "shop"}, Timeout: 2 * time.Second,
	}}, cfg.Telemetry)
	require.Equal(t, []time.Duration{time.Minute, 5 * time.Second}, []time.Duration{cfg.MetricTimeout(), cfg.EvaluateTimeout()})
	require.Equal(t, "/evaluate", cfg.Framework.Evaluate.Shell.Entrypoint)
	require.Equal(t, []string{"--x"}, cfg.Framework.Evaluate.Shell.Command)
}

func TestEmptyFileIsTheDefault(t *testing.T) {
	cfg, err := config.Load(write(t, "config.yaml", ""), environment(nil))
	require.NoError(t, err)
	want := config.Default()
	require.Equal(t, want.LoadTest, cfg.LoadTest)
	require.Equal(t, want.Decay, cfg.Decay)
	require.Equal(t, want.State, cfg.State)
	require.Equal(t, want.Framework, cfg.Framework)
	require.ErrorContains(t, cfg.RequireHost().Err(), "config.yaml:1:1: loadTest.host: is required, such as http://fibonacci:5000")
	require.ErrorContains(t, cfg.RequireTargets().Err(), "config.yaml:1:1: targets: at least one is required")
}

func TestEnvironmentOverridesTheFile(t *testing.T) {
	cfg, err := config.Load(write(t, "config.yaml", complete), environment(map[string]string{
		"loadTest": "{users: 5, connections: {reuse: 7}}",
		"targets":  "- {method: GET, endpoint: /z, type: max, target: 1s}",
		"decay":    "unchangedRuns: 9",
		"interval": "15000",
		"metric":   "{type: shell, timeout: 9000, shell: {entrypoint: /other}}",
		"mode":     "act",
	}))
	require.NoError(t, err)
	require.Equal(t, []any{5, 7.5, 25 * time.Second, loadtest.Reuse{Min: 7, Max: 7, MinAge: 20 * time.Second, MaxAge: 40 * time.Second}},
		[]any{cfg.LoadTest.Users, cfg.LoadTest.SpawnRate, cfg.LoadTest.RunTime, cfg.LoadTest.Reuse}, "our mappings are merged")
	require.Len(t, cfg.Targets, 1, "lists are replaced")
	require.Equal(t, &scaling.Decay{Replicas: 2, UnchangedRuns: 9, Confidence: 0.95}, cfg.Decay)
	require.Equal(t, 15000, cfg.Framework.Interval)
	require.Nil(t, cfg.Framework.Metric.Shell.LogStderr, "the framework replaces its own mappings")
	require.Equal(t, config.Act, cfg.Mode)
}

func TestLoadModels(t *testing.T) {
	second := func(n int) time.Duration { return time.Duration(n) * time.Second }
	for name, test := range map[string]struct {
		file, variable string
		want           func(l *config.LoadTest)
	}{
		"a rate": {"{rate: 30/m, arrival: poisson, maxUsers: 7}", "", func(l *config.LoadTest) {
			l.Rate, l.Arrival, l.MaxUsers, l.Users = 0.5, loadtest.Poisson, 7, 7
		}},
		"stages of users": {"{stages: [{for: 10s, users: 20}, {for: 30s, users: 20, to: 50}]}", "", func(l *config.LoadTest) {
			l.Stages = []loadtest.Stage{{For: second(10), From: 20, To: 20}, {For: second(30), From: 20, To: 50}}
			l.Users, l.SpawnRate, l.RunTime = 50, 0, second(40)
		}},
		"stages of a rate": {"{stages: [{for: 10s, rate: 20/s}, {for: 30s, rate: 20/s, to: 0.5/s}]}", "", func(l *config.LoadTest) {
			l.Stages = []loadtest.Stage{{For: second(10), From: 20, To: 20}, {For: second(30), From: 20, To: 0.5}}
			l.OpenStages, l.RunTime = true, second(40)
		}},
		"a rate replaces users": {"{users: 30, spawnRate: 3}", "{rate: 5/s}", func(l *config.LoadTest) { l.Rate = 5 }},
		"users replace a rate":  {"{rate: 5/s, arrival: poisson, maxUsers: 50}", "{users: 3}", func(l *config.LoadTest) { l.Users, l.SpawnRate = 3, 3 }},
		"stages of users replace a rate": {"{rate: 5/s, arrival: poisson, maxUsers: 50}", "{stages: [{for: 1s, users: 2}]}", func(l *config.LoadTest) {
			l.Stages, l.Users, l.SpawnRate, l.RunTime = []loadtest.Stage{{For: second(1), From: 2, To: 2}}, 2, 0, second(1)
		}},
		"stages of a rate keep what belongs to it": {"{rate: 5/s, arrival: poisson, maxUsers: 50}", "{stages: [{for: 1s, rate: 2/s}]}", func(l *config.LoadTest) {
			l.Stages, l.OpenStages, l.RunTime = []loadtest.Stage{{For: second(1), From: 2, To: 2}}, true, second(1)
			l.Arrival, l.MaxUsers = loadtest.Poisson, 50
		}},
		"stages replace the time": {"{users: 30, runTime: 1m}", "{stages: [{for: 1s, rate: 2/s}]}", func(l *config.LoadTest) {
			l.Stages, l.OpenStages, l.RunTime = []loadtest.Stage{{For: second(1), From: 2, To: 2}}, true, second(1)
		}},
	} {
		t.Run(name, func(t *testing.T) {
			variables := map[string]string{}
			if test.variable != "" {
				variables["loadTest"] = test.variable
			}
			cfg, err := config.Load(write(t, "config.yaml", "loadTest: "+test.file), environment(variables))
			require.NoError(t, err)
			want := config.Default().LoadTest
			test.want(&want)
			require.Equal(t, want, cfg.LoadTest)
		})
	}
}

func TestOriginalsEnvironment(t *testing.T) {
	evaluation := write(t, "evaluation.yaml", `
targets:
  - method: "GET"
    endpoint: "/fibonacci?n=10"
    type: "mean"
    target: 7
decay:
  replicas: 1
  unchangedRuns: 3
`)
	cfg, err := config.Load(config.DefaultPath, environment(map[string]string{
		"locustHost": "http://fibonacci:5000", "locustRunTime": "25", "locustUsers": "15", "locustHatchRate": "5", "locustFilePath": "/l.yaml",
		"evaluationConfigFilePath": evaluation, "decayInfoFilePath": "/decay/info.json",
	}))
	require.NoError(t, err)
	l := cfg.LoadTest
	require.Equal(t, []any{"http://fibonacci:5000", 25 * time.Second, 15, 5.0, "/l.yaml"}, []any{l.Host.String(), l.RunTime, l.Users, l.SpawnRate, l.Script})
	require.Equal(t, []scaling.Target{{Method: "GET", Endpoint: "/fibonacci?n=10", Statistic: scaling.Statistic{Kind: scaling.Mean}, Limit: 7}}, cfg.Targets)
	require.Equal(t, config.State{File: "/decay/info.json"}, cfg.State)

	cfg, err = config.Load(write(t, "config.yaml", complete), environment(map[string]string{"locustRunTime": "1m30s", "decayInfoFilePath": "/d.json"}))
	require.NoError(t, err)
	require.Equal(t, 90*time.Second, cfg.LoadTest.RunTime, "the environment overrides the file in the original's spelling too")
	require.Equal(t, config.State{File: "/d.json", Annotation: true}, cfg.State)
}

func TestProblems(t *testing.T) {
	for name, test := range map[string]struct {
		yaml string
		env  map[string]string
		want []string // FILE stands for the path of the configuration
	}{
		"unknown and misspelt keys": {"loadtest: {}\nrunmode: x\nsurplus: 1\n", nil, []string{
			"FILE:1:1: loadtest: unknown key; did you mean loadTest?",
			"FILE:2:1: runmode: unknown key; did you mean runMode?",
			"FILE:3:1: surplus: unknown key; known here: announce, apiConfig, cpuInitializationPeriod, decay, decisionLog, downscaleStabilization, evaluate, initialReadinessDelay, interval, knee, kubernetesMetricSpecs, loadTest, log, logVerbosity, maxReplicas, metric, minReplicas, mode, namespace, onUntrusted, postEvaluate, postMetric, postScale, preEvaluate, preMetric, preScale, requireKubernetesMetrics, runMode, scaleTargetRef, startTime, state, targets, telemetry",
		}},
		"the framework's keys": {"metric: {type: shel, timeout: 0, shell: {}}\ninterval: 10s\nrunMode: per-node\nminReplicas: -1\n", nil, []string{
			`FILE:1:16: metric.type: must be shell or http (did you mean shell?), got "shel"`,
			"FILE:1:31: metric.timeout: must be a whole number of at least 1, got 0",
			"FILE:1:41: metric.shell.entrypoint: is required, such as entrypoint: /metric",
			`FILE:2:11: interval: must be a number of milliseconds without a unit, such as 10000, got "10s"`,
			`FILE:3:10: runMode: must be per-resource or per-pod (did you mean per-pod?), got "per-node"`,
			"FILE:4:14: minReplicas: must be a whole number of at least 0, got -1",
		}},
		"the load test": {"loadTest: {host: fibonacci:5000, users: 0, spawnRate: 0, runTime: 10ms, warmup: -1s, seed: 1.5, connections: {reuse: [5]}, tls: {cert: a}, rat: 5/s}\n", nil, []string{
			`FILE:1:18: loadTest.host: must be an address such as http://fibonacci:5000, got "fibonacci:5000"`,
			"FILE:1:41: loadTest.users: must be a whole number from 1 to 50000, got 0",
			"FILE:1:55: loadTest.spawnRate: must be a number of more than 0, got 0",
			`FILE:1:67: loadTest.runTime: must be from 100ms to 1000h0m0s, got "10ms"`,
			`FILE:1:81: loadTest.warmup: must be from 0s to 1000h0m0s, got "-1s"`,
			"FILE:1:92: loadTest.seed: must be a whole number of at least 0, got 1.5",
			"FILE:1:118: loadTest.connections.reuse: must be a number of requests or a range such as [20, 50]",
			"FILE:1:129: loadTest.tls: cert and key belong together",
			"FILE:1:140: loadTest.rat: unknown key; did you mean rate?",
		}},
		"load models": {"loadTest:\n  users: 5\n  rate: 5/s\n  spawnRate: 2\n  stages: [{for: 1s, users: 1, rate: 1/s}, {for: 1s}, {for: 1s, users: 5}, {for: 1s, rate: 5, to: 2}]\n  runTime: 5s\n  http: 3\n  connections: {reuse: [2, 1], age: 1, warmup: 20, count: 0}\n", nil, []string{
			"FILE:3:9: loadTest.rate: is the open model and users the closed one; keep one of them",
			"FILE:4:14: loadTest.spawnRate: belongs to users; with a rate, users are added as they are needed",
			"FILE:5:12: loadTest.stages[0]: a stage has either users or a rate, such as {for: 10s, users: 20}",
			"FILE:5:44: loadTest.stages[1]: a stage has either users or a rate, such as {for: 10s, users: 20}",
			"FILE:5:76: loadTest.stages[3]: all stages are of users, or all are of a rate",
			`FILE:5:92: loadTest.stages[3].rate: must be a rate from one in 11 days to a million per second, such as 2/s or 30/m, got 5`,
			`FILE:5:99: loadTest.stages[3].to: must be a rate from one in 11 days to a million per second, such as 2/s or 30/m, got 2`,
			"FILE:6:12: loadTest.runTime: is the sum of the stages; leave it out",
			`FILE:7:9: loadTest.http: must be 1, 1.1 or 2, got 3`,
			"FILE:8:28: loadTest.connections.reuse[1]: must be at least the first, 2, got 1",
			"FILE:8:37: loadTest.connections.age: must be a duration with a unit, such as 250ms, 1.5s or 2m, got 1",
			"FILE:8:59: loadTest.connections.count: must be a whole number from 1 to 50000, got 0",
		}},
		"targets": {"targets:\n- {method: GET, endpoint: /, type: p95, target: 0}\n- {method: GET, endpoint: /, type: p95, target: 2h}\n- {method: GET, endpoint: /, type: failureRatio, target: 100%}\n- {endpoint: /, type: mean, target: -5ms}\n", nil, []string{
			"FILE:2:49: targets[0].target: must be more than 0 and at most an hour, in milliseconds as there is no unit, got 0",
			`FILE:3:49: targets[1].target: must be a duration of more than 0 and at most an hour, such as 250ms; a bare number is in milliseconds, got "2h"`,
			`FILE:4:58: targets[2].target: must be a share of at least 0% and less than 100%, such as 5% or 0.05, got "100%"`,
			"FILE:5:3: targets[3].method: is required, such as method: GET",
			`FILE:5:37: targets[3].target: must be a duration of more than 0 and at most an hour, such as 250ms; a bare number is in milliseconds, got "-5ms"`,
		}},
		"more targets than can be remembered": {"mode: act\ntargets:\n" + strings.Repeat("- {method: GET, endpoint: /, type: p95, target: 1}\n", 1001), nil, []string{
			"FILE:3:1: targets: must be at most 1000, got 1001",
		}},
		"decay, mode and state": {"decay: {replicas: -1, unchangedRuns: -1}\nmode: dry\nstate: {annotation: 1, file: \"\"}\ntargets: []\n", nil, []string{
			"FILE:1:19: decay.replicas: must be a whole number of at least 0, got -1",
			"FILE:1:38: decay.unchangedRuns: must be a whole number of at least 0, got -1",
			`FILE:2:7: mode: must be act or observe, got "dry"`,
			"FILE:3:21: state.annotation: must be true or false, got 1",
			`FILE:3:30: state.file: must be a path, got ""`,
			"FILE:4:10: targets: at least one target is required",
		}},
		"two policies":                    {"decay: {}\nknee: {}\n", nil, []string{"FILE:2:7: knee: is another policy than decay; keep one of them"}},
		"two policies in the environment": {"decay: {}\n", map[string]string{"decay": "{replicas: 2}", "knee": "{}"}, []string{"env knee:1:1: knee: is another policy than decay; keep one of them"}},
		"knee": {"knee: {breachEvery: 1, baseline: 0s, margin: 3}\n", nil, []string{
			"FILE:1:21: knee.breachEvery: must be a whole number from 5 to 10000, got 1",
			`FILE:1:34: knee.baseline: must be a duration of more than 0 and at most an hour, such as 250ms; a bare number is in milliseconds, got "0s"`,
			"FILE:1:38: knee.margin: unknown key; known here: baseline, breachEvery",
		}},
		"confidence": {"decay: {confidence: 50%}\n", nil, []string{
			`FILE:1:21: decay.confidence: must be more than 50% and less than 100%, such as 95% or 0.95, got "50%"`,
		}},
		"onUntrusted is another word": {"onUntrusted: fallback\n", nil, []string{`FILE:1:14: onUntrusted: must be hold, or such as {fallback: 5, after: 3} or {atLeast: 5, after: 3}, got "fallback"`}},
		"onUntrusted is a list":       {"onUntrusted: [hold]\n", nil, []string{"FILE:1:14: onUntrusted: must be hold, or such as {fallback: 5, after: 3} or {atLeast: 5, after: 3}, got a list"}},
		"onUntrusted twice": {"onUntrusted: {fallback: 0, atLeast: x, after: 0, of: 3}\n", nil, []string{
			"FILE:1:25: onUntrusted.fallback: must be a whole number of at least 1, got 0",
			"FILE:1:37: onUntrusted.atLeast: is another answer than fallback; keep one of them",
			`FILE:1:37: onUntrusted.atLeast: must be a whole number of at least 1, got "x"`,
			"FILE:1:47: onUntrusted.after: must be a whole number of at least 1, got 0",
			"FILE:1:50: onUntrusted.of: unknown key; known here: after, atLeast, fallback",
		}},
		"onUntrusted without an answer": {"onUntrusted: {after: 3}\n", nil, []string{"FILE:1:14: onUntrusted: must have fallback or atLeast, such as {fallback: 5, after: 3}"}},
		"the log and announcements": {"decisionLog: {maxSize: 5, files: x}\nannounce: {event: 1, events: true}\n", nil, []string{
			"FILE:1:24: decisionLog.maxSize: must be a size from 100kB to 1GB, such as 20MB, got 5",
			"FILE:1:27: decisionLog.files: unknown key; did you mean file?",
			"FILE:2:19: announce.event: must be true or false, got 1",
			"FILE:2:22: announce.events: unknown key; did you mean event?",
		}},
		"the log is another word": {"decisionLog: on\nannounce: yes\n", nil, []string{`FILE:1:14: decisionLog: must be off, or such as {file: /state/decisions.jsonl, maxSize: 20MB}, got "on"`, `FILE:2:11: announce: must be a mapping, got "yes"`}},
		"the log is too large":    {"decisionLog: {maxSize: 2GB}\n", nil, []string{`FILE:1:24: decisionLog.maxSize: must be a size from 100kB to 1GB, such as 20MB, got "2GB"`}},
		"the log is a list":       {"decisionLog: []\n", nil, []string{"FILE:1:14: decisionLog: must be off, or such as {file: /state/decisions.jsonl, maxSize: 20MB}, got a list"}},
		"the log is the state": {"state: {file: a/s.json}\ndecisionLog: {file: ./a/s.json}\n", nil, []string{
			`FILE:2:21: decisionLog.file: must be another file than that of state.file, which would be overwritten, got "./a/s.json"`,
		}},
		"the log is what a state is put aside as": {"state: {file: a/s.json}\ndecisionLog: {file: a/s.json.bad}\n", nil, []string{
			`FILE:2:21: decisionLog.file: must be another file than that of state.file, which would be overwritten, got "a/s.json.bad"`,
		}},
		"the state is the log beside it": {"state: {file: a/decisions.jsonl}\n", nil, []string{
			`FILE:1:15: state.file: must be another file than that of decisionLog.file, which would be overwritten, got "a/decisions.jsonl"`,
		}},
		"what is read is written": {"loadTest: {script: a/tasks.yaml, tls: {ca: a/log.1}}\n", map[string]string{"state": "{file: a/tasks.yaml}", "decisionLog": "{file: a/log}"}, []string{
			`env state:1:8: state.file: must be another file than that of loadTest.script, which would be overwritten, got "a/tasks.yaml"`,
			`env decisionLog:1:8: decisionLog.file: must be another file than that of loadTest.tls.ca, which would be overwritten, got "a/log"`,
		}},
		"the form of the log": {"log: {format: xml, level: debug, to: x}\n", nil, []string{
			`FILE:1:15: log.format: must be text or json, got "xml"`,
			`FILE:1:27: log.level: must be info, warn or error, got "debug"`,
			"FILE:1:34: log.to: unknown key; known here: format, level",
		}},
		"telemetry is another word": {"telemetry: on\n", nil, []string{`FILE:1:12: telemetry: must be off, or such as {otlp: {endpoint: http://collector:4318}}, got "on"`}},
		"telemetry to nowhere": {"telemetry: {otlp: {endpoint: collector:4318, timeout: 5, retries: 3}, zipkin: {}}\n", nil, []string{
			`FILE:1:30: telemetry.otlp.endpoint: must be an address such as http://collector:4318, without user, query and fragment, got "collector:4318"`,
			`FILE:1:55: telemetry.otlp.timeout: must be a duration with a unit, such as 250ms, 1.5s or 2m, got 5`,
			"FILE:1:58: telemetry.otlp.retries: unknown key; known here: endpoint, headers, timeout",
			"FILE:1:71: telemetry.zipkin: unknown key; known here: otlp",
		}},
		"headers that are none, of which the values can be secrets": {"telemetry: {otlp: {headers: {a b: secret, c: \"secret\\nd\", e: [secret]}}}\n", nil, []string{
			"FILE:1:30: telemetry.otlp.headers.a b: must be the name of a header",
			"FILE:1:46: telemetry.otlp.headers.c: must be the value of a header, which has no line breaks",
			"FILE:1:62: telemetry.otlp.headers.e: must be text, got a list",
		}},
		"the environment": {"", map[string]string{"loadTest": "{users: x", "decay": "replicas: none", "interval": "5s"}, []string{
			`env interval:1:1: interval: must be a number of milliseconds without a unit, such as 5000, got "5s"`,
			`env loadTest:1:1: must be YAML: did not find expected ',' or '}'; look at this line and the next: the indentation, and quotes around values with any of : , ? # { } [ ]`,
			`env decay:1:11: decay.replicas: must be a whole number of at least 0, got "none"`,
		}},
		"both spellings": {"", map[string]string{"loadTest": "{host: http://a}", "locustHost": "http://b", "locustUsers": "ten"}, []string{
			`env locustHost:1:1: loadTest.host: given by the environment variables loadTest and locustHost; keep one of them, got "http://b"`,
			`env locustUsers:1:1: loadTest.users: must be a whole number from 1 to 50000, got "ten"`,
		}},
		"a rate and the original's users": {"", map[string]string{"loadTest": "{rate: 5/s}", "locustUsers": "10"}, []string{
			`env locustUsers:1:1: loadTest.users: is another load than the one in the environment variable loadTest; keep one of them, got "10"`,
		}},
	} {
		t.Run(name, func(t *testing.T) {
			path := write(t, "config.yaml", test.yaml)
			_, err := config.Load(path, environment(test.env))
			require.Error(t, err)
			require.ElementsMatch(t, test.want, strings.Split(strings.ReplaceAll(err.Error(), path, "FILE"), "\n"))
		})
	}
}

// TestTheConfigurationIsNoState keeps evaluate from putting its state in the place of the configuration.
func TestTheConfigurationIsNoState(t *testing.T) {
	path := write(t, "config.yaml", "")
	_, err := config.Load(path, environment(map[string]string{"state": "{file: " + path + "}"}))
	require.EqualError(t, err, "env state:1:8: state.file: must be another file than that of the configuration, which would be overwritten, got "+strconv.Quote(path))
}

// TestOriginalsEvaluationConfiguration holds who overrides whom: variables the files, and the original's file, if a
// variable names it, the configuration file.
func TestOriginalsEvaluationConfiguration(t *testing.T) {
	file := write(t, "config.yaml", complete)
	evaluation := write(t, "evaluation.yaml", "targets: [{method: GET, endpoint: /e, type: max, target: 9}]\ndecay: {unchangedRuns: 7}\n")
	explicit := map[string]string{"evaluationConfigFilePath": evaluation, "decayInfoFilePath": "/decay.json"}
	cfg, err := config.Load(file, environment(explicit))
	require.NoError(t, err)
	require.Equal(t, "/e", cfg.Targets[0].Endpoint)
	require.Len(t, cfg.Targets, 1)
	require.Equal(t, &scaling.Decay{Replicas: 2, UnchangedRuns: 7, Confidence: 0.95}, cfg.Decay)
	require.Equal(t, config.State{File: "/decay.json", Annotation: true}, cfg.State)

	explicit["targets"] = "[{method: GET, endpoint: /v, type: max, target: 9}]"
	explicit["decay"] = "{replicas: 3}"
	explicit["state"] = "{file: /own.json}"
	_, err = config.Load(file, environment(explicit))
	require.EqualError(t, err, "env targets:1:1: targets: given by this variable and by the file of evaluationConfigFilePath; keep one of them\n"+
		"env decay:1:1: decay: given by this variable and by the file of evaluationConfigFilePath; keep one of them")

	delete(explicit, "evaluationConfigFilePath")
	cfg, err = config.Load(file, environment(explicit))
	require.NoError(t, err)
	require.Equal(t, "/v", cfg.Targets[0].Endpoint)
	require.Equal(t, config.State{File: "/own.json", LegacyFile: "/decay.json", Annotation: true}, cfg.State)
}

// TestPolicies holds that a source's policy replaces that of a weaker one.
func TestPolicies(t *testing.T) {
	evaluation := write(t, "evaluation.yaml", "decay: {unchangedRuns: 7}\n")
	knee := func(every int) scaling.Policy { return scaling.Policy{Knee: &scaling.Knee{BreachEvery: every}} }
	decay := func(runs int) scaling.Policy {
		return scaling.Policy{Decay: &scaling.Decay{Replicas: 1, UnchangedRuns: runs}}
	}
	for name, test := range map[string]struct {
		file string
		env  map[string]string
		want scaling.Policy
	}{
		"neither is decay":                         {"", nil, decay(3)},
		"knee":                                     {"knee:", nil, knee(60)},
		"knee with its keys":                       {"knee: {breachEvery: 30, baseline: 5}", nil, scaling.Policy{Knee: &scaling.Knee{BreachEvery: 30, Baseline: 5}}},
		"a variable with knee replaces decay":      {"decay: {unchangedRuns: 9}", map[string]string{"knee": "{}"}, knee(60)},
		"a variable with decay replaces knee":      {"knee: {breachEvery: 5}", map[string]string{"decay": "{unchangedRuns: 9}"}, decay(9)},
		"a variable with knee is merged over knee": {"knee: {breachEvery: 7}", map[string]string{"knee": "{baseline: 60ms}"}, scaling.Policy{Knee: &scaling.Knee{BreachEvery: 7, Baseline: 60}}},
		"an empty variable changes nothing":        {"decay: {unchangedRuns: 9}", map[string]string{"knee": ""}, decay(9)},
		"the original's file replaces knee":        {"knee: {}", map[string]string{"evaluationConfigFilePath": evaluation}, decay(7)},
	} {
		t.Run(name, func(t *testing.T) {
			cfg, err := config.Load(write(t, "config.yaml", test.file), environment(test.env))
			require.NoError(t, err)
			test.want.Untrusted.Action = scaling.Hold
			test.want.MinReplicas, test.want.MaxReplicas = 1, 10
			require.Equal(t, test.want, cfg.Policy())
		})
	}
	_, err := config.Load(write(t, "config.yaml", ""), environment(map[string]string{"evaluationConfigFilePath": evaluation, "knee": "{}"}))
	require.EqualError(t, err, "env knee:1:1: knee: is another policy than the decay in the file of evaluationConfigFilePath; keep one of them")
}

func TestOnUntrusted(t *testing.T) {
	for text, want := range map[string]scaling.OnUntrusted{
		"hold":                   {Action: scaling.Hold},
		"{fallback: 5}":          {Action: scaling.Fallback, Replicas: 5, After: 3},
		"{atLeast: 7, after: 1}": {Action: scaling.AtLeast, Replicas: 7, After: 1},
	} {
		cfg, err := config.Load(write(t, "config.yaml", "onUntrusted: {fallback: 9, after: 9}"), environment(map[string]string{"onUntrusted": text}))
		require.NoError(t, err, text)
		require.Equal(t, want, cfg.Policy().Untrusted, "a variable replaces the whole: %s", text)
	}
}

func TestWhereTheDecisionLogIs(t *testing.T) {
	for text, want := range map[string]config.DecisionLog{
		"":                                       {File: "/state/decisions.jsonl", MaxSize: 20_000_000},
		"state: {annotation: true}":              {File: "/state/decisions.jsonl", MaxSize: 20_000_000},
		"state: {file: a/shop.json}":             {File: "a/decisions.jsonl", MaxSize: 20_000_000},
		"decisionLog: off":                       {MaxSize: 20_000_000},
		"decisionLog: {file: ''}":                {MaxSize: 20_000_000},
		"decisionLog: {file: /x, maxSize: 1MiB}": {File: "/x", MaxSize: 1 << 20},
		"decisionLog: {maxSize: 100 kB}":         {File: "/state/decisions.jsonl", MaxSize: 100_000},
	} {
		cfg, err := config.Load(write(t, "config.yaml", text), environment(nil))
		require.NoError(t, err, text)
		require.Equal(t, want, cfg.DecisionLog, text)
	}
	cfg, err := config.Load(write(t, "config.yaml", ""), environment(map[string]string{"decayInfoFilePath": "/decay/info.json"}))
	require.NoError(t, err)
	require.Equal(t, "/decay/decisions.jsonl", cfg.DecisionLog.File)
}

func TestFingerprint(t *testing.T) {
	script := write(t, "tasks.yaml", "tasks: [{get: /a}]")
	base := "loadTest: {script: " + script + ", host: http://x, users: 5}\ntargets: [{method: GET, endpoint: /a, type: p95, target: 9}]\n"
	print := func(text string, env map[string]string) string {
		cfg, err := config.Load(write(t, "config.yaml", text), environment(env))
		require.NoError(t, err)
		return cfg.Fingerprint()
	}
	first := print(base, nil)
	require.Len(t, first, 16)
	require.Equal(t, first, print(base+"knee: {}\nmode: observe\ninterval: 9000\nmaxReplicas: 99\n", nil), "policies and bounds do not change what is measured")
	for _, variable := range []map[string]string{
		{"loadTest": "{users: 6}"}, {"loadTest": "{host: http://y}"}, {"loadTest": "{runTime: 5s}"},
		{"targets": "[{method: GET, endpoint: /a, type: p95, target: 8}]"},
	} {
		require.NotEqual(t, first, print(base, variable), "%v", variable)
	}
	require.NoError(t, os.WriteFile(script, []byte("tasks: [{get: /b}]"), 0o600))
	require.NotEqual(t, first, print(base, nil), "the script is part of the load test")
}

func TestEvaluationConfigIsStrictToo(t *testing.T) {
	path := write(t, "evaluation.yaml", "targets: [{method: GET, endpoint: /, type: avg, target: 5}]\ndecay: {replica: 1}\nextra: 1\n")
	_, err := config.Load(config.DefaultPath, environment(map[string]string{"evaluationConfigFilePath": path}))
	require.EqualError(t, err, path+":1:44: targets[0].type: must be mean, median, max, min, a percentile such as p95 or p99.9, or failureRatio, got \"avg\"\n"+
		path+":2:9: decay.replica: unknown key; did you mean replicas?\n"+
		path+":3:1: extra: unknown key; known here: decay, targets")
	_, err = config.Load(config.DefaultPath, environment(map[string]string{"evaluationConfigFilePath": "/none.yaml"}))
	require.EqualError(t, err, "reading configuration: open /none.yaml: no such file or directory")
}

func TestSecondsForMilliseconds(t *testing.T) {
	cfg, err := config.Load(write(t, "config.yaml", "interval: 60\nmetric: {type: shell, timeout: 30, shell: {entrypoint: /metric, logStderr: true}}\n"), environment(nil))
	require.NoError(t, err)
	text := cfg.Check(nil).Error()
	require.Contains(t, text, ":1:11: warning: interval: is in milliseconds; 60 seconds are 60000, got 60")
	require.Contains(t, text, ":2:32: warning: metric.timeout: is in milliseconds; 30 seconds are 30000, got 30")
}

func TestTheTightestTargetIsThatOfALatency(t *testing.T) {
	for targets, want := range map[string]time.Duration{
		"[{method: GET, endpoint: /a, type: p95, target: 250ms}, {method: GET, endpoint: /b, type: mean, target: 7.5}, {method: GET, endpoint: /a, type: failureRatio, target: 1%}]": 7500 * time.Microsecond,
		"[{method: GET, endpoint: /a, type: failureRatio, target: 0.01}]": 0,
	} {
		cfg, err := config.Load(write(t, "config.yaml", "targets: "+targets), environment(nil))
		require.NoError(t, err)
		options, err := cfg.Options()
		require.NoError(t, err)
		require.Equal(t, want, options.TightestTarget)
	}
}

func TestMissingFile(t *testing.T) {
	_, err := config.Load("/none/config.yaml", environment(nil))
	require.EqualError(t, err, "reading configuration: open /none/config.yaml: no such file or directory")
}

func TestCheck(t *testing.T) {
	plan, err := loadtest.ParseYAML("tasks.yaml", []byte("wait: {between: [5s, 9s]}\ntasks: [{get: /a}, {post: /b}]"), environment(nil))
	require.NoError(t, err)
	path := write(t, "config.yaml", `
metric: {type: shell, timeout: 20000, shell: {entrypoint: python, command: [metric]}}
interval: 10000
minReplicas: 0
downscaleStabilization: 10
loadTest: {host: http://x, runTime: 20s, users: 10, spawnRate: 2}
targets:
  - {method: GET, endpoint: /a, type: p95, target: 10s}
  - {method: GET, endpoint: /c, type: p95, target: 10ms}
  - {method: GET, endpoint: /a, type: failureRatio, target: 20%}
  - {method: POST, endpoint: /b, type: mean, target: 0.25}
`)
	cfg, err := config.Load(path, environment(map[string]string{"maxReplicas": "0", "minReplicas": "0"}))
	require.NoError(t, err)
	var warnings strictyaml.Problems
	for _, p := range cfg.Check(plan).Sorted() {
		if p.Warning {
			warnings = append(warnings, p)
		}
	}
	problems := cfg.Check(plan).Sorted().Refused()
	require.Equal(t, []string{
		"FILE:2:1: evaluate: is required: {type: shell, timeout: 60000, shell: {entrypoint: /evaluate, logStderr: true}}",
		"FILE:2:1: runMode: must be per-resource; per-pod, the framework's default, would load-test once for each pod, got per-pod",
		"FILE:6:37: loadTest.runTime: warmup + runTime + a margin of 2s must be at most metric.timeout, 20s, got 24s",
		"FILE:9:29: targets[1].endpoint: must be a request of the script's tasks, which has GET /a, POST /b (did you mean GET /a?), got GET /c",
	}, strings.Split(strings.ReplaceAll(problems.Error(), path, "FILE"), "\n"))
	require.Equal(t, []string{
		"FILE:2:46: warning: metric.shell.logStderr: should be true: the reason for each decision is written to stderr",
		`FILE:2:59: warning: metric.shell.entrypoint: should be /metric without a command, the program of this autoscaler, got "python"`,
		"FILE:5:25: warning: downscaleStabilization: delays every step down by the window, 10s; decay.unchangedRuns does that already",
		"FILE:6:37: warning: loadTest.runTime: warmup + runTime should be at most half of the interval, 10s: the probe is load too, and runs longer than the interval follow one another without a pause, got 22s",
		"FILE:6:64: warning: loadTest.spawnRate: users / spawnRate is 4.5s, in which there is less load than asked for; it should be at most the warmup, 2s",
		"FILE:8:39: warning: targets[0].type: p95 says little with fewer than 59 samples, and a run has at most 14; use more users, a longer runTime or a shorter wait",
		"FILE:8:52: warning: targets[0].target: is not below loadTest.timeout, 10s: slower requests count as failed before they breach it",
		"FILE:10:61: warning: targets[2].target: never decides: with more than 10 % of failures a run has another verdict than ok",
		"FILE:11:54: warning: targets[3].target: is 0.25 ms; a bare number is in milliseconds",
		"env minReplicas:1:1: warning: minReplicas: means the same as 1: a service without pods cannot be measured, so the last one is never taken away, got 0",
	}, strings.Split(strings.ReplaceAll(warnings.Error(), path, "FILE"), "\n"))
}

// TestCheckOfStages holds that what is said of the time of a load names its stages, and that their users can come at all.
func TestCheckOfStages(t *testing.T) {
	plan, err := loadtest.ParseYAML("tasks.yaml", []byte("wait: {constant: 1s}\ntasks: [{get: /a}]"), environment(nil))
	require.NoError(t, err)
	path := write(t, "config.yaml", `
metric: {type: shell, timeout: 20000, shell: {entrypoint: /metric, logStderr: true}}
evaluate: {type: shell, timeout: 20000, shell: {entrypoint: /evaluate, logStderr: true}}
runMode: per-resource
interval: 30000
loadTest: {host: http://x, stages: [{for: 20s, users: 1, to: 4}], spawnRate: 0.1}
targets: [{method: GET, endpoint: /a, type: p99, target: 1s}]
`)
	cfg, err := config.Load(path, environment(nil))
	require.NoError(t, err)
	require.Equal(t, []string{
		"FILE:6:36: loadTest.stages: warmup + stages + a margin of 2s must be at most metric.timeout, 20s, got 24s",
		"FILE:6:36: warning: loadTest.stages: warmup + stages should be at most half of the interval, 30s: the probe is load too, and runs longer than the interval follow one another without a pause, got 22s",
		"FILE:6:78: loadTest.spawnRate: users / spawnRate is 30s, in which there is less load than asked for; it must be less than warmup + stages, 22s",
		"FILE:7:45: warning: targets[0].type: p99 says little with fewer than 299 samples, and a run has at most 50; use more users, longer stages or a shorter wait",
	}, strings.Split(strings.ReplaceAll(cfg.Check(plan).Sorted().Error(), path, "FILE"), "\n"))
}

// TestCheckOfFailureRatios holds that a ratio which a policy that asks for proof can never see proven is warned of.
func TestCheckOfFailureRatios(t *testing.T) {
	plan, err := loadtest.ParseYAML("tasks.yaml", []byte("wait: {constant: 1s}\ntasks: [{get: /a}]"), environment(nil))
	require.NoError(t, err)
	for text, warned := range map[string]string{
		"knee: {}\nloadTest: {users: 1, runTime: 29s}":                 "that takes 299 requests within ten runs, and a run has at most 29; use more users",
		"knee: {}\nloadTest: {users: 1, runTime: 30s}":                 "",
		"decay: {confidence: 95%}\nloadTest: {users: 1, runTime: 29s}": "that takes 299 requests within ten runs",
		"decay: {confidence: 99%}\nloadTest: {users: 1, runTime: 45s}": "that takes 459 requests within ten runs",
		"decay: {}\nloadTest: {users: 1, runTime: 29s}":                "",
	} {
		cfg, err := config.Load(write(t, "config.yaml", "targets: [{method: GET, endpoint: /a, type: failureRatio, target: 1%}]\n"+text), environment(nil))
		require.NoError(t, err)
		told := ""
		for _, p := range cfg.Check(plan) {
			if p.Key == "targets[0].target" {
				told += p.Error()
			}
		}
		if warned == "" {
			require.Empty(t, told, text)
		} else {
			require.Contains(t, told, warned, text)
		}
	}
}

func TestWhatIsLaidOverIsStrongest(t *testing.T) {
	over := func(doc *strictyaml.Document) {
		doc.OverrideString([]string{"loadTest", "users"}, "--users", "3")
		doc.OverrideString([]string{"loadTest", "tls", "ca"}, "--tls-ca", "other.pem")
	}
	cfg, err := config.Load(write(t, "config.yaml", complete), environment(map[string]string{"loadTest": "{users: 5, seed: 4}"}), over)
	require.NoError(t, err)
	require.Equal(t, []any{3, uint64(4), "other.pem", "c.pem"},
		[]any{cfg.LoadTest.Users, cfg.LoadTest.Seed, cfg.LoadTest.TLS.CA, cfg.LoadTest.TLS.Certificate})
}

func TestDefaultsWithWhatIsLaidOverThem(t *testing.T) {
	cfg, err := config.Defaults(environment(map[string]string{"loadTest": "{users: 5}"}))
	require.NoError(t, err)
	require.Equal(t, config.Default().LoadTest, cfg.LoadTest)
	require.Empty(t, cfg.CheckLoad())

	cfg, err = config.Defaults(environment(nil), func(doc *strictyaml.Document) {
		doc.OverrideString([]string{"loadTest", "users"}, "--users", "50")
		doc.OverrideString([]string{"loadTest", "spawnRate"}, "--spawn-rate", "1")
	})
	require.NoError(t, err)
	require.ErrorContains(t, cfg.CheckLoad().Err(), "--spawn-rate:1:1: loadTest.spawnRate: users / spawnRate is 49s")

	_, err = config.Defaults(environment(nil), func(doc *strictyaml.Document) { doc.OverrideString([]string{"loadTest", "seed"}, "--seed", "") })
	require.EqualError(t, err, `--seed:1:1: loadTest.seed: must be a whole number of at least 0, got ""`)
}

func TestAnotherLoadModelIsLaidOver(t *testing.T) {
	over := func(doc *strictyaml.Document) { doc.OverrideString([]string{"loadTest", "rate"}, "--rate", "50/s") }
	cfg, err := config.Load(write(t, "config.yaml", complete), environment(nil), over)
	require.NoError(t, err)
	require.Equal(t, []any{50.0, 25 * time.Second}, []any{cfg.LoadTest.Rate, cfg.LoadTest.RunTime})
}

// TestCheckOfKnee holds what lpa check says of the policy knee and of answers without measurements.
func TestCheckOfKnee(t *testing.T) {
	plan, err := loadtest.ParseYAML("tasks.yaml", []byte("wait: {constant: 1s}\ntasks: [{get: /a}]"), environment(nil))
	require.NoError(t, err)
	const whole = `
metric: {type: shell, timeout: 60000, shell: {entrypoint: /metric, logStderr: true}}
evaluate: {type: shell, timeout: 20000, shell: {entrypoint: /evaluate, logStderr: true}}
runMode: per-resource
minReplicas: 2
maxReplicas: 8
`
	for name, test := range map[string]struct {
		rest string
		want []string
	}{
		"nothing": {"interval: 30000\nloadTest: {users: 20, runTime: 10s}\ntargets: [{method: GET, endpoint: /a, type: p95, target: 120ms}]\nknee: {baseline: 60ms}\n", nil},
		"targets near the idle latency": {"interval: 30000\nloadTest: {users: 20, runTime: 10s}\nknee: {baseline: 60ms}\ntargets:\n" +
			"- {method: GET, endpoint: /a, type: p95, target: 119ms}\n- {method: GET, endpoint: /a, type: mean, target: 74ms}\n- {method: GET, endpoint: /a, type: failureRatio, target: 1%}\n", []string{
			"FILE:11:50: warning: targets[0].target: should be at least 2 times the idle latency, knee.baseline, 60 ms: nearer to it, the service needs two to four times the replicas, got 119 ms",
			"FILE:12:51: targets[1].target: must be at least 1.25 times the idle latency, knee.baseline, 60 ms: no number of replicas makes the service faster than when it is idle, got 74 ms",
		}},
		"runs are rare": {"interval: 120000\nloadTest: {users: 20, runTime: 10s}\nknee: {}\ndownscaleStabilization: 300\ntargets: [{method: GET, endpoint: /a, type: p95, target: 120ms}]\n", []string{
			"FILE:7:11: warning: interval: should be at most 60000 with knee: a change of load is answered after one to two intervals, got 120000",
			"FILE:10:25: warning: downscaleStabilization: delays every step down by the window, 5m0s; knee takes time for that already, and what it learns from a step down comes late",
		}},
		"runs are so rare that there are never two in a row": {"interval: 3600000\nloadTest: {users: 20, runTime: 10s}\nknee: {}\ntargets: [{method: GET, endpoint: /a, type: p95, target: 120ms}]\n", []string{
			"FILE:7:11: interval: must be less than 3600000 with knee: a step down takes two runs in a row, and runs that far apart do not count as that, got 3600000",
		}},
		"runs could be more frequent, with more samples": {"interval: 60000\nloadTest: {users: 8, runTime: 10s}\nknee: {}\ntargets: [{method: GET, endpoint: /a, type: p95, target: 120ms}]\n", []string{
			"FILE:7:11: warning: interval: could be 30000, as warmup + runTime is 12s: with knee that is the cheapest way to fewer breaches, got 60000",
			"FILE:10:45: warning: targets[0].type: with knee should be of at least 100 samples, and a run has at most 80: fewer leave it so unsure that it keeps replicas; use more users, a longer runTime or a shorter wait",
		}},
		"an answer out of bounds": {"interval: 60000\ntargets: [{method: GET, endpoint: /a, type: p95, target: 120ms}]\nonUntrusted: {fallback: 1}\n", []string{
			"FILE:9:25: onUntrusted.fallback: must be from minReplicas to maxReplicas, 2 to 8, got 1",
		}},
		"another answer out of bounds": {"interval: 60000\ntargets: [{method: GET, endpoint: /a, type: p95, target: 120ms}]\nonUntrusted: {atLeast: 9}\n", []string{
			"FILE:9:24: onUntrusted.atLeast: must be from minReplicas to maxReplicas, 2 to 8, got 9",
		}},
	} {
		t.Run(name, func(t *testing.T) {
			path := write(t, "config.yaml", whole+test.rest)
			cfg, err := config.Load(path, environment(nil))
			require.NoError(t, err)
			var got []string
			for _, p := range cfg.Check(plan).Sorted() {
				got = append(got, strings.ReplaceAll(p.Error(), path, "FILE"))
			}
			require.Equal(t, test.want, got)
		})
	}
}

// TestMistakesAreWrittenAsTheLogIs reads how to write from a configuration that is wrong elsewhere, and takes the usual form
// where that cannot be read either.
func TestMistakesAreWrittenAsTheLogIs(t *testing.T) {
	for name, test := range map[string]struct {
		yaml string
		env  map[string]string
		want config.Log
	}{
		"a mistake elsewhere": {"targets: 5\nlog: {format: json, level: error}\n", nil, config.Log{JSON: true, Level: slog.LevelError}},
		"the environment":     {"log: {level: warn}\nfoo: 1\n", map[string]string{"log": "{format: json}"}, config.Log{JSON: true, Level: slog.LevelWarn}},
		"a mistake there":     {"log: {format: xml, level: warn}\n", nil, config.Log{Level: slog.LevelWarn}},
		"no YAML":             {"log: {format: json\n", nil, config.Log{}},
		"another kind":        {"log: json\n", map[string]string{"log": "[5]"}, config.Log{}},
		"nothing":             {"", nil, config.Log{}},
	} {
		t.Run(name, func(t *testing.T) {
			require.Equal(t, test.want, config.LogOf(write(t, "config.yaml", test.yaml), environment(test.env)))
		})
	}
	require.Equal(t, config.Log{}, config.LogOf(filepath.Join(t.TempDir(), "none"), environment(nil)))
}

func TestTelemetryIsOffOrMerged(t *testing.T) {
	path := write(t, "config.yaml", "telemetry: {otlp: {endpoint: http://a:4318, headers: {x: 1}}}\n")
	for value, want := range map[string]config.Telemetry{
		"off":                   {Off: true},
		"{otlp: {timeout: 3s}}": {OTLP: &config.OTLP{Endpoint: &url.URL{Scheme: "http", Host: "a:4318"}, Headers: map[string]string{"x": "1"}, Timeout: 3 * time.Second}},
	} {
		cfg, err := config.Load(path, environment(map[string]string{"telemetry": value}))
		require.NoError(t, err)
		require.Equal(t, want, cfg.Telemetry)
	}
}
