package report

import (
	_ "embed"
	"fmt"
	"io"
	"math"
	"slices"
	"strings"
	"time"

	"github.com/latency-pod-autoscaler/lpa/internal/scaling"
	"github.com/latency-pod-autoscaler/lpa/internal/simulate"
	"github.com/latency-pod-autoscaler/lpa/internal/wholefile"
	"github.com/latency-pod-autoscaler/lpa/internal/words"
)

//go:embed simulation.html
var simulationText string

var simulationTemplate = newPage("simulation", simulationText)

// Simulation is what the page of lpa simulate shows.
type Simulation struct {
	Traffic string // its name
	Target  scaling.Target
	Policy  string // in a few words
	Result  simulate.Result
	// Notes are what somebody should know who reads the numbers.
	Notes []string
	// Model and Measured are what was assumed of the service, and of the autoscaler.
	Model, Measured []Setting
	Version         string
}

// WriteFile writes the page into a file, as Report.WriteFile does.
func (s *Simulation) WriteFile(path string) error { return wholefile.Write(path, s.WriteHTML) }

// WriteHTML writes a page that needs nothing else.
func (s *Simulation) WriteHTML(w io.Writer) error { return simulationTemplate.Execute(w, s.page()) }

// simulationPage is what the template shows.
type simulationPage struct {
	Traffic, Target, Policy, Version string
	OK                               bool
	Badge                            string
	Notes                            []string
	Figures                          []figure
	Latency, Replicas, Load          chart
	Statistic                        string
	Goal                             bool // the decisions have one
	Decisions                        []decisionRow
	Left                             string // which decisions are not listed
	Model, Measured                  []Setting
}

// decisionRow is a decision in the list. Class is up, down or hold.
type decisionRow struct{ Class, At, Change, Reason, Text string }

// mostRows keeps the page small; a day of decisions is below it.
const mostRows = 1500

func (s *Simulation) page() simulationPage {
	r := s.Result
	p := simulationPage{
		Traffic: words.Printable(s.Traffic), Policy: s.Policy, Version: s.Version,
		Target: words.Printable(fmt.Sprintf("%s at most %s", s.Target, words.Latency(s.Target.Limit))),
		OK:     r.Violation < 0.01, Badge: words.Share(r.Violation) + " of the time over the target",
		Notes: s.Notes, Figures: s.figures(), Statistic: s.Target.Statistic.String(),
		Model: s.Model, Measured: s.Measured,
	}
	moments := binned(r.Timeline)
	p.Latency, p.Replicas, p.Load = s.latency(moments), s.replicas(moments), s.load(moments)
	p.Goal = slices.ContainsFunc(r.Decisions, func(d simulate.ProbeDecision) bool { _, ok := goalOf(d.Decision); return ok })
	p.Decisions, p.Left = rows(r)
	return p
}

func (s *Simulation) figures() []figure {
	r := s.Result
	return []figure{
		{Label: "over the target", Value: words.Share(r.Violation), Note: Span(r.ViolationMinutes*60) + ", " + times(r.Violations), Class: badIf(r.Violation >= 0.01)},
		{Label: "bad requests", Value: words.Share(r.BadRequests), Note: "at worst " + words.Share(r.Worst5Minutes) + " in 5 min", Class: badIf(r.BadRequests >= 0.05)},
		{Label: "pod-hours", Value: Round(r.PodHours), Note: fmt.Sprintf("%.2f × the oracle's", r.Pods)},
		{Label: "moves", Value: words.Count(r.Moves), Note: Round(r.MovesPerDay) + " a day, " + Round(r.ReversalsPerDay) + " turn back"},
		{Label: "time to recover", Value: Span(r.Recovery), Note: "at worst " + Span(r.LongestViolation)},
	}
}

func badIf(bad bool) string {
	if bad {
		return "bad"
	}
	return ""
}

func times(n int) string {
	if n == 1 {
		return "once"
	}
	return fmt.Sprintf("%d times", n)
}

// Round is a number to three digits.
func Round(value float64) string {
	if value >= 100 {
		return words.Count(int(math.Round(value)))
	}
	return fmt.Sprintf("%.3g", value)
}

// Duration is a duration without the units that are zero, such as 1m or 1h30m.
func Duration(d time.Duration) string {
	text := d.String()
	if strings.HasSuffix(text, "m0s") {
		text = strings.TrimSuffix(text, "0s")
	}
	if strings.HasSuffix(text, "h0m") {
		text = strings.TrimSuffix(text, "0m")
	}
	return text
}

// Span is a time in seconds, in the unit that suits it.
func Span(seconds float64) string {
	switch {
	case seconds < 120:
		return fmt.Sprintf("%.0f s", seconds)
	case seconds < 2*3600:
		return fmt.Sprintf("%.0f min", seconds/60)
	case seconds < 48*3600:
		return fmt.Sprintf("%.3g h", seconds/3600)
	}
	return fmt.Sprintf("%.3g d", seconds/86400)
}

// rows are the decisions that are listed: all, or of many those that moved something, or of many of these the first.
func rows(r simulate.Result) (list []decisionRow, left string) {
	moves := len(r.Decisions) > mostRows || len(r.Decisions) < r.Probes
	for _, d := range r.Decisions {
		if moves && d.From == d.To {
			continue
		}
		if len(list) == mostRows {
			left = fmt.Sprintf("The list ends after %d moves; there were %d.", mostRows, r.Moves)
			break
		}
		list = append(list, newDecisionRow(d))
	}
	if moves && left == "" {
		left = fmt.Sprintf("Only the moves are listed, as there were %s decisions.", words.Count(r.Probes))
	}
	return list, left
}

func newDecisionRow(d simulate.ProbeDecision) decisionRow {
	row := decisionRow{Class: "hold", At: clock(d.At), Change: words.Count(d.To), Reason: string(d.Decision.Reason), Text: words.Printable(d.Decision.Text)}
	if d.From != d.To {
		row.Change = words.Count(d.From) + " → " + words.Count(d.To)
		row.Class = "up"
	}
	if d.To < d.From {
		row.Class = "down"
	}
	return row
}

// mostBins is about one for each two pixels.
const mostBins = 500

// binned puts moments together: the highest latency counts, and what was last of the replicas.
func binned(moments []simulate.Moment) []simulate.Moment {
	if len(moments) == 0 {
		return nil
	}
	last := moments[len(moments)-1]
	length := (last.At + last.Length) / mostBins
	var bins []simulate.Moment
	for _, m := range moments {
		if n := len(bins) - 1; n >= 0 && bins[n].Length < length {
			b := &bins[n]
			share := float64(m.Length) / float64(b.Length+m.Length)
			b.Rate += share * (m.Rate - b.Rate)
			b.Failed += share * (m.Failed - b.Failed)
			b.Length += m.Length
			b.Violated += m.Violated
			b.Latency = max(b.Latency, m.Latency)
			b.Wanted, b.Ready, b.Oracle = m.Wanted, m.Ready, m.Oracle
			continue
		}
		bins = append(bins, m)
	}
	return bins
}

func total(moments []simulate.Moment) time.Duration {
	if len(moments) == 0 {
		return 0
	}
	last := moments[len(moments)-1]
	return last.At + last.Length
}
