// Package report is what there is to tell of a load test once it has ended: its course, its result and the rules that it
// had to meet, as a page that can be kept.
package report

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/latency-pod-autoscaler/lpa/internal/gate"
	"github.com/latency-pod-autoscaler/lpa/internal/words"
	"github.com/latency-pod-autoscaler/lpa/loadtest"
)

// Report is a load test that has ended.
type Report struct {
	Script   string // its path
	Host     string
	Load     string // as from Load
	Settings []Setting
	Summary  *loadtest.Summary
	Overall  loadtest.RequestSummary // all requests together
	Series   *Series
	Outcomes []gate.Outcome
}

// Setting is one of those that the load was made with, for people.
type Setting struct{ Name, Value string }

// Settings are those of the options that decide what is measured.
func Settings(o loadtest.Options) []Setting {
	all := []Setting{{"load", Load(o)}}
	if o.Open() {
		all = append(all, Setting{"arrival", cmp.Or(string(o.Arrival), string(loadtest.Constant))}, Setting{"users at most", strconv.Itoa(o.MostUsers())})
	} else if len(o.Stages) == 0 {
		all = append(all, Setting{"users started per second", number(o.SpawnRate)})
	}
	for i, stage := range o.Stages {
		all = append(all, Setting{fmt.Sprintf("stage %d", i+1), describe(stage, o.OpenStages)})
	}
	return append(all,
		Setting{"warm-up", o.Warmup.String()},
		Setting{"counted time", o.RunTime.String()},
		Setting{"request timeout", o.Timeout.String()},
		Setting{"requests per connection", strconv.Itoa(o.Reuse.Min) + "–" + strconv.Itoa(o.Reuse.Max)},
		Setting{"seed", strconv.FormatUint(o.Seed, 10)},
	)
}

// Load is how much of it there is, such as 10 users or 50 iterations per second.
func Load(o loadtest.Options) string {
	if len(o.Stages) == 0 {
		if o.Rate > 0 {
			return amount(o.Rate, true)
		}
		return amount(float64(o.Users), false)
	}
	greatest := 0.0
	for _, stage := range o.Stages {
		greatest = max(greatest, stage.From, stage.To)
	}
	return "up to " + amount(greatest, o.OpenStages)
}

func describe(s loadtest.Stage, open bool) string {
	if s.From == s.To {
		return fmt.Sprintf("%s for %s", amount(s.From, open), s.For)
	}
	return fmt.Sprintf("%s to %s in %s", number(s.From), amount(s.To, open), s.For)
}

func amount(load float64, open bool) string {
	switch {
	case open:
		return number(load) + " iterations per second"
	case load == 1:
		return "1 user"
	}
	return number(load) + " users"
}

func number(f float64) string { return strconv.FormatFloat(f, 'g', 6, 64) }

// Requests are the summaries of all names: those of the script in its order, then those that it made up.
func (r *Report) Requests() []loadtest.RequestSummary {
	var all []loadtest.RequestSummary
	taken := map[string]bool{}
	for _, name := range r.Series.Names {
		if summary, ok := r.Summary.Requests[name.Key()]; ok && !taken[name.Key()] {
			all = append(all, summary)
			taken[name.Key()] = true
		}
	}
	for _, key := range slices.Sorted(maps.Keys(r.Summary.Requests)) {
		if !taken[key] {
			all = append(all, r.Summary.Requests[key])
		}
	}
	return all
}

// Name is a request's name as people read it; that of all requests together is `all requests`.
func Name(q loadtest.RequestSummary) string {
	return cmp.Or(words.Printable(strings.TrimSpace(q.Method+" "+q.Name)), "all requests")
}

// Counted is how long the load was counted.
func (r *Report) Counted() time.Duration {
	seconds := r.Summary.EndTime - r.Summary.StartTime
	return time.Duration(seconds * float64(time.Second)).Round(100 * time.Millisecond)
}

// failureRatio is the share of the finished requests that failed, 0 if there were none.
func failureRatio(q loadtest.RequestSummary) float64 {
	if q.NumRequests == 0 {
		return 0
	}
	return float64(q.NumFailures) / float64(q.NumRequests)
}
