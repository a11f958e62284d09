package simulate

import (
	"time"

	"github.com/latency-pod-autoscaler/lpa/internal/scaling"
)

// Policy is the law that the autoscaler itself acts by, with its memory.
type Policy struct {
	policy  scaling.Policy
	state   scaling.State
	explain bool
}

// NewPolicy is a policy that remembers nothing yet.
func NewPolicy(policy scaling.Policy) *Policy {
	return &Policy{policy: policy, state: scaling.State{Fresh: true}}
}

// Explained makes the decisions carry their sentences, which takes longer than deciding.
func (p *Policy) Explained() *Policy {
	p.explain = true
	return p
}

// Decide makes the decision and remembers what it saw.
func (p *Policy) Decide(observed scaling.Observation, now time.Time) (decision scaling.Decision) {
	decide := scaling.Decide
	if p.explain {
		decide = scaling.Explain
	}
	decision, p.state = decide(p.policy, p.state, observed, now)
	return decision
}
