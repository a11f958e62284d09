package dashboard

import (
	"errors"
	"slices"
	"time"

	"github.com/latency-pod-autoscaler/lpa/internal/explain"
	"github.com/latency-pod-autoscaler/lpa/internal/scaling"
	"github.com/latency-pod-autoscaler/lpa/internal/state"
)

// row is a decision in the list.
type row struct {
	ID      int    `json:"id"`
	Time    int64  `json:"time"` // milliseconds since 1970
	Current int    `json:"current"`
	Desired int    `json:"desired"`
	Reason  string `json:"reason"`
	Verdict string `json:"verdict"`
	Text    string `json:"text"`
	Gone    bool   `json:"gone,omitempty"` // its record is no longer in the log, so there is no text
}

// detail is all that is shown of a decision. It has fields of its own, so that nothing gets to a page because somebody once
// adds it to the log.
type detail struct {
	row
	Mode     string         `json:"mode"`
	Answer   int            `json:"answer"`
	Resource string         `json:"resource,omitempty"` // deployment default/shop
	Ready    *int           `json:"ready,omitempty"`
	Min      int            `json:"minReplicas"`
	Max      int            `json:"maxReplicas"`
	Policy   string         `json:"policy"`
	Notes    []string       `json:"notes,omitempty"` // what is worth knowing beside it, such as why the verdict is not ok
	Steps    []scaling.Step `json:"steps"`
	Readings []readingRow   `json:"readings"`
	// WouldChange are sentences, as lpa explain has them.
	WouldChange []string `json:"wouldChange,omitempty"`
}

// readingRow is a target's part of a decision, in milliseconds or a share.
type readingRow struct {
	Target  string   `json:"target"`
	Share   bool     `json:"share,omitempty"`
	Value   *float64 `json:"value"`
	Failed  bool     `json:"failed,omitempty"`
	AtLeast bool     `json:"atLeast,omitempty"`
	Low     *float64 `json:"low"`
	High    *float64 `json:"high"`
	Limit   float64  `json:"limit"`
	Samples int      `json:"samples"`
}

func newRow(id int, r state.Record) row {
	return row{ID: id, Time: r.Time.UnixMilli(), Current: r.Decision.Current, Desired: r.Decision.Desired,
		Reason: string(r.Decision.Reason), Verdict: r.Observation.Verdict, Text: r.Decision.Text}
}

func newDetail(id int, r state.Record) detail {
	d := detail{
		row:  newRow(id, r),
		Mode: r.Mode, Answer: r.Answer, Resource: resource(r.Resource), Ready: r.Observation.Ready,
		Min: r.Policy.MinReplicas, Max: r.Policy.MaxReplicas, Policy: r.Policy.Name(), Notes: r.Observation.Reasons,
		Steps: slices.Concat([]scaling.Step{}, r.Decision.Steps), Readings: []readingRow{},
	}
	for _, reading := range r.Observation.Readings {
		shown := readingRow{Target: reading.Target.String(), Share: reading.Target.Statistic.Kind == scaling.FailureRatio,
			Failed: reading.Failed, AtLeast: reading.AtLeast, Low: reading.Low, High: reading.High,
			Limit: reading.Target.Limit, Samples: reading.Samples}
		if !reading.Failed && !reading.Missing {
			shown.Value = &reading.Value
		}
		d.Readings = append(d.Readings, shown)
	}
	return d
}

func resource(r state.LogResource) string {
	name := r.Name
	if r.Namespace != "" {
		name = r.Namespace + "/" + name
	}
	if r.Kind != "" && name != "" {
		name = r.Kind + " " + name
	}
	return name
}

// detail is all of a decision; false if there is none of that number, or its record is gone.
func (d *Dashboard) detail(id int) (detail, bool, error) {
	record, ok, err := d.record(id)
	if !ok {
		return detail{}, false, err
	}
	whole, run := newDetail(id, record), d.history.run(id, record)
	whole.Notes = append(run.Notes(), whole.Notes...)
	for _, change := range run.Changes() {
		whole.WouldChange = append(whole.WouldChange, change.String())
	}
	return whole, true, nil
}

// record reads a decision from the log; false if there is none of that number, or its record is gone.
func (d *Dashboard) record(id int) (state.Record, bool, error) {
	e, ok := d.history.entry(id)
	if !ok {
		return state.Record{}, false, nil
	}
	record, err := state.Log{Path: d.options.Log}.At(e.place)
	if errors.Is(err, state.ErrGone) || err == nil && record.Time.UnixMilli() != e.at {
		return state.Record{}, false, nil
	}
	return record, err == nil, err
}

// run is a record with what is known of the decisions before and after it.
func (h *history) run(id int, record state.Record) explain.Run {
	run := explain.Run{Record: record}
	if before, ok := h.entry(id - 1); ok {
		run.Since = time.Duration(record.Time.UnixMilli()-before.at) * time.Millisecond
	}
	if after, ok := h.entry(id + 1); ok {
		replicas := int(after.observed)
		run.Next = &replicas
	}
	return run
}

func (h *history) entry(id int) (entry, bool) {
	h.mu.RLock()
	defer h.mu.RUnlock()
	if i := id - h.first; i >= 0 && i < len(h.entries) {
		return h.entries[i], true
	}
	return entry{}, false
}

// list are the last decisions of those asked for whose number is below before, the latest one first.
func (d *Dashboard) list(f filter, before, limit int) (rows []row, more bool) {
	rows = []row{}
	d.history.mu.RLock()
	chosen := d.history.choose(f, before, limit+1)
	d.history.mu.RUnlock()
	for _, found := range chosen {
		if len(rows) == limit {
			return rows, true
		}
		if record, ok, _ := d.record(found.ID); ok {
			found = newRow(found.ID, record)
		} else {
			found.Gone = true
		}
		rows = append(rows, found)
	}
	return rows, false
}

// choose are as many of them, without their texts. The lock must be held.
func (h *history) choose(f filter, before, limit int) (rows []row) {
	for i := len(h.entries) - 1; i >= 0 && len(rows) < limit; i-- {
		e := &h.entries[i]
		if h.first+i < before && f.during(e) && h.chosen(f, e) {
			rows = append(rows, row{ID: h.first + i, Time: e.at, Current: int(e.observed), Desired: int(e.wanted),
				Reason: h.reasons[e.reason], Verdict: h.verdicts[e.verdict]})
		}
	}
	return rows
}
