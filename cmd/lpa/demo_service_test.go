package main

import (
	"context"
	"encoding/json"
	"io"
	"net/http"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/latency-pod-autoscaler/lpa/internal/measurement"
	"github.com/stretchr/testify/require"
)

func TestReplicaQueuesInFrontOfItsWorkers(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := newReplica(1, 3, func() time.Duration { return 20 * time.Millisecond }, nil)
		start := time.Now()
		var mu sync.Mutex
		done := map[time.Duration]int{}
		var clients sync.WaitGroup
		for range 7 {
			clients.Go(func() {
				require.True(t, r.work(t.Context()))
				mu.Lock()
				defer mu.Unlock()
				done[time.Since(start)]++
			})
		}
		clients.Wait()
		require.Equal(t, map[time.Duration]int{
			20 * time.Millisecond: 3, 40 * time.Millisecond: 3, 60 * time.Millisecond: 1,
		}, done)
	})
}

func TestReplicaForgetsAClientThatLeavesTheQueue(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := newReplica(1, 1, func() time.Duration { return time.Second }, nil)
		var clients sync.WaitGroup
		clients.Go(func() { r.work(t.Context()) })
		synctest.Wait() // it holds the only worker
		impatient, cancel := context.WithTimeout(t.Context(), 100*time.Millisecond)
		defer cancel()
		start := time.Now()
		require.False(t, r.work(impatient))
		require.Equal(t, 100*time.Millisecond, time.Since(start))
		clients.Wait()
		require.True(t, r.work(t.Context()), "the worker is free again")
	})
}

func TestFibonacci(t *testing.T) {
	for n, want := range map[int]uint64{-1: 0, 0: 0, 1: 1, 10: 55, 93: 12200160415121876738, 1000: 12200160415121876738} {
		require.Equal(t, want, fibonacci(n), "fibonacci(%d)", n)
	}
}

// quick is a service whose times do not matter.
func quick(t *testing.T, replicas int, startUp, grace time.Duration) *demoService {
	t.Helper()
	s, err := startService(serviceShape{
		name: "shop", replicas: replicas, workers: 2, serviceTime: time.Microsecond, startUp: startUp, grace: grace, seed: 1,
	})
	require.NoError(t, err)
	t.Cleanup(s.close)
	return s
}

// ask sends a request and tells which replica answered, and whether the connection ends with that.
func ask(t *testing.T, client *http.Client, url string) (replica string, last bool) {
	t.Helper()
	response, err := client.Get(url + "/fibonacci?n=10")
	require.NoError(t, err)
	body, err := io.ReadAll(response.Body)
	require.NoError(t, err)
	require.NoError(t, response.Body.Close())
	require.Equal(t, "55\n", string(body))
	return response.Header.Get("Replica"), response.Close
}

// newClient has a connection of its own.
func newClient(t *testing.T) *http.Client {
	client := &http.Client{Transport: &http.Transport{}}
	t.Cleanup(client.CloseIdleConnections)
	return client
}

// replicasOf asks over as many new connections and counts who answered.
func replicasOf(t *testing.T, url string, connections int) map[string]int {
	t.Helper()
	seen := map[string]int{}
	for range connections {
		client := newClient(t)
		replica, _ := ask(t, client, url)
		seen[replica]++
		client.CloseIdleConnections()
	}
	return seen
}

func TestBalancerPicksAReplicaPerConnection(t *testing.T) {
	s := quick(t, 3, time.Hour, time.Hour)
	client := newClient(t)
	first, _ := ask(t, client, s.url())
	for range 20 {
		again, _ := ask(t, client, s.url())
		require.Equal(t, first, again, "all requests on a connection have the same replica")
	}
	seen := replicasOf(t, s.url(), 60)
	require.Len(t, seen, 3)
	for replica, n := range seen {
		require.GreaterOrEqual(t, n, 8, "replica %s of %v", replica, seen)
	}
}

func TestBalancerKnowsOnlyReadyReplicas(t *testing.T) {
	s := quick(t, 1, time.Hour, time.Hour)
	s.scale(3)
	replicas, ready := s.counts()
	require.Equal(t, []int{3, 1}, []int{replicas, ready})
	require.Equal(t, map[string]int{"1": 30}, replicasOf(t, s.url(), 30))

	for _, added := range s.replicas[1:] {
		s.becomeReady(added)
	}
	replicas, ready = s.counts()
	require.Equal(t, []int{3, 3}, []int{replicas, ready})
	require.Len(t, replicasOf(t, s.url(), 30), 3)
}

func TestReplicasBecomeReadyByThemselves(t *testing.T) {
	s := quick(t, 1, time.Millisecond, time.Hour)
	s.scale(2)
	require.Eventually(t, func() bool { _, ready := s.counts(); return ready == 2 }, 10*time.Second, time.Millisecond)
}

func TestRemovedReplicaDrains(t *testing.T) {
	s := quick(t, 2, time.Hour, time.Hour)
	client := newClient(t)
	for replica, _ := ask(t, client, s.url()); replica != "2"; replica, _ = ask(t, client, s.url()) {
		client.CloseIdleConnections()
	}
	s.scale(1)
	replica, last := ask(t, client, s.url())
	require.Equal(t, "2", replica, "a connection that is open still has its replica")
	require.True(t, last, "but is told to end")
	replica, last = ask(t, client, s.url())
	require.Equal(t, "1", replica)
	require.False(t, last)
	require.Equal(t, map[string]int{"1": 20}, replicasOf(t, s.url(), 20))
}

func TestReplicaRemovedWhileStartingNeverBecomesReady(t *testing.T) {
	s := quick(t, 1, time.Hour, time.Hour)
	s.scale(2)
	starting := s.replicas[1]
	s.scale(1)
	s.becomeReady(starting)
	replicas, ready := s.counts()
	require.Equal(t, []int{1, 1}, []int{replicas, ready})
}

func TestServiceWithoutReadyReplicasRefuses(t *testing.T) {
	s := quick(t, 0, time.Hour, time.Hour)
	_, err := newClient(t).Get(s.url())
	require.Error(t, err)
}

func TestDeploymentIsWhatTheBinariesRead(t *testing.T) {
	s := quick(t, 2, time.Hour, time.Hour)
	s.scale(2) // no change
	s.scale(5)
	object := s.deployment()
	require.Equal(t, "shop", object.GetName())
	require.EqualValues(t, 2, object.GetGeneration())
	require.Equal(t, map[string]any{
		"observedGeneration": int64(2), "replicas": int64(5), "updatedReplicas": int64(5),
		"readyReplicas": int64(2), "availableReplicas": int64(2),
	}, object.Object["status"])

	stdin, err := json.Marshal(map[string]any{"resource": object, "runType": "scaler"})
	require.NoError(t, err)
	input, err := measurement.ParseInput(stdin)
	require.NoError(t, err)
	five, two := 5, 2
	require.Equal(t, measurement.Input{Resource: measurement.Resource{Kind: "Deployment", Namespace: "default", Name: "shop", Replicas: &five, Ready: &two}, RunType: "scaler"}, input)
}
