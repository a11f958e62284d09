package simulate

import (
	"time"

	"github.com/latency-pod-autoscaler/lpa/internal/scaling"
)

// Result is what came of a simulation.
type Result struct {
	Duration time.Duration `json:"-"`
	Seconds  float64       `json:"seconds"`
	// Violation is the share of the time in which the target's true statistic is over the target, ViolationMinutes that time.
	Violation        float64 `json:"violation"`
	ViolationMinutes float64 `json:"violation_minutes"`
	// BadRequests is the share of the requests that take longer than the target or fail; FailedRequests that of the latter.
	BadRequests    float64 `json:"bad_requests"`
	FailedRequests float64 `json:"failed_requests"`
	Requests       float64 `json:"requests"`
	// Worst5Minutes is the largest share of bad requests in any five minutes.
	Worst5Minutes float64 `json:"worst_5_minutes"`
	// PodHours count pods from their creation; OraclePodHours are those of a law that knows the service and the load of the
	// next minute, and Pods the first over the second.
	PodHours       float64 `json:"pod_hours"`
	OraclePodHours float64 `json:"oracle_pod_hours"`
	Pods           float64 `json:"pods"`
	MostReplicas   int     `json:"most_replicas"`
	// Moves are changes of the wanted replicas, Reversals those in the other direction than the one before.
	Moves           int     `json:"moves"`
	MovesPerDay     float64 `json:"moves_per_day"`
	Reversals       int     `json:"reversals"`
	ReversalsPerDay float64 `json:"reversals_per_day"`
	// Violations are times of violation with no more than a minute without one between them. Recovery is their mean length
	// in seconds, LongestViolation the longest, LastViolationEnd when the last one ended, in seconds from the beginning.
	Violations       int     `json:"violations"`
	Recovery         float64 `json:"recovery_seconds"`
	LongestViolation float64 `json:"longest_violation_seconds"`
	LastViolationEnd float64 `json:"last_violation_end_seconds"`
	Probes           int     `json:"probes"`
	Untrusted        int     `json:"untrusted_probes"`

	// Timeline has a moment for each step and each probe, if it was asked for.
	Timeline  []Moment        `json:"-"`
	Decisions []ProbeDecision `json:"-"`
}

// Moment is how things were in a step.
type Moment struct {
	At     time.Duration // when the step began
	Length time.Duration
	Rate   float64 // requests per second
	Wanted int     // replicas
	Ready  int
	Oracle int
	// Latency is the true value of the target's statistic, in milliseconds, at the end of the step.
	Latency float64
	Latencies
}

// Latencies is an alias for what a step was like.
type Latencies = Latency

// ProbeDecision is what a load test saw, and what was decided.
type ProbeDecision struct {
	At       time.Duration // when the decision fell
	Observed scaling.Observation
	Decision scaling.Decision
	From, To int // the wanted replicas before and after, within the bounds
}

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
	timeline bool
	r        Result
	bad      float64
	failed   float64
	violated time.Duration
	pods     time.Duration
	oracle   time.Duration

	violationBegan time.Duration
	violationEnded time.Duration
	recovery       time.Duration
	longest        time.Duration
	direction      int
	window         window
}

func newMeter(timeline bool) *meter { return &meter{timeline: timeline} }

func (m *meter) passed(i interval) {
	requests := i.rate * i.length.Seconds()
	m.r.Duration += i.length
	m.r.Requests += requests
	m.bad += requests * i.latency.Over
	m.failed += requests * i.latency.Failed
	m.pods += i.length * time.Duration(i.created)
	m.oracle += i.length * time.Duration(i.oracle)
	m.r.MostReplicas = max(m.r.MostReplicas, i.created)
	m.r.Worst5Minutes = max(m.r.Worst5Minutes, m.window.add(i.at+i.length, requests, requests*i.latency.Over))
	if i.latency.Violated {
		m.violation(i)
	}
	if m.timeline {
		m.r.Timeline = append(m.r.Timeline, Moment{
			At: i.at, Length: i.length, Rate: i.rate, Wanted: i.wanted, Ready: i.ready, Oracle: i.oracle,
			Latency: 1000 * i.statistic(), Latencies: i.latency,
		})
	}
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
		m.r.Decisions = append(m.r.Decisions, ProbeDecision{At: at, Observed: observed, Decision: decision, From: from, To: to})
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
	r.PodHours, r.OraclePodHours = m.pods.Hours(), m.oracle.Hours()
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
