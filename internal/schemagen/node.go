package main

import (
	"maps"
	"strings"
)

// node is a schema, or a part of one, as JSON has it.
type node map[string]any

// mapping is an object with these keys and no others. Where the reader takes an empty value for an empty mapping, so does
// this; required keys make it one that cannot be empty.
func mapping(keys map[string]node, required ...string) node {
	n := node{"type": []string{"object", "null"}, "additionalProperties": false, "properties": keys}
	if len(required) > 0 {
		n["type"], n["required"] = "object", required
	}
	return n
}

// filled is a mapping that is not empty.
func filled(n node) node {
	return n.with("type", "object").with("minProperties", 1)
}

// oneKey is a mapping with exactly one of its keys.
func oneKey(keys map[string]node) node {
	return filled(mapping(keys)).with("maxProperties", 1)
}

// oneOf is a mapping with exactly one of some of its keys.
func (n node) oneOf(keys ...string) node {
	var options []node
	for _, key := range keys {
		options = append(options, node{"required": []string{key}})
	}
	return n.with("oneOf", options)
}

// excludes says that there are none of the others where there is the key: as properties that may not be there, which editors
// mark where they stand.
func excludes(key string, others ...string) node {
	absent := map[string]any{}
	for _, other := range others {
		absent[other] = false
	}
	return node{"if": node{"required": []string{key}}, "then": node{"properties": absent}}
}

// named is a mapping from names of the user's to values of one kind, which may be empty.
func named(value node) node {
	return node{"type": []string{"object", "null"}, "additionalProperties": value}
}

// identifiers are names that expressions can hold.
func identifiers(n node) node {
	return n.with("propertyNames", node{"pattern": "^[A-Za-z_][A-Za-z0-9_]*$"})
}

func list(item node) node { return node{"type": "array", "items": item} }

// some is a list that is not empty.
func some(item node) node { return list(item).with("minItems", 1) }

// pair is the two ends of a range.
func pair(item node) node { return list(item).with("minItems", 2).with("maxItems", 2) }

func anyOf(options ...node) node { return node{"anyOf": options} }

func ref(name string) node { return node{"$ref": "#/definitions/" + name} }

// text is a scalar of any type, as 5 and "5" are both the text 5.
func text() node { return node{"type": []string{"string", "number", "boolean"}} }

// word is one of the words. Those that YAML reads as something else can be written without quotes too.
func word(words ...any) node { return node{"enum": words} }

func boolean() node { return node{"type": "boolean"} }

// pattern is a string of a form; rule says it to people, in editors that show it.
func pattern(expression, rule string) node {
	return node{"type": "string", "pattern": expression, "patternErrorMessage": rule, "errorMessage": rule}
}

// whole is a whole number, quoted or not; low and high are its bounds, where high is not 0.
func whole(low, high int) node {
	number := node{"type": "integer", "minimum": low}
	if high > 0 {
		number["maximum"] = high
	}
	return anyOf(number, pattern(`^[+-]?[0-9]+$`, "a whole number"))
}

// positive is a number of more than 0.
func positive() node {
	return anyOf(node{"type": "number", "exclusiveMinimum": 0}, node{"type": "string", "pattern": `^[+0-9.]`})
}

const durationRule = "a duration with a unit, such as 250ms, 1.5s or 2m"

// duration is a length of time with its unit; 0 needs none.
func duration() node {
	return anyOf(
		pattern(`^[+-]?(([0-9]+(\.[0-9]*)?|\.[0-9]+)(ns|us|µs|μs|ms|s|m|h))+$`, durationRule),
		node{"enum": []any{0, "0"}},
	)
}

// latency is a duration, or a number of milliseconds.
func latency() node {
	return anyOf(
		pattern(`^[+0-9.].*$`, "a duration such as 250ms; a bare number is in milliseconds"),
		node{"type": "number", "exclusiveMinimum": 0, "maximum": 3_600_000},
	)
}

func rate() node {
	return pattern(`^[+]?[0-9.][0-9A-Za-z_.+-]*/[smh]$`, "a rate such as 2/s or 30/m")
}

// share is a number below 1, or a percentage.
func share() node {
	return anyOf(
		pattern(`^[+-]?[0-9.].*$`, "a share such as 5% or 0.05"),
		node{"type": "number", "minimum": 0, "exclusiveMaximum": 1},
	)
}

// path is the name of a file.
func path() node { return text() }

// with is the schema with one keyword more.
func (n node) with(keyword string, value any) node {
	n = maps.Clone(n)
	n[keyword] = value
	return n
}

// withoutMarks makes plain text of Markdown.
var withoutMarks = strings.NewReplacer("```yaml\n", "", "\n```", "", "`", "", "**", "")

// about is the schema with what it is about.
func (n node) about(description string) node {
	if description == "" {
		return n
	}
	if _, reference := n["$ref"]; reference { // draft 7 ignores what stands beside it
		n = node{"allOf": []node{n}}
	}
	return n.with("markdownDescription", description).with("description", withoutMarks.Replace(description))
}

// extend is a copy of keys with some more.
func extend(keys ...map[string]node) map[string]node {
	all := map[string]node{}
	for _, some := range keys {
		maps.Copy(all, some)
	}
	return all
}
