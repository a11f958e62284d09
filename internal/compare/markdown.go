package compare

import (
	"errors"
	"fmt"
	"os"
	"strings"

	"github.com/latency-pod-autoscaler/lpa/internal/words"
)

// resultsHeading begins the part of the page that is written anew; the rest of it is for people to write.
const resultsHeading = "## Results\n"

// Markdown is the results as that part of a page.
func (r *Results) Markdown(v Verdict) string {
	var b strings.Builder
	b.WriteString(resultsHeading + "\n")
	loads := r.loads()
	fmt.Fprintf(&b, "%s, %s: %s.\n\n", words.Plural(len(loads), "load"), words.Plural(len(r.Cases), "case"), strings.Join(loads, ", "))
	b.WriteString("Time over the target in % @ pods, as a multiple of what the load needs:\n\n")
	headings := r.headings()
	fmt.Fprintf(&b, "| | %s |\n|---|%s\n", strings.Join(headings, " | "), strings.Repeat("---:|", len(headings)))
	for _, w := range r.shown() {
		name := w.Setting.title()
		if w.Setting.Name == v.Setting {
			name = "**" + name + "**"
		}
		fmt.Fprintf(&b, "| %s | %s |\n", name, strings.Join(w.cells(), " | "))
	}
	list(&b, "", v.Lines())
	list(&b, "Cases of 6 h and more in which another law is clearly better without more pods:", losses(v.Dominated))
	list(&b, "The same in shorter ones, which say less:", losses(v.ShortDominated))
	list(&b, "Cases in which the best decay setting is clearly less over the target at equal pods:", losses(v.Behind))
	list(&b, "Goals that are missed:", v.Missed())
	return b.String()
}

func losses(all []Loss) []string {
	var lines []string
	for _, l := range all {
		lines = append(lines, l.String())
	}
	return lines
}

func list(b *strings.Builder, title string, lines []string) {
	if len(lines) == 0 {
		return
	}
	if title != "" {
		fmt.Fprintf(b, "\n%s\n", title)
	}
	b.WriteString("\n")
	for _, line := range lines {
		fmt.Fprintf(b, "- %s\n", strings.ReplaceAll(line, "_", `\_`))
	}
}

// loads are the names of the loads with their lengths.
func (r *Results) loads() []string {
	var all []string
	for i, c := range r.Cases {
		if i == 0 || r.Cases[i-1].Load != c.Load {
			all = append(all, fmt.Sprintf("%s (%s)", strings.ReplaceAll(c.Load, "_", `\_`), span(c.Duration().Hours())))
		}
	}
	return all
}

func span(hours float64) string {
	if hours < 48 {
		return fmt.Sprintf("%.3g h", hours)
	}
	return fmt.Sprintf("%.3g days", hours/24)
}

// WriteMarkdown puts the results into a page in place of the former ones.
func (r *Results) WriteMarkdown(path string, v Verdict) error {
	before, err := CheckMarkdown(path)
	if err != nil {
		return err
	}
	return os.WriteFile(path, []byte(before+"\n"+r.Markdown(v)), 0o644)
}

// CheckMarkdown says why a page cannot take the results. It returns what is before them.
func CheckMarkdown(path string) (before string, err error) {
	page, err := os.ReadFile(path)
	if err != nil {
		return "", err
	}
	before, _, ok := strings.Cut(string(page), "\n"+resultsHeading)
	if !ok {
		return "", fmt.Errorf("%s: %w", path, errors.New("must have the heading "+strings.TrimSpace(resultsHeading)))
	}
	return before, nil
}
