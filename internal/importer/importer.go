package importer

import (
	"errors"
	"fmt"
	"io"
	"net/url"
	"strings"

	"github.com/latency-pod-autoscaler/lpa/loadtest/strictyaml"
)

// Options say what of a recording belongs into the script.
type Options struct {
	// Origin is the scheme and host whose requests become paths, such as https://shop.example.com. Empty means that of the
	// first page in the recording, or of the most requests if there is no page.
	Origin   string
	AllHosts bool // requests to other hosts are kept, with their whole addresses
	Assets   bool // images, fonts, styles, programs and the like are kept
}

// Result is what an import gives.
type Result struct {
	Script []byte   // a task script in YAML
	Notes  []string // what a person should know about it, a line each
}

// ParseOrigin reads the address of a service, which has a scheme and a host and nothing after them.
func ParseOrigin(s string) (string, error) {
	u, err := url.Parse(s)
	if err != nil || !isWeb(u) || u.User != nil || strings.Trim(u.Path, "/") != "" || u.RawQuery != "" || u.Fragment != "" {
		return "", errors.New("must be a scheme and a host, such as https://shop.example.com")
	}
	return origin(lowerHost(u)), nil
}

// source is where the exchanges came from, for messages and comments.
type source struct {
	command  string // such as lpa import har
	file     string // as messages show it
	task     string // what the script calls the task
	answered bool   // whether it has answers, and not only requests
	first    position
}

// position is a place in a text, from 1; columns count characters.
type position struct{ line, column int }

// problem is a mistake in the source.
func (s source) problem(at position, key, rule, got string) strictyaml.Problem {
	return strictyaml.Problem{File: s.file, Line: at.line, Column: at.column, Key: key, Rule: rule, Got: got}
}

// readAll reads a source that must not have more than limit bytes.
func readAll(name string, r io.Reader, limit int) ([]byte, error) {
	data, err := io.ReadAll(io.LimitReader(r, int64(limit)+1))
	if err != nil {
		return nil, fmt.Errorf("reading %s: %w", name, err)
	}
	if len(data) > limit {
		return nil, strictyaml.Problem{File: name, Line: 1, Column: 1, Rule: fmt.Sprintf("must have at most %d MB", limit>>20), Got: "more"}
	}
	return data, nil
}

// tooLarge is the rule for scripts that the load test would refuse.
var tooLarge = fmt.Sprintf("must give a script of at most %d bytes, as a ConfigMap holds no more; record less", strictyaml.MaxFileSize)

// compose makes the script of what was recorded, in the order of time.
func compose(src source, recorded []exchange, o Options) (*Result, error) {
	r := &report{source: src, recorded: len(recorded), secrets: newSecrets()}
	for i := range recorded {
		recorded[i].moveUser()
	}
	kept, err := r.choose(recorded, o)
	if err != nil {
		return nil, err
	}
	folded := foldRedirects(kept)
	r.followed = len(kept) - len(folded)
	steps := r.steps(folded)
	script, err := r.write(steps)
	if err != nil {
		return nil, err
	}
	if len(script) > strictyaml.MaxFileSize {
		return nil, src.problem(src.first, "", tooLarge, fmt.Sprint(len(script)))
	}
	return &Result{Script: script, Notes: r.notes(steps)}, nil
}
