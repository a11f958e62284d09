package importer

import (
	"encoding/json"
	"fmt"
	"regexp"
	"slices"
	"sort"
	"strings"
	"time"
)

// tracker finds values that requests carry and that an earlier answer held: ids and tokens that a person will want to take
// out of the answers as the load test runs.
type tracker struct {
	origins map[string]originOf
	hints   map[int][]*hint // by the step whose answer held the value
}

// originOf is where a value was seen first.
type originOf struct {
	step  int
	path  string
	ended time.Time
}

// hint is a value of an answer, or several of one list, with the requests that carry it.
type hint struct {
	path  string // of the first one
	shape string
	users []string
}

const (
	maxTracked    = 100_000 // values of answers that are remembered
	maxHints      = 3       // per answer
	shortestValue = 4       // shorter ones coincide too often
	longestPath   = 200     // bytes; nobody would write a longer one into a script, and every value below it would have it in memory
)

func newTracker() *tracker {
	return &tracker{origins: map[string]originOf{}, hints: map[int][]*hint{}}
}

// carries takes note that the request that is being written carries a value.
func (r *report) carries(value, where string) {
	t := r.tracker
	from, known := t.origins[value]
	if !known || from.ended.After(r.now) {
		return
	}
	hints := t.hints[from.step]
	shape := listIndex.ReplaceAllString(from.path, ".#")
	for _, h := range hints {
		if h.shape == shape {
			if !slices.Contains(h.users, where) {
				h.users = append(h.users, where)
			}
			return
		}
	}
	if len(hints) < maxHints {
		t.hints[from.step] = append(hints, &hint{path: from.path, shape: shape, users: []string{where}})
	}
}

// listIndex is the place in a list within a path: items.0.id and items.1.id are of one shape.
var listIndex = regexp.MustCompile(`\.\d+`)

// answered remembers what the answer to a step held.
func (t *tracker) answered(step int, e *exchange) {
	var answer any
	d := json.NewDecoder(strings.NewReader(string(e.answer)))
	d.UseNumber()
	if len(e.answer) == 0 || d.Decode(&answer) != nil {
		return
	}
	t.remember(answer, originOf{step: step, ended: e.ended})
}

// remember takes note of what is in an answer, but for what is nested more deeply than a path is read.
func (t *tracker) remember(value any, at originOf) {
	if len(at.path) > longestPath {
		return
	}
	below := func(key string) originOf {
		child := at
		if child.path != "" {
			child.path += "."
		}
		child.path += key
		return child
	}
	switch v := value.(type) {
	case map[string]any:
		keys := make([]string, 0, len(v))
		for key := range v {
			keys = append(keys, key)
		}
		sort.Strings(keys)
		for _, key := range keys {
			t.remember(v[key], below(pathKey.Replace(key)))
		}
	case []any:
		for i, item := range v {
			t.remember(item, below(fmt.Sprint(i)))
		}
	case string:
		t.add(v, at)
	case json.Number:
		t.add(v.String(), at)
	}
}

// pathKey escapes what has a meaning in the path of a capture.
var pathKey = strings.NewReplacer(`\`, `\\`, `.`, `\.`, `*`, `\*`, `?`, `\?`, `|`, `\|`, `#`, `\#`, `@`, `\@`)

func (t *tracker) add(value string, at originOf) {
	if len(value) < shortestValue || len(t.origins) >= maxTracked {
		return
	}
	if _, known := t.origins[value]; !known {
		t.origins[value] = at
	}
}

// comments suggest captures for a step's answer.
func (t *tracker) comments(step int) []string {
	var lines []string
	for _, h := range t.hints[step] {
		users := h.users[0]
		if n := len(h.users) - 1; n > 0 {
			users = fmt.Sprintf("%s and %d more", users, n)
		}
		lines = append(lines, fmt.Sprintf("%s of its answer is sent by %s; consider\ncapture: {%s: %q}",
			printable(h.path), users, captureName(h.path), "json:"+printable(h.path)))
	}
	return lines
}

// captureName is the last key of a path as a name.
func captureName(path string) string {
	keys := strings.Split(path, ".")
	for i := len(keys) - 1; i >= 0; i-- {
		if name := strings.ToLower(variableName(keys[i])); name != "secret" || keys[i] == "secret" {
			return name
		}
	}
	return "value"
}
