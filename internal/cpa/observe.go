package cpa

import (
	"cmp"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/latency-pod-autoscaler/lpa/internal/scaling"
	"github.com/latency-pod-autoscaler/lpa/loadtest"
)

// UnknownTargets is the error of a measurement that can be trusted and lacks the requests of targets.
type UnknownTargets struct {
	Targets []int    // which ones, from 0
	Names   []string // the requests that there are, in the words of targets
}

func (e *UnknownTargets) Error() string {
	return "targets: it is no request of the measurement, which has " + e.Known()
}

// Known lists the requests that there are, for a message.
func (e *UnknownTargets) Known() string {
	if len(e.Names) == 0 {
		return "none"
	}
	const most = 20
	if len(e.Names) > most {
		return strings.Join(e.Names[:most], ", ") + fmt.Sprintf(" and %d more", len(e.Names)-most)
	}
	return strings.Join(e.Names, ", ")
}

// Observer turns what was measured into what decisions are made from.
type Observer struct {
	Targets       []scaling.Target
	Timeout       time.Duration // of a request; 0 if it is not known
	Configuration string        // a fingerprint of the load test and the targets
}

// Observe reads evaluate's input. An error that is UnknownTargets is one of the configuration.
func (o Observer) Observe(input EvaluateInput) (scaling.Observation, error) {
	reported, err := ParseReported(input.Value)
	if err != nil {
		return scaling.Observation{}, err
	}
	// What metric says is what its load met.
	resource := input.Resource
	replicas, ready := cmp.Or(reported.CurrentReplicas, resource.Replicas), cmp.Or(reported.ReadyReplicas, resource.Ready)
	if replicas == nil {
		return scaling.Observation{}, errors.New("the current replicas are unknown: neither metrics[0].value.current_replicas nor resource.spec.replicas is given")
	}
	reported.Timeout = o.Timeout
	readings, err := reported.Readings(o.Targets)
	quality := reported.Verdict()
	if quality.Verdict == loadtest.VerdictOK {
		if reasons := reported.refused(readings); len(reasons) > 0 {
			quality = loadtest.Quality{Verdict: loadtest.VerdictClientError, Reasons: reasons}
		}
	}
	return scaling.Observation{
		Replicas: *replicas, Ready: ready, Generation: resource.Generation, RollingOut: resource.RollingOut,
		Configuration: o.Configuration, Verdict: string(quality.Verdict), Reasons: quality.Reasons,
		HiddenWaits: reported.HiddenWaits, Timeout: float64(o.Timeout.Microseconds()) / 1000, Readings: readings,
	}, err
}

// Readings are the values of all targets, in their order. An error that is UnknownTargets says which of them a measurement
// that can be trusted does not have at all.
func (m *Reported) Readings(targets []scaling.Target) ([]scaling.Reading, error) {
	var readings []scaling.Reading
	missing := &UnknownTargets{Names: m.Names()}
	for i, target := range targets {
		reading, known, err := m.Reading(target)
		if err != nil {
			return nil, err
		}
		if !known && m.Verdict().Verdict == loadtest.VerdictOK {
			missing.Targets = append(missing.Targets, i)
		}
		readings = append(readings, reading)
	}
	if len(missing.Targets) > 0 {
		return readings, missing
	}
	return readings, nil
}
