package main

import (
	"encoding/json"
	"math/rand/v2"
	"testing"

	"github.com/stretchr/testify/require"
	"go.yaml.in/yaml/v3"
)

// wholes are documents that between them hold every key, from which the property test makes others.
var wholes = map[string][]string{
	"config": {`
metric: {type: shell, timeout: 60000, shell: {entrypoint: /metric, command: [a, 1], logStderr: true}, http: {url: x}}
evaluate: {type: shell, timeout: "5000", shell: {entrypoint: /evaluate}}
runMode: per-resource
interval: 60000
minReplicas: 1
maxReplicas: 10
downscaleStabilization: 0
namespace: x
`, `
loadTest:
  host: https://shop:8443/api@2
  script: /tasks/tasks.yaml
  users: 30
  spawnRate: 0.5
  runTime: 20s
  warmup: 0
  timeout: 1m30s
  seed: 1
  http: 2
  connections: {reuse: [20, 50], age: [20s, 40s], warmup: 1, count: 5}
  tls: {ca: a, cert: b, key: c, serverName: d, insecureSkipVerify: false}
targets:
  - {method: GET, endpoint: /items, type: p95, target: 250ms}
  - {method: GET, endpoint: /items, type: failureRatio, target: 5%}
  - {method: GET, endpoint: /items, type: mean, target: 7}
decay: {replicas: 1, unchangedRuns: 3, confidence: 95%}
onUntrusted: {fallback: 5, after: 3}
mode: observe
state: {file: /state/s.json, annotation: true}
decisionLog: {file: /state/d.jsonl, maxSize: 5MB}
announce: {event: true, annotation: false}
log: {format: json, level: warn}
telemetry: {otlp: {endpoint: "http://collector:4318", headers: {X-Scope-OrgID: shop, n: 1}, timeout: 2s}}
`, `
loadTest: {rate: 50/s, arrival: poisson, maxUsers: 20, http: 1.1, connections: {reuse: 10, age: 30s}}
knee: {breachEvery: 60, baseline: 60ms}
onUntrusted: hold
decisionLog: off
telemetry: off
`, `
loadTest: {stages: [{for: 10s, users: 20}, {for: 30s, users: 20, to: 50}]}
onUntrusted: {atLeast: 5}
`, `
loadTest: {stages: [{for: 10s, rate: 20/s, to: 30/m}], arrival: constant}
`},
	"tasks": {`
wait: {between: [1s, 3s]}
defaults: {headers: {Accept: application/json}, timeout: 5s, expect: {status: 2xx}}
onFailure: abortIteration
redirects: 3
auth: {basic: {user: a, password: 7}}
feeds:
  f: {rows: [{user: ann, n: 1}, {user: bob, n: 2}], order: random, scope: user, keep: user}
  g: {rows: [{x: 1}]}
steps: {login: [{post: /login, form: {user: "${f.user}", tags: [a, 1]}}]}
name: shopper
weight: 2
onStart: [{use: login}, {think: 1s}, {think: {between: [1s, 2s]}}]
tasks:
  - {get: /a, weight: 3, name: a, query: {q: x, tag: [new, red]}, headers: {X: "1"}}
  - {put: /b, json: {a: [1, x, null], b: {c: true}}, capture: {t: "json:data.t", u: {from: "header:X-U", default: 1}}}
  - {use: login, weight: 2}
  - name: flow
    weight: 1
    steps:
      - {patch: /c, body: "x", expect: [{status: [200, 2xx], headers: {A: b, C: {contains: d}}, body: {matches: e}}, "latency < 1s"]}
      - {repeat: {times: 20, until: "status == 200", every: 500ms}, steps: [{delete: /d}]}
      - {repeat: 3, steps: [{head: /e}, {options: /e}]}
      - {repeat: "rand(1, 3)", steps: [{request: PROPFIND /f}]}
      - {if: "status == 404", then: [{get: "${t}"}], else: [{get: "http://other/x"}]}
onStop: [{delete: /session, auth: {bearer: "${t}"}, expect: "status == 200"}]
`, `
users:
  - {name: reader, tasks: [{get: /}], wait: {pacing: 5s}}
  - {weight: 2, tasks: [{post: /cart}], wait: {throughput: 2/s}, onStart: [{get: /}]}
  - {tasks: [{get: /}], wait: {exponential: 1s}}
  - {tasks: [{get: /}], wait: {constant: 0}}
`},
}

// TestWhatTheSchemaRefusesTheReaderRefuses changes good documents in one or two places at random. What is a mistake to the
// schema, and so to an editor, must be one to the reader. The other way round a schema cannot see everything, but most.
func TestWhatTheSchemaRefusesTheReaderRefuses(t *testing.T) {
	const documents = 600
	for _, k := range kinds {
		t.Run(k.name, func(t *testing.T) {
			v := validator(t, k.schema)
			c := changer{rand.New(rand.NewPCG(1, 2))}
			for _, text := range wholes[k.name] {
				require.NoError(t, k.read(t, text))
				require.NoError(t, v.YAML([]byte(text)))
			}
			bad, seen := 0, 0
			for range documents {
				var value any
				require.NoError(t, yaml.Unmarshal([]byte(wholes[k.name][c.IntN(len(wholes[k.name]))]), &value))
				for range 1 + c.IntN(2) {
					value = c.change(value, value)
				}
				text, err := json.Marshal(value)
				require.NoError(t, err)
				refused, mistake := v.Value(value), k.read(t, string(text))
				if refused != nil {
					require.Error(t, mistake, "the reader accepts what the schema refuses: %s\n%v", text, refused)
				}
				if mistake != nil {
					bad++
					if refused != nil {
						seen++
					}
				}
			}
			t.Logf("of %d documents %d are wrong, of which the schema sees %d", documents, bad, seen)
			require.Greater(t, float64(seen), 0.9*float64(bad))
		})
	}
}

// changer makes other documents of one.
type changer struct{ *rand.Rand }

// values are what a place in a document may hold instead.
var values = []any{
	nil, true, false, 0, 1, -1, 5, 99, 200, 50_001, 1.5, 0.05, 1e12, "", "x", "5", "0", "+3", "-2", "1.5", "1e3", "20s", "0s", "-1s", "1h30m", ".5s", "5", "5 s",
	"5%", "101%", "2/s", "30/m", "0/s", "5/x", "off", "hold", "act", "p95", "p100", "mean", "failureRatio", "user", "random", "2xx", "6xx", "true",
	"status == 200", "1 + 1", "json:a.b", "json:", "cookie:a", "/", "//a", "GET /", "http://a", "HTTP://a/b", "ftp://a", "http://u@a", "http://a?b", "http://a#", "20MB", "1GiB", "5TB", "login", "a\nb",
	[]any{}, map[string]any{}, []any{1, 2}, []any{"1s", "2s"}, []any{"2s"}, []any{"a"}, []any{map[string]any{}}, map[string]any{"a": 1}, map[string]any{"get": "/"},
	[]any{map[string]any{"get": "/"}}, map[string]any{"between": []any{"1s", "2s"}}, map[string]any{"contains": "x"}, map[string]any{"status": 200},
}

// change replaces, removes, adds or moves something somewhere in a value; whole is the document it is a part of.
func (c changer) change(value, whole any) any {
	switch value := value.(type) {
	case map[string]any:
		key := c.key(value)
		if key == "" || c.IntN(12) == 0 {
			key, item := c.anywhere(whole)
			value[key] = item
			return value
		}
		if c.IntN(10) == 0 {
			delete(value, key)
			return value
		}
		value[key] = c.change(value[key], whole)
		return value
	case []any:
		if len(value) > 0 && c.IntN(8) > 0 {
			i := c.IntN(len(value))
			value[i] = c.change(value[i], whole)
			return value
		}
	}
	if c.IntN(3) == 0 {
		_, item := c.anywhere(whole)
		return item
	}
	return values[c.IntN(len(values))]
}

// key is one of a mapping's keys, in an order that does not depend on the map's.
func (c changer) key(m map[string]any) string {
	least, chosen := uint64(0), ""
	salt := c.Uint64()
	for key := range m {
		h := salt
		for _, b := range []byte(key) {
			h = (h ^ uint64(b)) * 0x100000001b3
		}
		if chosen == "" || h < least {
			least, chosen = h, key
		}
	}
	return chosen
}

// anywhere is some key of the document with a copy of its value.
func (c changer) anywhere(value any) (string, any) {
	key := "stray"
	for range 1 + c.IntN(5) {
		switch inner := value.(type) {
		case map[string]any:
			if next := c.key(inner); next != "" {
				key, value = next, inner[next]
			}
		case []any:
			if len(inner) > 0 {
				value = inner[c.IntN(len(inner))]
			}
		}
	}
	return key, clone(value)
}

func clone(value any) any {
	switch value := value.(type) {
	case map[string]any:
		out := map[string]any{}
		for key, item := range value {
			out[key] = clone(item)
		}
		return out
	case []any:
		out := make([]any, len(value))
		for i, item := range value {
			out[i] = clone(item)
		}
		return out
	}
	return value
}
