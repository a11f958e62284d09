package main

import (
	"fmt"
	"time"

	"github.com/latency-pod-autoscaler/lpa/internal/config"
	"github.com/latency-pod-autoscaler/lpa/internal/scaling"
	"github.com/latency-pod-autoscaler/lpa/internal/simulate"
)

// premises are what lpa simulate and lpa compare start from, and what they say about it.
type premises struct {
	setup   simulate.Setup
	model   modelValues
	assumed []string // besides the model
	notes   []string
}

func (p *premises) assume(format string, args ...any) {
	p.assumed = append(p.assumed, fmt.Sprintf(format, args...))
}

func (p *premises) note(format string, args ...any) {
	p.notes = append(p.notes, fmt.Sprintf(format, args...))
}

// takeTarget takes the first target of a latency, or one that is assumed.
func (p *premises) takeTarget(cfg *config.Config, serviceTime time.Duration) {
	taken := false
	for _, target := range cfg.Targets {
		switch target.Statistic.Kind {
		case scaling.Mean, scaling.Median, scaling.Percentile:
			if taken {
				p.note("only the first target of a latency is simulated; %s is left out", target)
				continue
			}
			p.setup.Target, taken = target, true
		default:
			p.note("%s cannot be simulated and is left out", target)
		}
	}
	if taken {
		return
	}
	p.setup.Target = scaling.Target{
		Method: "GET", Endpoint: "/", Statistic: scaling.Statistic{Kind: scaling.Percentile, Quantile: 0.95},
		Limit: float64(assumedRoom*serviceTime) / float64(time.Millisecond),
	}
	p.assume("a target of %s ≤ %s, %d service times", p.setup.Target.Statistic, inMS(p.setup.Target.Limit), assumedRoom)
}
