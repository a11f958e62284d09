package docs_test

import (
	"go/ast"
	"go/parser"
	"go/token"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// troubled are the sources of what metric and evaluate say when something is in the way. Those of the steps and of the local
// runner are left out: lpa alone prints them.
var troubled = []string{"cmd/metric/*.go", "cmd/evaluate/*.go", "internal/cpa/envelope.go", "internal/cpa/observe.go", "internal/cpa/reported.go",
	"internal/kube/*.go", "internal/state/*.go", "loadtest/quality*.go", "internal/scaling/sentence*.go"}

// saying are the functions that are given what is said.
var saying = map[string]bool{"Errorf": true, "New": true, "Sprintf": true, "Fprintf": true, "Fprintln": true}

// TestEveryMessageIsInTroubleshooting holds that who searches the page for a line of the log finds it: the longest piece of each message
// that has no value in it is there, blanks aside.
func TestEveryMessageIsInTroubleshooting(t *testing.T) {
	text := plain(find(t, "docs/user-guide/troubleshooting.md").Prose)
	count := 0
	for _, pattern := range troubled {
		paths, err := filepath.Glob(filepath.Join(root, pattern))
		require.NoError(t, err)
		require.NotEmpty(t, paths, pattern)
		for _, path := range paths {
			if strings.HasSuffix(path, "_test.go") {
				continue
			}
			for _, message := range messages(t, path) {
				piece := longest(message)
				if len(piece) < 12 || strings.Contains(message, "usage:") {
					continue
				}
				count++
				if !strings.Contains(text, piece) {
					t.Errorf("%s: %q is nowhere in docs/user-guide/troubleshooting.md", path, piece)
				}
			}
		}
	}
	require.Greater(t, count, 80)
}

// TestEveryReasonAndVerdictIsInTroubleshooting is for those who come with the one word.
func TestEveryReasonAndVerdictIsInTroubleshooting(t *testing.T) {
	text := find(t, "docs/user-guide/troubleshooting.md").Prose
	for _, path := range []string{"internal/scaling/decide.go", "loadtest/quality.go"} {
		for _, word := range declared(t, filepath.Join(root, path)) {
			require.Contains(t, text, "`"+word+"`")
		}
	}
}

func plain(text string) string { return strings.Join(strings.Fields(text), " ") }

// messages are the texts that a file gives to the functions that say something.
func messages(t *testing.T, path string) (all []string) {
	t.Helper()
	file, err := parser.ParseFile(token.NewFileSet(), path, nil, 0)
	require.NoError(t, err)
	ast.Inspect(file, func(node ast.Node) bool {
		call, ok := node.(*ast.CallExpr)
		if !ok {
			return true
		}
		function, ok := call.Fun.(*ast.SelectorExpr)
		if !ok || !saying[function.Sel.Name] {
			return true
		}
		for _, argument := range call.Args {
			if text, ok := argument.(*ast.BasicLit); ok && text.Kind == token.STRING {
				message, err := strconv.Unquote(text.Value)
				require.NoError(t, err)
				all = append(all, message)
			}
		}
		return true
	})
	return all
}

// declared are the words of a file's constants of type Reason and Verdict.
func declared(t *testing.T, path string) (words []string) {
	t.Helper()
	file, err := parser.ParseFile(token.NewFileSet(), path, nil, 0)
	require.NoError(t, err)
	ast.Inspect(file, func(node ast.Node) bool {
		spec, ok := node.(*ast.ValueSpec)
		if !ok || len(spec.Values) != 1 {
			return true
		}
		kind, _ := spec.Type.(*ast.Ident)
		text, _ := spec.Values[0].(*ast.BasicLit)
		if kind != nil && text != nil && (kind.Name == "Reason" || kind.Name == "Verdict") {
			word, err := strconv.Unquote(text.Value)
			require.NoError(t, err)
			words = append(words, word)
		}
		return true
	})
	require.Greater(t, len(words), 5)
	return words
}

// verb is a place for a value, or what Markdown or a table could not show as it is.
var verb = regexp.MustCompile(`%[-+.#0-9]*[a-zA-Z%]|["\n|]`)

// longest is the longest piece of a message without a value.
func longest(message string) string {
	best := ""
	for _, piece := range verb.Split(message, -1) {
		if piece = strings.Trim(plain(piece), " :;,.()[]{}"); len(piece) > len(best) {
			best = piece
		}
	}
	return best
}
