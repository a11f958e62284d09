package dashboard

import (
	"context"
	"fmt"
	"net/http"
	"time"
)

// How a stream goes on.
const (
	leastGap  = 250 * time.Millisecond // between two messages: what comes faster is told at once
	heartbeat = 15 * time.Second       // so that a proxy does not take a quiet stream for a dead one
	patience  = 5 * time.Second        // with a client that does not read
)

// serveEvents tells a page whenever there is something new, by server-sent events: the page then asks for what it shows. A
// client that does not read is dropped.
func (d *Dashboard) serveEvents(w http.ResponseWriter, r *http.Request) {
	select {
	case d.streams <- struct{}{}:
		defer func() { <-d.streams }()
	default:
		w.Header().Set("Retry-After", "30")
		http.Error(w, "too many pages are open", http.StatusServiceUnavailable)
		return
	}
	w.Header().Set("Content-Type", "text/event-stream")
	w.Header().Set("Cache-Control", "no-store")
	w.Header().Set("X-Accel-Buffering", "no") // nginx would keep the messages back
	stream := stream{w, http.NewResponseController(w)}
	beat := time.NewTicker(heartbeat)
	defer beat.Stop()
	for {
		changed := d.history.wait() // before it is told what there is, so that nothing is missed
		if stream.send("data: "+d.news()+"\n\n") != nil || !stream.idle(r.Context(), changed, beat.C) {
			return
		}
		select {
		case <-time.After(leastGap):
		case <-r.Context().Done():
			return
		}
	}
}

// news is what a page needs to know to ask for more.
func (d *Dashboard) news() string {
	d.history.mu.RLock()
	defer d.history.mu.RUnlock()
	return fmt.Sprintf(`{"last":%d,"reading":%t}`, d.history.last(), d.history.status.Reading)
}

type stream struct {
	w          http.ResponseWriter
	controller *http.ResponseController
}

func (s stream) send(message string) error {
	if err := s.controller.SetWriteDeadline(time.Now().Add(patience)); err != nil {
		return err
	}
	if _, err := s.w.Write([]byte(message)); err != nil {
		return err
	}
	return s.controller.Flush()
}

// idle keeps the stream open until something has changed; false if the client has gone.
func (s stream) idle(ctx context.Context, changed <-chan struct{}, beat <-chan time.Time) bool {
	for {
		select {
		case <-changed:
			return true
		case <-beat:
			if s.send(": still here\n\n") != nil {
				return false
			}
		case <-ctx.Done():
			return false
		}
	}
}
