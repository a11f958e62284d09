package scaling

// memory is what is remembered of one target.
type memory struct {
	Target Target `json:"target"`
	Pool   pool   `json:"pool,omitzero"`

	Share  float64 `json:"share,omitempty"` // of the room between the idle latency and the target; 0 before the first run
	Breach bool    `json:"breach,omitempty"`
	Clear  int     `json:"clear,omitempty"` // runs in a row below the mark for more replicas
	Waits  int     `json:"waits,omitempty"` // runs that waited for queues to empty since the last step up

	Last  last   `json:"last,omitzero"`
	Began breach `json:"began,omitzero"` // where the latency went above the mark and has not been at its goal since
	Above above  `json:"above,omitzero"` // where the latency went above the mark without a breach
	Lows  window `json:"lows,omitzero"`  // lower ends of the latency's interval
	Highs window `json:"highs,omitzero"` // upper ends
}

// last is the last reading of a target.
type last struct {
	Replicas   int     `json:"replicas"`
	Ready      int     `json:"ready"`
	Generation int64   `json:"generation,omitempty"`
	At         int64   `json:"at"` // in milliseconds since 1970
	Latency    float64 `json:"latency"`
	Width      float64 `json:"width"` // the upper half of its interval; -1 if that is open
	Mean       float64 `json:"mean"`
	Failures   float64 `json:"failures,omitempty"` // the share of the mean that failed
}

// breach is where the latency went above the mark, whether or not it was a breach at once.
type breach struct {
	Replicas int     `json:"replicas"`
	Mean     float64 `json:"mean"`              // or the failure ratio, for a target of that
	Ups      int     `json:"ups,omitempty"`     // steps up since
	Queue    bool    `json:"queue,omitempty"`   // a queue was seen to grow since
	Stepped  float64 `json:"stepped,omitempty"` // the mean at the last step up, or at the beginning
}

// above is where a latency went above the mark.
type above struct {
	Replicas int     `json:"replicas"`
	Latency  float64 `json:"latency"`
}

// recall is a copy of what is remembered, in the order of the readings. Under another configuration nothing is comparable,
// and pools of samples go on only while everything is the same.
func recall(old []memory, readings []Reading, same, comparable bool) []memory {
	if len(readings) == 0 {
		return nil
	}
	targets := make([]memory, len(readings))
	for i := range readings {
		targets[i].Target = readings[i].Target
		if !comparable {
			continue
		}
		if found := find(old, i, readings[i].Target); found != nil {
			targets[i] = *found
		}
		if !same {
			targets[i].Pool = pool{}
		}
	}
	return targets
}

func find(targets []memory, guess int, t Target) *memory {
	if guess < len(targets) && targets[guess].Target == t {
		return &targets[guess]
	}
	for i := range targets {
		if targets[i].Target == t {
			return &targets[i]
		}
	}
	return nil
}
