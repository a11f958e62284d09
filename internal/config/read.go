package config

import (
	"errors"
	"math"
	"net/url"
	"strconv"
	"time"

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
