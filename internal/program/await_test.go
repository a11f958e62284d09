package program_test

import (
	"context"
	"errors"
	"testing"
	"testing/synctest"
	"time"

	"github.com/latency-pod-autoscaler/lpa/internal/program"
	"github.com/stretchr/testify/require"
)

func TestAwait(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		after := func(d time.Duration, err error) <-chan error {
			done := make(chan error, 1)
			time.AfterFunc(d, func() { done <- err })
			return done
		}
		why := errors.New("the request noticed it")
		require.NoError(t, program.Await(ctx, after(time.Second/2, nil)))
		require.Equal(t, why, program.Await(ctx, after(time.Second/2+program.Grace/2, why)), "it may still say why")
		began := time.Now()
		require.Equal(t, program.ErrTooLong, program.Await(ctx, make(chan error)))
		require.Equal(t, program.Grace, time.Since(began))
	})
}
