package compare

import (
	"fmt"
	"strings"

	"github.com/latency-pod-autoscaler/lpa/internal/report"
	"github.com/latency-pod-autoscaler/lpa/internal/words"
)

// Page is the results as a web page, but for what they were made with.
func (r *Results) Page(v Verdict) report.Comparison {
	missed := v.Missed()
	p := report.Comparison{
		Title:   fmt.Sprintf("%s compared", words.Plural(len(r.Settings), "setting")),
		OK:      len(missed) == 0,
		Badge:   fmt.Sprintf("%.2f × decay's time over the target", v.All.Ratio()),
		Verdict: v.Lines(), Picture: r.Picture(), Headings: r.headings(),
	}
	if len(missed) > 0 {
		p.Verdict = append(p.Verdict, "Goals that are missed: "+strings.Join(missed, "; ")+".")
	}
	if len(r.Workers()) > 1 {
		p.Pictures = r.Pictures()
	}
	for _, w := range r.rows() {
		p.Table = append(p.Table, report.ComparisonRow{Name: w.Setting.title(), Note: w.Setting.Configuration(), Ours: w.Setting.Name == v.Setting, Cells: w.cells()})
	}
	for _, losses := range []report.ComparisonLosses{
		{Title: "Cases of 6 h and more in which another law is clearly better without more pods", Cases: losses(v.Dominated)},
		{Title: "The same in shorter ones, which say less", Cases: losses(v.ShortDominated)},
		{Title: "Cases in which the best decay setting is clearly less over the target at equal pods", Cases: losses(v.Behind)},
	} {
		if len(losses.Cases) > 0 {
			p.Losses = append(p.Losses, losses)
		}
	}
	r.pageCases(&p, v)
	return p
}

// pageCases are the table of the cases: the judged setting, the best decay at its pods, and what is between them.
func (r *Results) pageCases(p *report.Comparison, v Verdict) {
	p.CaseHeadings = []string{"length", v.Setting, "best decay at its pods", "ratio"}
	knee := r.index(v.Setting)
	for i, c := range r.Cases {
		ours := r.Outcomes[i][knee]
		decay, _ := r.decayAtEqualPods(i, ours)
		p.Cases = append(p.Cases, report.ComparisonRow{Name: c.Name(), Cells: []string{
			span(c.Duration().Hours()), cell{ours.Violation, ours.Pods()}.String(), percent(decay), ratioText(over(ours.Violation, decay)),
		}})
	}
}

func ratioText(ratio float64) string {
	if ratio > 99 {
		return "> 99"
	}
	return fmt.Sprintf("%.2f", ratio)
}
