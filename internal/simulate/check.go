package simulate

import (
	"errors"
	"fmt"
	"time"

	"github.com/latency-pod-autoscaler/lpa/internal/scaling"
)

// MostDuration is the longest trace that is simulated.
const MostDuration = 366 * 24 * time.Hour

// MostRequests and MostWorkers are what the event model follows: the first take some minutes, the second a gigabyte.
const (
	MostRequests = 1e10
	MostWorkers  = 100_000_000
)

// Check finds everything that is wrong with a setup, but for a law that is missing.
func (s Setup) Check() error {
	var errs []error
	refuse := func(bad bool, format string, args ...any) {
		if bad {
			errs = append(errs, fmt.Errorf(format, args...))
		}
	}
	duration := s.Trace.Duration()
	refuse(duration <= 0, "trace: must have some duration")
	refuse(duration > MostDuration, "trace: must be at most %s long, got %s", MostDuration, duration)
	refuse(s.MinReplicas < 0, "minReplicas: must be at least 0, got %d", s.MinReplicas)
	refuse(s.MaxReplicas < 0 || s.MaxReplicas > MostReplicas, "maxReplicas: must be from 0 to %d, got %d", MostReplicas, s.MaxReplicas)
	refuse(s.MaxReplicas > 0 && s.MinReplicas > s.MaxReplicas, "minReplicas: must be at most maxReplicas, %d, got %d", s.MaxReplicas, s.MinReplicas)
	refuse(s.StartReplicas < 0 || s.StartReplicas > MostReplicas, "replicas: must be from 0 to %d, got %d", MostReplicas, s.StartReplicas)
	if s.Model == Events {
		requests := s.Trace.Average() * duration.Seconds()
		refuse(requests > MostRequests, "every-request: must be at most %g requests in all, got %.3g", MostRequests, requests)
		refuse(max(s.MaxReplicas, s.StartReplicas)*s.Service.Workers > MostWorkers, "every-request: must be at most %d workers of all pods, got %d of %d pods",
			MostWorkers, s.Service.Workers, max(s.MaxReplicas, s.StartReplicas))
	}
	errs = append(errs, checkTarget(s.Target), s.Service.check(), s.Probe.check())
	if err := errors.Join(errs...); err != nil {
		return err
	}
	_, err := Capacity(s.Service, s.Target)
	return err
}

func checkTarget(t scaling.Target) error {
	switch t.Statistic.Kind {
	case scaling.Mean, scaling.Median, scaling.Percentile:
	default:
		return fmt.Errorf("target: must be of a mean, a median or a percentile, got %s", t.Statistic)
	}
	if !(t.Limit > 0) || t.Limit > float64(time.Hour.Milliseconds()) {
		return fmt.Errorf("target: must be more than 0 and at most an hour, got %g ms", t.Limit)
	}
	return nil
}

func (s Service) check() error {
	var errs []error
	refuse := func(bad bool, format string, args ...any) {
		if bad {
			errs = append(errs, fmt.Errorf(format, args...))
		}
	}
	if problem := s.Time.problem(); problem != "" {
		errs = append(errs, errors.New(problem))
	}
	refuse(s.Workers < 1 || s.Workers > 10_000, "workers: must be from 1 to 10000, got %d", s.Workers)
	refuse(s.StartUp < 0 || s.StartUp > 24*time.Hour, "start-up: must be from 0 to 24h, got %s", s.StartUp)
	refuse(s.ColdTime < 0 || s.ColdTime > 24*time.Hour, "cold: the time must be from 0 to 24h, got %s", s.ColdTime)
	refuse(!(s.ColdFactor == 0 || s.ColdFactor >= 1 && s.ColdFactor <= 1000), "cold: the factor must be from 1 to 1000, got %g", s.ColdFactor)
	refuse(s.Timeout <= 0 || s.Timeout > time.Hour, "timeout: must be more than 0 and at most 1h, got %s", s.Timeout)
	for _, slow := range s.Shared {
		refuse(slow.Added < 0 || slow.From < 0 || slow.To < slow.From,
			"shared: must add at least 0, from a time until a later one, got %s from %s to %s", slow.Added, slow.From, slow.To)
	}
	return errors.Join(errs...)
}

func (p Probe) check() error {
	var errs []error
	refuse := func(bad bool, format string, args ...any) {
		if bad {
			errs = append(errs, fmt.Errorf(format, args...))
		}
	}
	refuse(p.Interval < time.Second || p.Interval > 24*time.Hour, "interval: must be from 1s to 24h, got %s", p.Interval)
	refuse(p.RunTime < time.Second || p.RunTime > 24*time.Hour, "run-time: must be from 1s to 24h, got %s", p.RunTime)
	refuse(p.Samples < 1 || p.Samples > 1_000_000, "samples: must be from 1 to 1000000, got %d", p.Samples)
	refuse(!(p.Untrusted >= 0 && p.Untrusted <= 1), "untrusted: must be from 0 to 1, got %g", p.Untrusted)
	return errors.Join(errs...)
}
