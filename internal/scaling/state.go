package scaling

// State is what has to be remembered from run to run. Everything else is observed. Decide never changes the one that it is
// given.
type State struct {
	// RunsSinceChange counts the trusted runs in which every target was met since the replicas or the configuration changed or a
	// target was breached. The name in JSON is that of the Locust Pod Autoscaler's decay file.
	RunsSinceChange int `json:"runs_since_change"`
	// LastReplicas is the count that the last trusted run observed; nil if there was none.
	LastReplicas *int `json:"last_replicas,omitempty"`
	// Fresh says that nothing is remembered: the state was missing or could not be read. Then the present replicas may
	// all be needed, so a fresh state never takes any away.
	Fresh bool `json:"-"`
	// UntrustedRuns counts the runs in a row that could not be trusted, where the policy does something after some of them.
	UntrustedRuns int `json:"untrusted_runs,omitempty"`
	// Generation and Configuration are those of the last trusted run.
	Generation    int64  `json:"generation,omitempty"`
	Configuration string `json:"configuration,omitempty"`
	// Knee is what the policy of that name remembers of the replicas.
	Knee kneeMemory `json:"knee,omitzero"`
	// Targets are what is remembered of each target.
	Targets []memory `json:"targets,omitempty"`
}

// kneeMemory is what the policy knee remembers of the replicas. Runs are trusted runs, counted from 1; 0 is never.
type kneeMemory struct {
	Run      int    `json:"run"`
	Answer   answer `json:"answer,omitzero"`     // the last run's, if it was to change the replicas
	LastUp   int    `json:"last_up,omitempty"`   // the run whose answer raised them, once they were seen to be more
	LastDown int    `json:"last_down,omitempty"` // the run whose answer lowered them, until it was blamed for a step up or undone
	DownFrom int    `json:"down_from,omitempty"` // from how many
	Floor    floor  `json:"floor,omitzero"`
}

// answer is a change that was asked for. It may be lost, clamped or overruled, so it counts once the replicas are seen to
// have moved its way.
type answer struct {
	Run  int `json:"run"`
	From int `json:"from"`
	To   int `json:"to"`
}

// floor is the fewest replicas to ask for after fewer were seen to fail.
type floor struct {
	Replicas int   `json:"replicas"`
	Until    int   `json:"until"`          // the last run for which it holds
	Wait     int   `json:"wait"`           // for how many runs the next one will hold
	Calm     int   `json:"calm,omitempty"` // runs since it lapsed, or since Wait was halved
	Failed   int   `json:"failed"`         // how many replicas were too few
	At       int64 `json:"at"`             // when that was seen, in seconds since 1970
}

// observe is the state once a run was trusted with n replicas. The counter follows what is seen, not what was answered: an
// answer can be clamped, overruled or lost.
func observe(state State, o *Observation) State {
	n := o.Replicas
	moved := state.LastReplicas != nil && *state.LastReplicas != n
	// The decay file of the Locust Pod Autoscaler names no configuration; its count goes on.
	if reconfigured := state.Configuration != "" && state.Configuration != o.Configuration; moved || reconfigured {
		state.RunsSinceChange = 0
	}
	same := state.LastReplicas != nil && *state.LastReplicas == n && state.Generation == o.Generation && state.Configuration == o.Configuration
	state.Targets = recall(state.Targets, o.Readings, same, state.Configuration == o.Configuration)
	state.LastReplicas = &n
	state.Fresh = false
	state.UntrustedRuns = 0
	state.Generation, state.Configuration = o.Generation, o.Configuration
	return state
}
