package main

import (
	"github.com/latency-pod-autoscaler/lpa/internal/scaling"
	"github.com/latency-pod-autoscaler/lpa/internal/simulate"
)

// simulationDocument is what lpa simulate --json prints.
type simulationDocument struct {
	Traffic     string              `json:"traffic"`
	MeanRate    float64             `json:"mean_rps"`
	PodCapacity float64             `json:"pod_rps"` // that one pod can take within the target
	Target      scaling.Target      `json:"target"`
	Policy      scaling.Policy      `json:"policy"`
	Seed        uint64              `json:"seed"`
	Assumed     []string            `json:"assumed"`
	Notes       []string            `json:"notes"`
	Result      simulate.Result     `json:"result"`
	Decisions   []simulatedDecision `json:"decisions,omitempty"`
}

// simulatedDecision is one line of arithmetic for machines.
type simulatedDecision struct {
	Seconds  float64             `json:"t_seconds"`
	From     int                 `json:"from"`
	To       int                 `json:"to"`
	Decision scaling.Decision    `json:"decision"`
	Observed scaling.Observation `json:"observed"`
}

func (s *simulation) document(r simulate.Result, decisions bool) simulationDocument {
	d := simulationDocument{
		Traffic: s.setup.Trace.Name, MeanRate: s.setup.Trace.Average(), PodCapacity: s.capacity, Target: s.setup.Target, Policy: s.policy,
		Seed: s.setup.Seed, Assumed: s.model.with(s.assumed), Notes: append([]string{}, s.notes...), Result: r,
	}
	if decisions {
		for _, one := range r.Decisions {
			d.Decisions = append(d.Decisions, simulatedDecision{one.At.Seconds(), one.From, one.To, one.Decision, one.Observed})
		}
	}
	return d
}
