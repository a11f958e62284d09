package strictyaml

import (
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"
	"time"

	"go.yaml.in/yaml/v3"
)

// Value is one value of a document, with its path for messages.
type Value struct {
	doc  *Document
	node *yaml.Node
	path string
}

// Position is where the value stands: its source and its line and column, from 1.
func (v Value) Position() (file string, line, column int) {
	file = v.doc.name
	if source, ok := v.doc.files[v.node]; ok {
		file = source
	}
	return file, v.node.Line, v.node.Column
}

// Refuse reports the value, and what it holds, as breaking a rule.
func (v Value) Refuse(format string, args ...any) {
	v.report(v.path, fmt.Sprintf(format, args...), v.got())
}

// Complain reports a rule that is broken at the value's place by something other than what it holds, such as a missing
// key or two keys that exclude one another.
func (v Value) Complain(format string, args ...any) {
	v.report(v.path, fmt.Sprintf(format, args...), "")
}

func (v Value) report(key, rule, got string) {
	file, line, column := v.Position()
	v.doc.problems = append(v.doc.problems, Problem{File: file, Line: max(line, 1), Column: max(column, 1), Key: key, Rule: rule, Got: got})
}

// got is the value as a message should quote it.
func (v Value) got() string {
	switch v.node.Kind {
	case yaml.MappingNode:
		return "a mapping"
	case yaml.SequenceNode:
		return "a list"
	}
	if v.IsNull() {
		return "nothing"
	}
	const longest = 80
	text := v.node.Value
	if len(text) > longest {
		text = strings.ToValidUTF8(text[:longest], "") + "…"
	}
	if v.node.ShortTag() == "!!str" {
		return strconv.Quote(text)
	}
	return text
}

// IsNull says whether the value is there but empty, as in `key:`.
func (v Value) IsNull() bool { return v.node.Kind == yaml.ScalarNode && v.node.ShortTag() == "!!null" }

// IsList says whether the value is a sequence.
func (v Value) IsList() bool { return v.node.Kind == yaml.SequenceNode }

// IsMap says whether the value is a mapping.
func (v Value) IsMap() bool { return v.node.Kind == yaml.MappingNode }

// Scalar is the text of a scalar, as Text has it, but nothing is refused for being something else.
func (v Value) Scalar() (text string, ok bool) {
	if v.node.Kind != yaml.ScalarNode || v.IsNull() {
		return "", false
	}
	return v.node.Value, true
}

// Text is a scalar's text, whatever its type: `5` and `"5"` are both 5. ok is false, and the value refused, for
// mappings, lists and nothing.
func (v Value) Text() (text string, ok bool) {
	if v.node.Kind != yaml.ScalarNode || v.IsNull() {
		v.Refuse("must be text")
		return "", false
	}
	return v.node.Value, true
}

// OneOf is a text that must be one of the words.
func (v Value) OneOf(words ...string) (word string, ok bool) {
	text, ok := v.Text()
	if ok && !slices.Contains(words, text) {
		v.Refuse("must be %s%s", alternatives(words), Hint(text, words))
		return "", false
	}
	return text, ok
}

// Int is a whole number in [low, high], quoted or not.
func (v Value) Int(low, high int64) (n int64, ok bool) {
	if v.node.Kind == yaml.ScalarNode {
		n, err := strconv.ParseInt(v.node.Value, 10, 64)
		if err == nil && n >= low && n <= high {
			return n, true
		}
	}
	if high == math.MaxInt32 || high == math.MaxInt64 {
		v.Refuse("must be a whole number of at least %d", low)
	} else {
		v.Refuse("must be a whole number from %d to %d", low, high)
	}
	return 0, false
}

// Float is a finite number of more than zero.
func (v Value) Float() (f float64, ok bool) {
	if v.node.Kind == yaml.ScalarNode {
		f, err := strconv.ParseFloat(v.node.Value, 64)
		if err == nil && f > 0 && !math.IsInf(f, 0) {
			return f, true
		}
	}
	v.Refuse("must be a number of more than 0")
	return 0, false
}

// Bool is true or false.
func (v Value) Bool() (b, ok bool) {
	if v.node.Kind == yaml.ScalarNode && v.node.ShortTag() == "!!bool" {
		return strings.EqualFold(v.node.Value, "true"), true
	}
	v.Refuse("must be true or false")
	return false, false
}

// maxDuration keeps sums of durations far from overflow.
const maxDuration = 1000 * time.Hour

// Duration is a length of time with its unit, such as 250ms, 1.5s or 2m, of at least low.
func (v Value) Duration(low time.Duration) (d time.Duration, ok bool) {
	text := ""
	if v.node.Kind == yaml.ScalarNode && !v.IsNull() {
		text = v.node.Value
	}
	d, err := ParseDuration(text, low)
	if err != nil {
		v.Refuse("%v", err)
	}
	return d, err == nil
}

// ParseDuration reads a length of time as Duration does. The error is the rule that the text breaks.
func ParseDuration(text string, low time.Duration) (time.Duration, error) {
	d, err := time.ParseDuration(text)
	switch {
	case err != nil:
		return 0, errors.New("must be a duration with a unit, such as 250ms, 1.5s or 2m")
	case d < low || d > maxDuration:
		return 0, fmt.Errorf("must be from %s to %s", low, maxDuration)
	}
	return d, nil
}

// Rate is a number per second, such as 2/s, 0.5/s or 30/m.
func (v Value) Rate() (perSecond float64, ok bool) {
	s, ok := v.Text()
	if !ok {
		return 1, false
	}
	rate, err := ParseRate(s)
	if err != nil {
		v.Refuse("%v", err)
	}
	return rate, err == nil
}

// ParseRate reads a number per second as Rate does. The error is the rule that the text breaks; the rate is 1 then.
func ParseRate(text string) (perSecond float64, err error) {
	number, unit, _ := strings.Cut(text, "/")
	seconds := map[string]float64{"s": 1, "m": 60, "h": 3600}[unit]
	rate, err := strconv.ParseFloat(number, 64)
	if err != nil || seconds == 0 || !(rate > 0) || rate/seconds < 1e-6 || rate/seconds > 1e6 {
		return 1, errors.New("must be a rate from one in 11 days to a million per second, such as 2/s or 30/m")
	}
	return rate / seconds, nil
}

// List is the items of a sequence.
func (v Value) List() []Value {
	if v.node.Kind != yaml.SequenceNode {
		v.Refuse("must be a list")
		return nil
	}
	items := make([]Value, len(v.node.Content))
	for i, child := range v.node.Content {
		items[i] = Value{doc: v.doc, node: child, path: fmt.Sprintf("%s[%d]", v.path, i)}
	}
	return items
}

// SomeOf is the items of a sequence that must have at least one; what names an item.
func (v Value) SomeOf(what string) []Value {
	items := v.List()
	if v.IsList() && len(items) == 0 {
		v.Complain("at least one %s is required", what)
	}
	return items
}

// Any is the value as plain Go values (map[string]any, []any, string, float64, bool, nil) as encoding/json has them;
// numbers keep their text as json.Number. Keys of mappings must be text.
func (v Value) Any() any {
	switch v.node.Kind {
	case yaml.MappingNode:
		m := v.Map()
		out := make(map[string]any, len(m.entries))
		for _, e := range m.Entries() {
			out[e.Key] = e.Value.Any()
		}
		return out
	case yaml.SequenceNode:
		out := []any{}
		for _, item := range v.List() {
			out = append(out, item.Any())
		}
		return out
	}
	switch v.node.ShortTag() {
	case "!!null":
		return nil
	case "!!bool":
		b, _ := v.Bool()
		return b
	case "!!int", "!!float":
		if number := json.Number(v.node.Value); validJSONNumber(number) {
			return number
		}
		v.Refuse("must be a number as JSON writes it")
		return nil
	}
	return v.node.Value
}

func validJSONNumber(n json.Number) bool {
	_, err := json.Marshal(n)
	return err == nil
}
