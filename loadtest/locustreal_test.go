package loadtest_test

import (
	"context"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/latency-pod-autoscaler/lpa/loadtest"
	"github.com/latency-pod-autoscaler/lpa/loadtest/internal/locust"
	"github.com/latency-pod-autoscaler/lpa/loadtest/strictyaml"
	"github.com/stretchr/testify/require"
)

// The tests in this file run a real Locust. LPA_TEST_LOCUST=required makes one that is missing a failure.

// locustfile loads a script of the text if there is a Locust to run it, else plan is nil.
func locustfile(t *testing.T, text string) (plan *loadtest.Plan, path string) {
	t.Helper()
	t.Setenv("TMPDIR", t.TempDir())
	dir := t.TempDir()
	path = filepath.Join(dir, "shop.py")
	require.NoError(t, os.WriteFile(path, []byte(text), 0o600))
	require.NoError(t, os.WriteFile(filepath.Join(dir, "common.py"), []byte("ITEMS = '/items?page=1'\n"), 0o600))
	require.NoError(t, os.WriteFile(filepath.Join(dir, "users.csv"), []byte("ann\n"), 0o600))
	plan, err := loadtest.LoadScript(path, os.LookupEnv)
	require.NoError(t, err)
	require.False(t, plan.NamesKnown())
	if _, err := locust.Find(os.LookupEnv); err != nil {
		require.NotEqual(t, "required", os.Getenv("LPA_TEST_LOCUST"), "LPA_TEST_LOCUST is required, but %v", err)
		t.Logf("NOT TESTED: %v", err)
		return nil, path
	}
	return plan, path
}

func locustRun(t *testing.T, ctx context.Context, plan *loadtest.Plan, host string, runTime time.Duration) *loadtest.Result {
	t.Helper()
	address, err := url.Parse(host)
	require.NoError(t, err)
	result := loadtest.Run(ctx, plan, loadtest.Options{Host: address, Users: 4, SpawnRate: 100, Warmup: 250 * time.Millisecond, RunTime: runTime,
		Deadline: time.Now().Add(time.Minute), Log: func(line string) { t.Log(line) }})
	left, err := os.ReadDir(os.TempDir())
	require.NoError(t, err)
	require.Empty(t, left, "temporary files")
	return result
}

const shopLocustfile = `"""A shop."""
from __future__ import annotations
import common
from locust import HttpUser, FastHttpUser, between, constant, task

assert __name__ == "shop" and __file__.endswith("/shop.py") and __doc__ == "A shop."
NAMES = open("users.csv").read().split()


class Reader(HttpUser):
    wait_time = constant(0.02)

    def on_start(self):
        self.client.get("/login/" + NAMES[0], name="/login")

    @task(4)
    def items(self):
        self.client.get(common.ITEMS, name='/items, "all"')

    @task
    def broken(self):
        self.client.get("/broken")

    @task
    def cart(self):
        with self.client.post("/cart", params={"id": 7}, catch_response=True) as r:
            r.failure("empty")


class Fast(FastHttpUser):
    wait_time = constant(0.02)

    @task
    def items(self):
        self.client.get("/fast")
`

// TestLocustRunsALocustfile compares what the server saw with what is reported.
func TestLocustRunsALocustfile(t *testing.T) {
	plan, _ := locustfile(t, shopLocustfile)
	if plan == nil {
		return
	}
	var seen atomic.Int64
	found, err := plan.CheckScript(t.Context())
	require.NoError(t, err)
	require.Empty(t, found)
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		seen.Add(1)
		if r.URL.Path == "/broken" {
			w.WriteHeader(503)
		}
		time.Sleep(3 * time.Millisecond)
	}))
	defer server.Close()
	result := locustRun(t, t.Context(), plan, server.URL, 1500*time.Millisecond)
	require.NoError(t, result.Err())
	s := result.Summarise("v1", nil)
	items, broken, cart, fast := s.Requests[`GET_/items, "all"`], s.Requests["GET_/broken"], s.Requests["POST_/cart?id=7"], s.Requests["GET_/fast"]
	require.Positive(t, items.NumRequests)
	require.Positive(t, fast.NumRequests)
	require.Zero(t, items.NumFailures+fast.NumFailures)
	require.Equal(t, broken.NumRequests, broken.Failures["5xx"])
	require.Equal(t, broken.NumRequests, broken.Statuses["503"])
	require.Equal(t, cart.NumRequests, cart.Failures["assertion"])
	require.GreaterOrEqual(t, *items.Min, 3.0)
	require.NotEqual(t, *items.Average, float64(int(*items.Average)), "it is not rounded")
	require.NotNil(t, items.Samples)
	require.Less(t, int64(s.NumRequests+s.Unfinished), seen.Load(), "but for the warm-up")
	require.Equal(t, []int{4, 4}, []int{s.Generator.Users, s.Generator.Started})
	require.GreaterOrEqual(t, s.Connections.Opened, 4)
	require.InDelta(t, 1.5, s.EndTime-s.StartTime, 0.01, "fractions of a second too")
	require.Positive(t, *s.Generator.CPU)
	require.Positive(t, s.Generator.InFlight)
	require.NotNil(t, s.Generator.LagP99)
}

func TestLocustOnAServiceThatHangs(t *testing.T) {
	plan, _ := locustfile(t, shopLocustfile)
	if plan == nil {
		return
	}
	server := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) { <-r.Context().Done() }))
	defer server.Close()
	defer server.CloseClientConnections()
	s := locustRun(t, t.Context(), plan, server.URL, 3*time.Second).Summarise("v1", nil)
	login, fast := s.Requests["GET_/login"], s.Requests["GET_/fast"]
	require.Equal(t, []int{0, 2, 2}, []int{s.NumRequests, login.Unfinished, fast.Unfinished})
	require.True(t, login.Percentiles["p50"].AtLeast)
	require.Greater(t, *login.Percentiles["p50"].Value, 900.0)
	require.NotEqual(t, loadtest.VerdictTargetDown, s.Quality.Verdict, "it takes connections")
}

func TestLocustOnAServiceThatIsDown(t *testing.T) {
	plan, _ := locustfile(t, shopLocustfile)
	if plan == nil {
		return
	}
	s := locustRun(t, t.Context(), plan, "http://127.0.0.1:1", time.Second).Summarise("v1", nil)
	require.Positive(t, s.Requests["GET_/fast"].Failures["connect"])
	require.Positive(t, s.Requests[`GET_/items, "all"`].Failures["connect"])
	require.Zero(t, s.Connections.Opened)
}

func TestLocustIsInterrupted(t *testing.T) {
	plan, _ := locustfile(t, shopLocustfile)
	if plan == nil {
		return
	}
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	var seen atomic.Int64
	server := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) {
		if seen.Add(1) == 200 {
			cancel()
		}
	}))
	defer server.Close()
	s := locustRun(t, ctx, plan, server.URL, time.Hour).Summarise("v1", nil)
	require.Equal(t, loadtest.VerdictTooFew, s.Quality.Verdict)
	require.Positive(t, s.NumRequests)
}

// TestLocustWithoutARecord takes the record away at the last moment, as if this version of Locust could not make one.
func TestLocustWithoutARecord(t *testing.T) {
	plan, _ := locustfile(t, shopLocustfile+`

import atexit, glob, os
atexit.register(lambda: [os.remove(f) for f in glob.glob(os.environ["LPA_LOCUST_FOLDER"] + "/requests-*")])
`)
	if plan == nil {
		return
	}
	server := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) {}))
	defer server.Close()
	s := locustRun(t, t.Context(), plan, server.URL, 2*time.Second).Summarise("v1", nil)
	items := s.Requests[`GET_/items, "all"`]
	require.Positive(t, items.NumRequests)
	require.Nil(t, items.Samples)
	require.True(t, items.Has(0.95))
	require.False(t, items.Has(0.975))
	require.Contains(t, strings.Join(s.Quality.Reasons, "\n"), "there is no record of each request (there is no start), so this is what Locust's CSV files say")
}

// TestLocustfilesThatDoNotRun expects the same of a check beforehand and of the run.
func TestLocustfilesThatDoNotRun(t *testing.T) {
	for name, test := range map[string]struct{ text, want string }{
		"a missing module": {"from locust import HttpUser\nimport nope\n", "2:1: ModuleNotFoundError: No module named 'nope'"},
		"a syntax error":   {"x = (\n", "1:1: SyntaxError: '(' was never closed"},
		"not a locustfile": {"x = 1\n", "1:1: "},
		"an error in it":   {"\n\nraise ValueError('two\\nlines')\n", "3:1: ValueError: two"},
	} {
		t.Run(name, func(t *testing.T) {
			working, path := locustfile(t, shopLocustfile)
			if working == nil {
				return
			}
			require.NoError(t, os.WriteFile(path, []byte(test.text), 0o600))
			found, err := working.CheckScript(t.Context())
			require.NoError(t, err)
			require.ErrorContains(t, found.Err(), path+":"+test.want)
			result := locustRun(t, t.Context(), working, "http://127.0.0.1:1", time.Second)
			var problems strictyaml.Problems
			require.ErrorAs(t, result.Err(), &problems)
			require.ErrorContains(t, result.Err(), path+":"+test.want)
		})
	}
}

// TestLocustfilesThatAreOdd has one that is imported by its own module, takes its time to begin, listens itself, and reports
// requests of its own with values that no client of Locust's has.
func TestLocustfilesThatAreOdd(t *testing.T) {
	plan, path := locustfile(t, `
import time
from decimal import Decimal
from locust import HttpUser, constant, events, task
import helper


@events.test_start.add_listener
def prepare(**_):
    time.sleep(0.7)


@events.request.add_listener
def listen(**_):
    raise ValueError("in a listener")


class Reader(HttpUser):
    wait_time = constant(0.05)

    def on_stop(self):
        self.client.get("/stop")

    @task
    def items(self):
        self.client.get("/items")
        for name, ms, status in [("decimal", Decimal("1.5"), 200), ("none", None, 200), ("nan", float("nan"), 200), ("infinite", float("inf"), 1e99),
                                 ("negative", -7, "x"), ("text", "slow", None)]:
            events.request.fire(request_type=None, name=name, response_time=ms, response_length=0, context={}, exception=None,
                                response=type("R", (), {"status_code": status}), start_time="noon")
        events.request.fire(request_type="own", name=b"\\xff\\ud800" + b"\n", response_time=None, response_length=0, context={}, exception="text", response=None)
`)
	if plan == nil {
		return
	}
	require.NoError(t, os.WriteFile(filepath.Join(filepath.Dir(path), "helper.py"), []byte("import shop\n"), 0o600))
	var seen, stopped atomic.Int64
	server := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		switch r.URL.Path {
		case "/items":
			seen.Add(1)
		case "/stop":
			stopped.Add(1)
		}
	}))
	defer server.Close()
	result := locustRun(t, t.Context(), plan, server.URL+"/", time.Second)
	require.NoError(t, result.Err())
	s := result.Summarise("v1", nil)
	items := s.Requests["GET_/items"]
	require.Positive(t, items.NumRequests)
	require.Less(t, int64(items.NumRequests+items.Unfinished), seen.Load(), "none is counted twice")
	require.InDelta(t, 1, s.EndTime-s.StartTime, 0.01)
	require.NotContains(t, s.Requests, "GET_/stop", "it is after the end")
	require.Equal(t, 1.5, *s.Requests["_decimal"].Max)
	require.Equal(t, 0.0, *s.Requests["_negative"].Max)
	for _, name := range []string{"_none", "_nan", "_text"} {
		require.NotContains(t, s.Requests, name)
	}
	for key, request := range s.Requests {
		if strings.HasPrefix(key, "own_") {
			require.Equal(t, request.NumRequests, request.Failures["assertion"])
			require.Positive(t, request.NumRequests)
		}
	}
}

func TestLocustUsersThatDie(t *testing.T) {
	plan, _ := locustfile(t, `from locust import HttpUser, constant, task

class Reader(HttpUser):
    wait_time = constant(0.02)

    def on_start(self):
        self.client.get("/login").json()["token"]

    @task
    def items(self):
        self.client.get("/items")
`)
	if plan == nil {
		return
	}
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/login" {
			time.Sleep(300 * time.Millisecond)
		}
	}))
	defer server.Close()
	s := locustRun(t, t.Context(), plan, server.URL, time.Second).Summarise("v1", nil)
	require.NotEqual(t, loadtest.VerdictOK, s.Quality.Verdict, "%v", s.Quality.Reasons)
}

func TestNoLocust(t *testing.T) {
	path := filepath.Join(t.TempDir(), "shop.py")
	require.NoError(t, os.WriteFile(path, []byte("x = 1\n"), 0o600))
	plan, err := loadtest.LoadScript(path, noEnv)
	require.NoError(t, err)
	result := loadtest.Run(t.Context(), plan, loadtest.Options{Users: 1, RunTime: time.Second})
	var problems strictyaml.Problems
	require.ErrorAs(t, result.Err(), &problems)
	require.EqualError(t, result.Err(), path+":1:1: is a locustfile, which needs Locust: no program locust is on the PATH, and the environment variable LOCUST "+
		"names none; use the image latency-pod-autoscaler-locust (the Dockerfile's target locust), or rewrite the file as a task script, as docs/migrating.md describes")
	found, err := plan.CheckScript(t.Context())
	require.NoError(t, err)
	require.EqualError(t, found, path+":1:1: warning: was not loaded: no program locust is on the PATH, and the environment variable LOCUST names none")

	_, err = loadtest.LoadScript(filepath.Join(t.TempDir(), "none.py"), noEnv)
	require.ErrorContains(t, err, "reading the locustfile: open ")
}
