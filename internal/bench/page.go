package main

import (
	"errors"
	"fmt"
	"os"
	"strings"
	"text/tabwriter"
)

// conditions are where and with what it was measured.
type conditions struct {
	date    string
	machine []string // processor, cores, kernel
	tools   []installed
}

// text is the results for a terminal.
func (r *results) text(withGoals bool) string {
	var b strings.Builder
	table := tabwriter.NewWriter(&b, 0, 0, 2, ' ', tabwriter.AlignRight)
	fmt.Fprintln(table, "\t"+strings.Join(r.tools, "\t")+"\t")
	for _, row := range r.rows {
		fmt.Fprint(table, row.title)
		for _, tool := range r.tools {
			fmt.Fprint(table, "\t"+r.cell(row, tool))
		}
		fmt.Fprintln(table, "\t")
	}
	_ = table.Flush()
	for _, note := range r.remarks() {
		fmt.Fprintln(&b, note)
	}
	for _, failure := range r.failed {
		fmt.Fprintln(&b, "could not be run:", oneLine(failure))
	}
	if !withGoals {
		return b.String()
	}
	for _, line := range r.losses(r.tools...) {
		fmt.Fprintln(&b, "behind:", line)
	}
	for _, g := range r.goals() {
		fmt.Fprintf(&b, "%s: %s\n", g.state, g.text)
	}
	return b.String()
}

// resultsHeading begins the part of the page that is written anew; the rest of it is for people to write.
const resultsHeading = "## Results\n"

// section is the results as that part of the page.
func (r *results) section(c conditions) string {
	var b strings.Builder
	b.WriteString(resultsHeading + "\n")
	fmt.Fprintf(&b, "Measured on %s, %s. ", c.date, strings.Join(c.machine, ", "))
	var versions []string
	for _, t := range c.tools {
		versions = append(versions, t.name()+" "+t.version)
	}
	fmt.Fprintf(&b, "Versions: %s.\n\n", strings.Join(versions, ", "))
	fmt.Fprintf(&b, "| | %s |\n|---|%s\n", strings.Join(r.tools, " | "), strings.Repeat("---:|", len(r.tools)))
	for _, row := range r.rows {
		fmt.Fprint(&b, "| "+row.title)
		for _, tool := range r.tools {
			fmt.Fprint(&b, " | "+plain(r.cell(row, tool)))
		}
		b.WriteString(" |\n")
	}
	list(&b, "Beside the numbers:", r.remarks())
	list(&b, "Could not be run:", r.failed)
	list(&b, "Where ours is behind:", r.losses(r.tools...))
	var goals []string
	for _, g := range r.goals() {
		goals = append(goals, fmt.Sprintf("%s: %s", g.state, g.text))
	}
	list(&b, "The goals:", goals)
	return b.String()
}

func list(b *strings.Builder, title string, lines []string) {
	if len(lines) == 0 {
		return
	}
	fmt.Fprintf(b, "\n%s\n\n", title)
	for _, line := range lines {
		fmt.Fprintf(b, "- %s\n", plain(oneLine(line)))
	}
}

// oneLine makes one of what a program may have said in several.
func oneLine(text string) string { return strings.Join(strings.Fields(text), " ") }

// plain keeps a star, which marks what fell short, from being Markdown's.
func plain(text string) string { return strings.ReplaceAll(text, "*", `\*`) }

// writeSection puts the section into the page in place of the former one.
func writeSection(path, section string) error {
	page, err := os.ReadFile(path)
	if err != nil {
		return fmt.Errorf("writing the results: %w", err)
	}
	before, _, ok := strings.Cut(string(page), "\n"+resultsHeading)
	if !ok {
		return fmt.Errorf("writing the results: %s: %w", path, errors.New("no heading "+strings.TrimSpace(resultsHeading)))
	}
	if err := os.WriteFile(path, []byte(before+"\n"+section), 0o644); err != nil {
		return fmt.Errorf("writing the results: %w", err)
	}
	return nil
}
