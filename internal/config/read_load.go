package config

import (
	"math"
	"time"

	"github.com/latency-pod-autoscaler/lpa/loadtest"
	"github.com/latency-pod-autoscaler/lpa/loadtest/strictyaml"
)

// maxUsers is what one process can serve on the ports of one address.
const maxUsers = 50_000

func (r *reader) loadTest(m *strictyaml.Map) {
	l := &r.c.LoadTest
	if v, ok := m.Get("script"); ok {
		l.Script, _ = v.Text()
	}
	if v, ok := m.Get("host"); ok {
		l.Host = readHost(v)
	}
	if v, ok := m.Get("runTime"); ok {
		l.RunTime, _ = v.Duration(ShortestRun)
	}
	if v, ok := m.Get("warmup"); ok {
		l.Warmup, _ = v.Duration(0)
	}
	r.loadModel(m)
	if v, ok := m.Get("timeout"); ok {
		l.Timeout, _ = v.Duration(time.Millisecond)
	}
	if v, ok := m.Get("seed"); ok {
		n, _ := v.Int(0, math.MaxInt64)
		l.Seed = uint64(n)
	}
	if v, ok := m.Get("http"); ok {
		version, _ := v.OneOf("1", "1.1", "2")
		l.HTTP = map[string]int{"1": 1, "1.1": 1, "2": 2}[version]
	}
	if v, ok := m.Get("connections"); ok {
		r.connections(v.Map())
	}
	if v, ok := m.Get("tls"); ok {
		l.TLS = readTLS(v.Map())
	}
	m.Done()
}

// loadModel reads how much load there is: users, a rate, or stages of either.
func (r *reader) loadModel(m *strictyaml.Map) {
	l := &r.c.LoadTest
	users, hasUsers := m.Get("users")
	rate, hasRate := m.Get("rate")
	stages, hasStages := m.Get("stages")
	switch {
	case hasRate && hasUsers:
		rate.Complain("is the open model and users the closed one; keep one of them")
	case hasStages && hasUsers:
		stages.Complain("says how many users there are; leave users out")
	case hasStages && hasRate:
		stages.Complain("says what the rate is; leave rate out")
	}
	if hasUsers {
		n, _ := users.Int(1, maxUsers)
		l.Users = int(n)
		l.SpawnRate = float64(l.Users)
	}
	if hasRate {
		l.Rate, _ = rate.Rate()
	}
	if hasStages {
		r.stages(stages)
		if runTime, ok := m.Get("runTime"); ok {
			runTime.Complain("is the sum of the stages; leave it out")
		}
	}
	r.spawnRate(m)
	open := hasRate || l.OpenStages
	if v, ok := m.Get("arrival"); ok {
		arrival, _ := v.OneOf(string(loadtest.Constant), string(loadtest.Poisson))
		l.Arrival = loadtest.Arrival(arrival)
		belongsToRate(v, open)
	}
	if v, ok := m.Get("maxUsers"); ok {
		n, _ := v.Int(1, maxUsers)
		l.MaxUsers = int(n)
		belongsToRate(v, open)
	}
	if open {
		l.Users = min(l.Users, l.MaxUsers)
	}
}

func (r *reader) spawnRate(m *strictyaml.Map) {
	v, ok := m.Get("spawnRate")
	if !ok {
		return
	}
	l := &r.c.LoadTest
	if l.SpawnRate, _ = v.Float(); l.SpawnRate > 0 && l.SpawnRate < 0.001 {
		v.Refuse("must be at least 0.001 per second")
	}
	if l.open() {
		v.Complain("belongs to users; with a rate, users are added as they are needed")
	}
}

func belongsToRate(v strictyaml.Value, open bool) {
	if !open {
		v.Complain("belongs to rate, or to stages of a rate")
	}
}

// stages reads such as [{for: 10s, users: 20}, {for: 30s, users: 20, to: 50}], or the same with rates.
func (r *reader) stages(v strictyaml.Value) {
	l := &r.c.LoadTest
	l.RunTime = 0
	for _, item := range v.SomeOf("stage") {
		m := item.Map()
		stage, open, ok := readStage(m)
		m.Done()
		if !ok {
			continue
		}
		if len(l.Stages) == 0 {
			l.OpenStages = open
		} else if open != l.OpenStages {
			item.Complain("all stages are of users, or all are of a rate")
		}
		l.Stages = append(l.Stages, stage)
		l.RunTime += stage.For
	}
	highest := 0.0
	for _, stage := range l.Stages {
		highest = max(highest, stage.From, stage.To)
	}
	if len(l.Stages) > 0 && highest == 0 {
		v.Complain("at least one stage must have a load of more than 0")
	}
	if !l.OpenStages {
		l.Users = max(1, int(math.Ceil(highest)))
		l.SpawnRate = 0 // they come when the stages ask for them
	}
}

// readStage reads one stage; ok is false if it does not say what its load is.
func readStage(m *strictyaml.Map) (stage loadtest.Stage, open, ok bool) {
	stage.For = ShortestRun
	if v, ok := m.Require("for", "for: 10s"); ok {
		stage.For, _ = v.Duration(ShortestRun)
	}
	users, hasUsers := m.Get("users")
	rate, hasRate := m.Get("rate")
	if hasUsers == hasRate {
		m.Get("to")
		if m.Done() || hasUsers {
			m.Complain("a stage has either users or a rate, such as {for: 10s, users: 20}")
		}
		return stage, hasRate, false
	}
	load := func(v strictyaml.Value) float64 {
		if hasRate {
			rate, _ := v.Rate()
			return rate
		}
		n, _ := v.Int(0, maxUsers)
		return float64(n)
	}
	if hasRate {
		users = rate
	}
	stage.From = load(users)
	stage.To = stage.From
	if v, ok := m.Get("to"); ok {
		stage.To = load(v)
	}
	return stage, hasRate, true
}

func (r *reader) connections(m *strictyaml.Map) {
	l := &r.c.LoadTest
	if v, ok := m.Get("reuse"); ok {
		l.Reuse.Min, l.Reuse.Max = readRange(v, "a number of requests or a range such as [20, 50]", func(v strictyaml.Value) (int, bool) {
			n, ok := v.Int(1, 1_000_000_000)
			return int(n), ok
		})
	}
	if v, ok := m.Get("age"); ok {
		l.Reuse.MinAge, l.Reuse.MaxAge = readRange(v, "a duration or a range such as [20s, 40s]", func(v strictyaml.Value) (time.Duration, bool) {
			return v.Duration(10 * time.Millisecond)
		})
	}
	if v, ok := m.Get("warmup"); ok {
		n, _ := v.Int(0, 1_000_000)
		if l.ConnectionWarmup = int(n); l.Reuse.Min > 0 && l.ConnectionWarmup >= l.Reuse.Min {
			v.Refuse("must be less than the requests of a connection, %d, or none would be counted", l.Reuse.Min)
		}
	}
	if v, ok := m.Get("count"); ok {
		n, _ := v.Int(1, maxUsers)
		l.Connections = int(n)
		if l.HTTP == 1 {
			v.Complain("is for http: 2; in HTTP/1.1 each user has a connection of its own")
		}
	}
	m.Done()
}

// readRange reads a single value, or the two ends of a range; zeros where they are wrong.
func readRange[T int | time.Duration](v strictyaml.Value, what string, read func(strictyaml.Value) (T, bool)) (low, high T) {
	if !v.IsList() {
		n, _ := read(v)
		return n, n
	}
	ends := v.List()
	if len(ends) != 2 {
		v.Complain("must be %s", what)
		return 0, 0
	}
	low, okLow := read(ends[0])
	high, okHigh := read(ends[1])
	if okLow && okHigh && high < low {
		ends[1].Refuse("must be at least the first, %v", low)
	}
	if !okLow || !okHigh || high < low {
		return 0, 0
	}
	return low, high
}
