package docs_test

import (
	"bytes"
	"errors"
	"io/fs"
	"net/url"
	"os"
	"os/exec"
	"path"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"github.com/yuin/goldmark"
	"github.com/yuin/goldmark/extension"
	htmlrenderer "github.com/yuin/goldmark/renderer/html"
	"golang.org/x/net/html"
)

// inRepository is how the site links to what is no page.
var inRepository = regexp.MustCompile(`^https://github\.com/latency-pod-autoscaler/lpa/(tree|blob)/main/(.+)$`)

// site is the built site: its files, and those of them that are HTML.
type site struct {
	dir   string
	pages map[string]*html.Node
}

// buildSite is nil where mkdocs or its theme is missing. LPA_TEST_MKDOCS=required makes that a failure.
func buildSite(t *testing.T) *site {
	t.Helper()
	s := &site{dir: t.TempDir(), pages: map[string]*html.Node{}}
	build := exec.CommandContext(t.Context(), "mkdocs", "build", "--strict", "--site-dir", s.dir)
	build.Dir = root
	build.Env = append(os.Environ(), "PYTHONDONTWRITEBYTECODE=1")
	out, err := build.CombinedOutput()
	if errors.Is(err, exec.ErrNotFound) || bytes.Contains(out, []byte("Unrecognised theme name")) {
		require.NotEqual(t, "required", os.Getenv("LPA_TEST_MKDOCS"), "LPA_TEST_MKDOCS is required, but there is no mkdocs with its theme material")
		t.Log("passed without mkdocs and its theme material, as they are missing")
		return nil
	}
	require.NoError(t, err, "%s", out)
	require.NoError(t, filepath.WalkDir(s.dir, func(path string, _ fs.DirEntry, err error) error {
		if err != nil || filepath.Ext(path) != ".html" {
			return err
		}
		data, err := os.ReadFile(path)
		require.NoError(t, err)
		name, err := filepath.Rel(s.dir, path)
		require.NoError(t, err)
		s.pages[filepath.ToSlash(name)], err = html.Parse(bytes.NewReader(data))
		return err
	}))
	return s
}

// of is the name of the site's file that a page of Markdown becomes.
func (s *site) of(markdown string) string {
	dir, name := path.Split(strings.TrimSuffix(markdown, ".md"))
	if name == "README" {
		return dir + "index.html"
	}
	return dir + name + "/index.html"
}

func TestSite(t *testing.T) {
	s := buildSite(t)
	if s == nil {
		return
	}
	t.Run("links", s.checkLinks)
	t.Run("navigation", s.checkNavigation)
	t.Run("reads as on GitHub", s.checkText)
}

// checkLinks follows everything that a page refers to.
func (s *site) checkLinks(t *testing.T) {
	require.Greater(t, len(s.pages), 50)
	internal, anchors, repositories := 0, 0, 0
	for name, document := range s.pages {
		for node := range document.Descendants() {
			for _, a := range node.Attr {
				if a.Key != "href" && a.Key != "src" {
					continue
				}
				link, err := url.Parse(a.Val)
				require.NoError(t, err, name)
				switch {
				case link.Scheme == "" && link.Host == "":
					internal++
					anchors += len(link.Fragment)
					s.checkInternal(t, name, link)
				case inRepository.MatchString(a.Val):
					repositories++
					m := inRepository.FindStringSubmatch(a.Val)
					info, err := os.Stat(filepath.Join(root, m[2]))
					require.NoError(t, err, name)
					require.Equal(t, map[bool]string{true: "tree", false: "blob"}[info.IsDir()], m[1], "%s: %s", name, link)
				default:
					require.Equal(t, "a", node.Data, "%s: loads %s from another host", name, link)
					require.Equal(t, "https", link.Scheme, "%s: %s", name, link)
					require.NotEmpty(t, link.Host, "%s: %s", name, link)
				}
			}
		}
	}
	require.Positive(t, internal)
	require.Positive(t, anchors)
	require.Positive(t, repositories)
}

func (s *site) checkInternal(t *testing.T, from string, link *url.URL) {
	t.Helper()
	to := from
	if link.Path != "" {
		to = path.Join(path.Dir(from), link.Path)
		if path.IsAbs(link.Path) {
			to = strings.TrimPrefix(path.Clean(link.Path), "/")
		}
		if info, err := os.Stat(filepath.Join(s.dir, to)); err == nil && info.IsDir() {
			to = path.Join(to, "index.html")
		}
	}
	_, err := os.Stat(filepath.Join(s.dir, to))
	require.NoError(t, err, "%s: %s", from, link)
	if link.Fragment != "" {
		require.Contains(t, s.pages, to, "%s: %s", from, link)
		require.True(t, hasID(s.pages[to], link.Fragment), "%s: %s has no %q", from, to, link.Fragment)
	}
}

func hasID(document *html.Node, id string) bool {
	for node := range document.Descendants() {
		if attribute(node, "id") == id {
			return true
		}
	}
	return false
}

func attribute(node *html.Node, key string) string {
	for _, a := range node.Attr {
		if a.Key == key {
			return a.Val
		}
	}
	return ""
}

// checkNavigation holds that each page can be reached from the first one's menu, and has a title of its own.
func (s *site) checkNavigation(t *testing.T) {
	menu := map[string]bool{}
	for node := range s.pages["index.html"].Descendants() {
		if node.Data == "a" && strings.Contains(attribute(node, "class"), "md-nav__link") {
			menu[path.Join(attribute(node, "href"), "index.html")] = true
		}
	}
	titles := map[string]string{}
	for _, p := range pages(t) {
		name := s.of(p.Path)
		require.Contains(t, s.pages, name)
		require.True(t, menu[name], "%s is not in the menu of mkdocs.yml", p.Path)
		for node := range s.pages[name].Descendants() {
			if node.Data == "title" && node.Parent.Data == "head" {
				title := node.FirstChild.Data
				require.Empty(t, titles[title], "%s has the title of another page: %s", p.Path, title)
				titles[title] = p.Path
			}
		}
	}
	require.Len(t, titles, len(pages(t)))
}

// checkText compares each page with what GitHub's Markdown makes of it: the readers of both must find the same lists, tables,
// blocks and words. Where they differ, the source is written in a way that one of them does not understand.
func (s *site) checkText(t *testing.T) {
	github := goldmark.New(goldmark.WithExtensions(extension.GFM), goldmark.WithRendererOptions(htmlrenderer.WithUnsafe()))
	for _, p := range pages(t) {
		source, err := os.ReadFile(filepath.Join(root, p.Path))
		require.NoError(t, err)
		var converted bytes.Buffer
		require.NoError(t, github.Convert(source, &converted))
		document, err := html.Parse(&converted)
		require.NoError(t, err)
		var article *html.Node
		for node := range s.pages[s.of(p.Path)].Descendants() {
			if node.Data == "article" {
				article = node
			}
		}
		require.NotNil(t, article, p.Path)
		want, got := outline(document), outline(article)
		for i := range max(len(want), len(got)) {
			if i >= len(want) || i >= len(got) || want[i] != got[i] {
				t.Errorf("%s: the site has another text than GitHub from here on:\n%s\n-- instead of\n%s", p.Path,
					strings.Join(got[max(0, min(i, len(got))-2):min(i+2, len(got))], "\n"), strings.Join(want[max(0, min(i, len(want))-2):min(i+2, len(want))], "\n"))
				break
			}
		}
	}
}

// outlined are the elements that make a difference to a reader.
var outlined = []string{"h1", "h2", "h3", "h4", "ul", "ol", "li", "table", "tr", "th", "td", "pre", "code", "strong", "em", "a", "img"}

// outline is a document's elements and words, an element or the words between two of them on a line.
func outline(document *html.Node) []string {
	var lines []string
	var words strings.Builder
	depth := 0
	end := func() {
		if text := strings.Join(strings.Fields(words.String()), " "); text != "" {
			lines = append(lines, strings.Repeat("  ", depth)+text)
		}
		words.Reset()
	}
	var walk func(node *html.Node)
	walk = func(node *html.Node) {
		outlines := slices.Contains(outlined, node.Data) && (node.Data != "code" || node.Parent.Data != "pre")
		switch {
		case node.Type == html.TextNode:
			words.WriteString(node.Data)
			return
		case attribute(node, "class") == "headerlink", node.Data == "head":
			return
		case outlines:
			end()
			lines = append(lines, strings.Repeat("  ", depth)+"<"+node.Data+" "+attribute(node, "start")+">")
			depth++
		}
		for child := range node.ChildNodes() {
			walk(child)
		}
		if outlines || node.Data == "p" {
			end()
		}
		if outlines {
			depth--
		}
	}
	walk(document)
	return lines
}
