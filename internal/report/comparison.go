package report

import (
	"bytes"
	_ "embed"
	"html/template"
	"io"

	"github.com/latency-pod-autoscaler/lpa/internal/wholefile"
)

//go:embed comparison.html
var comparisonText string

var comparisonTemplate = newPage("comparison", comparisonText)

// Comparison is what the page of lpa compare shows.
type Comparison struct {
	Title, Subtitle string
	OK              bool
	Badge           string
	Verdict         []string // sentences
	Advice          []string // what to write into a configuration
	Picture         Scatter
	Pictures        []Scatter // smaller ones
	Headings        []string  // of the tables' columns
	Table           []ComparisonRow
	Cases           []ComparisonRow
	CaseHeadings    []string
	Losses          []ComparisonLosses
	Settings        []Setting
	Version         string
}

// ComparisonRow is a row of a table; Ours makes it stand out.
type ComparisonRow struct {
	Name  string
	Note  string
	Ours  bool
	Cells []string
}

// ComparisonLosses are cases in which something else is better.
type ComparisonLosses struct {
	Title string
	Cases []string
}

// WriteFile writes the page into a file, as Report.WriteFile does.
func (c *Comparison) WriteFile(path string) error { return wholefile.Write(path, c.WriteHTML) }

// WriteHTML writes a page that needs nothing else.
func (c *Comparison) WriteHTML(w io.Writer) error {
	page := comparisonPage{Comparison: c}
	var err error
	if page.Main, err = c.Picture.inline(); err != nil {
		return err
	}
	for _, s := range c.Pictures {
		drawn, err := s.inline()
		if err != nil {
			return err
		}
		page.Small = append(page.Small, drawn)
	}
	return comparisonTemplate.Execute(w, page)
}

type comparisonPage struct {
	*Comparison
	Main  template.HTML
	Small []template.HTML
}

// inline is the picture as a part of a page: its template has escaped what it shows.
func (s Scatter) inline() (template.HTML, error) {
	var b bytes.Buffer
	if err := s.SVG(&b); err != nil {
		return "", err
	}
	return template.HTML(b.String()), nil
}

// WriteFile writes the picture into a file, as Report.WriteFile does.
func (s Scatter) WriteFile(path string) error { return wholefile.Write(path, s.SVG) }
