package main

import (
	"bytes"
	"path/filepath"
	"strings"
	"testing"

	"github.com/latency-pod-autoscaler/lpa/internal/program"
	"github.com/stretchr/testify/require"
)

func TestCommandLine(t *testing.T) {
	t.Setenv("PATH", t.TempDir())
	missing := filepath.Join(t.TempDir(), "metric")
	for _, test := range []struct {
		args string
		code int
		want string
	}{
		{"-fast", program.Usage, "bench: flag provided but not defined: -fast\n"},
		{"now", program.Usage, "bench: unexpected argument \"now\"\n"},
		{"-tools wrk,siege", program.Usage, "bench: unknown tool \"siege\"\n"},
		{"-only speed", program.Usage, "bench: no measure contains \"speed\"; there are: throughput of 10 users without waits; latency at 100 "},
		{"-metric " + missing, program.Failure, "bench: ours is missing; to get it: make programs\n"},
	} {
		t.Run(test.args, func(t *testing.T) {
			var stdout, stderr bytes.Buffer
			code := run(t.Context(), program.Process{Name: "bench", Args: strings.Fields(test.args), Stdout: &stdout, Stderr: &stderr})
			require.Equal(t, test.code, code)
			require.True(t, strings.HasPrefix(stderr.String(), test.want), "%s", &stderr)
			require.Empty(t, stdout.String())
		})
	}
}

func TestHelp(t *testing.T) {
	var stdout, stderr bytes.Buffer
	require.Equal(t, program.OK, run(t.Context(), program.Process{Name: "bench", Args: []string{"-help"}, Stdout: &stdout, Stderr: &stderr}))
	require.Contains(t, stdout.String(), "only see that it works")
	require.Empty(t, stderr.String())
}

func TestConditions(t *testing.T) {
	c := conditionsNow(nil)
	require.Regexp(t, `^\d{4}-\d\d-\d\d$`, c.date)
	require.Regexp(t, `\d+ cores?, Linux \S+, go1`, strings.Join(c.machine, ", "))
}

func TestOthersBusy(t *testing.T) {
	before, ok := busyTime()
	require.True(t, ok)
	require.Positive(t, before)
	require.GreaterOrEqual(t, othersBusy(), 0.0)
}
