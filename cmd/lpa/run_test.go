package main

import (
	"errors"
	"testing"

	"github.com/latency-pod-autoscaler/lpa/internal/gate"
	"github.com/latency-pod-autoscaler/lpa/internal/program"
	"github.com/stretchr/testify/require"
)

func TestJudge(t *testing.T) {
	passed, failed, unknown := gate.Outcome{State: gate.Passed}, gate.Outcome{State: gate.Failed}, gate.Outcome{State: gate.Unknown}
	require.NoError(t, judge(nil))
	require.NoError(t, judge([]gate.Outcome{passed, passed}))
	for want, outcomes := range map[string][]gate.Outcome{
		"1 of the 2 rules of --fail-on did not pass": {passed, failed},
		"1 of the 1 rules of --fail-on did not pass": {unknown},
		"2 of the 3 rules of --fail-on did not pass": {failed, passed, unknown},
	} {
		err := judge(outcomes)
		require.EqualError(t, err, want)
		var exit exitError
		require.True(t, errors.As(err, &exit))
		require.Equal(t, program.Failure, exit.code)
	}
}
