package compare

import (
	"context"
	"fmt"
	"runtime"
	"sync"
	"sync/atomic"

	"github.com/latency-pod-autoscaler/lpa/internal/simulate"
)

// Sweep is every setting in every case.
type Sweep struct {
	Cases    []Case
	Settings []Setting
	// Progress is told how many simulations of all are done; from one goroutine at a time.
	Progress func(done, all int)
}

// Results are what came of a sweep.
type Results struct {
	Cases    []Case
	Settings []Setting
	Outcomes [][]Outcome // of each case, of each setting
}

// Outcome is how a setting fares in a case; with several seeds, the mean.
type Outcome struct {
	Violation   float64 // share of the time in which the target's statistic is over the target
	Bad         float64 // share of the requests that are slower than the target, or fail
	PodHours    float64 // from creation to the end of each pod
	OracleHours float64 // of the pods that the load needs, known beforehand
	Moves       float64 // changes of the replicas in a day
}

// Pods are the pod-hours as a multiple of those that the load needs.
func (o Outcome) Pods() float64 { return over(o.PodHours, o.OracleHours) }

func (o Outcome) point() point { return point{o.Violation, o.PodHours} }

// Run simulates all of it, on all cores.
func (s Sweep) Run(ctx context.Context) (*Results, error) {
	r := &Results{Cases: s.Cases, Settings: s.Settings, Outcomes: make([][]Outcome, len(s.Cases))}
	for i := range r.Outcomes {
		r.Outcomes[i] = make([]Outcome, len(s.Settings))
	}
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	all := len(s.Cases) * len(s.Settings)
	told := s.counter(all)
	var next atomic.Int64
	var workers sync.WaitGroup
	for range runtime.GOMAXPROCS(0) {
		workers.Go(func() {
			for i := int(next.Add(1)) - 1; i < all && ctx.Err() == nil; i = int(next.Add(1)) - 1 {
				if err := s.play(r, i/len(s.Settings), i%len(s.Settings)); err != nil {
					cancel(err)
					return
				}
				told()
			}
		})
	}
	workers.Wait()
	if err := context.Cause(ctx); err != nil {
		return nil, err
	}
	return r, nil
}

// counter tells of one simulation more whenever it is called.
func (s Sweep) counter(all int) func() {
	if s.Progress == nil {
		return func() {}
	}
	var lock sync.Mutex
	done := 0
	return func() {
		lock.Lock()
		defer lock.Unlock()
		done++
		s.Progress(done, all)
	}
}

// play adds to the results how a setting fares in a case.
func (s Sweep) play(r *Results, c, setting int) error {
	outcome, err := s.Cases[c].play(s.Settings[setting])
	if err != nil {
		return fmt.Errorf("%s under %s: %w", s.Settings[setting].Name, s.Cases[c].Name(), err)
	}
	r.Outcomes[c][setting] = outcome
	return nil
}

// play is how a setting fares in a case.
func (c Case) play(s Setting) (Outcome, error) {
	var sum Outcome
	for seed := range c.Seeds {
		setup := c.Setup
		setup.Law = s.rule(c)
		setup.Seed += uint64(seed)
		result, err := simulate.Run(setup)
		if err != nil {
			return Outcome{}, err
		}
		sum = sum.plus(outcomeOf(result), 1/float64(c.Seeds))
	}
	return sum, nil
}

func (o Outcome) plus(other Outcome, weight float64) Outcome {
	return Outcome{
		Violation: o.Violation + weight*other.Violation, Bad: o.Bad + weight*other.Bad,
		PodHours: o.PodHours + weight*other.PodHours, OracleHours: o.OracleHours + weight*other.OracleHours,
		Moves: o.Moves + weight*other.Moves,
	}
}

// index is where a setting stands; -1 if it does not.
func (r *Results) index(name string) int {
	for i, s := range r.Settings {
		if s.Name == name {
			return i
		}
	}
	return -1
}

func outcomeOf(r simulate.Result) Outcome {
	return Outcome{Violation: r.Violation, Bad: r.BadRequests, PodHours: r.PodHours, OracleHours: r.OraclePodHours, Moves: r.MovesPerDay}
}
