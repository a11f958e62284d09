package main

import (
	"errors"
	"testing"

	"github.com/latency-pod-autoscaler/lpa/internal/gate"
	"github.com/latency-pod-autoscaler/lpa/internal/program"
	"github.com/latency-pod-autoscaler/lpa/internal/report"
	"github.com/latency-pod-autoscaler/lpa/loadtest"
	"github.com/stretchr/testify/require"
)

func TestJudge(t *testing.T) {
	passed, failed, unknown := gate.Outcome{State: gate.Passed}, gate.Outcome{State: gate.Failed}, gate.Outcome{State: gate.Unknown}
	by := func(outcomes ...gate.Outcome) *report.Report {
		return &report.Report{Outcomes: outcomes, Summary: &loadtest.Summary{}}
	}
	require.NoError(t, judge(by()))
	require.NoError(t, judge(by(passed, passed)))
	for want, outcomes := range map[string][]gate.Outcome{
		"1 of the 2 rules of --fail-on did not pass": {passed, failed},
		"1 of the 1 rules of --fail-on did not pass": {unknown},
		"2 of the 3 rules of --fail-on did not pass": {failed, passed, unknown},
	} {
		err := judge(by(outcomes...))
		require.EqualError(t, err, want)
		var exit exitError
		require.True(t, errors.As(err, &exit))
		require.Equal(t, program.Failure, exit.code)
	}
	down := by(passed)
	down.Summary.Quality.Verdict = loadtest.VerdictTargetDown
	require.EqualError(t, judge(down), "the service could hardly be reached")
	down.Summary.Quality.Verdict = loadtest.VerdictOverloadErrors
	require.NoError(t, judge(down), "that a service fails under load is a result")
}
