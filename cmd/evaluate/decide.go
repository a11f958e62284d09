package main

import (
	"bytes"
	"context"
	"encoding/json"
	"time"

	"github.com/latency-pod-autoscaler/lpa/internal/config"
	"github.com/latency-pod-autoscaler/lpa/internal/cpa"
	"github.com/latency-pod-autoscaler/lpa/internal/program"
	"github.com/latency-pod-autoscaler/lpa/internal/scaling"
	"github.com/latency-pod-autoscaler/lpa/internal/state"
)

// made is a decision with what else it was made from.
type made struct {
	at       time.Time
	before   scaling.State
	decision scaling.Decision
	unsaved  string // why the state after it could not be saved; empty if it was
}

// decide makes the decision and remembers it. If it cannot be remembered, a service in trouble still gets its replicas,
// but none are taken away.
func decide(ctx context.Context, p program.Process, cfg *config.Config, resource cpa.Resource, observed scaling.Observation, dryRun bool) made {
	store := newStore(p, cfg, resource)
	ctx, cancel := context.WithTimeout(ctx, lockTime(cfg))
	defer cancel()
	// Without the clock's monotonic part, so that the decision can be made again from the log.
	m := made{at: time.Now().UTC().Round(0)}
	explain := func(s scaling.State) (next scaling.State) {
		m.before = s
		m.decision, next = scaling.Explain(cfg.Policy(), s, observed, m.at)
		return next
	}
	if dryRun {
		loaded := store.Read(ctx)
		if loaded.Warning != "" {
			p.Warnf("%s", loaded.Warning)
		}
		explain(loaded.State)
		return m
	}
	warning, err := store.Update(ctx, explain)
	if warning != "" {
		p.Warnf("%s", warning)
	}
	if err != nil {
		p.Warnf("%v", err)
		if m.decision.Reason == "" { // without the lock there is no state to decide from
			explain(scaling.State{Fresh: true})
		}
		m.decision, m.unsaved = m.decision.NotSaved(), err.Error()
	}
	return m
}

// newStore is where the configuration keeps the state.
func newStore(p program.Process, cfg *config.Config, resource cpa.Resource) state.Store {
	store := state.Store{Path: cfg.State.File, Of: resource.Object().Identity(), Legacy: cfg.State.LegacyFile}
	if cfg.State.Annotation {
		store.Resource = state.OnResource(p.Env, resource.Object(), resource.Annotations)
	}
	return store
}

// lockTime is how long to wait for another evaluation to finish, and for the API server where it keeps the state.
func lockTime(cfg *config.Config) time.Duration {
	if limit := cfg.EvaluateTimeout(); limit > 0 {
		return limit / 2
	}
	return 2 * time.Second
}

// record is the decision for the log.
func (m made) record(cfg *config.Config, input cpa.EvaluateInput, observed scaling.Observation) state.Record {
	answer := m.decision.Desired
	if cfg.Mode == config.Observe {
		answer = m.decision.Current
	}
	return state.Record{
		Time: m.at, RunType: input.RunType, Mode: string(cfg.Mode), Answer: answer,
		Decision: m.decision, Unsaved: m.unsaved,
		Resource:    resourceOf(input.Resource),
		Policy:      cfg.Policy(),
		State:       m.before,
		Fresh:       m.before.Fresh,
		Observation: observed,
		Measurement: json.RawMessage(bytes.TrimSpace([]byte(input.Value))),
	}
}

// resourceOf is what the log keeps of the resource.
func resourceOf(r cpa.Resource) state.LogResource {
	return state.LogResource{Kind: r.Kind, Namespace: r.Namespace, Name: r.Name, Replicas: r.Replicas, Ready: r.Ready}
}
