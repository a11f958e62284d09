package loadtest

import "slices"

// Timing is the distribution of one part of requests' time, in milliseconds, rounded up to three digits.
type Timing struct {
	P50 float64 `json:"p50"`
	P95 float64 `json:"p95"`
	P99 float64 `json:"p99"`
	Max float64 `json:"max"`

	count int
	kinds []ordered // those that take the same work each; a kind takes no more than those before it. What broke off is of none
}

// timing is what a histogram holds, nil if that is nothing. The kinds, if there are any, are parts of it.
func timing(h *histogram, kinds ...*histogram) *Timing {
	if h == nil || h.total.Load() == 0 {
		return nil
	}
	d := distribution{finished: h.ordered()}
	at := func(q float64) float64 { return milliseconds(d.quantile(q).Value) }
	t := &Timing{P50: at(0.5), P95: at(0.95), P99: at(0.99), Max: at(1), count: d.count()}
	for _, kind := range kinds {
		t.kinds = append(t.kinds, kind.ordered())
	}
	return t
}

// RequestTimings are the parts of the latency of the requests of one name that were answered.
type RequestTimings struct {
	FirstByte *Timing `json:"first_byte,omitempty"` // from the send to the first byte of the answer
	Receive   *Timing `json:"receive,omitempty"`    // from there to its end
	// Service, in the open model, is from the send to the end: the latency without the wait for a user that was busy.
	Service *Timing `json:"service,omitempty"`
}

// timings is nil where no request was answered.
func (r *requestResult) timings() *RequestTimings {
	if r.firstByte == nil {
		return nil
	}
	return &RequestTimings{FirstByte: timing(r.firstByte), Receive: timing(r.receive), Service: timing(r.service)}
}

// ConnectionSummary is about the connections, which are made before a request is sent and not part of its latency.
type ConnectionSummary struct {
	Opened int `json:"opened"`
	// DNS, Connect and TLS are of those made for counted requests; Connect is from the first SYN to the connection.
	DNS     *Timing `json:"dns,omitempty"`
	Connect *Timing `json:"connect,omitempty"`
	TLS     *Timing `json:"tls,omitempty"`
	// SYNRetransmits is how often a request for a connection was sent again, after 1, 3 or 7 seconds: it was lost on the
	// network, or the service's queue of connections was full. Retransmits is the same for all TCP segments.
	SYNRetransmits int `json:"syn_retransmits,omitempty"`
	Retransmits    int `json:"retransmits,omitempty"`
}

// connectionStep is one of those that make a connection to the service.
type connectionStep struct {
	what string // in the plural
	*Timing
}

// steps are those that were measured.
func (c ConnectionSummary) steps() []connectionStep {
	all := []connectionStep{{"connections", c.Connect}, {"TLS handshakes", c.TLS}}
	return slices.DeleteFunc(all, func(s connectionStep) bool { return s.Timing == nil })
}

// connections is what was recorded of them, the counts that the users have apart.
func (r *recorder) connections() ConnectionSummary {
	return ConnectionSummary{
		DNS: timing(&r.dns), Connect: timing(&r.connect, &r.connected), TLS: timing(&r.tls, &r.full, &r.resumed),
		SYNRetransmits: int(r.synRetransmits.Load()),
	}
}
