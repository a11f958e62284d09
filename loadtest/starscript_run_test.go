package loadtest_test

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/latency-pod-autoscaler/lpa/loadtest"
	"github.com/stretchr/testify/require"
)

func starPlan(t *testing.T, script string) *loadtest.Plan {
	t.Helper()
	p, err := loadtest.ParseStarlark("tasks.star", []byte(script), noEnv)
	require.NoError(t, err)
	return p
}

// runStar runs a script against a service.
func runStar(t *testing.T, handler http.HandlerFunc, script string) *loadtest.Summary {
	t.Helper()
	server := httptest.NewServer(handler)
	defer server.Close()
	return loadtest.Run(t.Context(), starPlan(t, script), options(t, server.URL)).Summarise("test", nil)
}

func fine(w http.ResponseWriter, _ *http.Request) { _, _ = w.Write([]byte(`{"items": [1]}`)) }

// TestShopInStarlark dry-runs a script with a module, a file, an environment variable and all that a user can do.
func TestShopInStarlark(t *testing.T) {
	var mu sync.Mutex
	var calls []string
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		mu.Lock()
		defer mu.Unlock()
		calls = append(calls, strings.TrimSpace(r.Method+" "+r.URL.Path+" "+r.Header.Get("Authorization")))
		_, _ = w.Write([]byte(`{"data": {"token": "t1"}, "items": [1]}`))
	}))
	defer server.Close()
	p, err := loadtest.LoadScript("testdata/star/shop.star", func(name string) (string, bool) { return "s3cret", name == "PASSWORD" })
	require.NoError(t, err)
	require.True(t, p.NamesKnown())
	var names []string
	loadtest.DryRun(t.Context(), p, options(t, server.URL), func(e loadtest.Exchange) {
		require.Equal(t, loadtest.NoFailure, e.Failure, "%v", e.Err)
		names = append(names, e.Name.Key())
	})
	mu.Lock()
	defer mu.Unlock()
	require.Equal(t, []string{"POST_/login", "GET_/items?page=%d", "GET_/items/:id", "PUT_/cart/{}", "PURGE_/cart", "DELETE_/login",
		"GET_/items?page=%d", "GET_/items/:id"}, names)
	require.Equal(t, []string{"POST /login", "GET /items Bearer t1"}, calls[:2])
	require.Regexp(t, `^GET /api/items/[1-9] Bearer t1$`, calls[2])
	require.Equal(t, []string{"PUT /cart/1", "PURGE /cart Bearer t1", "DELETE /login", "GET /items"}, calls[3:7])
	require.Regexp(t, `^GET /api/items/[1-9]$`, calls[7], "nobody has logged in")
}

func TestNamesOfStarlarkAreKnownBeforehand(t *testing.T) {
	for name, test := range map[string]struct {
		body  string
		want  []string // but for GET_/
		makes bool
	}{
		"literal":                {`u.post("/a")`, []string{"POST_/a"}, false},
		"named":                  {`u.get("/a/1", name = "/a/:id")`, []string{"GET_/a/:id"}, false},
		"format":                 {`u.get("/a?b=%d&c=%s" % (1, 2))`, []string{"GET_/a?b=%d&c=%s"}, false},
		"format method":          {`u.get("/a/{}".format(1))`, []string{"GET_/a/{}"}, false},
		"sum":                    {`u.get("/a/" + str(u.id) + "/b")`, []string{"GET_/a/{}/b"}, false},
		"constant":               {`u.get(BASE + "/b")`, []string{"GET_/base/b"}, false},
		"constant and a sum":     {`u.get((BASE + "/") + str(1))`, []string{"GET_/base/{}"}, false},
		"any method":             {`u.request("PURGE", "/a")`, []string{"PURGE_/a"}, false},
		"arguments by name":      {`u.request(path = "/a", method = "PURGE")`, []string{"PURGE_/a"}, false},
		"query does not matter":  {`u.get("/a", query = {"b": u.id})`, []string{"GET_/a"}, false},
		"in a lambda":            {`(lambda v: v.get("/l"))(u)`, []string{"GET_/l"}, false},
		"in a function within":   {"def inner():\n        u.get('/i')\n    inner()", []string{"GET_/i"}, false},
		"twice":                  {"u.get('/a')\n    u.get('/a')", []string{"GET_/a"}, false},
		"never reached":          {"if False:\n        u.get('/n')", []string{"GET_/n"}, false},
		"not a user":             {`{}.get("/a", 1)`, nil, false},
		"path of a variable":     {"p = '/v'\n    u.get(p)", nil, true},
		"name of a variable":     {"n = 'x'\n    u.get('/a', name = n)", nil, true},
		"name that is formatted": {"u.get('/a', name = '/%d' % u.id)", nil, true},
		"method of a variable":   {"m = 'GET'\n    u.request(m, '/a')", nil, true},
		"arguments in a dict":    {"u.get('/a', **{'name': 'b'})", nil, true},
		"by another name":        {"fetch = u.get\n    fetch('/a')", nil, true},
	} {
		t.Run(name, func(t *testing.T) {
			p := starPlan(t, "BASE = '/base'\n\ndef task(u):\n    u.get('/')\n    "+test.body+"\n\nuser_class(tasks = [task])\n")
			var names []string
			for _, n := range p.Names() {
				names = append(names, n.Key())
			}
			require.Equal(t, append([]string{"GET_/"}, test.want...), names)
			require.Equal(t, !test.makes, p.NamesKnown())
			if test.makes {
				return
			}
			server := httptest.NewServer(http.HandlerFunc(fine))
			defer server.Close()
			loadtest.DryRun(t.Context(), p, options(t, server.URL), func(e loadtest.Exchange) {
				require.Equal(t, loadtest.NoFailure, e.Failure)
				require.Contains(t, names, e.Name.Key(), "reported as what it was announced as")
			})
		})
	}
}

func TestNamesMadeUpAtRunTime(t *testing.T) {
	s := runStar(t, fine, `
def task(user):
    path = "/v/%d" % user.id
    user.get(path)
    name = "n%d" % user.id
    user.get("/x", name = name)

user_class(tasks = [task], wait = constant("1ms"))
`)
	for _, key := range []string{"GET_/v/1", "GET_/v/4", "GET_n1"} {
		require.Positive(t, s.Requests[key].NumRequests, key)
	}
	require.Equal(t, loadtest.VerdictOK, s.Quality.Verdict)
}

// TestAMistakeInAScriptIsTold has a task that fails each time, one that fails now and then, one that fails before it has sent
// anything, and one that fails as the service does.
func TestAMistakeInAScriptIsTold(t *testing.T) {
	t.Run("each time", func(t *testing.T) {
		s := runStar(t, fine, "def task(user):\n    user.get('/').json('items')[1]\n\nuser_class(tasks = [task], wait = constant('1ms'))")
		require.Equal(t, loadtest.VerdictClientError, s.Quality.Verdict)
		require.Len(t, s.Quality.Reasons, 1)
		require.Regexp(t, `^the script failed \d+ times: tasks.star:2:32 in task: list index 1 out of range \[-1:0\]$`, s.Quality.Reasons[0])
		r := s.Requests["GET_/"]
		require.Equal(t, map[string]int{"assertion": r.NumRequests}, r.Failures)
	})
	t.Run("now and then", func(t *testing.T) {
		s := runStar(t, fine, "def task(user):\n    user.get('/')\n    if user.iteration == 20 and user.id == 1:\n        fail('twenty')\n\nuser_class(tasks = [task], wait = constant('1ms'))")
		require.Equal(t, loadtest.Quality{Verdict: loadtest.VerdictOK, Reasons: []string{"the script failed once: tasks.star:4:13 in task: fail: twenty"}}, s.Quality)
		require.Equal(t, 1, s.NumFailed)
	})
	t.Run("before a request", func(t *testing.T) {
		s := runStar(t, fine, "def task(user):\n    fail('no')\n    user.get('/')\n\nuser_class(tasks = [task], wait = constant('0s'))")
		require.Equal(t, loadtest.VerdictClientError, s.Quality.Verdict)
		require.Regexp(t, `^the script failed \d+ times: tasks.star:2:9 in task: fail: no$`, s.Quality.Reasons[0])
		require.LessOrEqual(t, s.Generator.Iterations, 4*4, "it does not try in a busy loop")
	})
	t.Run("as a consequence", func(t *testing.T) {
		s := runStar(t, func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(503) },
			"def task(user):\n    user.get('/').json('items')[0]\n\nuser_class(tasks = [task], wait = constant('1ms'))")
		require.Equal(t, loadtest.VerdictOverloadErrors, s.Quality.Verdict)
		require.Len(t, s.Quality.Reasons, 1)
	})
	t.Run("at the start", func(t *testing.T) {
		s := runStar(t, fine, "def start(user):\n    {}['x']\n\ndef task(user):\n    user.get('/')\n\nuser_class(on_start = start, tasks = [task], wait = constant('1ms'))")
		require.Equal(t, loadtest.Quality{Verdict: loadtest.VerdictClientError, Reasons: []string{
			"onStart failed for 4 of 4 users, so they did not do what the script means",
			`the script failed 4 times: tasks.star:2:7 in start: key "x" not in dict`}}, s.Quality)
	})
}

// TestTheServiceBeingDownIsNoMistake has a careful script whose service refuses connections.
func TestTheServiceBeingDownIsNoMistake(t *testing.T) {
	p := starPlan(t, `
def start(user):
    r = user.post("/login", json = {})
    r.expect(status = 200)
    user.state["token"] = r.json("token")

def task(user):
    r = user.get("/items", bearer = user.state["token"])
    r.expect(len(r.json("items", default = [])) > 0, "empty")
    r.expect(contains = "x", latency = "1s")

user_class(on_start = start, tasks = [task], wait = constant("1ms"))
`)
	s := loadtest.Run(t.Context(), p, options(t, refusing(t))).Summarise("test", nil)
	require.Equal(t, loadtest.VerdictTargetDown, s.Quality.Verdict)
	require.Len(t, s.Quality.Reasons, 1, "%v", s.Quality.Reasons)
}

// TestTheEndCutsOffWhatAScriptWaitsFor has tasks that hang in a request, in a pause and in a loop when the run ends.
func TestTheEndCutsOffWhatAScriptWaitsFor(t *testing.T) {
	for name, body := range map[string]string{
		"request": `user.get("/hang")`,
		"pause":   `user.get("/"); user.think("1h"); user.get("/never")`,
		"loop":    "while True:\n        user.get('/')",
	} {
		t.Run(name, func(t *testing.T) {
			start := time.Now()
			s := runStar(t, func(w http.ResponseWriter, r *http.Request) {
				if r.URL.Path == "/hang" {
					<-r.Context().Done()
				}
			}, "def task(user):\n    "+body+"\n\ndef stop(user):\n    user.log('bye')\n\nuser_class(tasks = [task], on_stop = stop, wait = constant('1ms'))")
			require.Less(t, time.Since(start), 5*time.Second)
			require.Equal(t, loadtest.VerdictOK, s.Quality.Verdict)
			require.Empty(t, s.Quality.Reasons)
			require.Positive(t, s.NumRequests+s.Requests["GET_/hang"].Unfinished)
			if name == "request" {
				require.Equal(t, 4, s.Requests["GET_/hang"].Unfinished)
			}
		})
	}
}

// TestStopAndAbort has users that stop, and tasks that are given up half-way.
func TestStopAndAbort(t *testing.T) {
	s := runStar(t, fine, `
def stopping(user):
    user.get("/one")
    user.stop()

def aborting(user):
    user.get("/first")
    user.abort()
    user.get("/second")

user_class("a", tasks = [stopping], wait = constant("1ms"))
user_class("b", tasks = [aborting], wait = constant("1ms"))
`)
	require.Equal(t, 2, s.Requests["GET_/one"].NumRequests, "once for each of the users")
	require.Greater(t, s.Requests["GET_/first"].NumRequests, 2)
	require.Zero(t, s.Requests["GET_/second"].NumRequests)
}

// TestUsersKeepTheirStatesApart has users that count in their states.
func TestUsersKeepTheirStatesApart(t *testing.T) {
	var mu sync.Mutex
	seen := map[string]int{}
	runStar(t, func(w http.ResponseWriter, r *http.Request) {
		mu.Lock()
		defer mu.Unlock()
		seen[r.URL.Query().Get("n")]++
	}, `
def task(user):
    user.state["n"] = user.state.get("n", 0) + 1
    user.get("/?n=%d-%d" % (user.id, user.state["n"]), name = "/")

user_class(tasks = [task], wait = constant("5ms"))
`)
	mu.Lock()
	defer mu.Unlock()
	for _, key := range []string{"1-1", "2-1", "3-1", "4-1", "1-2", "4-3"} {
		require.Equal(t, 1, seen[key], key)
	}
}

func TestDefaultsOfAClass(t *testing.T) {
	var mu sync.Mutex
	var got []string
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		mu.Lock()
		defer mu.Unlock()
		got = append(got, r.Header.Get("X-A")+" "+r.Header.Get("X-B")+" "+r.Header.Get("Authorization"))
		if r.URL.Path == "/moved" {
			http.Redirect(w, r, "/new", http.StatusFound)
		}
	}))
	defer server.Close()
	p := starPlan(t, `
def task(user):
    user.get("/")
    user.get("/", headers = {"x-a": 2, "X-B": None}, auth = ("a", "b"))
    user.get("/moved", expect = 302)
    user.get("/", headers = {"Authorization": "own"})

user_class(tasks = [task], headers = {"X-A": "1", "X-B": "b"}, bearer = "tok", redirects = 0, timeout = "2s")
`)
	loadtest.DryRun(t.Context(), p, options(t, server.URL), func(e loadtest.Exchange) {
		require.Equal(t, loadtest.NoFailure, e.Failure)
	})
	mu.Lock()
	defer mu.Unlock()
	require.Equal(t, []string{"1 b Bearer tok", "2 b Basic YTpi", "1 b Bearer tok", "1 b own"}, got)
}

func TestTimeoutOfARequest(t *testing.T) {
	s := runStar(t, func(_ http.ResponseWriter, r *http.Request) { <-r.Context().Done() },
		"def task(user):\n    user.get('/', timeout = '20ms')\n\nuser_class(tasks = [task], wait = constant('1ms'))")
	require.Positive(t, s.Requests["GET_/"].Failures["timeout"])
}

func TestTargetsOfScriptsWithFunctions(t *testing.T) {
	p := starPlan(t, "def task(user):\n    user.get('/a')\n\nuser_class(tasks = [task])")
	require.Contains(t, p.AtMost(3, time.Second), loadtest.RequestName{Method: "GET", Name: "/a"})
}
