package main

import (
	"context"
	"net"
	"net/http"
	"net/http/httptest"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

func TestTrafficRisesAndFalls(t *testing.T) {
	shape := trafficShape{duration: 100 * time.Second, few: 10, peak: 110}
	at := func(part float64) int { return shape.users(time.Duration(part * float64(shape.duration))) }
	require.Equal(t, 10, at(0))
	require.Equal(t, 10, at(riseBegins))
	require.Equal(t, 60, at((riseBegins+riseEnds)/2))
	require.Equal(t, 110, at(riseEnds))
	require.Equal(t, 110, at(fallBegins))
	require.Equal(t, 60, at((fallBegins+fallEnds)/2))
	require.Equal(t, 10, at(fallEnds))
	require.Equal(t, 10, at(1.2))

	before := 0
	for part := riseBegins; part < riseEnds; part += 0.01 {
		require.GreaterOrEqual(t, at(part), before)
		before = at(part)
	}
}

func TestPeakRate(t *testing.T) {
	shape := trafficShape{peak: 110, think: time.Second}
	require.InDelta(t, 100, shape.peakRate(100*time.Millisecond), 1e-9)
}

func TestTrafficRecyclesItsConnections(t *testing.T) {
	var connections atomic.Int64
	server := httptest.NewUnstartedServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) {}))
	server.Config.ConnState = func(_ net.Conn, state http.ConnState) {
		if state == http.StateNew {
			connections.Add(1)
		}
	}
	server.Start()
	defer server.Close()

	ctx, stop := context.WithCancel(t.Context())
	defer stop()
	shape := trafficShape{duration: time.Hour, few: 3, peak: 5, think: time.Millisecond, reuse: 4, seed: 1}
	traffic := startTraffic(ctx, shape, server.URL)
	require.Eventually(t, func() bool { return traffic.answers.Load() >= 300 }, time.Minute, time.Millisecond)
	stop()
	traffic.wait()

	require.Zero(t, traffic.failed.Load())
	perConnection := float64(traffic.answers.Load()) / float64(connections.Load())
	require.InDelta(t, 4, perConnection, 2, "requests on a connection")
}

func TestTrafficCountsFailures(t *testing.T) {
	server := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { panic(http.ErrAbortHandler) }))
	defer server.Close()
	ctx, stop := context.WithCancel(t.Context())
	defer stop()
	traffic := startTraffic(ctx, trafficShape{duration: time.Hour, few: 1, peak: 1, think: time.Millisecond, reuse: 4}, server.URL)
	require.Eventually(t, func() bool { return traffic.failed.Load() >= 3 }, time.Minute, time.Millisecond)
	stop()
	traffic.wait()
	require.Zero(t, traffic.answers.Load())
}

func TestRateIsThatOfTheLastSeconds(t *testing.T) {
	var meter rateMeter
	start := time.Date(2026, 1, 1, 12, 0, 0, 0, time.UTC)
	for _, step := range []struct {
		after time.Duration
		count int64
		want  float64
	}{
		{0, 100, 0},
		{time.Second, 150, 50},
		{2 * time.Second, 160, 30},
		{3 * time.Second, 160, 5},
		{10 * time.Second, 900, 0}, // nothing is known of the last seconds
	} {
		require.InDelta(t, step.want, meter.perSecond(start.Add(step.after), step.count), 1e-9, "after %s", step.after)
	}
}
