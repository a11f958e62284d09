package main

import (
	"bytes"
	"io"
	"os"
	"testing"

	"github.com/latency-pod-autoscaler/lpa/internal/program"
	"github.com/latency-pod-autoscaler/lpa/internal/scaling"
	"github.com/latency-pod-autoscaler/lpa/internal/state"
	"github.com/stretchr/testify/require"
)

// FuzzLog holds that no log, however damaged or hostile, brings down who reads it, or tells the terminal anything.
func FuzzLog(f *testing.F) {
	log, err := os.ReadFile(recordedLog)
	require.NoError(f, err)
	for line := range bytes.Lines(log) {
		f.Add(line)
	}
	f.Add([]byte(`{"schema":1,"time":"2026-03-01T10:40:00Z","policy":{"knee":{}},"observation":{"replicas":4,"verdict":"ok","readings":[{}]}}`))
	f.Add([]byte(`{"schema":1,"time":"2026-03-01T10:40:00Z","policy":{"decay":{"replicas":-9}},"observation":{"replicas":4,"verdict":"ok"}}`))
	f.Add([]byte(`{"schema":1,"time":"2026-03-01T10:40:00Z","policy":{"decay":{}},"decision":{"reason":"\u001b[31m","text":"\u001b[2J","steps":[{"target":"\u001b[1m","name":"\u001bc","text":"\u001b"}]}}`))
	f.Fuzz(func(t *testing.T, log []byte) {
		var out bytes.Buffer
		p := program.Process{Name: "lpa", Stdin: bytes.NewReader(log), Stdout: &out, Stderr: io.Discard}
		_ = explainLog(p, []string{"-"}, explainFlags{})
		require.NotContains(t, out.String(), "\x1b")
		p.Stdin = bytes.NewReader(log)
		_ = explainLog(p, []string{"-"}, explainFlags{json: true})
		r := &replayer{policy: scaling.Policy{Knee: &scaling.Knee{BreachEvery: 60}}}
		_, _ = r.all(state.NewLogReader(bytes.NewReader(log)), func(difference) error { return nil })
	})
}
