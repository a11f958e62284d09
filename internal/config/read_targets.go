package config

import (
	"strconv"
	"time"

	"github.com/latency-pod-autoscaler/lpa/internal/scaling"
	"github.com/latency-pod-autoscaler/lpa/loadtest/strictyaml"
)

func (r *reader) targets(m *strictyaml.Map) {
	v, ok := m.Get("targets")
	if !ok {
		return
	}
	items := v.SomeOf("target")
	if len(items) > scaling.MostTargets {
		v.Complain("must be at most %d, got %d", scaling.MostTargets, len(items))
		return
	}
	for _, item := range items {
		r.c.Targets = append(r.c.Targets, readTarget(item.Map()))
	}
}

func readTarget(m *strictyaml.Map) scaling.Target {
	var t scaling.Target
	if v, ok := m.Require("method", "method: GET"); ok {
		t.Method, _ = v.Text()
	}
	if v, ok := m.Require("endpoint", "endpoint: /items"); ok {
		t.Endpoint, _ = v.Text()
	}
	if v, ok := m.Require("type", "type: p95"); ok {
		if text, ok := v.Text(); ok {
			statistic, err := scaling.ParseStatistic(text)
			if err != nil {
				v.Refuse("%v", err)
			}
			t.Statistic = statistic
		}
	}
	if v, ok := m.Require("target", "target: 250ms"); ok {
		if t.Statistic.Kind == scaling.FailureRatio {
			t.Limit = readRatio(v)
		} else {
			t.Limit = readLatency(v)
		}
	}
	m.Done()
	return t
}

// readLatency reads a duration; a bare number is in milliseconds, as the original had it.
func readLatency(v strictyaml.Value) float64 {
	text, ok := v.Text()
	if !ok {
		return 0
	}
	if ms, err := strconv.ParseFloat(text, 64); err == nil {
		if ms > 0 && ms <= float64(time.Hour.Milliseconds()) {
			return ms
		}
		v.Refuse("must be more than 0 and at most an hour, in milliseconds as there is no unit")
		return 0
	}
	d, err := time.ParseDuration(text)
	if err != nil || d <= 0 || d > time.Hour {
		v.Refuse("must be a duration of more than 0 and at most an hour, such as 250ms; a bare number is in milliseconds")
		return 0
	}
	return float64(d) / float64(time.Millisecond)
}

// readRatio reads a share: 5% or 0.05.
func readRatio(v strictyaml.Value) float64 {
	ratio, ok := readShare(v)
	if ok && !(ratio >= 0 && ratio < 1) {
		v.Refuse("must be a share of at least 0%% and less than 100%%, such as 5%% or 0.05")
		return 0
	}
	return ratio
}
