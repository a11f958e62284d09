package compare

import (
	"fmt"

	"github.com/latency-pod-autoscaler/lpa/internal/scaling"
	"github.com/latency-pod-autoscaler/lpa/internal/simulate"
)

// Law is a kind of law, of which there are settings.
type Law string

// The laws.
const (
	Knee       Law = "knee"
	Decay      Law = "decay"
	Ratio      Law = "HPA ratio"
	Watermarks Law = "two watermarks"
	Panic      Law = "panic window"
	// Knowing is no law that there could be: it knows the load of this moment and what a pod can do, and keeps a fifth more.
	Knowing Law = "knows the load"
)

// Setting is a law with the values of its knobs.
type Setting struct {
	Law  Law
	Name string // decay 10, knee 60
	// Policy is what to write into the configuration; nil for what is not this autoscaler's.
	Policy *scaling.Policy
	Yours  bool // it is the one of the configuration that is compared
	// rule makes a new one for each run.
	rule func(Case) simulate.Law
}

// Judged is the name of the setting that is judged: knee with its default.
var Judged = OfPolicy(kneeOf(scaling.Policy{}, scaling.DefaultBreachEvery)).Name

// The settings of this autoscaler's policies that are tried. Decay's are dense where it is good at what knee costs.
var (
	breachEvery   = []int{15, 30, scaling.DefaultBreachEvery, 120, 240}
	unchangedRuns = []int{1, 2, 3, 4, 5, 6, 8, 10, 12, 15, 20, 25, 30, 40, 50, 60}
	decayReplicas = []int{1, 2}
)

// Settings are all that are compared. They have the bounds of policy and, if it is knee, its baseline.
func Settings(policy scaling.Policy) []Setting {
	var all []Setting
	for _, n := range breachEvery {
		all = append(all, OfPolicy(kneeOf(policy, n)))
	}
	for _, replicas := range decayReplicas {
		for _, n := range unchangedRuns {
			all = append(all, OfPolicy(decayOf(policy, n, replicas)))
		}
	}
	for _, aim := range []float64{1, 0.7, 0.4} {
		all = append(all, rivalSetting(Ratio, fmt.Sprintf("HPA %.1f T", aim), func() simulate.Law { return newRatioRule(aim) }))
	}
	for _, marks := range [][2]float64{{0.5, 0.25}, {0.8, 0.4}} {
		all = append(all, rivalSetting(Watermarks, fmt.Sprintf("marks %.2g/%.2g T", marks[0], marks[1]),
			func() simulate.Law { return newWatermarks(marks[0], marks[1]) }))
	}
	all = append(all, rivalSetting(Panic, "panic 0.5 T", func() simulate.Law { return newPanicRule(0.5) }))
	return append(all, Setting{Law: Knowing, Name: "load + 20 %", rule: newKnowing})
}

func kneeOf(p scaling.Policy, every int) scaling.Policy {
	knee := scaling.Knee{BreachEvery: every}
	if p.Knee != nil {
		knee.Baseline = p.Knee.Baseline
	}
	p.Decay, p.Knee = nil, &knee
	return p
}

func decayOf(p scaling.Policy, unchanged, replicas int) scaling.Policy {
	p.Decay, p.Knee = &scaling.Decay{Replicas: replicas, UnchangedRuns: unchanged}, nil
	return p
}

// OfPolicy is the setting that a policy has.
func OfPolicy(p scaling.Policy) Setting {
	s := Setting{Policy: &p, rule: func(Case) simulate.Law { return simulate.NewPolicy(p) }}
	if p.Knee != nil {
		s.Law, s.Name = Knee, fmt.Sprintf("knee %d", p.Knee.BreachEvery)
		return s
	}
	s.Law, s.Name = Decay, fmt.Sprintf("decay %d", p.Decay.UnchangedRuns)
	if p.Decay.Replicas != 1 {
		s.Name += fmt.Sprintf(" × %d", p.Decay.Replicas)
	}
	return s
}

func rivalSetting(law Law, name string, rule func() simulate.Law) Setting {
	return Setting{Law: law, Name: name, rule: func(Case) simulate.Law { return rule() }}
}

// Configuration is the setting as the configuration has it; empty for another autoscaler's.
func (s Setting) Configuration() string {
	switch {
	case s.Policy == nil:
		return ""
	case s.Policy.Knee != nil:
		return fmt.Sprintf("knee: {breachEvery: %d}", s.Policy.Knee.BreachEvery)
	}
	return fmt.Sprintf("decay: {replicas: %d, unchangedRuns: %d}", s.Policy.Decay.Replicas, s.Policy.Decay.UnchangedRuns)
}

// steps are how many replicas the policy decay takes away at a time; 0 of any other law.
func (s Setting) steps() int {
	if s.Policy == nil || s.Policy.Decay == nil {
		return 0
	}
	return s.Policy.Decay.Replicas
}

// WithYours are the settings with the user's own among them, marked as such.
func WithYours(all []Setting, policy scaling.Policy) []Setting {
	yours := OfPolicy(policy)
	yours.Yours = true
	for i, s := range all {
		if s.Name == yours.Name {
			all[i] = yours
			return all
		}
	}
	return append([]Setting{yours}, all...)
}
