package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"net/url"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/latency-pod-autoscaler/lpa/internal/program"
	"github.com/latency-pod-autoscaler/lpa/loadtest"
)

// How much of a body the dry run prints.
const (
	shownLines = 20
	shownBytes = 2048
)

func dryRun(ctx context.Context, out io.Writer, plan *loadtest.Plan, options loadtest.Options) error {
	shown, failed := 0, 0
	heading, logged := "", false
	loadtest.DryRun(ctx, plan, options, func(e loadtest.Exchange) {
		log := e.Log != ""
		if shown > 0 && !(log && logged && headingOf(e) == heading) {
			fmt.Fprintln(out)
		}
		logged = log
		if h := headingOf(e); h != heading {
			heading = h
			fmt.Fprintf(out, "%s:\n", h)
		}
		if shown++; e.Failure != loadtest.NoFailure {
			failed++
		}
		printExchange(out, e)
	})
	if failed > 0 {
		return exitError{program.Failure, fmt.Errorf("%d of the dry run's requests failed", failed)}
	}
	return nil
}

// headingOf is where in a user's life a request belongs.
func headingOf(e loadtest.Exchange) string {
	parts := []string{e.Class}
	for _, part := range []string{e.Part, e.Group} {
		if part != "" {
			parts = append(parts, part)
		}
	}
	return program.Harmless(strings.Join(parts, " · "))
}

// printExchange prints one line that says it all, and below it what was sent, after >, and what came back, after <.
// What the script prints stands alone.
func printExchange(out io.Writer, e loadtest.Exchange) {
	if e.Log != "" {
		for line := range strings.Lines(e.Log) {
			fmt.Fprintf(out, "  %s\n", program.Harmless(strings.TrimRight(line, "\r\n")))
		}
		return
	}
	fmt.Fprintf(out, "  %s\n", summary(e))
	if e.Reason != "" {
		fmt.Fprintf(out, "    %s\n", program.Harmless(e.Reason))
	}
	if e.Then != "" {
		fmt.Fprintf(out, "    onFailure: %s\n", e.Then)
	}
	if e.Method == "" {
		return
	}
	lines := make([]string, 0, len(e.Headers))
	for _, h := range e.Headers {
		lines = append(lines, h[0]+": "+h[1])
	}
	printMessage(out, ">", lines, e.Body, false)
	if e.Status == 0 {
		return
	}
	lines = nil
	for _, name := range slices.Sorted(maps.Keys(e.ResponseHeaders)) {
		for _, value := range e.ResponseHeaders[name] {
			lines = append(lines, name+": "+value)
		}
	}
	printMessage(out, "<", lines, e.ResponseBody, e.Truncated)
	for _, c := range e.Captured {
		fmt.Fprintf(out, "    %s = %s\n", c.Name, program.Harmless(shorten(c.Value)))
	}
}

// summary is such as: GET http://host/items?page=3 (/items) → 200 in 5.8 ms — failed: assertion.
func summary(e loadtest.Exchange) string {
	line := e.Method + " " + program.Harmless(e.URL)
	if e.Method == "" {
		line = e.Name.Method + " " + program.Harmless(e.Name.Name)
	} else if u, err := url.Parse(e.URL); err == nil && u.RequestURI() != e.Name.Name && e.URL != e.Name.Name {
		line += fmt.Sprintf(" (%s)", program.Harmless(e.Name.Name))
	}
	milliseconds := float64(e.Latency.Microseconds()) / 1000
	switch {
	case e.Method == "":
		line += " → could not be made"
	case e.Err != nil:
		line += fmt.Sprintf(" → no answer in %.1f ms: %s", milliseconds, program.Harmless(cause(e.Err).Error()))
	default:
		line += fmt.Sprintf(" → %d in %.1f ms", e.Status, milliseconds)
	}
	if e.Failure != loadtest.NoFailure {
		line += " — failed: " + e.Failure.String()
	}
	return line
}

func printMessage(out io.Writer, mark string, headers []string, body string, truncated bool) {
	for _, line := range headers {
		fmt.Fprintf(out, "    %s %s\n", mark, program.Harmless(line))
	}
	if body == "" {
		return
	}
	fmt.Fprintf(out, "    %s\n", mark)
	shown, rest := excerpt(body)
	for _, line := range shown {
		fmt.Fprintf(out, "    %s %s\n", mark, line)
	}
	if truncated {
		rest = fmt.Sprintf("… of more than %d bytes in all", len(body))
	}
	if rest != "" {
		fmt.Fprintf(out, "    %s %s\n", mark, rest)
	}
}

// excerpt is the beginning of a body in lines, JSON neatly indented, and what is said of the rest.
func excerpt(body string) (shown []string, rest string) {
	if !isText(body) {
		return nil, fmt.Sprintf("%d bytes that are no text", len(body))
	}
	whole := len(body)
	var indented bytes.Buffer
	if len(body)*nesting(body) <= mostIndented && json.Indent(&indented, []byte(body), "", "  ") == nil {
		if body = strings.TrimSpace(body); strings.Count(indented.String(), "\n") > 0 && len(body) > 100 {
			body = indented.String()
		}
	}
	all := strings.Split(strings.TrimRight(body, "\r\n"), "\n")
	size := 0
	for i, line := range all {
		if i == shownLines || size == shownBytes {
			return shown, fmt.Sprintf("… %d more lines, %d bytes in all", len(all)-i, whole)
		}
		if size+len(line) > shownBytes {
			line = strings.ToValidUTF8(line[:shownBytes-size], "")
			return append(shown, program.Harmless(line)+"…"), fmt.Sprintf("… %d bytes in all", whole)
		}
		size += len(line)
		shown = append(shown, program.Harmless(strings.TrimSuffix(line, "\r")))
	}
	return shown, ""
}

// mostIndented bounds what indentation may make of a body: two blanks for each level, before each value.
const mostIndented = 4 << 20

// nesting is how deep brackets are nested in a body; those in texts count too, as it is only a bound.
func nesting(body string) (deepest int) {
	level := 0
	for _, c := range body {
		switch c {
		case '[', '{':
			level++
			deepest = max(deepest, level)
		case ']', '}':
			level--
		}
	}
	return deepest
}

// isText says whether a body is worth printing.
func isText(body string) bool {
	return utf8.ValidString(body) && !strings.ContainsRune(body, 0)
}

// shorten keeps a captured value on one line.
func shorten(s string) string {
	const longest = 80
	if runes := []rune(s); len(runes) > longest {
		return fmt.Sprintf("%s… (%d characters)", string(runes[:longest]), len(runes))
	}
	return s
}

// cause is an error of the HTTP client without the method and the address, which stand before it already.
func cause(err error) error {
	var wrapped *url.Error
	switch {
	case errors.Is(err, context.DeadlineExceeded):
		return errors.New("the time was over")
	case errors.As(err, &wrapped):
		return wrapped.Err
	}
	return err
}
