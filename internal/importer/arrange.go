package importer

import (
	"regexp"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"go.yaml.in/yaml/v3"
)

// lineWidth is how long a line may become for values to share it.
const lineWidth = 100

// arrange sets the styles of a script's nodes: what is short goes on one line, as in {status: 200}, what is long below one
// another, and quotes stand only where they must or where people expect them.
func arrange(script *yaml.Node) {
	arrangeIn(script, 0)
}

// arrangeIn styles a tree whose lines begin in a column.
func arrangeIn(n *yaml.Node, column int) {
	switch n.Kind {
	case yaml.MappingNode:
		for i := 0; i+1 < len(n.Content); i += 2 {
			key, value := n.Content[i], n.Content[i+1]
			quote(key, false)
			arrangeValue(value, column, column+width(key)+2)
		}
	case yaml.SequenceNode:
		steps := holdsSteps(n)
		alike := steps || !slices.ContainsFunc(n.Content, func(item *yaml.Node) bool { return !fits(item, column+2) })
		for _, item := range n.Content {
			if steps && !isShortStep(item, column) || !alike && item.Kind != yaml.ScalarNode {
				arrangeIn(item, column+2)
				continue
			}
			arrangeValue(item, column, column+2)
		}
	default:
		quoteBlock(n)
	}
}

// arrangeValue styles a value that begins in the column at if it fits on that line, else on lines further in than column.
func arrangeValue(n *yaml.Node, column, at int) {
	if n.Kind == yaml.ScalarNode {
		quoteBlock(n)
		return
	}
	if fits(n, at) {
		flow(n)
		return
	}
	arrangeIn(n, column+2)
}

// isShortStep says whether a step is a request with a status at most: {get: /cart, expect: {status: 200}}.
func isShortStep(n *yaml.Node, column int) bool {
	if len(n.Content) != 4 || n.HeadComment != "" || n.Content[2].Value != "expect" {
		return false
	}
	return fits(n, column+2)
}

// fits says whether a list or mapping can stand on the line whose column at it begins in.
func fits(n *yaml.Node, at int) bool {
	return !holdsSteps(n) && !holdsLines(n) && at+width(n) <= lineWidth
}

// holdsSteps says whether a node holds what is read line by line: steps and tasks.
func holdsSteps(n *yaml.Node) bool {
	if n.Kind == yaml.SequenceNode && len(n.Content) > 0 && n.Content[0].Kind == yaml.MappingNode {
		first := n.Content[0].Content
		return len(first) > 0 && first[0].Tag == "" // a key of ours, not one of a recorded body
	}
	return false
}

// holdsLines says whether a text below the node has several lines.
func holdsLines(n *yaml.Node) bool {
	if n.Kind == yaml.ScalarNode {
		return isBlock(n.Value)
	}
	for _, child := range n.Content {
		if holdsLines(child) {
			return true
		}
	}
	return false
}

// width is how many columns a node takes on one line, or a little more.
func width(n *yaml.Node) int {
	if n.Kind == yaml.ScalarNode {
		w := utf8.RuneCountInString(n.Value)
		if !isPlain(n, true) {
			w += 2 + strings.Count(n.Value, `"`) + strings.Count(n.Value, `\`)
		}
		return w
	}
	w := 2
	for _, child := range n.Content {
		if w > lineWidth {
			break
		}
		w += width(child) + 2
	}
	return w
}

// flow styles a tree to stand on one line.
func flow(n *yaml.Node) {
	if n.Kind == yaml.ScalarNode {
		quote(n, true)
		return
	}
	n.Style = yaml.FlowStyle
	for _, child := range n.Content {
		flow(child)
	}
}

// quoteBlock styles a text that has lines to itself.
func quoteBlock(n *yaml.Node) {
	if n.Tag == "!!str" && isBlock(n.Value) {
		n.Style = yaml.LiteralStyle
		return
	}
	quote(n, false)
}

func quote(n *yaml.Node, inFlow bool) {
	if !isPlain(n, inFlow) {
		n.Style = yaml.DoubleQuotedStyle
	}
}

var (
	plainPattern = regexp.MustCompile(`^[A-Za-z/][A-Za-z0-9/_.:;+=~*()@$ -]*$`)
	// wordPattern is what YAML 1.1 takes for true and false. Neither the encoder nor the load test do, but other readers may.
	wordPattern = regexp.MustCompile(`^(?i:y|yes|n|no|on|off)$`)
	flowPattern = regexp.MustCompile(`^[A-Za-z/][A-Za-z0-9/_.;+=~*()@ -]*$`)
)

// isPlain says whether a scalar can do without quotes. Where a text without them would be read as something else than a text,
// such as true or null, the encoder sets them all the same.
func isPlain(n *yaml.Node, inFlow bool) bool {
	if n.Tag != "!!str" {
		return true
	}
	pattern := plainPattern
	if inFlow {
		pattern = flowPattern
	}
	return pattern.MatchString(n.Value) && !wordPattern.MatchString(n.Value) && !strings.Contains(n.Value, ": ") && !strings.HasSuffix(n.Value, ":") && !strings.HasSuffix(n.Value, " ")
}

// isBlock says whether a text has several lines that can stand as they are below a |.
func isBlock(s string) bool {
	if !strings.Contains(s, "\n") || strings.HasSuffix(s, "\n\n") {
		return false
	}
	first := true
	for line := range strings.Lines(s) {
		line = strings.TrimSuffix(line, "\n")
		if first && (line == "" || line[0] == ' ') || strings.HasSuffix(line, " ") {
			return false
		}
		if strings.ContainsFunc(line, func(c rune) bool { return !unicode.IsPrint(c) }) {
			return false
		}
		first = false
	}
	return true
}
