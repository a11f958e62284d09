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

	// Timeline is how it went, if it was asked for, in at most about MostMoments parts of the same length. Decisions are what
	// the law decided: all of them, or, of more than MostDecisions, the moves; of more moves than that the first.
	Timeline  []Moment        `json:"-"`
	Decisions []ProbeDecision `json:"-"`
}

// MostMoments and MostDecisions keep the timeline of a year as small as that of a day.
const (
	MostMoments   = 20_000
	MostDecisions = 20_000
)

// Moment is how things were in a part of a simulation.
type Moment struct {
	At      time.Duration // when it began
	Length  time.Duration
	Rate    float64 // requests per second, the mean of the part
	Wanted  int     // replicas at its end, and so are the others
	Ready   int
	Oracle  int
	Over    float64 // share of the requests that took longer than the target or failed
	Failed  float64 // share of the requests that failed
	Latency float64 // the true value of the target's statistic, in milliseconds
	// Violated is how much of the part the statistic was over the target.
	Violated time.Duration
}

// ProbeDecision is what a load test saw, and what was decided.
type ProbeDecision struct {
	At       time.Duration // when the decision fell
	Observed scaling.Observation
	Decision scaling.Decision
	From, To int // the wanted replicas before and after, within the bounds
}
