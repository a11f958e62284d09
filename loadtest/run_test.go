package loadtest_test

import (
	"bufio"
	"context"
	"crypto/tls"
	"crypto/x509"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"github.com/latency-pod-autoscaler/lpa/loadtest"
	"github.com/stretchr/testify/require"
)

func noEnv(string) (string, bool) { return "", false }

func plan(t *testing.T, script string) *loadtest.Plan {
	t.Helper()
	p, err := loadtest.ParseYAML("tasks.yaml", []byte(script), noEnv)
	require.NoError(t, err)
	return p
}

// options have a target so wide that no moment in which this machine is busy makes a run suspect.
func options(t *testing.T, address string) loadtest.Options {
	t.Helper()
	host, err := url.Parse(address)
	require.NoError(t, err)
	return loadtest.Options{Host: host, Users: 4, RunTime: 300 * time.Millisecond, Seed: 1, UserAgent: "test",
		TightestTarget: 5 * time.Second}
}

func runAgainst(t *testing.T, handler http.HandlerFunc, script string, change func(*loadtest.Options)) *loadtest.Summary {
	t.Helper()
	server := httptest.NewServer(handler)
	defer server.Close()
	o := options(t, server.URL)
	if change != nil {
		change(&o)
	}
	return loadtest.Run(t.Context(), plan(t, script), o).Summarise("test", nil)
}

const hammer = "wait: {constant: 1ms}\ntasks: [{get: /x}]\n"

func TestHealthyService(t *testing.T) {
	var served atomic.Int64
	s := runAgainst(t, func(w http.ResponseWriter, r *http.Request) {
		served.Add(1)
		if r.UserAgent() != "test" {
			w.WriteHeader(http.StatusBadRequest)
		}
		time.Sleep(5 * time.Millisecond)
	}, hammer, nil)
	r := s.Requests["GET_/x"]
	require.Equal(t, loadtest.VerdictOK, s.Quality.Verdict)
	// At the very moment of the end each user may have one request that is not counted, as it was sent too late, or one that
	// is unfinished and was cut off before it reached the service.
	counted := r.NumRequests + r.Unfinished
	require.LessOrEqual(t, r.NumRequests, int(served.Load()), "none is made up")
	require.LessOrEqual(t, counted, int(served.Load())+4, "none is made up")
	require.GreaterOrEqual(t, counted, int(served.Load())-4, "none is lost")
	require.Zero(t, s.NumFailed)
	require.GreaterOrEqual(t, *r.Min, 5.0)
	require.LessOrEqual(t, *r.Min, *r.Median)
	require.LessOrEqual(t, *r.Median, *r.Max)
	require.LessOrEqual(t, *r.Percentiles["p50"].Value, *r.Percentiles["p99"].Value)
	require.LessOrEqual(t, *r.Percentiles["p99"].Value, *r.Max)
	require.GreaterOrEqual(t, s.Connections.Opened, 4)
}

func TestWarmupIsNotCounted(t *testing.T) {
	var served atomic.Int64
	s := runAgainst(t, func(http.ResponseWriter, *http.Request) { served.Add(1) }, hammer, func(o *loadtest.Options) {
		o.Warmup = 200 * time.Millisecond
	})
	require.Positive(t, s.NumRequests)
	require.Greater(t, int(served.Load()), s.NumRequests+s.Unfinished)
	require.InDelta(t, 0.3, s.EndTime-s.StartTime, 0.02)
}

// TestHangingInTheWarmupIsSeen has a service that answers the first request of each user never. All of them are sent in the
// warm-up, and nothing else is.
func TestHangingInTheWarmupIsSeen(t *testing.T) {
	s := runAgainst(t, func(_ http.ResponseWriter, r *http.Request) { <-r.Context().Done() }, hammer, func(o *loadtest.Options) {
		o.Warmup = time.Second
	})
	r := s.Requests["GET_/x"]
	require.Equal(t, 4, r.Unfinished)
	require.True(t, r.Percentiles["p50"].AtLeast)
	require.Greater(t, *r.Percentiles["p50"].Value, 300.0, "older than the counted time")
	require.Equal(t, loadtest.VerdictOK, s.Quality.Verdict)
}

// TestServiceInTrouble drives services that misbehave in every way that a user will meet, and holds that the run ends in
// time and that nothing in the result looks faster than it was.
func TestServiceInTrouble(t *testing.T) {
	hang := func(_ http.ResponseWriter, r *http.Request) { <-r.Context().Done() }
	raw := func(answer string) func(t *testing.T) string {
		return func(t *testing.T) string {
			return rawServer(t, func(c net.Conn) {
				_, _ = bufio.NewReader(c).ReadString('\n')
				_, _ = io.WriteString(c, answer)
			})
		}
	}
	handler := func(h http.HandlerFunc) func(t *testing.T) string {
		return func(t *testing.T) string {
			s := httptest.NewServer(h)
			t.Cleanup(func() { s.CloseClientConnections(); s.Close() })
			return s.URL
		}
	}
	for name, test := range map[string]struct {
		server  func(t *testing.T) string
		class   string // of every failure; empty if requests are merely unfinished
		verdict loadtest.Verdict
	}{
		"hangs":                 {handler(hang), "", loadtest.VerdictOK},
		"hangs for its timeout": {handler(hang), "timeout", loadtest.VerdictOverloadErrors},
		"refuses":               {func(t *testing.T) string { return refusing(t) }, "connect", loadtest.VerdictTargetDown},
		"never connects":        {blackhole, "", loadtest.VerdictTargetDown},
		"resets":                {func(t *testing.T) string { return rawServer(t, reset) }, "reset", loadtest.VerdictOverloadErrors},
		"closes":                {func(t *testing.T) string { return rawServer(t, func(net.Conn) {}) }, "reset", loadtest.VerdictOverloadErrors},
		"500 at once": {handler(func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(500) }), "5xx",
			loadtest.VerdictOverloadErrors},
		"404": {handler(func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(404) }), "4xx", loadtest.VerdictClientError},
		"switches protocols": {func(t *testing.T) string {
			return rawServer(t, func(c net.Conn) {
				_, _ = bufio.NewReader(c).ReadString('\n')
				_, _ = io.WriteString(c, "HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\nConnection: Upgrade\r\n\r\n")
				_, _ = io.Copy(io.Discard, c)
			})
		}, "protocol", loadtest.VerdictClientError},
		"redirects for ever": {handler(func(w http.ResponseWriter, r *http.Request) { http.Redirect(w, r, "/x", http.StatusFound) }), "redirects",
			loadtest.VerdictClientError},
		"answers garbage": {raw("\x00\x01\x02 hello\r\n\r\n"), "protocol", loadtest.VerdictClientError},
		"answers too few": {raw("HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nshort"), "reset", loadtest.VerdictOverloadErrors},
		"answers TLS only": {func(t *testing.T) string {
			return "https" + rawServer(t, func(c net.Conn) { _, _ = io.WriteString(c, "HTTP/1.1 400 no\r\n\r\n") })[4:]
		}, "tls", loadtest.VerdictTargetDown},
		"smuggles":                  {raw("HTTP/1.1 200 OK\r\nContent-Length: 5\r\nContent-Length: 6\r\n\r\nhello!"), "protocol", loadtest.VerdictClientError},
		"answers with a huge chunk": {raw("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n8000000000000000\r\nx"), "protocol", loadtest.VerdictClientError},
		"answers 100 for ever":      {raw(strings.Repeat("HTTP/1.1 100 Continue\r\n\r\n", 100)), "protocol", loadtest.VerdictClientError},
		"has an endless header":     {raw("HTTP/1.1 200 OK\r\n" + strings.Repeat("X: "+strings.Repeat("y", 1000)+"\r\n", 1100)), "protocol", loadtest.VerdictClientError},
		"has a slow header":         {func(t *testing.T) string { return rawServer(t, drip("HTTP/1.1 200 OK\r\n", "X: y\r\n")) }, "", loadtest.VerdictOK},
		"has endless chunks": {func(t *testing.T) string {
			return rawServer(t, drip("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n", "1\r\nx\r\n"))
		}, "", loadtest.VerdictOK},
		"never stops answering": {handler(func(w http.ResponseWriter, r *http.Request) {
			for r.Context().Err() == nil {
				if _, err := w.Write(make([]byte, 1024)); err != nil {
					return
				}
				time.Sleep(time.Millisecond)
			}
		}), "", loadtest.VerdictOK},
	} {
		t.Run(name, func(t *testing.T) {
			o := options(t, test.server(t))
			if test.class == "timeout" {
				o.Timeout, o.RunTime = 200*time.Millisecond, time.Second
			}
			s := loadtest.Run(t.Context(), plan(t, hammer), o).Summarise("test", nil)
			r := s.Requests["GET_/x"]
			require.Equal(t, test.verdict, s.Quality.Verdict)
			require.Positive(t, r.NumRequests+r.Unfinished)
			require.Equal(t, r.NumRequests, r.NumFailures, "none succeeded")
			require.Nil(t, r.Min, "there is no latency")
			if test.class != "" {
				require.Equal(t, map[string]int{test.class: r.NumFailures}, r.Failures)
				require.NotEmpty(t, s.Quality.Reasons)
			}
			p99 := r.Percentiles["p99"]
			if test.class == "" {
				require.True(t, p99.AtLeast)
				require.LessOrEqual(t, *p99.Value, 300.0, "the age of requests sent at once")
				require.Greater(t, *p99.Value, 100.0)
				require.Equal(t, []string{"avg_response_time", "median_response_time", "max_response_time"}, r.AtLeast)
			} else {
				require.True(t, p99.Failed)
				require.Nil(t, p99.Value)
			}
			_, err := json.Marshal(s)
			require.NoError(t, err)
		})
	}
}

func TestFailuresDoNotImproveAnything(t *testing.T) {
	var n atomic.Int64
	s := runAgainst(t, func(w http.ResponseWriter, _ *http.Request) {
		if n.Add(1)%2 == 0 {
			w.WriteHeader(503)
			return
		}
		time.Sleep(20 * time.Millisecond)
	}, hammer, nil)
	r := s.Requests["GET_/x"]
	require.Equal(t, loadtest.VerdictOverloadErrors, s.Quality.Verdict)
	for key, value := range map[string]*float64{"avg": r.Average, "median": r.Median, "min": r.Min} {
		require.GreaterOrEqual(t, *value, 20.0, key)
	}
	require.NotNil(t, r.Percentiles["p50"].Low)
	require.GreaterOrEqual(t, *r.Percentiles["p50"].Low, 20.0)
	require.True(t, r.Percentiles["p75"].Failed)
	require.Equal(t, r.NumFailures, r.Failures["5xx"])
}

func TestNamesAreThereEvenIfNothingWasSent(t *testing.T) {
	p := plan(t, "wait: {constant: 1s}\nonStart: [{think: 10s}]\ntasks: [{get: /a}, {post: /b, name: b}]")
	s := loadtest.Run(t.Context(), p, options(t, "http://127.0.0.1:1")).Summarise("test", nil)
	require.Equal(t, loadtest.VerdictTooFew, s.Quality.Verdict)
	require.Contains(t, s.Requests, "GET_/a")
	require.Contains(t, s.Requests, "POST_b")
	require.Nil(t, s.Requests["GET_/a"].Percentiles["p50"].Value)
}

func TestCancellingReturnsWhatThereIs(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	server := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, _ *http.Request) { cancel() }))
	defer server.Close()
	o := options(t, server.URL)
	o.RunTime = time.Hour
	s := loadtest.Run(ctx, plan(t, hammer), o).Summarise("test", nil)
	require.Positive(t, s.NumRequests+s.Unfinished)
	require.Equal(t, loadtest.VerdictTooFew, s.Quality.Verdict)
	require.Contains(t, s.Quality.Reasons[0], "interrupted after ")
}

// TestAFailedLoginIsNotPassedOver has a login that fails, in the warm-up, for every user, and items that are served all the
// same.
func TestAFailedLoginIsNotPassedOver(t *testing.T) {
	s := runAgainst(t, func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/login" {
			w.WriteHeader(http.StatusUnauthorized)
		}
	}, "onStart: [{post: /login}]\n"+hammer, func(o *loadtest.Options) { o.Warmup = 500 * time.Millisecond })
	require.Equal(t, loadtest.Quality{Verdict: loadtest.VerdictClientError,
		Reasons: []string{"onStart failed for 4 of 4 users, so they did not do what the script means"}}, s.Quality)
}

func TestReasonsNameTheRequestThatFailsMost(t *testing.T) {
	s := runAgainst(t, func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/gone" {
			w.WriteHeader(http.StatusGone)
		}
	}, "wait: {constant: 1ms}\ntasks: [{get: /ok}, {get: /gone, name: old items}]", nil)
	require.Equal(t, loadtest.VerdictClientError, s.Quality.Verdict)
	require.Regexp(t, `^\d+ of \d+ requests failed: 4xx \(mostly GET old items, status 410\)$`, s.Quality.Reasons[0])
	gone := s.Requests["GET_old items"]
	require.Equal(t, map[string]int{"410": gone.NumFailures}, gone.Statuses)
}

func TestUsersThatDidNotStartAreMissed(t *testing.T) {
	s := runAgainst(t, func(http.ResponseWriter, *http.Request) {}, hammer, func(o *loadtest.Options) { o.SpawnRate = 0.5 })
	require.Equal(t, loadtest.Quality{Verdict: loadtest.VerdictTooFew, Reasons: []string{"1 of 4 users were started before the end"}}, s.Quality)
	require.Equal(t, 1, s.Generator.Started)
}

func TestOnStopIsNotCountedWhenInterrupted(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	server := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { cancel() }))
	defer server.Close()
	o := options(t, server.URL)
	o.RunTime, o.StopTime = time.Hour, 5*time.Second
	s := loadtest.Run(ctx, plan(t, hammer+"onStop: [{get: /bye}]"), o).Summarise("test", nil)
	require.Zero(t, s.Requests["GET_/bye"].NumRequests)
}

// TestAnInterruptedRunEndsThenHoweverLongOnStopTakes interrupts a run by a deadline, as a caller may. The users' leave goes on
// until after the time that was planned for the run.
func TestAnInterruptedRunEndsThenHoweverLongOnStopTakes(t *testing.T) {
	server := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/bye" {
			time.Sleep(2 * time.Second)
		}
	}))
	defer server.Close()
	o := options(t, server.URL)
	o.RunTime, o.StopTime = 2*time.Second, 5*time.Second
	ctx, cancel := context.WithTimeout(t.Context(), 500*time.Millisecond)
	defer cancel()
	s := loadtest.Run(ctx, plan(t, "wait: {constant: 20ms}\ntasks: [{get: /x}]\nonStop: [{get: /bye}]\n"), o).Summarise("test", nil)
	require.Equal(t, loadtest.VerdictTooFew, s.Quality.Verdict)
	require.Contains(t, s.Quality.Reasons[0], "interrupted after")
	require.Less(t, s.EndTime-s.StartTime, 1.5)
	require.Zero(t, s.NumFailed)
	require.Less(t, s.Generator.InFlight, 3.0, "four users are in onStop, which is no load")
}

// TestAHeaderOfTwoLinesIsNotSent has a secret that ends in a line break, which is only known when the script runs.
func TestAHeaderOfTwoLinesIsNotSent(t *testing.T) {
	env := func(string) (string, bool) { return "abc\n", true }
	_, err := loadtest.ParseYAML("t.yaml", []byte(`tasks: [{get: /, auth: {bearer: "${env.TOKEN}"}}]`), env)
	require.EqualError(t, err, "t.yaml:1:33: tasks[0].auth.bearer: must be one line; a secret often ends in a line break, which echo -n leaves out")
	_, err = loadtest.ParseYAML("t.yaml", []byte(`tasks: [{get: /, headers: {X: "${vu.id} ${env.TOKEN}"}}]`), env)
	require.EqualError(t, err, "t.yaml:1:27: tasks[0].headers: the value of X must be one line")
}

func TestConnectionsAreGivenUp(t *testing.T) {
	var opened atomic.Int64
	server := httptest.NewUnstartedServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) {}))
	server.Config.ConnState = func(_ net.Conn, state http.ConnState) {
		if state == http.StateNew {
			opened.Add(1)
		}
	}
	server.Start()
	defer server.Close()
	o := options(t, server.URL)
	o.Reuse = loadtest.Reuse{Min: 3, Max: 3}
	s := loadtest.Run(t.Context(), plan(t, hammer), o).Summarise("test", nil)
	require.Eventually(t, func() bool { return int(opened.Load()) >= s.Connections.Opened }, 5*time.Second, time.Millisecond,
		"the server sees a connection a moment later")
	require.LessOrEqual(t, int(opened.Load()), s.Connections.Opened+4, "each user may have been cut off while it connected")
	require.InDelta(t, float64(s.NumRequests+s.Unfinished)/3, float64(s.Connections.Opened), 4, "one connection per user is not full yet")
	require.Zero(t, s.NumFailed)
}

// TestWhatIsSent checks requests as the service sees them.
func TestWhatIsSent(t *testing.T) {
	env := func(name string) (string, bool) {
		return map[string]string{"TOKEN": "s3cret", "PASS": `p"w`}[name], name != "NONE"
	}
	for name, test := range map[string]struct {
		step string
		want string
	}{
		"get with query":         {`{get: "/a?x=1", query: {n: 10, tag: [b, c d]}}`, "GET /a?x=1&n=10&tag=b&tag=c+d [] "},
		"any method":             {`{request: "PROPFIND /dav"}`, "PROPFIND /dav [] "},
		"json":                   {`{post: /j, json: {user: "u${vu.id}", pass: "${env.PASS}", n: 3, f: 1.50, ok: true, none: null, list: [1, "${vu.id}"]}}`, `POST /j [Content-Type=application/json] {"f":1.50,"list":[1,1],"n":3,"none":null,"ok":true,"pass":"p\"w","user":"u1"}`},
		"form":                   {`{put: /f, form: {a: 1 2, b: "${vu.id}"}}`, "PUT /f [Content-Type=application/x-www-form-urlencoded] a=1+2&b=1"},
		"raw body and its type":  {`{patch: /r, body: "x ${vu.id} $${y}", headers: {Content-Type: text/plain}}`, "PATCH /r [Content-Type=text/plain] x 1 ${y}"},
		"bearer":                 {`{delete: /d, auth: {bearer: "${env.TOKEN}"}}`, "DELETE /d [Authorization=Bearer s3cret] "},
		"basic":                  {`{get: /d, auth: {basic: {user: alice, password: "${env.PASS}"}}}`, `GET /d [Authorization=Basic YWxpY2U6cCJ3] `},
		"host and custom header": {`{get: /h, headers: {Host: other.example, X-A: "1"}}`, "GET /h [Host=other.example X-A=1] "},
		"options":                {`{options: /o}`, "OPTIONS /o [] "},
	} {
		t.Run(name, func(t *testing.T) {
			var got atomic.Value
			server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				body, _ := io.ReadAll(r.Body)
				headers := []string{}
				if r.Host == "other.example" {
					headers = append(headers, "Host="+r.Host)
				}
				for _, key := range []string{"Content-Type", "Authorization", "X-A"} {
					if v := r.Header.Get(key); v != "" {
						headers = append(headers, key+"="+v)
					}
				}
				got.Store(fmt.Sprintf("%s %s %v %s", r.Method, r.RequestURI, headers, body))
			}))
			defer server.Close()
			p, err := loadtest.ParseYAML("tasks.yaml", []byte("tasks:\n- "+test.step), env)
			require.NoError(t, err)
			var exchanges []loadtest.Exchange
			loadtest.DryRun(t.Context(), p, options(t, server.URL), func(e loadtest.Exchange) { exchanges = append(exchanges, e) })
			require.Len(t, exchanges, 1)
			require.Equal(t, loadtest.NoFailure, exchanges[0].Failure, "%v", exchanges[0].Err)
			require.Equal(t, test.want, got.Load())
		})
	}
}

func TestHostWithAPathIsAPrefix(t *testing.T) {
	var got atomic.Value
	server := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) { got.Store(r.RequestURI) }))
	defer server.Close()
	loadtest.DryRun(t.Context(), plan(t, `tasks: [{get: "/a%2Fb?c"}]`), options(t, server.URL+"/api/"), func(loadtest.Exchange) {})
	require.Equal(t, "/api/a%2Fb?c", got.Load())
}

func TestOnStartOnStopCookiesAndExpectations(t *testing.T) {
	var mu sync.Mutex
	var calls []string
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		cookie, _ := r.Cookie("session")
		value := ""
		if cookie != nil {
			value = " " + cookie.Value
		}
		mu.Lock()
		calls = append(calls, r.URL.Path+value)
		mu.Unlock()
		switch r.URL.Path {
		case "/login":
			http.SetCookie(w, &http.Cookie{Name: "session", Value: "abc"})
		case "/gone":
			w.WriteHeader(410)
		case "/moved":
			http.Redirect(w, r, "/new", http.StatusMovedPermanently)
		}
	}))
	defer server.Close()
	p := plan(t, `
onStart: [{post: /login}]
tasks:
  - name: all
    steps:
      - {get: /gone, expect: {status: [404, 410]}}
      - {get: /moved}
      - {get: /moved, redirects: 0, expect: {status: 301}, name: moved}
      - {get: /ok, expect: {status: 201}}
onStop: [{post: /logout}]
`)
	failures := map[string]string{}
	loadtest.DryRun(t.Context(), p, options(t, server.URL), func(e loadtest.Exchange) { failures[e.Name.Name] += e.Failure.String() })
	mu.Lock()
	defer mu.Unlock()
	require.Equal(t, []string{"/login", "/gone abc", "/moved abc", "/new abc", "/moved abc", "/ok abc", "/logout abc"}, calls)
	require.Equal(t, map[string]string{"/login": "", "/gone": "", "/moved": "", "moved": "", "/ok": "assertion", "/logout": ""}, failures)
}

func TestOnStopRunsAfterTheEnd(t *testing.T) {
	var logouts atomic.Int64
	s := runAgainst(t, func(_ http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/logout" {
			logouts.Add(1)
		}
	}, "wait: {constant: 1ms}\ntasks: [{get: /x}]\nonStop: [{post: /logout}]", func(o *loadtest.Options) { o.StopTime = 5 * time.Second })
	require.EqualValues(t, 4, logouts.Load(), "one for each user")
	require.Zero(t, s.Requests["POST_/logout"].NumRequests, "after the end nothing is counted")
}

// TestSameSeedSameRequests holds that a user's sequence of tasks depends on the seed alone.
func TestSameSeedSameRequests(t *testing.T) {
	sequence := func(seed uint64) []string {
		ctx, cancel := context.WithCancel(t.Context())
		defer cancel()
		var mu sync.Mutex
		var paths []string
		server := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
			mu.Lock()
			defer mu.Unlock()
			if paths = append(paths, r.URL.Path); len(paths) == 60 {
				cancel()
			}
		}))
		defer server.Close()
		o := options(t, server.URL)
		o.Users, o.Seed, o.RunTime = 1, seed, time.Minute
		o.Reuse = loadtest.Reuse{Min: 1 + int(seed), Max: 9}
		loadtest.Run(ctx, plan(t, "wait: {constant: 0s}\ntasks: [{get: /a, weight: 3}, {get: /b}, {get: /c}]"), o)
		return paths[:60]
	}
	first := sequence(1)
	require.Equal(t, first, sequence(1))
	require.NotEqual(t, first, sequence(2))
	counts := map[string]int{}
	for _, path := range first {
		counts[path]++
	}
	require.Greater(t, counts["/a"], counts["/b"])
}

func TestClassesShareUsersByWeight(t *testing.T) {
	var mu sync.Mutex
	users := map[string]bool{}
	runAgainst(t, func(_ http.ResponseWriter, r *http.Request) {
		mu.Lock()
		defer mu.Unlock()
		users[r.URL.Path] = true
	}, `
wait: {pacing: 1h}
users:
  - {weight: 3, tasks: [{get: "/a${vu.id}"}]}
  - {tasks: [{get: "/b${vu.id}"}]}
`, func(o *loadtest.Options) { o.Users = 8 })
	require.Equal(t, map[string]bool{"/a1": true, "/a2": true, "/b3": true, "/a4": true, "/a5": true, "/a6": true, "/b7": true, "/a8": true}, users)
}

func TestTLS(t *testing.T) {
	server := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if len(r.TLS.PeerCertificates) == 0 {
			w.WriteHeader(403)
		}
	}))
	server.EnableHTTP2 = true
	server.TLS = &tls.Config{ClientAuth: tls.RequestClientCert}
	server.StartTLS()
	defer server.Close()
	authorities := x509.NewCertPool()
	authorities.AddCert(server.Certificate())
	run := func(config *tls.Config) string {
		o := options(t, server.URL)
		o.TLS = config
		failure := ""
		loadtest.DryRun(t.Context(), plan(t, "tasks: [{get: /}]"), o, func(e loadtest.Exchange) { failure = e.Failure.String() })
		return failure
	}
	require.Equal(t, "tls", run(nil), "an unknown authority is refused")
	require.Equal(t, "4xx", run(&tls.Config{RootCAs: authorities}))
	require.Empty(t, run(&tls.Config{RootCAs: authorities, Certificates: server.TLS.Certificates}))
}

// rawServer is a server that hands each connection to serve and closes it afterwards.
func rawServer(t *testing.T, serve func(net.Conn)) string {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	t.Cleanup(func() { listener.Close() })
	go func() {
		for {
			c, err := listener.Accept()
			if err != nil {
				return
			}
			go func() {
				defer c.Close()
				serve(c)
			}()
		}
	}()
	return "http://" + listener.Addr().String()
}

// drip answers a request a little at a time, and never to the end.
func drip(first, more string) func(net.Conn) {
	return func(c net.Conn) {
		_, _ = bufio.NewReader(c).ReadString('\n')
		_, err := io.WriteString(c, first)
		for err == nil {
			time.Sleep(time.Millisecond)
			_, err = io.WriteString(c, more)
		}
	}
}

// TestNoAnswerIsTakenForAnother has a server that gives two answers to each request: the second is not that of the next one.
func TestNoAnswerIsTakenForAnother(t *testing.T) {
	address := rawServer(t, func(c net.Conn) {
		from := bufio.NewReader(c)
		for {
			if _, err := http.ReadRequest(from); err != nil {
				return
			}
			_, _ = io.WriteString(c, "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nokHTTP/1.1 500 Smuggled\r\nContent-Length: 0\r\n\r\n")
		}
	})
	s := loadtest.Run(t.Context(), plan(t, hammer), options(t, address)).Summarise("test", nil)
	require.Positive(t, s.NumRequests)
	require.Empty(t, s.Requests["GET_/x"].Statuses)
}

// lateContext tells whoever waits for its end in the order in which they have asked, the last one first, and takes its time.
type lateContext struct {
	context.Context
	mu    sync.Mutex
	ended chan struct{}
	tell  []func()
}

func (c *lateContext) Done() <-chan struct{} { return c.ended }

func (c *lateContext) Err() error {
	select {
	case <-c.ended:
		return context.Canceled
	default:
		return nil
	}
}

// AfterFunc is what package context asks for where it does not know the kind of a context.
func (c *lateContext) AfterFunc(f func()) (stop func() bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.tell = append(c.tell, f)
	return func() bool { return false }
}

func (c *lateContext) end() {
	close(c.ended)
	c.mu.Lock()
	defer c.mu.Unlock()
	for i := len(c.tell) - 1; i >= 0; i-- {
		c.tell[i]()
		time.Sleep(20 * time.Millisecond)
	}
}

// TestNoUserMissesTheEnd has users who sleep, and hear of the end later than what wakes them could.
func TestNoUserMissesTheEnd(t *testing.T) {
	ctx := &lateContext{Context: t.Context(), ended: make(chan struct{})}
	server := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) {}))
	defer server.Close()
	o := options(t, server.URL)
	o.RunTime = time.Hour
	time.AfterFunc(100*time.Millisecond, ctx.end)
	s := loadtest.Run(ctx, plan(t, "wait: {constant: 1h}\ntasks: [{get: /x}]\n"), o).Summarise("test", nil)
	require.Equal(t, 4, s.NumRequests)
}

// reset answers a request with a TCP reset.
func reset(c net.Conn) {
	_, _ = bufio.NewReader(c).ReadString('\n')
	_ = c.(*net.TCPConn).SetLinger(0)
}

// blackhole is an address that answers no attempt to connect: a listener with a full queue.
func blackhole(t *testing.T) string {
	t.Helper()
	fd, err := syscall.Socket(syscall.AF_INET, syscall.SOCK_STREAM, 0)
	require.NoError(t, err)
	t.Cleanup(func() { _ = syscall.Close(fd) })
	require.NoError(t, syscall.Bind(fd, &syscall.SockaddrInet4{Addr: [4]byte{127, 0, 0, 1}}))
	require.NoError(t, syscall.Listen(fd, 0))
	name, err := syscall.Getsockname(fd)
	require.NoError(t, err)
	address := fmt.Sprintf("127.0.0.1:%d", name.(*syscall.SockaddrInet4).Port)
	for { // fill the queue, until an attempt is left without an answer
		c, err := net.DialTimeout("tcp", address, 100*time.Millisecond)
		if err != nil {
			return "http://" + address
		}
		t.Cleanup(func() { c.Close() })
	}
}

// refusing is the address of a port on which nobody listens.
func refusing(t *testing.T) string {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	require.NoError(t, listener.Close())
	return "http://" + listener.Addr().String()
}

// TestScriptOfManyNames has more names than a script may make up while it runs.
func TestScriptOfManyNames(t *testing.T) {
	script := "tasks:\n- steps:\n"
	for i := range 1100 {
		script += fmt.Sprintf("  - get: /%d\n", i)
	}
	ctx, cancel := context.WithCancel(t.Context())
	rounds := 0
	server := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/0" {
			if rounds++; rounds == 2 {
				cancel()
			}
		}
	}))
	defer server.Close()
	o := options(t, server.URL)
	o.Users, o.RunTime = 1, time.Minute
	s := loadtest.Run(ctx, plan(t, script), o).Summarise("test", nil)
	require.Equal(t, 1, s.Requests["GET_/1099"].NumRequests)
}

func TestTimingsLeaveOutTheWarmupOfConnections(t *testing.T) {
	var mu sync.Mutex
	seen := map[string]bool{}
	s := runAgainst(t, func(_ http.ResponseWriter, r *http.Request) {
		mu.Lock()
		fresh := !seen[r.RemoteAddr]
		seen[r.RemoteAddr] = true
		mu.Unlock()
		if fresh {
			time.Sleep(100 * time.Millisecond)
		}
	}, hammer, func(o *loadtest.Options) { o.ConnectionWarmup = 1 })
	r := s.Requests["GET_/x"]
	require.Less(t, *r.Max, 100.0)
	require.Less(t, r.Timings.FirstByte.Max, 100.0)
}
