package scaling

// Policy is what the user wants beside the targets, which come with their readings: exactly one of Decay and Knee, what to
// do without measurements, and the bounds.
type Policy struct {
	Decay     *Decay      `json:"decay,omitempty"`
	Knee      *Knee       `json:"knee,omitempty"`
	Untrusted OnUntrusted `json:"onUntrusted"`
	// MinReplicas and MaxReplicas bound every answer; below 1 there is none. A MaxReplicas of 0 means no bound.
	MinReplicas int `json:"minReplicas"`
	MaxReplicas int `json:"maxReplicas"`
}

// Name is the policy's in one word: knee or decay.
func (p Policy) Name() string {
	if p.Knee != nil {
		return "knee"
	}
	return "decay"
}

// SamplesForClear is how many samples of a target the runs that are added up must have at least, none of them over it, for
// the policy to take it for clear; 0 where the policy compares the value itself. perRun is that for one of those runs.
func (p Policy) SamplesForClear(t Target) (all, perRun int) {
	confidence := usualConfidence
	if p.Decay != nil {
		confidence = p.Decay.Confidence
	}
	if confidence <= 0 {
		return 0, 0
	}
	all = samplesFor(t.allowed(), fine(1-confidence))
	return all, (all + poolRuns - 1) / poolRuns
}

// Decay takes replicas away after a number of runs without a change, as long as every target is met.
type Decay struct {
	Replicas      int `json:"replicas"`      // how many to take away; 0 never takes any
	UnchangedRuns int `json:"unchangedRuns"` // how many runs to wait; the run after them decays
	// Confidence in (0.5, 1) makes the policy act on evidence: a breach or a clear run must be that certain, one-sided. 0
	// acts on the value itself, as the Locust Pod Autoscaler does.
	Confidence float64 `json:"confidence,omitempty"`
}

// DefaultBreachEvery is that of a knee whose configuration does not say.
const DefaultBreachEvery = 60

// Knee sizes the service from how much of its answer time is waiting.
type Knee struct {
	BreachEvery int     `json:"breachEvery"`        // about how many runs there may be for each breach; the only knob
	Baseline    float64 `json:"baseline,omitempty"` // the idle latency in milliseconds; 0 learns it
}

// OnUntrusted is what to do after a number of runs in a row whose measurement could not be trusted.
type OnUntrusted struct {
	Action   UntrustedAction `json:"action"`
	Replicas int             `json:"replicas,omitempty"`
	After    int             `json:"after,omitempty"` // runs in a row; the answer of Fallback and AtLeast comes with the last
}

// UntrustedAction is one of the actions below. The empty one is Hold.
type UntrustedAction string

// The actions. None of them ever takes replicas away, but for Fallback, which the user asks to.
const (
	Hold     UntrustedAction = "hold"
	Fallback UntrustedAction = "fallback" // answer Replicas
	AtLeast  UntrustedAction = "atLeast"  // answer the larger of Replicas and the current ones
)
