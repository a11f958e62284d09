package scaling

import (
	"math"
	"time"
)

// LastCounts is for how long knee takes a run for the one before. Where runs are further apart there are never two in a row, and
// so no step down.
const LastCounts = lastCounts * time.Second

// kneeRun is one run of the policy knee, which sizes a service from the share of its answer time that is waiting.
//
// Each target is looked at for itself: measure → idle latency → goal → wait, go up, or find how few replicas would do. The
// largest answer counts; a step down needs all targets to agree.
type kneeRun struct {
	law    *Knee
	memory *kneeMemory
	o      *Observation
	n, r   int  // replicas wanted, and ready
	ready  bool // as many are ready as are wanted, and none is being replaced
	now    time.Time
}

// knee makes the decision of the policy knee on a run that is trusted. record, if there is one, takes what Explain shows.
func (p *Policy) knee(state *State, o *Observation, now time.Time, record *record) Decision {
	k := kneeRun{law: p.Knee, memory: &state.Knee, o: o, n: o.Replicas, r: o.ready(), ready: o.settled(), now: now}
	k.memory.Run = min(k.memory.Run+1, mostRuns)
	k.seen(state.Targets)
	d := Decision{Current: k.n, Desired: k.n}
	choice := choice{up: -1, need: -1, against: -1}
	breaching := o.Verdict == OverloadErrors
	for i := range o.Readings {
		w := work{reading: &o.Readings[i], evidence: o.Readings[i].weigh(&state.Targets[i].Pool, 0)}
		k.target(&state.Targets[i], &w)
		breaching = breaching || w.breach
		choice.take(&w, i)
		record.keep(&w)
	}
	if o.Verdict == OverloadErrors {
		w := k.overload(state.Targets)
		choice.take(&w, len(o.Readings))
		record.keep(&w)
	}
	k.blame(breaching || choice.up >= 0)
	state.RunsSinceChange = min(state.RunsSinceChange+1, mostRuns)
	if breaching {
		state.RunsSinceChange = 0
	}
	k.choose(&choice, &d)
	record.chose(&choice, k.memory)
	return d
}

// ready is how many replicas are ready; all of them where the resource does not say.
func (o *Observation) ready() int {
	if o.Ready == nil {
		return o.Replicas
	}
	return max(0, min(*o.Ready, math.MaxInt32))
}

// settled says that no pod is starting, ending, or being replaced.
func (o *Observation) settled() bool { return o.ready() == o.Replicas && !o.RollingOut }

// seen takes what became of the last answer: it counts once the replicas have moved its way, as it can be lost, clamped or
// overruled.
func (k *kneeRun) seen(targets []memory) {
	m, a := k.memory, k.memory.Answer
	m.Answer = answer{}
	switch {
	case a.To > a.From && k.n > a.From:
		m.LastUp = a.Run
		for i := range targets {
			targets[i].Waits = 0
			if targets[i].Began.Replicas > 0 {
				targets[i].Began.Ups = min(targets[i].Began.Ups+1, mostRuns)
			}
		}
	case a.To < a.From && k.n < a.From:
		m.LastDown, m.DownFrom = a.Run, a.From
	}
}

// sinceUp is how many runs ago our own step up was asked for; far more than any rule looks back if there was none.
func (k *kneeRun) sinceUp() int {
	if k.memory.LastUp == 0 {
		return mostRuns
	}
	return k.memory.Run - k.memory.LastUp
}
