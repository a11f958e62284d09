package importer

import (
	"bytes"
	"fmt"
	"strconv"

	"go.yaml.in/yaml/v3"
)

// write is the script.
func (r *report) write(steps []step) ([]byte, error) {
	headers, auth := common(steps)
	script := mapping("wait", mapping("between", sequence(word("1s"), word("3s"))))
	if len(headers) > 0 {
		add(script, "headers", fieldsNode(headers))
	}
	addAuth(script, auth)
	items := sequence()
	for _, s := range steps {
		if s.think > 0 {
			items.Content = append(items.Content, mapping("think", word(s.think.String())))
		}
		items.Content = append(items.Content, s.node())
	}
	add(script, "tasks", sequence(mapping("name", word(r.source.task), "steps", items)))
	arrange(script)

	var out bytes.Buffer
	out.WriteString(r.comment(steps))
	encoder := yaml.NewEncoder(&out)
	encoder.SetIndent(2)
	if err := encoder.Encode(script); err != nil {
		return nil, fmt.Errorf("writing the script: %w", err)
	}
	if err := encoder.Close(); err != nil {
		return nil, fmt.Errorf("writing the script: %w", err)
	}
	return append(bytes.TrimRight(out.Bytes(), "\n"), '\n'), nil
}

// stepKeys are the methods that are keys of a step; any other stands behind request.
var stepKeys = map[string]string{"GET": "get", "POST": "post", "PUT": "put", "PATCH": "patch", "DELETE": "delete", "HEAD": "head", "OPTIONS": "options"}

func (s step) node() *yaml.Node {
	n := mapping()
	if key, ok := stepKeys[s.method]; ok {
		add(n, key, textNode(s.path))
	} else {
		add(n, "request", textNode(s.method+" "+s.path))
	}
	if s.name != s.path {
		add(n, "name", textNode(s.name))
	}
	if len(s.query) > 0 {
		add(n, "query", fieldsNode(s.query))
	}
	if len(s.headers) > 0 {
		add(n, "headers", fieldsNode(s.headers))
	}
	addAuth(n, s.auth)
	if s.content.key != "" {
		add(n, s.content.key, s.content.value)
	}
	if s.timeout > 0 {
		add(n, "timeout", word(s.timeout.String()))
	}
	if s.redirects != 0 {
		add(n, "redirects", word(strconv.Itoa(max(s.redirects, 0))))
	}
	if s.status > 0 {
		add(n, "expect", mapping("status", word(strconv.Itoa(s.status))))
	}
	n.HeadComment = commentLines(s.comments)
	return n
}

func addAuth(n *yaml.Node, auth credentials) {
	switch {
	case auth.bearer != "":
		add(n, "auth", mapping("bearer", textNode(auth.bearer)))
	case auth != credentials{}:
		add(n, "auth", mapping("basic", mapping("user", textNode(auth.user), "password", textNode(auth.password))))
	}
}

// fieldsNode is a mapping of names to values; a name that is there several times has a list.
func fieldsNode(fields []header) *yaml.Node {
	n := mapping()
	values := map[string]*yaml.Node{}
	for _, f := range fields {
		value := textNode(f.value)
		switch known := values[f.name]; {
		case known == nil:
			values[f.name] = value
			n.Content = append(n.Content, textNode(f.name), value)
		case known.Kind == yaml.ScalarNode:
			only := *known
			*known = *sequence(&only, value)
		default:
			known.Content = append(known.Content, value)
		}
	}
	return n
}

// mapping is a mapping of keys of the language to values: key, value, key, value, …
func mapping(pairs ...any) *yaml.Node {
	n := &yaml.Node{Kind: yaml.MappingNode}
	for i := 0; i+1 < len(pairs); i += 2 {
		add(n, pairs[i].(string), pairs[i+1].(*yaml.Node))
	}
	return n
}

func add(n *yaml.Node, key string, value *yaml.Node) {
	n.Content = append(n.Content, word(key), value)
}

func sequence(items ...*yaml.Node) *yaml.Node {
	return &yaml.Node{Kind: yaml.SequenceNode, Content: items}
}

// word is a text of ours, such as a key or a duration, which needs no quotes.
func word(s string) *yaml.Node { return &yaml.Node{Kind: yaml.ScalarNode, Value: s} }

// textNode is a recorded text. Whatever it looks like, it is read as a text.
func textNode(s string) *yaml.Node {
	return &yaml.Node{Kind: yaml.ScalarNode, Tag: "!!str", Value: s}
}
