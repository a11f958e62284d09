package main

import (
	"maps"

	"github.com/latency-pod-autoscaler/lpa/internal/scaling"
)

const configURL = "https://github.com/latency-pod-autoscaler/lpa/raw/main/schema/config.schema.json"

// configSchema is that of config.yaml.
func configSchema(r *reference) node {
	keys := r.describe("", map[string]node{
		"loadTest":    loadTestSchema(r),
		"targets":     some(targetSchema(r)).with("maxItems", scaling.MostTargets),
		"decay":       decaySchema(r),
		"knee":        kneeSchema(r),
		"onUntrusted": untrustedSchema(r),
		"mode":        word("act", "observe"),
		"state": mapping(r.describe("state.", map[string]node{
			"file":       path().with("minLength", 1),
			"annotation": boolean(),
		})),
		"decisionLog": logSchema(r),
		"announce": mapping(r.describe("announce.", map[string]node{
			"event":      boolean(),
			"annotation": boolean(),
		})),
		"log": mapping(r.describe("log.", map[string]node{
			"format": word("text", "json"),
			"level":  word("info", "warn", "error"),
		})),
		"telemetry":              telemetrySchema(r),
		"metric":                 methodSchema(r, "metric."),
		"evaluate":               methodSchema(r, "evaluate."),
		"runMode":                word("per-resource", "per-pod"),
		"interval":               whole(1, 0),
		"minReplicas":            whole(0, 0),
		"maxReplicas":            whole(0, 0),
		"downscaleStabilization": whole(0, 0),
	})
	for _, key := range frameworkOnly {
		keys[key] = node{"description": "A key of the framework, left to it."}
	}
	n := mapping(keys)
	maps.Copy(n, node{
		"$id":         configURL,
		"title":       "config.yaml of the Latency Pod Autoscaler",
		"description": "The configuration that the Custom Pod Autoscaler framework and the Latency Pod Autoscaler share.",
		"allOf":       []node{excludes("knee", "decay")},
	})
	return n
}

// frameworkOnly are the framework's keys whose values matter to the framework alone.
var frameworkOnly = []string{
	"scaleTargetRef", "preMetric", "postMetric", "preEvaluate", "postEvaluate", "preScale", "postScale", "namespace", "startTime",
	"logVerbosity", "apiConfig", "kubernetesMetricSpecs", "requireKubernetesMetrics", "initialReadinessDelay", "cpuInitializationPeriod",
}

const maxUsers = 50_000

func loadTestSchema(r *reference) node {
	keys := r.describe("loadTest.", map[string]node{
		"host":        pattern(`^[Hh][Tt][Tt][Pp][Ss]?://[^/?#@]+(/[^?#]*)?\??#?$`, "an address such as http://fibonacci:5000, without user, query and fragment"),
		"script":      path(),
		"users":       whole(1, maxUsers),
		"spawnRate":   positive(),
		"rate":        rate(),
		"arrival":     word("constant", "poisson"),
		"maxUsers":    whole(1, maxUsers),
		"stages":      some(stageSchema(r)),
		"runTime":     duration(),
		"warmup":      duration(),
		"timeout":     duration(),
		"seed":        whole(0, 0),
		"http":        word(1, 1.1, 2, "1", "1.1", "2"),
		"connections": connectionsSchema(r),
		"tls": mapping(r.describe("loadTest.tls.", map[string]node{
			"ca": path(), "cert": path(), "key": path(), "serverName": text(), "insecureSkipVerify": boolean(),
		})),
	})
	return mapping(keys).with("allOf", []node{
		excludes("rate", "users", "spawnRate"), excludes("stages", "users", "rate", "runTime"),
	})
}

func stageSchema(r *reference) node {
	load := anyOf(whole(0, maxUsers), rate())
	return mapping(r.describe("loadTest.stages.", map[string]node{
		"for": duration(), "users": whole(0, maxUsers), "rate": rate(), "to": load,
	}), "for").oneOf("users", "rate")
}

func connectionsSchema(r *reference) node {
	requests := whole(1, 1_000_000_000)
	return mapping(r.describe("loadTest.connections.", map[string]node{
		"reuse":  anyOf(requests, pair(requests)),
		"age":    anyOf(duration(), pair(duration())),
		"warmup": whole(0, 1_000_000),
		"count":  whole(1, maxUsers),
	}))
}

// targetSchema is a target: what its limit is depends on its type.
func targetSchema(r *reference) node {
	n := mapping(r.describe("targets.", map[string]node{
		"method":   text().with("examples", []string{"GET", "POST"}),
		"endpoint": text(),
		"type": anyOf(
			word("mean", "median", "min", "max", "failureRatio", "p50", "p90", "p95", "p99", "p99.9"),
			pattern(`^p[+0-9.]`, "mean, median, max, min, a percentile such as p95 or p99.9, or failureRatio"),
		),
		"target": text(),
	}), "method", "endpoint", "type", "target")
	n["if"] = node{"properties": node{"type": node{"const": "failureRatio"}}}
	n["then"] = node{"properties": node{"target": share()}}
	n["else"] = node{"properties": node{"target": latency()}}
	return n
}

func decaySchema(r *reference) node {
	return mapping(r.describe("decay.", map[string]node{
		"replicas": whole(0, 0), "unchangedRuns": whole(0, 0), "confidence": share(),
	}))
}

func kneeSchema(r *reference) node {
	return mapping(r.describe("knee.", map[string]node{
		"breachEvery": whole(5, 10_000), "baseline": latency(),
	}))
}

func untrustedSchema(r *reference) node {
	return anyOf(word("hold"), filled(mapping(r.describe("onUntrusted.", map[string]node{
		"fallback": whole(1, 0), "atLeast": whole(1, 0), "after": whole(1, 0),
	}))).oneOf("fallback", "atLeast"))
}

func telemetrySchema(r *reference) node {
	return anyOf(word("off", false), mapping(r.describe("telemetry.", map[string]node{
		"otlp": mapping(r.describe("telemetry.otlp.", map[string]node{
			"endpoint": pattern(`^[Hh][Tt][Tt][Pp][Ss]?://[^/?#@]+(/[^?#]*)?\??#?$`, "an address such as http://collector:4318, without user, query and fragment"),
			"headers":  named(text()),
			"timeout":  duration(),
		})),
	})))
}

// logSchema is decisionLog's. YAML 1.1, which some editors still speak, reads off as false.
func logSchema(r *reference) node {
	return anyOf(word("off", false), mapping(r.describe("decisionLog.", map[string]node{
		"file":    path(),
		"maxSize": pattern(`^[+0-9.].*([kKMG]B|[KMG]iB)$`, "a size from 100kB to 1GB, such as 20MB"),
	})))
}

// methodSchema is how the framework runs one of the programs.
func methodSchema(r *reference, prefix string) node {
	shell := mapping(r.describe(prefix+"shell.", map[string]node{
		"entrypoint": text(), "command": list(text()), "logStderr": boolean(),
	}), "entrypoint")
	return mapping(r.describe(prefix, map[string]node{
		"type":    word("shell", "http"),
		"timeout": whole(1, 0),
		"shell":   shell,
		"http":    node{"type": []string{"object", "null"}},
	}), "type", "timeout")
}
