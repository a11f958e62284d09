package importer

import (
	"fmt"
	"maps"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode"
)

// report gathers, while a script is made, what a person should know about it.
type report struct {
	source   source
	recorded int    // exchanges of the source
	origin   string // the host whose requests are paths
	left     map[omission]int
	reasons  []omission // of left, in the order of the recording
	followed int        // redirects that became one with what they led to
	passing  map[string]bool
	secrets  *secrets
	logins   []string // requests that send a password
	warnings []string

	tracker *tracker
	now     time.Time // when the request that is being written was sent
}

// warn takes note of what a person should look at.
func (r *report) warn(format string, args ...any) {
	if warning := fmt.Sprintf(format, args...); !slices.Contains(r.warnings, warning) {
		r.warnings = append(r.warnings, warning)
	}
}

// leftOut says what was left out, and how much of it.
func (r *report) leftOut() []string {
	var lines []string
	for _, why := range r.reasons {
		lines = append(lines, why.say(r.left[why]))
	}
	if n := r.followed; n > 0 {
		lines = append(lines, omitFollowed.say(n))
	}
	if len(r.passing) > 0 {
		lines = append(lines, "headers that hold for one request or session: "+r.passingHeaders())
	}
	return lines
}

// notes are for stderr: what was left out, what must be set, what is doubtful.
func (r *report) notes(steps []step) []string {
	summary := r.summary(steps)
	notes := []string{strings.ToLower(summary[:1]) + strings.Replace(summary[1:], "in it", "in the script", 1)}
	for _, why := range r.reasons {
		note := "left out: " + why.say(r.left[why])
		if why.hint != "" {
			note += "; " + why.hint
		}
		notes = append(notes, note)
	}
	if r.followed > 0 {
		notes = append(notes, "left out: "+omitFollowed.say(r.followed))
	}
	if len(r.passing) > 0 {
		notes = append(notes, "left out: headers that hold for one request or session: "+r.passingHeaders())
	}
	for _, s := range r.secrets.list {
		notes = append(notes, fmt.Sprintf("set %s in the environment: it stands for %s", s.variable, s.places()))
	}
	return append(notes, r.warnings...)
}

// places says where a secret was found.
func (s *secret) places() string { return firstOf(s.where, 3) }

func (r *report) passingHeaders() string {
	return printable(strings.Join(slices.Sorted(maps.Keys(r.passing)), ", "))
}

// comment is the head of the script.
func (r *report) comment(steps []step) string {
	var b strings.Builder
	b.WriteString(wrapComment("", "", fmt.Sprintf("Made by %s%s. %s.", r.source.command, r.source.of(), r.summary(steps))))
	section := func(title string, items []string) {
		if len(items) == 0 {
			return
		}
		b.WriteString("#\n# " + title + ":\n")
		for _, item := range items {
			b.WriteString(wrapComment("- ", "  ", item))
		}
	}
	section("Left out", r.leftOut())
	var secrets []string
	for _, s := range r.secrets.list {
		secrets = append(secrets, fmt.Sprintf("%s: %s", s.variable, s.places()))
	}
	section("Secrets, to be set in the environment", secrets)
	section("Please check", r.checks(steps))
	return b.String()
}

// summary says how much of the recording is in the script.
func (r *report) summary(steps []step) string {
	requests := fmt.Sprintf("%d of %d requests are", len(steps), r.recorded)
	switch {
	case r.recorded == 1:
		requests = "One request is"
	case len(steps) == 1:
		requests = fmt.Sprintf("1 of %d requests is", r.recorded)
	case len(steps) == r.recorded:
		requests = fmt.Sprintf("%d requests are", r.recorded)
	}
	return requests + " in it; paths are those of " + printable(r.origin)
}

// of names the file that the script was made of, if there was one.
func (s source) of() string {
	if !s.answered {
		return ""
	}
	return " of " + printable(filepath.Base(s.file))
}

// checks are what a person has to look at before the script is run.
func (r *report) checks(steps []step) []string {
	lines := []string{"wait, the pause between two rounds, which no recording has"}
	if len(r.logins) > 0 {
		lines = append(lines, "whether these, which send a password, belong into onStart: "+list(r.logins))
	}
	var changing []string
	merged := map[string]map[string]bool{}
	for _, s := range steps {
		name := s.method + " " + printable(s.name)
		if !slices.Contains([]string{"GET", "HEAD", "OPTIONS"}, s.method) && !slices.Contains(changing, name) {
			changing = append(changing, name)
		}
		if merged[name] == nil {
			merged[name] = map[string]bool{}
		}
		merged[name][s.path] = true
	}
	if len(changing) > 0 {
		lines = append(lines, "whether every user may repeat with the same data: "+list(changing))
	}
	var several []string
	for _, name := range slices.Sorted(maps.Keys(merged)) {
		if n := len(merged[name]); n > 1 {
			several = append(several, fmt.Sprintf("%s (%d paths)", name, n))
		}
	}
	if len(several) > 0 {
		lines = append(lines, "whether these names rightly stand for several paths: "+list(several))
	}
	return append(lines, r.warnings...)
}

// list joins the first few of many words.
func list(words []string) string { return firstOf(words, 6) }

func firstOf(words []string, most int) string {
	if len(words) > most {
		return fmt.Sprintf("%s and %d more", strings.Join(words[:most], ", "), len(words)-most)
	}
	return strings.Join(words, ", ")
}

// printable is a recorded text fit for one line of a message or a comment.
func printable(s string) string {
	const longest = 120
	if len(s) > longest {
		s = strings.ToValidUTF8(s[:longest], "") + "…"
	}
	if strings.ContainsFunc(s, func(c rune) bool { return !unicode.IsPrint(c) || c == unicode.ReplacementChar }) {
		return strconv.QuoteToASCII(s)
	}
	return s
}

// wrapComment is a paragraph of a comment; lines after the first, whether they are too long or asked for, are indented.
func wrapComment(first, indent, text string) string {
	var b strings.Builder
	line := "# " + first
	for part := range strings.Lines(text) {
		empty := true
		for _, word := range strings.Fields(part) {
			if !empty && len(line)+1+len(word) > lineWidth {
				b.WriteString(line + "\n")
				line, empty = "# "+indent, true
			}
			if !empty {
				line += " "
			}
			line += word
			empty = false
		}
		b.WriteString(line + "\n")
		line = "# " + indent
	}
	return b.String()
}

// commentLines is the comment before a step.
func commentLines(lines []string) string {
	var b strings.Builder
	for _, line := range lines {
		b.WriteString(wrapComment("", "  ", line))
	}
	return strings.TrimSuffix(b.String(), "\n")
}
