package loadtest_test

import (
	"net/http"
	"net/http/httptest"
	"strconv"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/latency-pod-autoscaler/lpa/loadtest"
	"github.com/stretchr/testify/require"
)

const quick = "tasks: [{get: /x}]\n"

// stalling answers at once, but for one second, from start on, in which it answers nothing. late is how much longer it took it,
// at most, to answer what had come in that time.
type stalling struct {
	start time.Time
	late  atomic.Int64 // nanoseconds
}

func (s *stalling) ServeHTTP(w http.ResponseWriter, _ *http.Request) {
	end := s.start.Add(time.Second)
	if now := time.Now(); now.Before(s.start) || now.After(end) {
		return
	}
	time.Sleep(time.Until(end))
	w.(http.Flusher).Flush()
	for late := int64(time.Since(end)); ; {
		if before := s.late.Load(); late <= before || s.late.CompareAndSwap(before, late) {
			return
		}
	}
}

// mostLate is how late it may be for arithmetic to hold.
const mostLate = 20 * time.Millisecond

// TestAStallIsSeenByAllItKept has a service that stands still for one second of ten. In the open model at 100 per second, 100
// of 1000 requests wait for its end, from 1 s down to 10 ms: the 95th percentile is 0.5 s and the longest 1 s. A closed model
// would have seen one slow request per user.
func TestAStallIsSeenByAllItKept(t *testing.T) {
	for name, test := range map[string]struct {
		maxUsers int
		within   float64 // of what arithmetic says; ten users take a while to do what has come together
	}{"with a user for each": {1000, 0.05}, "with ten users": {10, 0.15}} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := soundRun(t, func() (*loadtest.Summary, bool) {
				service := &stalling{start: time.Now().Add(4 * time.Second)}
				s := runAgainst(t, service.ServeHTTP, quick, func(o *loadtest.Options) {
					o.Rate, o.RunTime, o.MaxUsers = 100, 10*time.Second, test.maxUsers
				})
				return s, time.Duration(service.late.Load()) < mostLate
			})
			r := s.Requests["GET_/x"]
			require.Zero(t, r.NumFailures)
			require.InEpsilon(t, 500, *r.Percentiles["p95"].Value, test.within)
			require.InEpsilon(t, 1000, *r.Max, test.within)
			require.Less(t, *r.Median, 50.0)
			if test.maxUsers == 10 {
				require.Less(t, r.Timings.Service.P95, 50.0, "only ten requests were under way in the stall; the others waited for a user")
			}
			require.Zero(t, s.Generator.Dropped)
		})
	}
}

// soundRun repeats a run at 100 iterations per second for 10 s until the load generator itself is content with it, and the service
// did what it was to do: on a machine that is busy with other things arithmetic about milliseconds says nothing. No iteration is
// ever lost without a trace.
func soundRun(t *testing.T, run func() (s *loadtest.Summary, asPlanned bool)) *loadtest.Summary {
	t.Helper()
	for range 5 {
		s, asPlanned := run()
		require.InDelta(t, 1000, s.NumRequests+s.Unfinished+s.Generator.Missed+s.Generator.Dropped, 1)
		if asPlanned && s.Quality.Verdict == loadtest.VerdictOK {
			return s
		}
		t.Log(s.Quality, asPlanned)
	}
	require.Fail(t, "the machine had no ten quiet seconds")
	return nil
}

func TestIterationsBeginAtTheRate(t *testing.T) {
	for _, arrival := range []loadtest.Arrival{loadtest.Constant, loadtest.Poisson} {
		s := runAgainst(t, func(http.ResponseWriter, *http.Request) {}, quick, func(o *loadtest.Options) {
			o.Rate, o.RunTime, o.Arrival = 200, 2*time.Second, arrival
		})
		within := 3.0
		if arrival == loadtest.Poisson {
			within = 80 // four standard deviations of a Poisson process with a mean of 400
		}
		require.InDelta(t, 400, s.NumRequests+s.Unfinished+s.Generator.Missed, within, "%s", arrival)
	}
}

// TestUsersAreAddedUpToTheMost has a service that never answers. Every iteration keeps a user; those for which none is left are
// counted.
func TestUsersAreAddedUpToTheMost(t *testing.T) {
	var arrived atomic.Int64
	server := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		arrived.Add(1)
		<-r.Context().Done()
	}))
	defer server.Close()
	defer server.CloseClientConnections()
	o := options(t, server.URL)
	o.Rate, o.MaxUsers, o.RunTime = 100, 7, time.Second
	s := loadtest.Run(t.Context(), plan(t, quick), o).Summarise("test", nil)
	r := s.Requests["GET_/x"]
	require.Equal(t, 7, r.Unfinished)
	require.True(t, r.Percentiles["p50"].AtLeast)
	require.InDelta(t, 93, s.Generator.Dropped+s.Generator.Missed, 1)
	require.LessOrEqual(t, arrived.Load(), int64(7))
}

// TestAScriptThatPausesFirstIsNotLate has iterations whose first request comes long after their beginning.
func TestAScriptThatPausesFirstIsNotLate(t *testing.T) {
	s := runAgainst(t, func(http.ResponseWriter, *http.Request) {}, "tasks: [{steps: [{think: 500ms}, {get: /x}]}]\n", func(o *loadtest.Options) {
		o.Rate, o.Users, o.RunTime = 20, 20, 2*time.Second
	})
	require.Positive(t, s.NumRequests)
	require.Less(t, *s.Generator.LagP99, 500.0, "the pause is meant")
	require.Less(t, *s.Requests["GET_/x"].Median, 150.0)
}

// TestAnAddedUserThatLogsInIsNotLate has iterations that wait until the user that was added for them has done its onStart: it
// is the service that keeps them.
func TestAnAddedUserThatLogsInIsNotLate(t *testing.T) {
	s := runAgainst(t, func(http.ResponseWriter, *http.Request) { time.Sleep(300 * time.Millisecond) },
		"onStart: [{get: /login}]\ntasks: [{get: /x}]\n", func(o *loadtest.Options) {
			o.Rate, o.Users, o.RunTime = 20, 1, time.Second
		})
	require.Less(t, *s.Generator.LagP50, 150.0)
	require.GreaterOrEqual(t, *s.Requests["GET_/x"].Max, 600.0)
	require.Less(t, s.Requests["GET_/x"].Timings.Service.P50, 600.0)
}

// TestUsersThatStopAreReplaced has room for one user, which stops after each iteration. The next one takes the iterations that
// have waited, and that they have is not the generator's fault.
func TestUsersThatStopAreReplaced(t *testing.T) {
	var arrived atomic.Int64
	s := runAgainst(t, func(w http.ResponseWriter, _ *http.Request) {
		arrived.Add(1)
		time.Sleep(time.Duration(max(0, 400-10*arrived.Load())) * time.Millisecond)
		w.WriteHeader(http.StatusInternalServerError)
	}, "tasks: [{get: /x, onFailure: stopUser}]\n", func(o *loadtest.Options) {
		o.Rate, o.MaxUsers, o.Users, o.RunTime = 4, 1, 1, 4*time.Second
	})
	require.Less(t, *s.Generator.LagP50, 100.0)
	require.GreaterOrEqual(t, s.NumRequests, 10)
	require.Equal(t, 16, s.Generator.Iterations+s.Generator.Dropped+s.Generator.Missed)
}

// TestUsersThatCannotBeginAreNotReplacedAtOnce has users that give up in their onStart. There is one for each iteration at
// most, however many iterations wait.
func TestUsersThatCannotBeginAreNotReplacedAtOnce(t *testing.T) {
	var logins atomic.Int64
	runAgainst(t, func(w http.ResponseWriter, _ *http.Request) {
		logins.Add(1)
		w.WriteHeader(http.StatusInternalServerError)
	}, "onStart: [{get: /login, onFailure: stopUser}]\ntasks: [{get: /x}]\n", func(o *loadtest.Options) {
		o.Rate, o.Users, o.RunTime = 20, 1, time.Second
	})
	require.LessOrEqual(t, logins.Load(), int64(21))
}

// TestUsersOfARateAreThereFromTheBeginning has a spawn rate, which is not for them.
func TestUsersOfARateAreThereFromTheBeginning(t *testing.T) {
	s := runAgainst(t, func(http.ResponseWriter, *http.Request) {}, quick, func(o *loadtest.Options) {
		o.Rate, o.Users, o.SpawnRate, o.RunTime = 1, 4, 0.01, 300*time.Millisecond
	})
	require.Equal(t, 4, s.Generator.Started)
}

// TestStagesOfRates has no iteration in a stage without load, and as many as it should in the others.
func TestStagesOfRates(t *testing.T) {
	start := time.Now()
	var late atomic.Int64
	s := runAgainst(t, func(http.ResponseWriter, *http.Request) {
		if time.Since(start) > 2500*time.Millisecond {
			late.Add(1)
		}
	}, quick, func(o *loadtest.Options) {
		o.Stages = []loadtest.Stage{{For: time.Second, From: 50, To: 50}, {For: time.Second, From: 50, To: 150}, {For: time.Second}}
		o.OpenStages, o.RunTime = true, 3*time.Second
	})
	require.Equal(t, 150, s.NumRequests+s.Generator.Missed)
	require.Zero(t, late.Load())
}

// TestStagesOfUsers sees who is at work when: the users with the lowest numbers, as many as the stage has.
func TestStagesOfUsers(t *testing.T) {
	start := time.Now()
	var mu sync.Mutex
	var first, last [7]time.Duration
	runAgainst(t, func(_ http.ResponseWriter, r *http.Request) {
		id, _ := strconv.Atoi(r.URL.Query().Get("u"))
		mu.Lock()
		defer mu.Unlock()
		if last[id] = time.Since(start); first[id] == 0 {
			first[id] = last[id]
		}
	}, "wait: {constant: 20ms}\ntasks: [{get: \"/x?u=${vu.id}\"}]\n", func(o *loadtest.Options) {
		o.Stages = []loadtest.Stage{{For: time.Second, From: 2, To: 2}, {For: time.Second, From: 6, To: 6}, {For: 2 * time.Second, From: 1, To: 1}}
		o.RunTime = 4 * time.Second
	})
	mu.Lock()
	defer mu.Unlock()
	for id := 1; id <= 6; id++ {
		require.NotZero(t, first[id], "user %d", id)
		require.Equal(t, id > 2, first[id] >= time.Second, "user %d began after %s", id, first[id])
		require.Equal(t, id > 1, last[id] < 3*time.Second, "user %d ended after %s", id, last[id])
	}
}

// TestUsersWhoseTurnIsOverAreNotRunning asks the progress who is at work in stages of users.
func TestUsersWhoseTurnIsOverAreNotRunning(t *testing.T) {
	var users []int
	runAgainst(t, func(http.ResponseWriter, *http.Request) {}, "wait: {constant: 20ms}\ntasks: [{get: /x}]\n", func(o *loadtest.Options) {
		for _, n := range []float64{2, 6, 3} {
			o.Stages = append(o.Stages, loadtest.Stage{For: time.Second, From: n, To: n})
		}
		o.Warmup, o.RunTime = 500*time.Millisecond, 3*time.Second
		o.Progress = func(i loadtest.Interval) { users = append(users, i.Users) }
	})
	require.Equal(t, []int{2, 6, 3}, users[:3])
}

// TestARampMayEndWithTheRun has a load that reaches its most at the very end, when its last user has no time left.
func TestARampMayEndWithTheRun(t *testing.T) {
	s := runAgainst(t, func(http.ResponseWriter, *http.Request) {}, "wait: {constant: 20ms}\ntasks: [{get: /x}]\n", func(o *loadtest.Options) {
		o.Stages = []loadtest.Stage{{For: 2 * time.Second, From: 1, To: 5}}
		o.RunTime = 2 * time.Second
	})
	require.Equal(t, 4, s.Generator.Started)
	require.Equal(t, loadtest.VerdictOK, s.Quality.Verdict, "%v", s.Quality)
}

// TestARampThatIsCutShortIsNotTheLoad has less time than its stages, as a run that began late does.
func TestARampThatIsCutShortIsNotTheLoad(t *testing.T) {
	s := runAgainst(t, func(http.ResponseWriter, *http.Request) {}, "wait: {constant: 20ms}\ntasks: [{get: /x}]\n", func(o *loadtest.Options) {
		o.Stages = []loadtest.Stage{{For: 2 * time.Second, From: 1, To: 5}}
		o.RunTime = 800 * time.Millisecond
	})
	require.Equal(t, loadtest.Quality{Verdict: loadtest.VerdictTooFew, Reasons: []string{"2 of 5 users were started before the end"}}, s.Quality)
}
