// Package loadtest measures the latency of an HTTP service as its users would see it: it replays a script of tasks with
// a number of concurrent users for a set time and reports what was observed, without flattering it.
//
//	script file --ParseYAML--> Plan --Run--> Result --Summarise--> Summary (JSON)
//
// A request that is unfinished when the run ends is not dropped but counted as "slower than its age", and a failed one
// counts as infinitely slow in percentiles, so that a service in trouble never looks faster than it is. The package knows
// nothing of Kubernetes or replicas.
package loadtest
