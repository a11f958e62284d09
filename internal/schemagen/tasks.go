package main

import "maps"

const tasksURL = "https://github.com/latency-pod-autoscaler/lpa/raw/main/schema/tasks.schema.json"

// tasksSchema is that of a task script in YAML.
func tasksSchema(r *reference) node {
	inherited := r.describe("", map[string]node{
		"headers":   named(ref("values")),
		"auth":      oneKey(r.describe("", map[string]node{"bearer": text(), "basic": basicSchema(r)})),
		"timeout":   duration(),
		"redirects": whole(0, 100),
		"expect":    ref("expect"),
		"onFailure": word("continue", "abortIteration", "stopUser"),
	})
	class := extend(inherited, r.describe("", map[string]node{
		"name":     text(),
		"weight":   weight(),
		"wait":     ref("wait"),
		"defaults": mapping(inherited),
		"onStart":  ref("steps"),
		"tasks":    some(ref("task")),
		"onStop":   ref("steps"),
	}))
	script := extend(class, r.describe("", map[string]node{
		"users": some(mapping(class, "tasks")),
		"feeds": identifiers(named(feedSchema(r))),
		"steps": named(ref("steps")),
	}))
	n := mapping(script)
	maps.Copy(n, node{
		"$id":         tasksURL,
		"title":       "A task script of the Latency Pod Autoscaler",
		"description": "What each simulated user of the load test does, again and again.",
		"type":        "object",
		"definitions": definitions(r, inherited),
		// With users, what a class has belongs into one of them; else the script itself is the one class.
		"allOf": []node{excludes("users", "tasks", "onStart", "onStop", "name", "weight")},
		"if":    node{"required": []string{"users"}},
		"else":  node{"required": []string{"tasks"}},
	})
	return n
}

// definitions are the parts that are used in several places, or in themselves.
func definitions(r *reference, inherited map[string]node) node {
	kinds := stepKinds(r, inherited)
	var steps, tasks []node
	for _, name := range []string{"request", "think", "use", "repeat", "if"} {
		steps = append(steps, ref(name+"Step"))
	}
	out := node{"steps": some(node{"anyOf": steps})}
	for name, kind := range kinds {
		out[name+"Step"] = kind.schema()
		kind.keys = extend(kind.keys, r.describe("", map[string]node{"weight": weight(), "name": text()}))
		out[name+"Task"] = kind.schema()
	}
	for _, name := range []string{"request", "think", "use", "repeat", "if"} {
		tasks = append(tasks, ref(name+"Task"))
	}
	out["listTask"] = mapping(r.describe("", map[string]node{"steps": ref("steps"), "weight": weight(), "name": text()}), "steps")
	out["task"] = node{"anyOf": append(tasks, ref("listTask"))}
	out["values"] = anyOf(text(), list(text()))
	out["wait"] = oneKey(r.describe("", map[string]node{
		"between": pair(duration()), "constant": duration(), "pacing": duration(), "throughput": rate(), "exponential": duration(),
	}))
	expectation := filled(mapping(r.describe("", map[string]node{
		"status": ref("status"), "headers": named(ref("content")), "body": ref("content"),
	})))
	expression := anyOf(node{"type": "string"}, boolean())
	out["expect"] = anyOf(expression, expectation, some(anyOf(expression, expectation)))
	status := anyOf(whole(100, 599), pattern(`^[1-5][xX][xX]$`, "a status such as 200, or a class such as 2xx"))
	out["status"] = anyOf(status, some(status))
	out["content"] = anyOf(text(), filled(mapping(r.describe("", map[string]node{"contains": text(), "matches": text()}))))
	return out
}

// stepKind is a step of one kind: its keys, those that it needs, and those of which it has one.
type stepKind struct {
	keys     map[string]node
	required []string
	oneOf    []string
}

func (k stepKind) schema() node {
	n := mapping(k.keys, k.required...)
	if len(k.oneOf) > 0 {
		n = n.with("type", "object").oneOf(k.oneOf...)
	}
	return n
}

var methods = []string{"get", "post", "put", "patch", "delete", "head", "options", "request"}

func stepKinds(r *reference, inherited map[string]node) map[string]stepKind {
	request := extend(inherited, r.describe("", map[string]node{
		"name":    text(),
		"query":   named(ref("values")),
		"body":    text(),
		"json":    {},
		"form":    named(ref("values")),
		"capture": identifiers(named(captureSchema(r))),
	}))
	for _, method := range methods {
		request[method] = pathSchema(method).about(r.about(method))
	}
	condition := text()
	return map[string]stepKind{
		"request": {keys: request, oneOf: methods},
		"think": {keys: r.describe("", map[string]node{
			"think": anyOf(duration(), mapping(r.describe("", map[string]node{"between": pair(duration())}), "between")),
		}), required: []string{"think"}},
		"use": {keys: r.describe("", map[string]node{"use": text()}), required: []string{"use"}},
		"repeat": {keys: r.describe("", map[string]node{
			"repeat": anyOf(node{"type": "string"}, boolean(), whole(1, 10_000), mapping(r.describe("", map[string]node{
				"times": anyOf(node{"type": "string"}, boolean(), whole(1, 10_000)),
				"until": condition, "while": condition, "every": duration(),
			}), "times")),
			"steps": ref("steps"),
		}), required: []string{"repeat", "steps"}},
		"if": {keys: r.describe("", map[string]node{
			"if": condition, "then": ref("steps"), "else": ref("steps"),
		}), required: []string{"if", "then"}},
	}
}

func pathSchema(method string) node {
	if method == "request" {
		return pattern(`^[^\s]+ +[^\s]`, "a method and a path, such as PROPFIND /files")
	}
	return pattern(`^(/|\$\{|[Hh][Tt][Tt][Pp])`, "a path that starts with / or an address that starts with http:// or https://")
}

func captureSchema(r *reference) node {
	source := pattern(`^(json|header|cookie|regex):\s*\S`, "json:PATH, header:NAME, cookie:NAME or regex:PATTERN")
	return anyOf(source, mapping(r.describe("", map[string]node{"from": source, "default": {}}), "from"))
}

func basicSchema(r *reference) node {
	return mapping(r.describe("", map[string]node{"user": text(), "password": text()}), "user", "password")
}

func feedSchema(r *reference) node {
	return mapping(r.describe("", map[string]node{
		"csv":   path(),
		"json":  path(),
		"rows":  some(node{"type": "object", "minProperties": 1}),
		"order": word("sequential", "random"),
		"scope": word("shared", "user"),
		"keep":  word("iteration", "user"),
	})).with("type", "object").oneOf("csv", "json", "rows")
}

func weight() node { return whole(1, 1_000_000) }
