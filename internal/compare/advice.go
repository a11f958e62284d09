package compare

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
)

// Advice is which setting of each policy is the cheapest among those that are over the target for at most such a share of the
// time, and how the user's own fares.
func (r *Results) Advice(tolerated float64) []string {
	var lines []string
	for _, law := range []Law{Knee, Decay} {
		w, ok := r.cheapest(law, tolerated)
		if !ok {
			lines = append(lines, fmt.Sprintf("For at most %s %% of the time over the target: no setting of %s that was tried", percent(tolerated), law))
			continue
		}
		lines = append(lines, fmt.Sprintf("For at most %s %% of the time over the target: %s, with %s %% and %.2f times the pods that the load needs",
			percent(tolerated), w.Setting.Configuration(), percent(w.All.Violation), w.All.Pods))
	}
	for _, w := range r.rows() {
		if w.Setting.Yours {
			lines = append(lines, fmt.Sprintf("Yours, %s: %s %% of the time over the target with %.2f times the pods",
				w.Setting.Configuration(), percent(w.All.Violation), w.All.Pods))
		}
	}
	return lines
}

func (r *Results) cheapest(law Law, tolerated float64) (row, bool) {
	rows := slices.DeleteFunc(r.rows(), func(w row) bool { return w.Setting.Law != law || w.All.Violation > tolerated })
	if len(rows) == 0 {
		return row{}, false
	}
	return slices.MinFunc(rows, func(a, b row) int { return cmp.Compare(a.All.Pods, b.All.Pods) }), true
}

// LoadNames are the names of the loads, in a line.
func (r *Results) LoadNames() string {
	var names []string
	for i, c := range r.Cases {
		if i == 0 || r.Cases[i-1].Load != c.Load {
			names = append(names, c.Load)
		}
	}
	return strings.Join(names, ", ")
}
