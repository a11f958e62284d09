package main

import (
	"regexp"
	"strings"
)

// reference is what a page of the reference says under each heading.
type reference struct {
	sections map[string]string
	missing  []string // what was asked for and is not there
}

var (
	headingPattern = regexp.MustCompile(`^#+ (.+)$`)
	linkPattern    = regexp.MustCompile(`\[([^\]]*)\]\([^)]*\)`)
	hiddenPattern  = regexp.MustCompile(`^<!--.*-->$`)
)

// parseReference cuts a page at its headings. One that is about several keys is there under each of them.
func parseReference(page string) *reference {
	r := &reference{sections: map[string]string{}}
	var names []string
	var body []string
	flush := func() {
		for _, name := range names {
			if _, known := r.sections[name]; !known {
				r.sections[name] = plain(body)
			}
		}
		body = nil
	}
	fenced := false
	for line := range strings.Lines(page) {
		line = strings.TrimSuffix(line, "\n")
		if strings.HasPrefix(line, "```") {
			fenced = !fenced
		}
		if m := headingPattern.FindStringSubmatch(line); m != nil && !fenced {
			flush()
			names = strings.Split(m[1], ", ")
			continue
		}
		body = append(body, line)
	}
	flush()
	return r
}

// plain is a section as an editor shows it: its paragraphs and examples, without links and tables.
func plain(lines []string) string {
	var paragraphs []string
	var current []string
	flush := func(separator string) {
		if len(current) > 0 {
			paragraphs = append(paragraphs, strings.Join(current, separator))
		}
		current = nil
	}
	fenced := false
	for _, line := range lines {
		switch {
		case strings.HasPrefix(line, "```"):
			if fenced = !fenced; fenced {
				flush(" ")
				line = "```yaml"
			}
			current = append(current, line)
			if !fenced {
				flush("\n")
			}
		case fenced:
			current = append(current, line)
		case line == "":
			flush(" ")
		case hiddenPattern.MatchString(line) || strings.HasPrefix(line, "|"):
		default:
			current = append(current, linkPattern.ReplaceAllString(line, "$1"))
		}
	}
	flush(" ")
	return strings.Join(paragraphs, "\n\n")
}

// about is what the page says about a key.
func (r *reference) about(key string) string {
	text, known := r.sections[key]
	if !known {
		r.missing = append(r.missing, key)
	}
	return text
}

// describe gives each key what the page says about it; prefix comes before the key in its heading.
func (r *reference) describe(prefix string, keys map[string]node) map[string]node {
	described := map[string]node{}
	for key, value := range keys {
		described[key] = value.about(r.about(prefix + key))
	}
	return described
}
