// Package strictyaml reads YAML that people write and get wrong. A reader asks for the keys it knows, one by one, with
// their kinds; everything else in the document (unknown or duplicate keys, wrong kinds, bad units, a second document) is
// collected as a Problem with its position, so that all mistakes are reported at once and in file order.
//
// The yaml package's own strict decoding is not enough: it stops at the first error, loses positions in custom types, and
// cannot merge an overriding fragment while keeping track of where each value came from.
package strictyaml

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"strconv"
	"strings"

	"github.com/latency-pod-autoscaler/lpa/loadtest/internal/lazyregexp"
	"go.yaml.in/yaml/v3"
)

// Document is one parsed YAML document, possibly with fragments merged over it. It collects the problems that reading
// its values brings to light.
type Document struct {
	root     *yaml.Node
	files    map[*yaml.Node]string // which source a node came from, where it is not the document itself
	name     string
	lines    []string // of the document itself
	problems Problems
}

// maxCopies bounds how many values the aliases of a document may stand for in all: plenty for a hand-written file, while
// nested aliases ("billion laughs") grow without limit.
const maxCopies = 10_000

// Parse reads the one document in data; name is the file's name as messages should show it. It always returns a
// document to read from: an empty one where the text is not YAML. Empty text is an empty mapping.
func Parse(name string, data []byte) *Document {
	d := &Document{name: name, files: map[*yaml.Node]string{}, root: &yaml.Node{Kind: yaml.MappingNode, Line: 1, Column: 1}}
	d.lines = strings.Split(strings.TrimPrefix(string(data), "\ufeff"), "\n")
	if node := d.decode(name, data); node != nil {
		d.root = node
	}
	return d
}

// decode parses one source, records its syntax problems and returns its root, nil if there is none.
func (d *Document) decode(name string, data []byte) *yaml.Node {
	decoder := yaml.NewDecoder(bytes.NewReader(data))
	var first, second yaml.Node
	switch err := decoder.Decode(&first); {
	case errors.Is(err, io.EOF):
		return nil
	case err != nil:
		d.problems = append(d.problems, syntaxProblem(name, err))
		return nil
	}
	switch err := decoder.Decode(&second); {
	case errors.Is(err, io.EOF):
	case err != nil:
		d.problems = append(d.problems, syntaxProblem(name, err))
	default:
		d.problems = append(d.problems, Problem{File: name, Line: second.Line, Column: second.Column,
			Rule: "a second YAML document is not read; remove the --- line and what follows it"})
	}
	copies := 0
	if !d.resolveAliases(name, &first, map[*yaml.Node]bool{}, &copies) {
		return nil
	}
	return first.Content[0]
}

// resolveAliases replaces aliases by copies of what they stand for, so that readers and merges see plain trees. open
// holds the nodes above n, to find self-reference; copies counts the nodes copied so far.
func (d *Document) resolveAliases(name string, n *yaml.Node, open map[*yaml.Node]bool, copies *int) bool {
	if n.Kind == yaml.AliasNode {
		line, column, anchor := n.Line, n.Column, n.Value
		if open[n.Alias] || !deepCopy(n, n.Alias, copies) {
			d.problems = append(d.problems, Problem{File: name, Line: line, Column: column,
				Rule: fmt.Sprintf("aliases must not contain themselves nor stand for more than %d values in all", maxCopies), Got: "*" + anchor})
			return false
		}
		n.Line, n.Column = line, column
	}
	if n.Style&yaml.TaggedStyle != 0 {
		d.problems = append(d.problems, Problem{File: name, Line: n.Line, Column: n.Column, Rule: "explicit tags are not read", Got: n.Tag})
		return false
	}
	open[n] = true
	defer delete(open, n)
	for _, child := range n.Content {
		if !d.resolveAliases(name, child, open, copies) {
			return false
		}
	}
	return true
}

// deepCopy makes to a copy of from, without its anchor; it is false when the copies become too many.
func deepCopy(to, from *yaml.Node, copies *int) bool {
	if *copies++; *copies > maxCopies {
		return false
	}
	content := make([]*yaml.Node, len(from.Content))
	for i, child := range from.Content {
		content[i] = &yaml.Node{}
		if !deepCopy(content[i], child, copies) {
			return false
		}
	}
	*to = *from
	to.Anchor, to.Content = "", content
	return true
}

var yamlErrorLine = lazyregexp.New(`^yaml: (?:line (\d+): )?`)

// syntaxProblem turns the yaml package's error text into a Problem; the package gives lines only.
func syntaxProblem(name string, err error) Problem {
	text, line := err.Error(), 1
	if m := yamlErrorLine().FindStringSubmatch(text); m != nil {
		text = strings.TrimPrefix(text, m[0])
		if m[1] != "" {
			line, _ = strconv.Atoi(m[1])
		}
	}
	if strings.Contains(text, "did not find expected") {
		text += "; look at this line and the next: the indentation, and quotes around values with any of : , ? # { } [ ]"
	}
	return Problem{File: name, Line: line, Column: 1, Rule: "must be YAML: " + text}
}

// Root is the document's outermost value.
func (d *Document) Root() Value {
	return Value{doc: d, node: d.root}
}

// Override reads data as the value of the top-level key and puts it over the document: with merge, mappings are merged
// key by key, everything else replaces. source names where data comes from, such as `env loadTest`.
func (d *Document) Override(key, source string, data []byte, merge bool) {
	node := d.decode(source, data)
	if node == nil {
		return
	}
	d.mark(node, source)
	d.put(key, source, node, merge)
}

// OverrideString is Override for a plain string, which is not parsed as YAML.
func (d *Document) OverrideString(path []string, source, value string) {
	d.overrideNode(path, source, stringNode(value))
}

// OverrideStrings is OverrideString for a list.
func (d *Document) OverrideStrings(path []string, source string, values ...string) {
	d.overrideNode(path, source, listNode(len(values), func(i int) *yaml.Node { return stringNode(values[i]) }))
}

// OverrideMaps is OverrideString for a list of mappings, each of which is its keys and values.
func (d *Document) OverrideMaps(path []string, source string, mappings ...[][2]string) {
	d.overrideNode(path, source, listNode(len(mappings), func(i int) *yaml.Node {
		m := &yaml.Node{Kind: yaml.MappingNode, Line: 1, Column: 1}
		for _, pair := range mappings[i] {
			m.Content = append(m.Content, stringNode(pair[0]), stringNode(pair[1]))
		}
		return m
	}))
}

func stringNode(value string) *yaml.Node {
	return &yaml.Node{Kind: yaml.ScalarNode, Tag: "!!str", Value: value, Line: 1, Column: 1}
}

func listNode(n int, item func(i int) *yaml.Node) *yaml.Node {
	list := &yaml.Node{Kind: yaml.SequenceNode, Line: 1, Column: 1}
	for i := range n {
		list.Content = append(list.Content, item(i))
	}
	return list
}

func (d *Document) overrideNode(path []string, source string, node *yaml.Node) {
	d.mark(node, source)
	for i := len(path) - 1; i > 0; i-- {
		parent := &yaml.Node{Kind: yaml.MappingNode, Line: 1, Column: 1, Content: []*yaml.Node{stringNode(path[i]), node}}
		d.mark(parent, source)
		node = parent
	}
	d.put(path[0], source, node, true)
}

func (d *Document) put(key, source string, node *yaml.Node, merge bool) {
	if d.root.Kind != yaml.MappingNode {
		return // the wrong kind of root is reported when it is read
	}
	keyNode := stringNode(key)
	d.files[keyNode] = source
	over := &yaml.Node{Kind: yaml.MappingNode, Content: []*yaml.Node{keyNode, node}}
	if merge {
		mergeMappings(d.root, over)
		return
	}
	if i := indexOf(d.root, key); i >= 0 {
		d.root.Content[i+1] = node
		return
	}
	d.root.Content = append(d.root.Content, over.Content...)
}

// Remove takes the value at a path of keys out of the document, if it is there.
func (d *Document) Remove(path ...string) {
	parent, whole := d.find(path[:len(path)-1])
	if !whole || parent.Kind != yaml.MappingNode {
		return
	}
	if i := indexOf(parent, path[len(path)-1]); i >= 0 {
		parent.Content = append(parent.Content[:i], parent.Content[i+2:]...)
	}
}

// mark records that a tree came from source.
func (d *Document) mark(n *yaml.Node, source string) {
	d.files[n] = source
	for _, child := range n.Content {
		d.mark(child, source)
	}
}

func mergeMappings(base, over *yaml.Node) {
	for i := 0; i+1 < len(over.Content); i += 2 {
		key, value := over.Content[i], over.Content[i+1]
		at := indexOf(base, key.Value)
		switch {
		case at < 0:
			base.Content = append(base.Content, key, value)
		case base.Content[at+1].Kind == yaml.MappingNode && value.Kind == yaml.MappingNode:
			mergeMappings(base.Content[at+1], value)
		default:
			base.Content[at+1] = value
		}
	}
}

// indexOf is the position of a key in a mapping's content, -1 if it has none.
func indexOf(mapping *yaml.Node, key string) int {
	for i := 0; i+1 < len(mapping.Content); i += 2 {
		if mapping.Content[i].Value == key {
			return i
		}
	}
	return -1
}

// Has says whether the document holds a value at the path of keys.
func (d *Document) Has(path ...string) bool {
	_, whole := d.find(path)
	return whole
}

// Position is where the value at a path of keys and list indexes stands, or where the nearest value around it does.
func (d *Document) Position(path ...string) (file string, line, column int) {
	node, _ := d.find(path)
	return Value{doc: d, node: node}.Position()
}

// find follows a path as far as it goes; whole says that it goes all the way.
func (d *Document) find(path []string) (node *yaml.Node, whole bool) {
	node = d.root
	for _, key := range path {
		next := -1
		switch node.Kind {
		case yaml.MappingNode:
			if next = indexOf(node, key); next >= 0 {
				next++
			}
		case yaml.SequenceNode:
			if i, err := strconv.Atoi(key); err == nil && i < len(node.Content) {
				next = i
			}
		}
		if next < 0 {
			return node, false
		}
		node = node.Content[next]
	}
	return node, true
}

// Problems are those found so far, in the order of their positions.
func (d *Document) Problems() Problems {
	return d.problems.Sorted()
}

// Add adds a problem, of any file.
func (d *Document) Add(p Problem) { d.problems = append(d.problems, p) }

// Report adds a problem of a whole source, such as an environment variable that must not be there.
func (d *Document) Report(source, key, rule, got string) {
	d.problems = append(d.problems, Problem{File: source, Line: 1, Column: 1, Key: key, Rule: rule, Got: got})
}
