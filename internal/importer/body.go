package importer

import (
	"encoding/json"
	"errors"
	"io"
	"mime"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"go.yaml.in/yaml/v3"
)

const (
	jsonType = "application/json"
	formType = "application/x-www-form-urlencoded"
)

// mediaType is a Content-Type without its parameters.
func mediaType(contentType string) string {
	kind, _, _ := strings.Cut(contentType, ";")
	return strings.ToLower(strings.TrimSpace(kind))
}

func isJSONType(contentType string) bool {
	kind := mediaType(contentType)
	return kind == jsonType || strings.HasSuffix(kind, "+json") || kind == "text/json"
}

// content is a body as a script has it: the key json, form or body with its value, and the Content-Type if that does not
// follow from the key.
type content struct {
	key         string // empty for no body
	value       *yaml.Node
	contentType string
}

// content writes a body in the way that reads best and still says the same.
func (r *report) content(e *exchange, where string) content {
	body := e.body
	if body.text == "" {
		return content{}
	}
	kind := mediaType(body.mediaType)
	if isJSONType(kind) {
		if value, err := r.jsonValue(body.text, where); err == nil {
			return content{"json", value, unless(kind == jsonType, body.mediaType)}
		}
	}
	if kind == formType {
		if value, ok := r.form(body.text, where); ok {
			return content{"form", value, ""}
		}
	}
	return content{"body", textNode(escape(body.text)), body.mediaType}
}

// unless is s, or nothing if known is true.
func unless(known bool, s string) string {
	if known {
		return ""
	}
	return s
}

// form is a form as a mapping; false if a mapping cannot say the same.
func (r *report) form(text, where string) (*yaml.Node, bool) {
	pairs, ok := parseForm(text)
	if !ok {
		return nil, false
	}
	for i, p := range pairs {
		pairs[i].value = r.text(p.name, p.value, where)
	}
	return fieldsNode(pairs), true
}

// parseForm reads name=value&…; false where the text is not that.
func parseForm(text string) (pairs []header, ok bool) {
	for piece := range strings.SplitSeq(text, "&") {
		name, value, found := strings.Cut(piece, "=")
		name, errName := url.QueryUnescape(name)
		value, errValue := url.QueryUnescape(value)
		if !found || errName != nil || errValue != nil || !utf8.ValidString(name) || !utf8.ValidString(value) {
			return nil, false
		}
		pairs = append(pairs, header{name, value})
	}
	return pairs, true
}

// text is a value that a request carries under a key, in the script's language.
func (r *report) text(key, value, where string) string {
	if isSecret(key) && value != "" {
		r.carries(value, where)
		if strings.Contains(strings.ToLower(key), "pass") && !slices.Contains(r.logins, where) {
			r.logins = append(r.logins, where)
		}
		return r.secrets.reference(key, value, printable(key)+" of "+where)
	}
	if isID(value) {
		r.carries(value, where)
	}
	return escape(value)
}

// maxDepth is how deeply a JSON body may be nested to be written as YAML; nobody would read it if it were deeper.
const maxDepth = 50

// errNotWritable is a JSON value that YAML, or a script, cannot say.
var errNotWritable = errors.New("cannot be written as YAML")

// jsonValue is a JSON text as YAML that a script sends as the same value.
func (r *report) jsonValue(text, where string) (*yaml.Node, error) {
	d := json.NewDecoder(strings.NewReader(text))
	d.UseNumber()
	value, err := r.jsonNode(d, "", where, 0)
	if err != nil {
		return nil, err
	}
	if _, err := d.Token(); err != io.EOF {
		return nil, errNotWritable // something follows
	}
	return value, nil
}

// jsonNode reads the value that comes next; key is what it is kept under.
func (r *report) jsonNode(d *json.Decoder, key, where string, depth int) (*yaml.Node, error) {
	token, err := d.Token()
	if err != nil {
		return nil, err
	}
	switch token := token.(type) {
	case json.Delim:
		if depth == maxDepth {
			return nil, errNotWritable
		}
		return r.jsonTree(d, token, key, where, depth)
	case string:
		return textNode(r.text(key, token, where)), nil
	case json.Number:
		if _, err := strconv.ParseFloat(token.String(), 64); err != nil {
			return nil, errNotWritable // 1e999, which YAML has no number for
		}
		r.number(key, token.String(), where)
		return &yaml.Node{Kind: yaml.ScalarNode, Value: token.String()}, nil
	case bool:
		return &yaml.Node{Kind: yaml.ScalarNode, Value: strconv.FormatBool(token)}, nil
	}
	return &yaml.Node{Kind: yaml.ScalarNode, Value: "null"}, nil
}

// jsonTree reads what follows { or [.
func (r *report) jsonTree(d *json.Decoder, open json.Delim, key, where string, depth int) (*yaml.Node, error) {
	tree := &yaml.Node{Kind: yaml.SequenceNode}
	if open == '{' {
		tree.Kind = yaml.MappingNode
	}
	seen := map[string]bool{}
	for d.More() {
		if open == '{' {
			token, err := d.Token()
			if err != nil {
				return nil, err
			}
			if key = token.(string); seen[key] {
				return nil, errNotWritable // a key given twice
			}
			seen[key] = true
			tree.Content = append(tree.Content, textNode(key))
		}
		value, err := r.jsonNode(d, key, where, depth+1)
		if err != nil {
			return nil, err
		}
		tree.Content = append(tree.Content, value)
	}
	_, err := d.Token() // the end
	return tree, err
}

// number takes note of a number in a body.
func (r *report) number(key, value, where string) {
	if isSecret(key) {
		// A reference would send it as a text, which is another value.
		r.warn("%s of %s looks like a secret and stands in the script all the same, as it is a number", printable(key), where)
	}
	if isID(value) {
		r.carries(value, where)
	}
}

// contentTypeValue is a Content-Type that can be sent as it is; empty if it cannot.
func contentTypeValue(s string) string {
	if _, _, err := mime.ParseMediaType(s); err != nil && !isToken(mediaType(strings.ReplaceAll(s, "/", ""))) || hasControls(s) {
		return ""
	}
	return s
}
