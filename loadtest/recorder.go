package loadtest

import (
	"math"
	"sync/atomic"
	"time"
)

// sample is one counted request. There may be a million of them, so it is small.
type sample struct {
	microseconds uint32 // of an unfinished request: its age at the end of the run
	name         uint32
	status       uint16 // 0 without an answer
	outcome      Failure
	sure         bool // that it failed whatever the generator did
}

func (s sample) latency() time.Duration { return time.Duration(s.microseconds) * time.Microsecond }

func inMicroseconds(d time.Duration) uint32 {
	return uint32(min(max(0, d.Round(time.Microsecond)/time.Microsecond), math.MaxUint32))
}

// exactLimit is how many samples of a run are kept one by one: 12 MB. What comes after is counted in histograms.
const exactLimit = 1_000_000

// recorder is what the users of a run have in common for recording. Each keeps its own list of samples; what is here may be
// used by all at once.
type recorder struct {
	kept      atomic.Int64 // samples in the users' lists
	overflow  nameHistograms
	firstByte nameHistograms
	receive   nameHistograms
	service   nameHistograms // of the open model: the latency without the wait for a free user

	dns, connect, tls histogram // of the connections made in the counted time
	full, resumed     histogram // of tls, the handshakes that make a session, and those that go on with one
	connected         histogram // of connect, those that were made
	lag               histogram
	early             []atomic.Int64 // by the index of a name: the longest answer of the warm-up, in nanoseconds
	synRetransmits    atomic.Int64
	places            places
}

// newRecorder has room for so many request names.
func newRecorder(names int) *recorder {
	return &recorder{
		overflow: make(nameHistograms, names), firstByte: make(nameHistograms, names),
		receive: make(nameHistograms, names), service: make(nameHistograms, names),
		early: make([]atomic.Int64, names),
	}
}

// warmUp keeps how long an answer took that is not counted.
func (r *recorder) warmUp(name int, latency time.Duration) {
	longest := &r.early[name]
	for known := longest.Load(); int64(latency) > known && !longest.CompareAndSwap(known, int64(latency)); known = longest.Load() {
	}
}

// nameHistograms are histograms by the index of a request name, made when they are needed.
type nameHistograms []atomic.Pointer[histogram]

func (n nameHistograms) record(name int, d time.Duration) {
	h := n[name].Load()
	if h == nil {
		n[name].CompareAndSwap(nil, new(histogram))
		h = n[name].Load()
	}
	h.record(d)
}

// of is the histogram of a name, nil if nothing was recorded.
func (n nameHistograms) of(name int) *histogram { return n[name].Load() }

// connecting records how long it took to make the connection, if one was made for the request.
func (r *recorder) connecting(a answer) {
	if !a.times.Dialled {
		return
	}
	r.dns.record(a.times.DNS)
	r.connect.record(a.times.Connect)
	if !a.times.Broken || a.times.TLS > 0 {
		r.connected.record(a.times.Connect)
	}
	if a.times.TLS > 0 {
		r.handshake(a.times.TLS, a.times.Resumed, a.times.Broken)
	}
	r.synRetransmits.Add(int64(a.times.SYNRetransmits))
}

func (r *recorder) handshake(took time.Duration, resumed, broken bool) {
	r.tls.record(took)
	switch {
	case broken:
	case resumed:
		r.resumed.record(took)
	default:
		r.full.record(took)
	}
}

// times records the parts of an answer's latency.
func (r *recorder) times(name int, a answer, open bool) {
	if a.err != nil {
		return
	}
	served := a.latency - a.waited
	r.firstByte.record(name, a.times.FirstByte)
	r.receive.record(name, served-a.times.FirstByte)
	if open {
		r.service.record(name, served)
	}
}

// keep adds a sample to a user's list, or counts it where there are too many already.
func (r *recorder) keep(list []sample, s sample) []sample {
	if s.outcome == NoFailure && r.kept.Add(1) > exactLimit {
		r.overflow.record(int(s.name), s.latency())
		return list
	}
	return append(list, s)
}
