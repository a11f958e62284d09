package loadtest_test

import (
	"io"
	"math/rand/v2"
	"net"
	"net/http"
	"net/http/httptest"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/latency-pod-autoscaler/lpa/loadtest"
	"github.com/stretchr/testify/require"
)

// replicas are servers behind a balancer that picks one at random for each connection, as a Service does.
type replicas struct {
	address string
	served  []atomic.Int64
}

func newReplicas(t *testing.T, n int) *replicas {
	r := &replicas{served: make([]atomic.Int64, n)}
	backends := make([]string, n)
	for i := range n {
		backend := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { r.served[i].Add(1) }))
		t.Cleanup(backend.Close)
		backends[i] = backend.Listener.Addr().String()
	}
	random := rand.New(rand.NewPCG(10, 0))
	var mu sync.Mutex
	r.address = rawServer(t, func(client net.Conn) {
		mu.Lock()
		to := backends[random.IntN(n)]
		mu.Unlock()
		server, err := net.Dial("tcp", to)
		if err != nil {
			return
		}
		defer server.Close()
		go func() {
			_, _ = io.Copy(server, client)
			_ = server.(*net.TCPConn).CloseWrite()
		}()
		_, _ = io.Copy(client, server)
	})
	return r
}

// TestEveryReplicaIsReached has ten replicas and ten users, who make enough connections to reach all of them evenly.
func TestEveryReplicaIsReached(t *testing.T) {
	r := newReplicas(t, 10)
	o := options(t, r.address)
	o.Users, o.Replicas, o.RunTime = 10, 10, 5*time.Second
	o.Reuse = loadtest.Reuse{Min: 2, Max: 5} // so that a short run has as many connections as one of 20 s has by default
	s := loadtest.Run(t.Context(), plan(t, "wait: {constant: 5ms}\ntasks: [{get: /x}]\n"), o).Summarise("test", nil)
	require.Zero(t, s.NumFailed)
	for i := range r.served {
		share := float64(r.served[i].Load()) / float64(s.NumRequests+s.Unfinished)
		require.Greater(t, share, 0.05, "replica %d", i)
		require.Less(t, share, 0.2, "replica %d", i)
	}
}

// TestRareRequestsReachEveryReplica has users that send so rarely that a connection would never carry its share of requests: it
// becomes too old instead, if the number of replicas is known.
func TestRareRequestsReachEveryReplica(t *testing.T) {
	r := newReplicas(t, 5)
	o := options(t, r.address)
	o.Users, o.RunTime = 5, 2*time.Second
	script := plan(t, "wait: {constant: 40ms}\ntasks: [{get: /x}]\n")
	few := loadtest.Run(t.Context(), script, o).Summarise("test", nil)
	o.Replicas = 5
	many := loadtest.Run(t.Context(), script, o).Summarise("test", nil)
	require.LessOrEqual(t, few.Connections.Opened, 15)
	require.GreaterOrEqual(t, many.Connections.Opened, 35)
}

// TestFastFailuresDoNotImproveAnything has a service of which every second answer is an instant 503.
func TestFastFailuresDoNotImproveAnything(t *testing.T) {
	var answers, failed atomic.Int64
	s := runAgainst(t, func(w http.ResponseWriter, _ *http.Request) {
		if answers.Add(1)%2 == 0 {
			failed.Add(1)
			w.WriteHeader(http.StatusServiceUnavailable)
			return
		}
		time.Sleep(20 * time.Millisecond)
	}, hammer, func(o *loadtest.Options) { o.RunTime = time.Second })
	r := s.Requests["GET_/x"]
	for name, statistic := range map[string]*float64{"mean": r.Average, "median": r.Median, "min": r.Min, "max": r.Max} {
		require.GreaterOrEqual(t, *statistic, 20.0, name)
	}
	for name, p := range r.Percentiles {
		require.True(t, p.Failed || *p.Value >= 20, name)
	}
	require.True(t, r.Percentiles["p75"].Failed)
	require.InDelta(t, failed.Load(), r.NumFailures, 4, "all that arrived, but for one per user at the end")
	require.InDelta(t, 0.5, float64(r.NumFailures)/float64(r.NumRequests), 0.05)
	require.Equal(t, loadtest.VerdictOverloadErrors, s.Quality.Verdict)
}

// TestAnswersAfterTheEnd has a service that takes longer than the run. What is known is that it takes longer than the run.
func TestAnswersAfterTheEnd(t *testing.T) {
	s := runAgainst(t, func(_ http.ResponseWriter, r *http.Request) {
		select {
		case <-time.After(2500 * time.Millisecond):
		case <-r.Context().Done():
		}
	}, hammer, func(o *loadtest.Options) { o.RunTime = time.Second })
	r := s.Requests["GET_/x"]
	require.Equal(t, []int{0, 4}, []int{r.NumRequests, r.Unfinished})
	p50 := r.Percentiles["p50"]
	require.True(t, p50.AtLeast)
	require.InEpsilon(t, 1000, *p50.Value, 0.2)
	require.Equal(t, loadtest.VerdictOK, s.Quality.Verdict)
}

// TestTimeoutsOfTheWarmupAreSeen has requests that are sent in the warm-up and run into their timeout after it: they are the
// best evidence that there is.
func TestTimeoutsOfTheWarmupAreSeen(t *testing.T) {
	s := runAgainst(t, func(_ http.ResponseWriter, r *http.Request) { <-r.Context().Done() }, hammer, func(o *loadtest.Options) {
		o.Warmup, o.RunTime, o.Timeout = 300*time.Millisecond, 500*time.Millisecond, 600*time.Millisecond
	})
	r := s.Requests["GET_/x"]
	require.Equal(t, map[string]int{"timeout": 4}, r.Failures)
	require.Equal(t, loadtest.VerdictOverloadErrors, s.Quality.Verdict)
}
