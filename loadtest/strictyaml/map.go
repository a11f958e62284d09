package strictyaml

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"go.yaml.in/yaml/v3"
)

// Map is a mapping being read: take each known key with Get, then call Done, which reports the keys that nobody took.
type Map struct {
	Value
	entries []Entry
	known   []string
	taken   map[string]bool
	wrong   bool // the value is no mapping, which has been reported
}

// Entry is one key of a mapping with its value.
type Entry struct {
	Key   string
	Value Value
	key   Value // the key itself, for its position
}

// Map reads the value as a mapping and refuses anything else, keys that are not text, and duplicate keys. A value that
// is missing or empty reads as an empty mapping.
func (v Value) Map() *Map {
	m := &Map{Value: v, taken: map[string]bool{}}
	if v.node.Kind != yaml.MappingNode {
		if !v.IsNull() {
			v.Refuse("must be a mapping")
			m.wrong = true
		}
		return m
	}
	seen := map[string]int{}
	for i := 0; i+1 < len(v.node.Content); i += 2 {
		keyNode, valueNode := v.node.Content[i], v.node.Content[i+1]
		key := Value{doc: v.doc, node: keyNode, path: v.path}
		if keyNode.Kind != yaml.ScalarNode {
			key.Refuse("a key must be text")
			continue
		}
		if keyNode.ShortTag() == "!!merge" {
			key.Refuse("the merge key is not read; repeat the keys or use an alias for a whole value")
			continue
		}
		path := join(v.path, keyNode.Value)
		if first, duplicate := seen[keyNode.Value]; duplicate {
			key.path = path
			key.Complain("given twice, first on line %d", first)
			continue
		}
		seen[keyNode.Value] = keyNode.Line
		m.entries = append(m.entries, Entry{Key: keyNode.Value, key: key, Value: Value{doc: v.doc, node: valueNode, path: path}})
	}
	return m
}

func join(path, key string) string {
	if quoted := strconv.Quote(key); quoted != `"`+key+`"` {
		key = quoted // a key with a line break, say, must not break the line of its message
	}
	if path == "" {
		return key
	}
	return path + "." + key
}

// Get takes a key; ok is false if the mapping does not hold it.
func (m *Map) Get(key string) (v Value, ok bool) {
	m.known = append(m.known, key)
	m.taken[key] = true
	for _, e := range m.entries {
		if e.Key == key {
			return e.Value, true
		}
	}
	return Value{}, false
}

// isRequired is how the rule of a missing key begins.
const isRequired = "is required, such as "

// Require takes a key that must be there; example shows how to write it.
func (m *Map) Require(key, example string) (v Value, ok bool) {
	v, ok = m.Get(key)
	if !ok && !m.wrong {
		m.report(join(m.path, key), isRequired+example, "")
	}
	return v, ok
}

// ComplainKey reports a key as Complain does a value: at the key's place.
func (e Entry) ComplainKey(format string, args ...any) {
	e.key.report(e.Value.path, fmt.Sprintf(format, args...), "")
}

// Wrong says that the value is no mapping, which has been reported already.
func (m *Map) Wrong() bool { return m.wrong }

// Entries are all the keys in the order written, taken or not; a reader that walks them needs no Done.
func (m *Map) Entries() []Entry { return m.entries }

// Done reports every key that was not taken, with the known key that it resembles, and says whether there was none. A
// required key that was meant by one of them is not reported as missing too.
func (m *Map) Done() (allKnown bool) {
	allKnown = !m.wrong
	known := slices.Clone(m.known)
	slices.Sort(known)
	known = slices.Compact(known)
	for _, e := range m.entries {
		if m.taken[e.Key] {
			continue
		}
		allKnown = false
		meant := ""
		if word := nearest(e.Key, known); word != "" && !m.has(word) {
			meant = join(m.path, word)
			m.foundMissing(meant)
		}
		file, line, column := e.key.Position()
		m.doc.Add(Problem{File: file, Line: max(line, 1), Column: max(column, 1), Key: e.Value.path, Rule: "unknown key" + Suggest(e.Key, known), Meant: meant})
	}
	return allKnown
}

func (m *Map) has(key string) bool {
	return slices.ContainsFunc(m.entries, func(e Entry) bool { return e.Key == key })
}

// foundMissing takes back that a key is missing.
func (m *Map) foundMissing(path string) {
	file, line, column := m.Position()
	m.doc.problems = slices.DeleteFunc(m.doc.problems, func(p Problem) bool {
		return p.File == file && p.Line == line && p.Column == column && p.Key == path && strings.HasPrefix(p.Rule, isRequired)
	})
}
