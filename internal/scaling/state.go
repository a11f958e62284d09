package scaling

// State is what has to be remembered from run to run. Everything else is observed.
type State struct {
	// RunsSinceChange counts the trusted runs in which every target was met since the replicas changed or a target was
	// breached. The name in JSON is that of the Locust Pod Autoscaler's decay file.
	RunsSinceChange int `json:"runs_since_change"`
	// LastReplicas is the count that the last trusted run observed; nil if there was none.
	LastReplicas *int `json:"last_replicas,omitempty"`
	// Fresh says that nothing is remembered: the state was missing or could not be read. Then the present replicas may
	// all be needed, so a fresh state never takes any away.
	Fresh bool `json:"-"`
}
