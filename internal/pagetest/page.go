// Package pagetest reads the documentation's pages for the tests that hold them to the code.
package pagetest

import (
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
)

// Page is one Markdown file.
type Page struct {
	Path   string // from the repository's root
	Blocks []Block
	Prose  string // the text without its blocks
}

// Block is one fenced block of a page. Within a list it is indented; its text is not.
type Block struct {
	Line     int
	Language string
	Kind     string // of the mark on the line before it; empty for none
	Note     string // what the mark says after a colon; empty for nothing
	Text     string
}

// A mark is an HTML comment, which Markdown does not show.
var (
	mark  = regexp.MustCompile(`^<!-- ([a-z][a-z ]*)(?:: (.+))? -->$`)
	fence = regexp.MustCompile("^( *)```([^`]*)$")
)

// Read reads README.md, CHANGELOG.md, all of docs and those of the examples.
func Read(root string) ([]Page, error) {
	paths := []string{filepath.Join(root, "README.md"), filepath.Join(root, "CHANGELOG.md")}
	for _, folder := range []string{"docs", "example"} {
		err := filepath.WalkDir(filepath.Join(root, folder), func(path string, _ fs.DirEntry, err error) error {
			if strings.HasSuffix(path, ".md") {
				paths = append(paths, path)
			}
			return err
		})
		if err != nil {
			return nil, err
		}
	}
	var all []Page
	for _, path := range paths {
		data, err := os.ReadFile(path)
		if err != nil {
			return nil, err
		}
		relative, err := filepath.Rel(root, path)
		if err != nil {
			return nil, err
		}
		all = append(all, Parse(filepath.ToSlash(relative), string(data)))
	}
	return all, nil
}

// Parse splits a page into its blocks and its prose.
func Parse(path, text string) Page {
	p := Page{Path: path}
	var open *Block
	var indent, before string
	var prose strings.Builder
	for i, line := range strings.Split(text, "\n") {
		switch m := fence.FindStringSubmatch(line); {
		case open != nil && m != nil && m[1] == indent && m[2] == "":
			p.Blocks = append(p.Blocks, *open)
			open = nil
		case open != nil:
			open.Text += strings.TrimPrefix(line, indent) + "\n"
		case m != nil:
			indent = m[1]
			open = &Block{Line: i + 1, Language: m[2]}
			if m := mark.FindStringSubmatch(strings.TrimSpace(before)); m != nil {
				open.Kind, open.Note = m[1], m[2]
			}
		default:
			prose.WriteString(line + "\n")
		}
		before = line
	}
	p.Prose = prose.String()
	return p
}

// Has says whether a block of the page has the mark.
func (p Page) Has(kind string) bool {
	return slices.ContainsFunc(p.Blocks, func(b Block) bool { return b.Kind == kind })
}

// File is the name of the file that the block is for the page's commands; empty for none.
func (b Block) File() string {
	if b.Kind == "not run" || b.Kind == "cluster" {
		return ""
	}
	return b.Note
}

// Output is what the page says that the commands of block i print: the text that follows them.
func (p Page) Output(i int) (string, bool) {
	if i+1 == len(p.Blocks) || p.Blocks[i+1].Language != "text" || p.Blocks[i+1].Kind != "" {
		return "", false
	}
	return p.Blocks[i+1].Text, true
}

// WriteFiles writes the blocks that are files of the page's commands into a folder.
func (p Page) WriteFiles(folder string) error {
	for _, b := range p.Blocks {
		if name := b.File(); name != "" {
			if err := os.WriteFile(filepath.Join(folder, name), []byte(b.Text), 0o600); err != nil {
				return err
			}
		}
	}
	return nil
}

// Commands splits the text of a block into its commands: a line, with those that continue it, without comments. A line that ends with
// a backslash or a pipe goes on, and so does one with an open quote.
func Commands(text string) []string {
	var all []string
	command := ""
	for line := range strings.Lines(text) {
		command += line
		if line = strings.TrimRight(uncomment(command), " \n"); unfinished(line) {
			continue
		}
		if line != "" {
			all = append(all, line)
		}
		command = ""
	}
	if rest := strings.TrimSpace(uncomment(command)); rest != "" {
		all = append(all, rest)
	}
	return all
}

func unfinished(command string) bool {
	return strings.HasSuffix(command, `\`) || strings.HasSuffix(command, "|") || strings.Count(command, "'")%2 == 1
}

var comment = regexp.MustCompile(`(?m)(^| )#.*$`)

func uncomment(command string) string { return comment.ReplaceAllString(command, "") }
