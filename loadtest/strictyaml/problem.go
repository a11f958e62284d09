package strictyaml

import (
	"fmt"
	"slices"
	"strings"
)

// Problem is one mistake in a file: where, which key, the rule it breaks, and the value that was found.
type Problem struct {
	File         string
	Line, Column int    // from 1
	Key          string // such as targets[0].type; empty for the document itself
	Rule         string
	Got          string // the value as written; empty where there is none
	Warning      bool   // worth knowing, but nothing is refused for it
	Meant        string // the key that an unknown one was probably meant to be; empty where there is none like it
}

// Error is `file:line:col: key: rule, got value`.
func (p Problem) Error() string {
	var b strings.Builder
	fmt.Fprintf(&b, "%s:%d:%d: ", p.File, p.Line, p.Column)
	if p.Warning {
		b.WriteString("warning: ")
	}
	if p.Key != "" {
		fmt.Fprintf(&b, "%s: ", p.Key)
	}
	b.WriteString(p.Rule)
	if p.Got != "" {
		fmt.Fprintf(&b, ", got %s", p.Got)
	}
	return b.String()
}

// Problems are all the mistakes found in one reading. As an error it is one line for each.
type Problems []Problem

// Error is the problems, a line each.
func (ps Problems) Error() string {
	lines := make([]string, len(ps))
	for i, p := range ps {
		lines[i] = p.Error()
	}
	return strings.Join(lines, "\n")
}

// Err is the problems as an error, nil if there are none.
func (ps Problems) Err() error {
	if len(ps) == 0 {
		return nil
	}
	return ps
}

// Refused are the problems that are no mere warnings.
func (ps Problems) Refused() Problems {
	return slices.DeleteFunc(slices.Clone(ps), func(p Problem) bool { return p.Warning })
}

// Sorted is a copy in file order; problems of different sources keep the order of the sources.
func (ps Problems) Sorted() Problems {
	order := map[string]int{}
	for _, p := range ps {
		if _, seen := order[p.File]; !seen {
			order[p.File] = len(order)
		}
	}
	out := slices.Clone(ps)
	slices.SortStableFunc(out, func(a, b Problem) int {
		if a.File != b.File {
			return order[a.File] - order[b.File]
		}
		if a.Line != b.Line {
			return a.Line - b.Line
		}
		return a.Column - b.Column
	})
	return slices.Compact(out) // a value that is read twice is reported once
}
