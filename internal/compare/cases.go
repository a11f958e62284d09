package compare

import (
	"fmt"
	"time"

	"github.com/latency-pod-autoscaler/lpa/internal/scaling"
	"github.com/latency-pod-autoscaler/lpa/internal/simulate"
	"github.com/latency-pod-autoscaler/lpa/internal/words"
)

// Case is a load on a service.
type Case struct {
	Load    string // its name
	Workers int
	// Setup is all of the simulation but for its law. Its seed is the first of Seeds ones.
	Setup    simulate.Setup
	Seeds    int
	Capacity float64 // requests per second that one pod can take at the target
}

// Name is such as diurnal, 4 workers.
func (c Case) Name() string { return fmt.Sprintf("%s, %s", c.Load, words.Plural(c.Workers, "worker")) }

// Duration is how long the load lasts.
func (c Case) Duration() time.Duration { return c.Setup.Trace.Duration() }

// Cases makes a case of each load with each number of workers in a pod. The loads are scaled such that they need so many pods
// on average; with 0 pods they stay as they are. What all cases have in common comes from setup.
func Cases(setup simulate.Setup, loads []simulate.Trace, workers []int, pods float64) ([]Case, error) {
	var cases []Case
	for _, load := range loads {
		for _, n := range workers {
			c, err := newCase(setup, load, n, pods)
			if err != nil {
				return nil, err
			}
			cases = append(cases, c)
		}
	}
	return cases, nil
}

func newCase(setup simulate.Setup, load simulate.Trace, workers int, pods float64) (Case, error) {
	setup.Service.Workers = workers
	capacity, err := simulate.Capacity(setup.Service, setup.Target)
	if err != nil {
		return Case{}, err
	}
	setup.Trace = load
	if pods > 0 {
		if setup.Trace, err = load.ForPods(pods, capacity); err != nil {
			return Case{}, err
		}
	}
	if mean := setup.Trace.Average() / capacity; mean > mostPods {
		return Case{}, fmt.Errorf("%s: must need at most %d pods on average, got %.0f; scale it with --pods", load.Name, mostPods, mean)
	}
	return Case{Load: load.Name, Workers: workers, Setup: setup, Seeds: seedsFor(load.Duration()), Capacity: capacity}, nil
}

// mostPods is how many pods a load may need on average.
const mostPods = 10_000

// seedsFor is how often a load is played: a short one says little by itself.
func seedsFor(length time.Duration) int {
	switch {
	case length < Long:
		return 4
	case length <= 25*time.Hour:
		return 2
	}
	return 1
}

// Standard is the service and the load test of the comparison that is documented: requests that take 20 ms on average,
// exponentially spread, against a 95th percentile of 200 ms; a load test of 20 s and 150 requests each minute; pods that start
// within 20 s, and clients that give up after 10 s.
func Standard() simulate.Setup {
	return simulate.Setup{
		Service: simulate.Service{
			Workers: 1, Time: simulate.Distribution{Kind: simulate.Exponential, Mean: 20 * time.Millisecond},
			StartUp: 20 * time.Second, Timeout: 10 * time.Second,
		},
		Probe: simulate.Probe{Interval: time.Minute, RunTime: 20 * time.Second, Samples: 150},
		Target: scaling.Target{Method: "GET", Endpoint: "/", Limit: 200,
			Statistic: scaling.Statistic{Kind: scaling.Percentile, Quantile: 0.95}},
		Seed: 1,
	}
}
