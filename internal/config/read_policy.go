package config

import (
	"math"
	"strconv"
	"strings"

	"github.com/latency-pod-autoscaler/lpa/internal/scaling"
	"github.com/latency-pod-autoscaler/lpa/loadtest/strictyaml"
)

// replacePolicy makes room for the policy that the environment gives: what a variable says replaces what the file says.
// Where both policies are given together, both stay, to be refused.
func replacePolicy(doc, given *strictyaml.Document) {
	switch {
	case given.Has("knee") && !given.Has("decay"):
		doc.Remove("decay")
	case given.Has("decay") && !given.Has("knee"):
		doc.Remove("knee")
	}
}

// policy reads how replicas come and go: decay, which is the default, or knee.
func (r *reader) policy(m *strictyaml.Map) {
	r.decay(m)
	v, ok := m.Get("knee")
	if !ok {
		return
	}
	if _, both := m.Get("decay"); both {
		v.Complain("is another policy than decay; keep one of them")
	}
	r.c.Decay, r.c.Knee = nil, readKnee(v.Map())
}

func (r *reader) decay(m *strictyaml.Map) {
	v, ok := m.Get("decay")
	if !ok {
		return
	}
	if r.c.Decay == nil { // the original's file gives it, and the configuration the other policy
		r.c.Decay, r.c.Knee = Default().Decay, nil
	}
	dm := v.Map()
	if v, ok := dm.Get("replicas"); ok {
		n, _ := v.Int(0, math.MaxInt32)
		r.c.Decay.Replicas = int(n)
	}
	if v, ok := dm.Get("unchangedRuns"); ok {
		n, _ := v.Int(0, math.MaxInt32)
		r.c.Decay.UnchangedRuns = int(n)
	}
	if v, ok := dm.Get("confidence"); ok {
		r.c.Decay.Confidence = readConfidence(v)
	}
	dm.Done()
}

// The bounds of knee.breachEvery. With fewer runs between two breaches than 5 the target means little; more than 10,000 are
// a week of one-minute runs, over which nothing can be learned.
const (
	minBreachEvery = 5
	maxBreachEvery = 10_000
)

func readKnee(m *strictyaml.Map) *scaling.Knee {
	knee := &scaling.Knee{BreachEvery: scaling.DefaultBreachEvery}
	if v, ok := m.Get("breachEvery"); ok {
		n, _ := v.Int(minBreachEvery, maxBreachEvery)
		knee.BreachEvery = int(n)
	}
	if v, ok := m.Get("baseline"); ok {
		knee.Baseline = readLatency(v)
	}
	m.Done()
	return knee
}

// readConfidence reads how sure evidence must be: 95% or 0.95.
func readConfidence(v strictyaml.Value) float64 {
	share, ok := readShare(v)
	if ok && !(share > 0.5 && share < 1) {
		v.Refuse("must be more than 50%% and less than 100%%, such as 95%% or 0.95")
		return 0
	}
	return share
}

// readShare reads a number with or without a percent sign, whatever its size. ok is false where the value was refused.
func readShare(v strictyaml.Value) (share float64, ok bool) {
	text, ok := v.Text()
	if !ok {
		return 0, false
	}
	digits, percent := strings.CutSuffix(text, "%")
	share, err := strconv.ParseFloat(strings.TrimSpace(digits), 64)
	if percent {
		share /= 100
	}
	if err != nil {
		return math.NaN(), true // no number is in any range
	}
	return share, true
}

// defaultUntrustedRuns is after how many runs in a row without a measurement something is done about it.
const defaultUntrustedRuns = 3

// onUntrusted reads what to do where measurements cannot be trusted: hold, or a mapping with one number of replicas.
func (r *reader) onUntrusted(m *strictyaml.Map) {
	v, ok := m.Get("onUntrusted")
	if !ok {
		return
	}
	if !v.IsMap() {
		if text, _ := v.Scalar(); text != string(scaling.Hold) {
			v.Refuse("must be hold, or such as {fallback: 5, after: 3} or {atLeast: 5, after: 3}")
		}
		return
	}
	um := v.Map()
	u := scaling.OnUntrusted{After: defaultUntrustedRuns}
	for _, action := range []scaling.UntrustedAction{scaling.Fallback, scaling.AtLeast} {
		if a, ok := um.Get(string(action)); ok {
			if u.Action != "" {
				a.Complain("is another answer than %s; keep one of them", u.Action)
			}
			n, _ := a.Int(1, math.MaxInt32)
			u.Action, u.Replicas = action, int(n)
		}
	}
	if a, ok := um.Get("after"); ok {
		n, _ := a.Int(1, math.MaxInt32)
		u.After = int(n)
	}
	if um.Done() && u.Action == "" {
		v.Complain("must have fallback or atLeast, such as {fallback: 5, after: 3}")
	}
	r.c.OnUntrusted = u
}
