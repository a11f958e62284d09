package compare

import (
	"fmt"
	"slices"
	"strings"
	"text/tabwriter"

	"github.com/latency-pod-autoscaler/lpa/internal/words"
)

// row is how a setting fares over all cases, and over those with as many workers in a pod.
type row struct {
	Setting Setting
	All     cell
	Workers []cell // in the order of Results.Workers
	Moves   float64
}

// cell are means over cases, so that each counts alike.
type cell struct {
	Violation float64
	Pods      float64 // as a multiple of what the load needs
}

// String is such as 1.5 @ 1.37: percent of the time over the target, and pods.
func (c cell) String() string { return fmt.Sprintf("%s @ %.2f", percent(c.Violation), c.Pods) }

// percent is a share in percent, with two digits.
func percent(share float64) string {
	switch p := share * 100; {
	case p == 0:
		return "0"
	case p < 0.995:
		return fmt.Sprintf("%.2f", p)
	case p < 9.95:
		return fmt.Sprintf("%.1f", p)
	default:
		return fmt.Sprintf("%.0f", p)
	}
}

// Workers are the numbers of workers in a pod that there are, ascending.
func (r *Results) Workers() []int {
	var all []int
	for _, c := range r.Cases {
		all = append(all, c.Workers)
	}
	slices.Sort(all)
	return slices.Compact(all)
}

// rows are one for each setting.
func (r *Results) rows() []row {
	var rows []row
	for j, s := range r.Settings {
		w := row{Setting: s, All: r.mean(j, func(Case) bool { return true })}
		for _, n := range r.Workers() {
			w.Workers = append(w.Workers, r.mean(j, func(c Case) bool { return c.Workers == n }))
		}
		for i := range r.Cases {
			w.Moves += r.Outcomes[i][j].Moves / float64(len(r.Cases))
		}
		rows = append(rows, w)
	}
	return rows
}

func (r *Results) mean(setting int, match func(Case) bool) (mean cell) {
	count := 0.0
	for i, c := range r.Cases {
		if match(c) {
			mean.Violation += r.Outcomes[i][setting].Violation
			mean.Pods += r.Outcomes[i][setting].Pods()
			count++
		}
	}
	return cell{mean.Violation / count, mean.Pods / count}
}

// inShort are the settings of decay that a short table has.
var inShort = []string{"decay 1", "decay 3", "decay 5", "decay 10", "decay 20", "decay 60"}

// shown are the rows of a table for people: of decay, whose settings are many, some.
func (r *Results) shown() []row {
	return slices.DeleteFunc(r.rows(), func(w row) bool {
		return w.Setting.Law == Decay && !w.Setting.Yours && !slices.Contains(inShort, w.Setting.Name)
	})
}

// headings are those of the table's columns after the first.
func (r *Results) headings() []string {
	headings := []string{"all"}
	if workers := r.Workers(); len(workers) > 1 {
		for _, n := range workers {
			headings = append(headings, words.Plural(n, "worker"))
		}
	}
	return append(headings, "moves per day")
}

func (w row) cells() []string {
	cells := []string{w.All.String()}
	if len(w.Workers) > 1 {
		for _, c := range w.Workers {
			cells = append(cells, c.String())
		}
	}
	return append(cells, fmt.Sprintf("%.0f", w.Moves))
}

func (s Setting) title() string {
	title := s.Name
	if s.Yours {
		title += " (yours)"
	}
	return title
}

// Text is the table for a terminal.
func (r *Results) Text() string {
	var b strings.Builder
	table := tabwriter.NewWriter(&b, 0, 0, 3, ' ', 0)
	fmt.Fprintln(table, "time over target in % @ pods\t"+strings.Join(r.headings(), "\t"))
	for _, w := range r.shown() {
		fmt.Fprintln(table, w.Setting.title()+"\t"+strings.Join(w.cells(), "\t"))
	}
	_ = table.Flush()
	return b.String()
}
