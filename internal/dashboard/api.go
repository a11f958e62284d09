package dashboard

import (
	"encoding/json"
	"fmt"
	"math"
	"net/http"
	"net/url"
	"strconv"
	"time"
)

// What a page may ask for at once.
const (
	mostPoints    = 4000
	defaultPoints = 1500
	mostRows      = 200
	defaultRows   = 50
)

// overview is what the page shows at its top, and how the reading goes.
type overview struct {
	Version   string `json:"version"`
	Reading   bool   `json:"reading"` // the log is still being read for the first time
	Problem   string `json:"problem,omitempty"`
	Log       string `json:"log"` // its path
	Damaged   int    `json:"damaged"`
	Decisions int    `json:"decisions"`
	Forgotten int    `json:"forgotten"` // of those, the oldest, which are no longer kept
	Last      int    `json:"last"`      // the latest one's number; -1 if there is none
	// StaleAfter is how old the latest decision may become, in milliseconds, before something is wrong.
	StaleAfter int64    `json:"staleAfter"`
	Probe      *float64 `json:"probe,omitempty"`
	Latest     *detail  `json:"latest,omitempty"`
	Change     *row     `json:"change,omitempty"` // the last decision that asked for other replicas than there were, without its text
}

func (d *Dashboard) overview() overview {
	h := d.history
	h.mu.RLock()
	defer h.mu.RUnlock()
	o := overview{Version: d.options.Version, Reading: h.status.Reading, Problem: h.status.Problem, Log: d.options.Log, Damaged: h.status.Damaged,
		Decisions: h.last() + 1, Forgotten: h.first, Last: h.last(), StaleAfter: h.staleAfter().Milliseconds()}
	if h.latest == nil {
		return o
	}
	latest := newDetail(h.last(), *h.latest)
	o.Latest = &latest
	if probe := h.entries[len(h.entries)-1].probe; !math.IsNaN(probe) {
		o.Probe = &probe
	}
	if changes := h.choose(filter{changes: true}, math.MaxInt, 1); len(changes) > 0 {
		o.Change = &changes[0]
	}
	return o
}

func (h *history) staleAfter() time.Duration { return StaleAfter(h.rhythm()) }

// StaleAfter is how old the last decision is where runs must have come to nothing: three times the usual time between two, and at
// least a minute.
func StaleAfter(usual time.Duration) time.Duration { return max(3*usual, time.Minute) }

func (d *Dashboard) serveOverview(w http.ResponseWriter, _ *http.Request) { writeJSON(w, d.overview()) }

func (d *Dashboard) serveSeries(w http.ResponseWriter, r *http.Request) {
	q := query{values: r.URL.Query()}
	f := q.filter()
	points := q.number("points", defaultPoints, 10, mostPoints)
	if q.refused(w) {
		return
	}
	writeJSON(w, d.history.series(f, points))
}

func (d *Dashboard) serveList(w http.ResponseWriter, r *http.Request) {
	q := query{values: r.URL.Query()}
	f := q.filter()
	limit := q.number("limit", defaultRows, 1, mostRows)
	before := q.number("before", math.MaxInt, 0, math.MaxInt)
	if q.refused(w) {
		return
	}
	rows, more := d.list(f, before, limit)
	writeJSON(w, struct {
		Decisions []row `json:"decisions"`
		More      bool  `json:"more"`
	}{rows, more})
}

func (d *Dashboard) serveDetail(w http.ResponseWriter, r *http.Request) {
	id, err := strconv.Atoi(r.PathValue("id"))
	if err != nil {
		http.Error(w, "the number of a decision must be a whole one", http.StatusBadRequest)
		return
	}
	whole, ok, err := d.detail(id)
	switch {
	case err != nil:
		d.options.Logger.Warn("reading a decision", "id", id, "error", err)
		http.Error(w, "the decision log cannot be read", http.StatusServiceUnavailable)
	case !ok:
		http.Error(w, "this decision is no longer in the decision log", http.StatusNotFound)
	default:
		writeJSON(w, whole)
	}
}

// query reads what a page asks for, and remembers the first thing that is wrong.
type query struct {
	values url.Values
	err    error
}

func (q *query) filter() filter {
	return filter{from: int64(q.number("from", 0, 0, 1<<53)), to: int64(q.number("to", 0, 0, 1<<53)),
		reason: q.values.Get("reason"), changes: q.number("changes", 0, 0, 1) == 1}
}

func (q *query) number(name string, otherwise, least, most int) int {
	text := q.values.Get(name)
	if text == "" {
		return otherwise
	}
	n, err := strconv.Atoi(text)
	if (err != nil || n < least || n > most) && q.err == nil {
		q.err = fmt.Errorf("%s: must be a whole number from %d to %d, got %q", name, least, most, text)
	}
	return n
}

func (q *query) refused(w http.ResponseWriter) bool {
	if q.err != nil {
		http.Error(w, q.err.Error(), http.StatusBadRequest)
	}
	return q.err != nil
}

func writeJSON(w http.ResponseWriter, value any) {
	w.Header().Set("Content-Type", "application/json")
	w.Header().Set("Cache-Control", "no-store")
	_ = json.NewEncoder(w).Encode(value) // the client has gone, or it can be written
}
