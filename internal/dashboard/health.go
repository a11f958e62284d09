package dashboard

import (
	"encoding/json"
	"net/http"
	"time"
)

// health is what /healthz answers. It names no path and no target, as it needs no token.
type health struct {
	Status     string   `json:"status"` // ok, reading, stale or unreadable
	Problem    string   `json:"problem,omitempty"`
	Decisions  int      `json:"decisions"`
	Damaged    int      `json:"damaged"`
	AgeSeconds *float64 `json:"ageSeconds,omitempty"` // of the latest decision
}

// The values of health's Status.
const (
	healthOK         = "ok"
	healthReading    = "reading"    // the log is being read for the first time
	healthStale      = "stale"      // it can be read, but there was no decision for longer than usual
	healthUnreadable = "unreadable" // or it is not there
)

func (d *Dashboard) health(now time.Time) health {
	h := d.history
	h.mu.RLock()
	defer h.mu.RUnlock()
	state := health{Status: healthOK, Problem: h.status.Problem, Decisions: h.last() + 1, Damaged: h.status.Damaged}
	var age time.Duration
	if h.latest != nil {
		age = now.Sub(h.latest.Time)
		seconds := age.Round(time.Millisecond).Seconds()
		state.AgeSeconds = &seconds
	}
	switch {
	case h.status.Problem != "":
		state.Status = healthUnreadable
	case h.status.Reading:
		state.Status = healthReading
	case age > h.staleAfter():
		state.Status = healthStale
	}
	return state
}

// serveLife answers as long as there is anything to answer: a log that cannot be read is not mended by a restart either.
func serveLife(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusNoContent) }

// serveHealth answers 503 only if the log cannot be read: that the autoscaler is silent is not mended by a restart of the
// dashboard.
func (d *Dashboard) serveHealth(w http.ResponseWriter, _ *http.Request) {
	state := d.health(time.Now())
	w.Header().Set("Content-Type", "application/json")
	w.Header().Set("Cache-Control", "no-store")
	if state.Status == healthUnreadable {
		w.WriteHeader(http.StatusServiceUnavailable)
	}
	_ = json.NewEncoder(w).Encode(state)
}
