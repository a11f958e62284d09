package main

import (
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"
)

// results are the numbers of all runs so far.
type results struct {
	tools  []string                        // in the order of the columns
	rows   []row                           // in the order of the table
	values map[string]map[string][]float64 // by row and tool, one for each run
	short  map[string]map[string][]string  // by row and tool: what it did not do of what it was asked, one for each such run
	notes  []string
	failed []string // what could not be run
}

func newResults(tools []installed, measures []measure) *results {
	r := &results{values: map[string]map[string][]float64{}, short: map[string]map[string][]string{}}
	for _, t := range tools {
		r.tools = append(r.tools, t.name())
	}
	for _, m := range measures {
		r.rows = append(r.rows, m.rows...)
	}
	for _, row := range r.rows {
		r.values[row.title] = map[string][]float64{}
		r.short[row.title] = map[string][]string{}
	}
	return r
}

func (r *results) add(m measure, o outcome) {
	name, short := o.tool.name(), m.short(o)
	for _, row := range m.rows {
		r.values[row.title][name] = append(r.values[row.title][name], row.value(o))
		if short != "" {
			r.short[row.title][name] = append(r.short[row.title][name], short)
		}
	}
	if limited(o) {
		r.note(fmt.Sprintf("the server was busy all the time with %s, which may be faster than it shows", name))
	}
}

func (r *results) note(line string) {
	if !slices.Contains(r.notes, line) {
		r.notes = append(r.notes, line)
	}
}

func (r *results) fail(what string) { r.failed = append(r.failed, what) }

// value is the median of a tool's runs.
func (r *results) value(row, tool string) (value float64, ok bool) {
	values := slices.Sorted(slices.Values(r.values[row][tool]))
	n := len(values)
	if n == 0 {
		return 0, false
	}
	return (values[(n-1)/2] + values[n/2]) / 2, true
}

// fellShort reports whether most of a tool's runs did less than they were asked.
func (r *results) fellShort(row, tool string) bool {
	return 2*len(r.short[row][tool]) > len(r.values[row][tool])
}

// remarks are the notes, and what the stars mean.
func (r *results) remarks() []string {
	remarks := slices.Clone(r.notes)
	for _, row := range r.rows {
		for _, tool := range r.tools {
			if !r.fellShort(row.title, tool) {
				continue
			}
			if remark := fmt.Sprintf("* %s %s", tool, r.short[row.title][tool][0]); !slices.Contains(remarks, remark) {
				remarks = append(remarks, remark)
			}
		}
	}
	return remarks
}

// cell is a value as the table shows it.
func (r *results) cell(row row, tool string) string {
	value, ok := r.value(row.title, tool)
	if !ok {
		return "–"
	}
	if r.fellShort(row.title, tool) {
		return row.unit.format(value) + " *"
	}
	return row.unit.format(value)
}

// losses are a line for each row in which another tool is ahead of ours. A tool that did less than it was asked is not
// ahead; if ours did less, all others are.
func (r *results) losses(rivals ...string) []string {
	var lines []string
	for _, row := range r.rows {
		own, ok := r.value(row.title, ours{}.name())
		if !ok {
			continue
		}
		var ahead []string
		for _, tool := range r.tools {
			if slices.Contains(rivals, tool) && r.ahead(row, tool, own) {
				ahead = append(ahead, tool+" "+r.cell(row, tool))
			}
		}
		if len(ahead) > 0 {
			lines = append(lines, fmt.Sprintf("%s: ours %s, %s", row.title, r.cell(row, ours{}.name()), strings.Join(ahead, ", ")))
		}
	}
	return lines
}

// ahead reports whether a tool is better in a row than ours, which has the value own.
func (r *results) ahead(row row, tool string, own float64) bool {
	theirs, ok := r.value(row.title, tool)
	switch {
	case !ok || tool == ours{}.name() || r.fellShort(row.title, tool):
		return false
	case r.fellShort(row.title, ours{}.name()):
		return true
	}
	return theirs != own && (theirs > own) == row.more
}

// unit is how numbers of a row are written.
type unit string

const (
	number       unit = ""
	microseconds unit = "µs"
	milliseconds unit = "ms"
	megabytes    unit = "MB"
)

func (u unit) format(value float64) string {
	text := thousands(int(math.Round(value)))
	if u != number && math.Abs(value) < 100 {
		text = strconv.FormatFloat(value, 'f', 1, 64)
	}
	if u == microseconds {
		text = thousands(int(math.Round(value)))
	}
	return strings.TrimSpace(text + " " + string(u))
}

// thousands writes a whole number with commas.
func thousands(n int) string {
	digits := strconv.Itoa(n)
	sign := ""
	if n < 0 {
		sign, digits = "-", digits[1:]
	}
	for i := len(digits) - 3; i > 0; i -= 3 {
		digits = digits[:i] + "," + digits[i:]
	}
	return sign + digits
}
