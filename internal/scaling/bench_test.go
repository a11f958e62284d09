package scaling_test

import (
	"testing"

	"github.com/latency-pod-autoscaler/lpa/internal/scaling"
)

// BenchmarkDecide is what a simulation pays for each decision.
func BenchmarkDecide(b *testing.B) {
	decay := policy(1, 3)
	confident := policy(1, 3)
	confident.Decay.Confidence = 0.95
	for name, p := range map[string]scaling.Policy{"decay": decay, "decay with confidence": confident, "knee": knee()} {
		b.Run(name, func(b *testing.B) {
			readings := [][]scaling.Reading{{measured(70)}, {measured(120)}, {measured(150)}, {measured(260)}}
			state, at := scaling.State{Fresh: true}, now
			o := scaling.Observation{Replicas: 10, Verdict: scaling.Trusted, Timeout: 10_000}
			b.ReportAllocs()
			for i := range b.N {
				o.Readings = readings[i%len(readings)]
				_, state = scaling.Decide(p, state, o, at)
			}
		})
	}
}

func BenchmarkExplain(b *testing.B) {
	o := scaling.Observation{Replicas: 10, Verdict: scaling.Trusted, Timeout: 10_000, Readings: []scaling.Reading{measured(120)}}
	state := scaling.State{Fresh: true}
	b.ReportAllocs()
	for b.Loop() {
		_, state = scaling.Explain(knee(), state, o, now)
	}
}
