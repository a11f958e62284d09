package simulate

import (
	"slices"
	"time"

	"github.com/latency-pod-autoscaler/lpa/internal/scaling"
)

// apart is how far violations are from one another to count as two.
const apart = time.Minute

const worstWindow = 5 * time.Minute

// interval is a step as the engine had it.
type interval struct {
	at, length             time.Duration
	rate                   float64
	created, ready, wanted int
	oracle                 int
	latency                Latency
	statistic              func() float64 // in seconds
}

// meter adds up what happens.
type meter struct {
	timeline   bool
	resolution time.Duration // of the timeline
	moment     Moment        // the one that is not complete yet
	r          Result
	bad        float64
	failed     float64
	violated   time.Duration
	pods       float64 // pod-seconds, which are too many for a time.Duration
	oracle     float64

	violationBegan time.Duration
	violationEnded time.Duration
	recovery       time.Duration
	longest        time.Duration
	direction      int
	window         window
}

func newMeter(timeline bool, total time.Duration) *meter {
	return &meter{timeline: timeline, resolution: max(longestStep, total/MostMoments)}
}

func (m *meter) passed(i interval) {
	requests := i.rate * i.length.Seconds()
	m.r.Duration += i.length
	m.r.Requests += requests
	m.bad += requests * i.latency.Over
	m.failed += requests * i.latency.Failed
	m.pods += i.length.Seconds() * float64(i.created)
	m.oracle += i.length.Seconds() * float64(i.oracle)
	m.r.MostReplicas = max(m.r.MostReplicas, i.created)
	m.r.Worst5Minutes = max(m.r.Worst5Minutes, m.window.add(i.at+i.length, requests, requests*i.latency.Over))
	if i.latency.Violated {
		m.violation(i)
	}
	if m.timeline {
		m.record(i)
	}
}

// record puts steps together to moments.
func (m *meter) record(i interval) {
	if m.moment.Length == 0 {
		m.moment = Moment{At: i.at}
	}
	o := &m.moment
	before, length := o.Length.Seconds(), i.length.Seconds()
	mean := func(old, now float64) float64 { return (old*before + now*length) / (before + length) }
	o.Rate, o.Over, o.Failed = mean(o.Rate, i.rate), mean(o.Over, i.latency.Over), mean(o.Failed, i.latency.Failed)
	o.Length += i.length
	o.Wanted, o.Ready, o.Oracle = i.wanted, i.ready, i.oracle
	if i.latency.Violated {
		o.Violated += i.length
	}
	if o.Length >= m.resolution {
		m.complete(i.statistic())
	}
}

// complete ends a moment.
func (m *meter) complete(statistic float64) {
	m.moment.Latency = 1000 * statistic
	m.r.Timeline = append(m.r.Timeline, m.moment)
	m.moment = Moment{}
}

func (m *meter) violation(i interval) {
	m.violated += i.length
	if m.r.Violations == 0 || i.at-m.violationEnded > apart {
		m.close()
		m.r.Violations++
		m.violationBegan = i.at
	}
	m.violationEnded = i.at + i.length
}

// close ends the violation before.
func (m *meter) close() {
	length := m.violationEnded - m.violationBegan
	m.recovery += length
	m.longest = max(m.longest, length)
}

func (m *meter) decided(at time.Duration, observed scaling.Observation, decision scaling.Decision, from, to int) {
	m.r.Probes++
	if observed.Verdict != scaling.Trusted && observed.Verdict != scaling.OverloadErrors {
		m.r.Untrusted++
	}
	if from != to {
		m.r.Moves++
		direction := 1
		if to < from {
			direction = -1
		}
		if direction == -m.direction {
			m.r.Reversals++
		}
		m.direction = direction
	}
	if m.timeline {
		m.keep(ProbeDecision{At: at, Observed: observed, Decision: decision, From: from, To: to})
	}
}

func (m *meter) keep(d ProbeDecision) {
	if len(m.r.Decisions) == MostDecisions && m.r.Probes == MostDecisions+1 {
		m.r.Decisions = slices.DeleteFunc(m.r.Decisions, func(d ProbeDecision) bool { return d.From == d.To })
	}
	if len(m.r.Decisions) < MostDecisions && (m.r.Probes <= MostDecisions || d.From != d.To) {
		m.r.Decisions = append(m.r.Decisions, d)
	}
}

func (m *meter) result() Result {
	m.close()
	r := m.r
	days := r.Duration.Hours() / 24
	r.Seconds = r.Duration.Seconds()
	r.Violation = float64(m.violated) / float64(r.Duration)
	r.ViolationMinutes = m.violated.Minutes()
	if r.Requests > 0 {
		r.BadRequests, r.FailedRequests = m.bad/r.Requests, m.failed/r.Requests
	}
	r.PodHours, r.OraclePodHours = m.pods/3600, m.oracle/3600
	r.Pods = r.PodHours / r.OraclePodHours
	r.MovesPerDay, r.ReversalsPerDay = float64(r.Moves)/days, float64(r.Reversals)/days
	if r.Violations > 0 {
		r.Recovery = m.recovery.Seconds() / float64(r.Violations)
	}
	r.LongestViolation, r.LastViolationEnd = m.longest.Seconds(), m.violationEnded.Seconds()
	return r
}

// window adds up the requests of the last five minutes.
type window struct {
	parts         []part
	requests, bad float64
}

type part struct {
	end           time.Duration
	requests, bad float64
}

// add is the share of bad requests in the window that ends at end.
func (w *window) add(end time.Duration, requests, bad float64) float64 {
	w.parts = append(w.parts, part{end, requests, bad})
	w.requests += requests
	w.bad += bad
	gone := 0
	for w.parts[gone].end <= end-worstWindow {
		w.requests -= w.parts[gone].requests
		w.bad -= w.parts[gone].bad
		gone++
	}
	w.parts = w.parts[gone:]
	if w.requests <= 0 {
		return 0
	}
	return min(1, w.bad/w.requests)
}
