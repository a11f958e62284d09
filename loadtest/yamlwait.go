package loadtest

import (
	"time"

	"github.com/latency-pod-autoscaler/lpa/loadtest/strictyaml"
)

// waitKinds are the keys of wait.
const waitKinds = "between: [1s, 3s], constant: 1s, pacing: 5s, throughput: 2/s or exponential: 1s"

func readWait(v strictyaml.Value, fallback wait) wait {
	m := v.Map()
	var chosen []wait
	if v, ok := m.Get("between"); ok {
		chosen = append(chosen, readBetween(v))
	}
	if v, ok := m.Get("constant"); ok {
		d, _ := v.Duration(0)
		chosen = append(chosen, waitBetween{low: d, high: d})
	}
	if v, ok := m.Get("pacing"); ok {
		d, _ := v.Duration(time.Microsecond)
		chosen = append(chosen, waitPacing(d))
	}
	if v, ok := m.Get("throughput"); ok {
		rate, _ := v.Rate()
		chosen = append(chosen, waitPacing(float64(time.Second)/rate))
	}
	if v, ok := m.Get("exponential"); ok {
		d, _ := v.Duration(0)
		chosen = append(chosen, waitExponential(d))
	}
	m.Done()
	if m.Wrong() {
		return fallback
	}
	if len(chosen) != 1 {
		v.Complain("must hold exactly one of %s", waitKinds)
		return fallback
	}
	return chosen[0]
}

func readBetween(v strictyaml.Value) wait {
	items := v.List()
	if len(items) != 2 {
		v.Complain("must be two durations, such as [1s, 3s]")
		return waitBetween{}
	}
	low, okLow := items[0].Duration(0)
	high, okHigh := items[1].Duration(0)
	if okLow && okHigh && high < low {
		items[1].Refuse("must be at least the first, %s", low)
		high = low
	}
	return waitBetween{low: low, high: high}
}

func readWeight(m *strictyaml.Map) int {
	v, ok := m.Get("weight")
	if !ok {
		return 1
	}
	weight, _ := v.Int(1, 1_000_000)
	return int(weight)
}
