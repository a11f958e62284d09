package config

import (
	"errors"
	"math"
	"net/url"
	"strconv"
	"time"

	"github.com/latency-pod-autoscaler/lpa/internal/scaling"
	"github.com/latency-pod-autoscaler/lpa/loadtest/strictyaml"
)

// reader fills a configuration from a document.
type reader struct {
	c     *Config
	env   Lookup
	given *strictyaml.Document // what the environment gives of our keys

	problems strictyaml.Problems // of the original's evaluation configuration
}

func (r *reader) read(root strictyaml.Value) {
	m := root.Map()
	r.framework(m)
	if v, ok := m.Get("loadTest"); ok {
		r.loadTest(v.Map())
	}
	r.targets(m)
	r.policy(m)
	r.onUntrusted(m)
	if v, ok := m.Get("mode"); ok {
		mode, _ := v.OneOf(string(Act), string(Observe))
		r.c.Mode = Mode(mode)
	}
	r.state(m)
	r.decisionLog(m)
	r.announce(m)
	r.c.Log = readLog(m)
	r.telemetry(m)
	m.Done()
}

// framework reads the framework's keys that matter here and lets the others pass: their values are the framework's.
func (r *reader) framework(m *strictyaml.Map) {
	f := r.c.Framework
	for _, key := range frameworkKeys {
		m.Get(key)
	}
	f.Metric = readMethod(m, "metric")
	f.Evaluate = readMethod(m, "evaluate")
	if v, ok := m.Get("interval"); ok {
		f.Interval = readTime(v, 1, time.Millisecond)
	}
	if v, ok := m.Get("runMode"); ok {
		f.RunMode, _ = v.OneOf(PerResource, PerPod)
	}
	if v, ok := m.Get("minReplicas"); ok {
		n, _ := v.Int(0, math.MaxInt32)
		f.MinReplicas = int32(n)
	}
	if v, ok := m.Get("maxReplicas"); ok {
		n, _ := v.Int(0, math.MaxInt32)
		f.MaxReplicas = int32(n)
	}
	if v, ok := m.Get("downscaleStabilization"); ok {
		f.DownscaleStabilization = readTime(v, 0, time.Second)
	}
}

// readTime reads one of the framework's times, which are numbers without a unit.
func readTime(v strictyaml.Value, low int64, unit time.Duration) int {
	text, _ := v.Scalar()
	d, err := time.ParseDuration(text)
	if _, number := strconv.ParseInt(text, 10, 64); number == nil || err != nil || d < unit {
		n, _ := v.Int(low, math.MaxInt32)
		return int(n)
	}
	name := map[time.Duration]string{time.Millisecond: "milliseconds", time.Second: "seconds"}[unit]
	v.Refuse("must be a number of %s without a unit, such as %d", name, d/unit)
	return 0
}

// readMethod reads how the framework runs one of the programs; nil if it is not given.
func readMethod(m *strictyaml.Map, key string) *Method {
	v, ok := m.Get(key)
	if !ok {
		return nil
	}
	method := &Method{}
	mm := v.Map()
	if t, ok := mm.Require("type", "type: shell"); ok {
		method.Type, _ = t.OneOf("shell", "http")
	}
	if t, ok := mm.Require("timeout", "timeout: 60000"); ok {
		method.Timeout = readTime(t, 1, time.Millisecond)
	}
	if s, ok := mm.Get("shell"); ok {
		method.Shell = readShell(s.Map())
	}
	if h, ok := mm.Get("http"); ok {
		h.Map()
	}
	mm.Done()
	return method
}

func readShell(m *strictyaml.Map) *Shell {
	shell := &Shell{}
	if v, ok := m.Require("entrypoint", "entrypoint: /metric"); ok {
		shell.Entrypoint, _ = v.Text()
	}
	if v, ok := m.Get("command"); ok {
		for _, item := range v.List() {
			argument, _ := item.Text()
			shell.Command = append(shell.Command, argument)
		}
	}
	if v, ok := m.Get("logStderr"); ok {
		b, _ := v.Bool()
		shell.LogStderr = &b
	}
	m.Done()
	return shell
}

func readHost(v strictyaml.Value) *url.URL {
	text, ok := v.Text()
	if !ok {
		return nil
	}
	host, err := ParseHost(text)
	if err != nil {
		v.Refuse("%v", err)
	}
	return host
}

// ParseHost reads the address of a service.
func ParseHost(text string) (*url.URL, error) {
	host, err := url.Parse(text)
	switch {
	case err != nil || (host.Scheme != "http" && host.Scheme != "https") || host.Hostname() == "":
		return nil, errors.New("must be an address such as http://fibonacci:5000")
	case host.RawQuery != "" || host.Fragment != "" || host.User != nil:
		return nil, errors.New("must be an address without user, query and fragment; the script gives those")
	}
	return host, nil
}

func readTLS(m *strictyaml.Map) TLS {
	var t TLS
	for _, key := range []struct {
		name string
		to   *string
	}{{"ca", &t.CA}, {"cert", &t.Certificate}, {"key", &t.Key}, {"serverName", &t.ServerName}} {
		if v, ok := m.Get(key.name); ok {
			*key.to, _ = v.Text()
		}
	}
	if v, ok := m.Get("insecureSkipVerify"); ok {
		t.InsecureSkipVerify, _ = v.Bool()
	}
	if m.Done() && (t.Certificate == "") != (t.Key == "") {
		m.Complain("cert and key belong together")
	}
	return t
}

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
