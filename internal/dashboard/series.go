package dashboard

import (
	"math"
	"slices"

	"github.com/latency-pod-autoscaler/lpa/internal/scaling"
)

// filter is which decisions are asked for. Its zero value asks for all.
type filter struct {
	from, to int64  // milliseconds since 1970, both inclusive; 0 for no bound
	reason   string // only with this one
	changes  bool   // only those that asked for other replicas than there were
}

func (f filter) during(e *entry) bool {
	return (f.from == 0 || e.at >= f.from) && (f.to == 0 || e.at <= f.to)
}

// chosen says whether a decision is one of those asked for, when it is within the time. The lock must be held.
func (h *history) chosen(f filter, e *entry) bool {
	return (f.reason == "" || h.reasons[e.reason] == f.reason) && (!f.changes || e.changes())
}

// series is what there is to draw, a column for each of its lines, with a value for each of the times.
type series struct {
	Times    deltas         `json:"times"` // the first one in milliseconds since 1970, then how much later the next is
	IDs      deltas         `json:"ids"`   // likewise
	Observed column         `json:"observed"`
	Wanted   column         `json:"wanted"`
	Failures column         `json:"failures"` // shares
	Probe    column         `json:"probe"`
	Verdicts []mark         `json:"verdicts"` // in Names
	Reasons  []mark         `json:"reasons"`  // in Names
	Chosen   []mark         `json:"chosen"`   // 1 for those that the filter asks for
	Targets  []targetSeries `json:"targets"`
	Names    seriesNames    `json:"names"`
	Count    int            `json:"count"`   // of decisions in the time
	Matches  int            `json:"matches"` // of those, how many the filter asks for
	Counts   map[string]int `json:"counts"`  // of the decisions in the time, by reason
	Changes  int            `json:"changes"` // of the decisions in the time
	Oldest   int64          `json:"oldest"`  // in milliseconds since 1970; of all that are kept
	Newest   int64          `json:"newest"`
	Thinned  bool           `json:"thinned"` // not every decision is among the times
}

type seriesNames struct {
	Verdicts names `json:"verdicts"`
	Reasons  names `json:"reasons"`
}

// targetSeries are the lines of a target, in milliseconds or shares.
type targetSeries struct {
	Name   string `json:"name"`
	Share  bool   `json:"share,omitempty"`
	Value  column `json:"value"`
	Low    column `json:"low"`
	High   column `json:"high"`
	Limit  column `json:"limit"`
	Failed []mark `json:"failed"` // 1 where the value falls on a failed request
}

// span is the time of all decisions that the filter's time has; false if there is none.
func (h *history) span(f filter) (from, to int64, count int) {
	for i := range h.entries {
		if e := &h.entries[i]; f.during(e) {
			if count == 0 {
				from, to = e.at, e.at
			}
			from, to = min(from, e.at), max(to, e.at)
			count++
		}
	}
	return from, to, count
}

// series picks at most about that many decisions to draw. The time is cut into equal parts, and of each part those decisions
// are taken that have the least and the most of every line: each point is a decision that there was, and no peak is lost.
func (h *history) series(f filter, points int) series {
	h.mu.RLock()
	defer h.mu.RUnlock()
	from, to, count := h.span(f)
	s := series{Count: count, Thinned: count > points, Counts: map[string]int{}, Targets: []targetSeries{},
		Names: seriesNames{slices.Clone(h.verdicts), slices.Clone(h.reasons)}}
	lines := h.lines(f)
	parts := int64(max(points/(2*len(lines)), 1))
	width := max((to-from)/parts+1, 1)
	extremes := map[int64][]extreme{}
	var picked []int
	for i := range h.entries {
		e := &h.entries[i]
		if s.see(h, f, e); !f.during(e) {
			continue
		}
		if !s.Thinned {
			picked = append(picked, i)
			continue
		}
		part := (e.at - from) / width
		if extremes[part] == nil {
			extremes[part] = newExtremes(len(lines))
		}
		for line, value := range lines {
			extremes[part][line].see(i, value(e))
		}
	}
	for _, part := range extremes {
		for _, x := range part {
			picked = append(picked, x.picked()...)
		}
	}
	slices.SortFunc(picked, func(a, b int) int {
		if d := h.entries[a].at - h.entries[b].at; d != 0 {
			return int(max(min(d, 1), -1))
		}
		return a - b
	})
	s.fill(h, f, slices.Compact(picked))
	return s
}

// see counts a decision.
func (s *series) see(h *history, f filter, e *entry) {
	if s.Oldest == 0 || e.at < s.Oldest {
		s.Oldest = e.at
	}
	s.Newest = max(s.Newest, e.at)
	if !f.during(e) {
		return
	}
	s.Counts[h.reasons[e.reason]]++
	if e.changes() {
		s.Changes++
	}
	if h.chosen(f, e) {
		s.Matches++
	}
}

// lines are what is drawn of a decision.
func (h *history) lines(f filter) []func(*entry) float64 {
	all := []func(*entry) float64{
		func(e *entry) float64 { return float64(e.wanted) },
		func(e *entry) float64 { return float64(e.observed) },
		func(e *entry) float64 { return e.failures },
		func(e *entry) float64 { return one(h.verdicts[e.verdict] != scaling.Trusted) },
	}
	if f.reason != "" || f.changes {
		all = append(all, func(e *entry) float64 { return one(h.chosen(f, e)) })
	}
	for i := range h.targets {
		all = append(all, func(e *entry) float64 { return e.value(i) })
	}
	return all
}

// value is what was measured of a target: infinite if it failed, and not a number if it is not known.
func (e *entry) value(target int) float64 {
	for _, r := range e.readings {
		switch {
		case int(r.target) != target:
		case r.failed:
			return math.Inf(1)
		default:
			return float64(r.value)
		}
	}
	return math.NaN()
}

func one(yes bool) float64 {
	if yes {
		return 1
	}
	return 0
}

// extreme are the decisions with the least and the most of a line.
type extreme struct {
	least, most float64
	low, high   int // -1 if there is none
}

func newExtremes(n int) []extreme {
	all := make([]extreme, n)
	for i := range all {
		all[i].low, all[i].high = -1, -1
	}
	return all
}

func (x *extreme) see(i int, value float64) {
	if math.IsNaN(value) {
		return
	}
	if x.low < 0 || value < x.least {
		x.low, x.least = i, value
	}
	if x.high < 0 || value > x.most {
		x.high, x.most = i, value
	}
}

func (x extreme) picked() []int {
	if x.low < 0 {
		return nil
	}
	return []int{x.low, x.high}
}

// fill writes the columns.
func (s *series) fill(h *history, f filter, picked []int) {
	for _, t := range h.targets {
		none := make(column, len(picked))
		for i := range none {
			none[i] = known32(nil)
		}
		s.Targets = append(s.Targets, targetSeries{Name: t.name, Share: t.share(), Value: none, Low: slices.Clone(none),
			High: slices.Clone(none), Limit: slices.Clone(none), Failed: make([]mark, len(picked))})
	}
	for row, i := range picked {
		e := &h.entries[i]
		s.Times, s.IDs = append(s.Times, e.at), append(s.IDs, int64(h.first+i))
		s.Observed, s.Wanted = append(s.Observed, float32(e.observed)), append(s.Wanted, float32(e.wanted))
		s.Failures, s.Probe = append(s.Failures, float32(e.failures)), append(s.Probe, float32(e.probe))
		s.Verdicts, s.Reasons = append(s.Verdicts, mark(e.verdict)), append(s.Reasons, mark(e.reason))
		s.Chosen = append(s.Chosen, mark(one(h.chosen(f, e))))
		for _, r := range e.readings {
			t := &s.Targets[r.target]
			t.Value[row], t.Low[row], t.High[row], t.Limit[row] = r.value, r.low, r.high, r.limit
			t.Failed[row] = mark(one(r.failed))
		}
	}
}
