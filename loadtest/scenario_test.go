package loadtest_test

import (
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/latency-pod-autoscaler/lpa/loadtest"
	"github.com/stretchr/testify/require"
)

// shop is a service that remembers what it was asked.
type shop struct {
	*httptest.Server
	mu    sync.Mutex
	calls []string
	polls int
}

func newShop(t *testing.T) *shop {
	s := &shop{}
	s.Server = httptest.NewServer(http.HandlerFunc(s.serve))
	t.Cleanup(s.Close)
	return s
}

func (s *shop) serve(w http.ResponseWriter, r *http.Request) {
	body, _ := io.ReadAll(r.Body)
	s.mu.Lock()
	defer s.mu.Unlock()
	call := r.Method + " " + r.RequestURI
	for _, part := range []string{r.Header.Get("Authorization"), r.Header.Get("X-Id"), string(body)} {
		if part != "" {
			call += " " + part
		}
	}
	s.calls = append(s.calls, call)
	switch r.URL.Path {
	case "/login":
		http.SetCookie(w, &http.Cookie{Name: "session", Value: "s1"})
		w.Header().Set("X-Request-Id", "r1")
		w.Header().Set("Content-Type", "application/json; charset=utf-8")
		fmt.Fprint(w, `{"data": {"token": "tok en", "n": 5, "list": [1, 2], "ok": true, "none": null}}`)
	case "/page":
		fmt.Fprint(w, `<input name="csrf" value="c&1">`)
	case "/job":
		s.polls++
		fmt.Fprintf(w, `{"state": %q}`, map[bool]string{true: "done", false: "running"}[s.polls%3 == 0])
	case "/500":
		w.WriteHeader(500)
		fmt.Fprint(w, `{"error": "x"}`)
	case "/404":
		w.WriteHeader(404)
	case "/large":
		_, _ = io.WriteString(w, `{"a": "`+strings.Repeat("x", 1<<20)+`"}`)
	}
}

func (s *shop) take() []string {
	s.mu.Lock()
	defer s.mu.Unlock()
	calls := s.calls
	s.calls = nil
	return calls
}

// dry performs a script once and returns the exchanges.
func (s *shop) dry(t *testing.T, script string) []loadtest.Exchange {
	t.Helper()
	dir := t.TempDir()
	path := filepath.Join(dir, "tasks.yaml")
	require.NoError(t, os.WriteFile(path, []byte(script), 0o600))
	require.NoError(t, os.WriteFile(filepath.Join(dir, "accounts.csv"), []byte("user,password\nann,p1\nbob,p2\ncid,p3\n"), 0o600))
	p, err := loadtest.LoadScript(path, func(name string) (string, bool) { return "env-" + name, true })
	require.NoError(t, err)
	var all []loadtest.Exchange
	loadtest.DryRun(t.Context(), p, options(t, s.URL), func(e loadtest.Exchange) { all = append(all, e) })
	return all
}

// TestScenario is a whole script: feed, login, captures of every kind, expectations, conditions, loops, named steps.
func TestScenario(t *testing.T) {
	s := newShop(t)
	all := s.dry(t, `
feeds: {accounts: {csv: accounts.csv}}
defaults: {headers: {X-Id: "${vu.id}-${iteration}"}, expect: {status: 2xx}}
steps:
  login:
    - post: /login
      json: {user: "${accounts.user}", n: "${1 + 1}", password: "${accounts.password}"}
      capture:
        token: json:data.token
        n: json:data.n
        list: "json:data.list"
        id: "header:x-request-id"
        sid: "cookie:session"
        absent: {from: "json:data.absent", default: 7}
      expect:
        - {status: [200, 201], headers: {X-Request-Id: r1, Content-Type: {contains: json}}, body: {contains: "tok en", matches: '"n": \d'}}
        - body.data.ok && len(body.data.list) == 2 && latency < 10s
        - token == "tok en" && list[1] == 2
  bye: [{get: /bye}]
onStart: [{use: login}]
tasks:
  - name: browse
    steps:
      - get: "/items/${n}?q=${token}"
        headers: {Authorization: "Bearer ${token}"}
      - {get: /page, capture: {csrf: 'regex:value="([^"]+)"'}}
      - {post: /form, form: {csrf: "${csrf}", sum: "${n + absent}"}, query: {user: "${accounts.user}", same: "${accounts.user}"}}
      - repeat: {times: 9, until: 'body.state == "done"', every: 1ms}
        steps: [{get: /job}]
      - repeat: 2
        steps: [{think: 1h}, {head: /twice}]
      - if: status == 200 && absent == 7
        then: [{get: /then}]
        else: [{get: /else}]
      - if: 'headers["x-none"] != ""'
        then: [{get: /then}]
        else: [{use: bye}]
  - {repeat: "n - 4", steps: [{get: /once}]}
  - {use: bye}
onStop: [{delete: "/session/${sid}"}]
`)
	for _, e := range all {
		require.Equal(t, loadtest.NoFailure, e.Failure, "%s %s: %s %v", e.Method, e.URL, e.Reason, e.Err)
	}
	require.Equal(t, []string{
		`POST /login 1-0 {"n":2,"password":"p1","user":"ann"}`,
		"GET /items/5?q=tok%20en Bearer tok en 1-0",
		"GET /page 1-0",
		"POST /form?same=bob&user=bob 1-0 csrf=c%261&sum=12",
		"GET /job 1-0", "GET /job 1-0", "GET /job 1-0",
		"HEAD /twice 1-0", "HEAD /twice 1-0",
		"GET /then 1-0",
		"GET /bye 1-0",
		"GET /once 1-1",
		"GET /bye 1-2",
		"DELETE /session/s1 1-3",
	}, s.take())
}

// TestExpectations holds for each expectation which class of failure it is, and what is said.
func TestExpectations(t *testing.T) {
	for step, want := range map[string]string{
		`{get: /login}`:                                                       "",
		`{get: /500}`:                                                         "5xx",
		`{get: /404}`:                                                         "4xx",
		`{get: /404, expect: {status: 404}}`:                                  "",
		`{get: /404, expect: {status: 4xx}}`:                                  "",
		`{get: /404, expect: {status: [200, 5xx]}}`:                           "4xx: expected status 200 or 5xx, got 404",
		`{get: /login, expect: {status: 201}}`:                                "assertion: expected status 201, got 200",
		`{get: /404, expect: status == 404}`:                                  "",
		`{get: /500, expect: status == 200}`:                                  "5xx: expected status == 200",
		`{get: /login, expect: status == 201}`:                                "assertion: expected status == 201",
		`{get: /404, expect: "${status in [200, 404]}"}`:                      "",
		`{get: /500, expect: [status < 600, body.error == "y"]}`:              `assertion: expected body.error == "y"`,
		`{get: /500, expect: body.error == "x"}`:                              "5xx",
		`{get: /500, expect: status == 500 && body.error == "y"}`:             `5xx: expected status == 500 && body.error == "y"`,
		`{get: /500, expect: {status: 500}, capture: {a: "json:none"}}`:       "assertion: capture a: there is nothing at json:none",
		`{get: /500, capture: {a: "json:none"}}`:                              "5xx",
		`{get: /login, capture: {a: "json:data.none"}}`:                       "assertion: capture a: there is nothing at json:data.none",
		`{get: /page, capture: {a: "json:data"}}`:                             "assertion: capture a: the body is not JSON",
		`{get: /page, capture: {a: "regex:nothing (.*)"}}`:                    "assertion: capture a: nothing in the body matches regex:nothing (.*)",
		`{get: /page, capture: {a: "header:x-none"}}`:                         "assertion: capture a: the answer has no header X-None",
		`{get: /page, capture: {a: "cookie:none"}}`:                           "assertion: capture a: the answer sets no cookie none",
		`{get: /page, capture: {a: {from: "cookie:none", default: ""}}}`:      "",
		`{get: /login, expect: len(body.none) > 0}`:                           "assertion: expected len(body.none) > 0: invalid argument for len (type nothing)",
		`{get: /login, expect: body.data.n}`:                                  "assertion: expected body.data.n: must be true or false, got a whole number",
		`{get: /page, expect: body.a == 1}`:                                   "assertion: expected body.a == 1: cannot fetch a from nothing; body is nil, as the answer is no JSON, and text is what came",
		`{get: /page, expect: "body contains 'x'"}`:                           "assertion: expected body contains 'x'; body is nil, as the answer is no JSON, and text is what came",
		`{get: /login, expect: latency < 0s}`:                                 "assertion: expected latency < 0s",
		`{get: /login, expect: {body: {contains: nothing}}}`:                  `assertion: expected body to contain "nothing", got "{\"data\": {\"token\": \"***\", \"n\": 5, \"list\": [1, 2], \"ok\": true"…`,
		`{get: /login, expect: {body: whole}}`:                                `assertion: expected body to be "whole", got "{\"data\": {\"token\": \"***\", \"n\": 5, \"list\": [1, 2], \"ok\": true"…`,
		`{get: /login, expect: {headers: {x-request-id: "${vu.id}"}}}`:        `assertion: expected header x-request-id to be "1", got "r1"`,
		`{get: /login, expect: {headers: {X-Request-Id: {matches: "^r.$"}}}}`: "",
		`{get: /login, expect: {headers: {X-Request-Id: {matches: "^x"}}}}`:   `assertion: expected header X-Request-Id to match ^x, got "r1"`,
		`{get: /large, expect: len(body.a) > 0}`:                              "assertion: expected len(body.a) > 0: the body has more than 1048576 bytes, and what comes after is not looked at",
		`{get: /large, expect: {body: {contains: x}}}`:                        "assertion: expected a body to look at: the body has more than 1048576 bytes, and what comes after is not looked at",
		`{get: /large, capture: {a: "json:a"}}`:                               "assertion: capture a: the body has more than 1048576 bytes, and what comes after is not looked at",
		`{get: "${env.X + string(vu.id)}"}`:                                   "request: the path must start with a single / or be an address with http:// or https://, got \"***1\"",
		`{get: /x, headers: {X-Id: "${body_}"}, capture: {body_: "json:a"}}`:  "request: header X-Id: ${body_}: body_ has not been captured yet",
		`{get: /x, headers: {X-Id: '${"a\nb" + string(vu.id)}'}}`:             "request",
		`{if: "rand(2, 1) == 1", then: [{get: /x}]}`:                          "request: if: rand: the second number must be at least the first, 2, got 1",
		`{repeat: "rand(99999, 99999)", steps: [{get: /x}]}`:                  "request: repeat: must be a whole number from 0 to 10000, got 99999",
	} {
		s := newShop(t)
		all := s.dry(t, "tasks:\n- "+step)
		require.Len(t, all, 1, step)
		got := all[0].Failure.String()
		if all[0].Reason != "" {
			got += ": " + all[0].Reason
		}
		require.Equal(t, want, got, step)
	}
}

// TestOnFailure has a step that fails, with each of the consequences.
func TestOnFailure(t *testing.T) {
	script := func(outer, inner string) string {
		return outer + `
tasks:
  - steps:
      - repeat: 2
        steps: [{get: /404` + inner + `}, {get: /a}]
      - {get: /b}
  - {get: /c}
onStop: [{get: /stop}]`
	}
	all := []string{"GET /404", "GET /a", "GET /404", "GET /a", "GET /b", "GET /c", "GET /stop"}
	for _, test := range []struct {
		script string
		want   []string
		then   string
	}{
		{script("", ""), all, ""},
		{script("", ", onFailure: continue"), all, ""},
		{script("", ", onFailure: abortIteration"), []string{"GET /404", "GET /c", "GET /stop"}, "abortIteration"},
		{script("onFailure: abortIteration", ""), []string{"GET /404", "GET /c", "GET /stop"}, "abortIteration"},
		{script("defaults: {onFailure: stopUser}", ""), []string{"GET /404", "GET /stop"}, "stopUser"},
		{script("defaults: {onFailure: stopUser}", ", onFailure: continue"), all, ""},
	} {
		s := newShop(t)
		exchanges := s.dry(t, test.script)
		require.Equal(t, test.want, s.take(), test.script)
		require.Equal(t, test.then, exchanges[0].Then)
	}
}

func TestDefaultsAreReplacedBelow(t *testing.T) {
	s := newShop(t)
	all := s.dry(t, `
defaults: {headers: {X-Id: outer}, expect: {status: 404}, auth: {bearer: top}}
users:
  - name: first
    defaults: {headers: {x-id: "inner ${id ?? 0}"}}
    tasks:
      - {get: /404, capture: {id: {from: "regex:none", default: 5}}}
      - {get: /login, expect: {status: 200}, headers: {X-ID: own}}
  - name: second
    headers: {X-Id: "second"}
    auth: {basic: {user: a, password: "${env.P}"}}
    tasks: [{get: /404}]
`)
	require.Equal(t, []string{"GET /404 Bearer top inner 0", "GET /login Bearer top own", "GET /404 Basic YTplbnYtUA== second"}, s.take())
	require.Equal(t, []string{"first", "first", "second"}, []string{all[0].Class, all[1].Class, all[2].Class})
	for _, e := range all {
		require.Equal(t, loadtest.NoFailure, e.Failure, e.Reason)
	}
}

// TestDryRunHidesSecrets looks for them in everything that is shown.
func TestDryRunHidesSecrets(t *testing.T) {
	s := newShop(t)
	all := s.dry(t, `
feeds: {accounts: {rows: [{user: ann, password: hunter2}]}}
onStart:
  - post: "/login?key=${env.KEY}&b=${urlEncode(env.KEY + ' /')}"
    json: {user: "${accounts.user}", password: "${accounts.password}", deep: "x ${env.KEY}"}
    headers: {Cookie: mine, X-Api-Key: k, X-Id: "${env.KEY}"}
    auth: {basic: {user: me, password: open sesame}}
    capture: {value: "json:data.token", sid: "cookie:session", n: "json:data.n"}
    expect: text contains "wrong ${env.KEY}" || text contains env.KEY
tasks:
  - {get: /login, auth: {bearer: "${value}"}, name: again, query: {t: "${value}"}}
`)
	require.Len(t, all, 2)
	text := fmt.Sprintf("%+v", all)
	for _, secret := range []string{"env-KEY", "hunter2", "open sesame", "mine", "tok en", "tok+en", "s1", "bWU6"} {
		require.NotContains(t, text, secret)
	}
	require.Equal(t, []loadtest.Captured{{"n", "5"}, {"sid", "***"}, {"value", "***"}}, sortedCaptures(all[0].Captured))
	require.Contains(t, all[0].Body, `"user":"ann"`)
	require.Contains(t, all[0].ResponseBody, `"token": "***"`)
	require.Equal(t, "assertion", all[0].Failure.String())
}

func sortedCaptures(all []loadtest.Captured) []loadtest.Captured {
	slices.SortFunc(all, func(a, b loadtest.Captured) int { return strings.Compare(a.Name, b.Name) })
	return all
}

// TestScriptsInARun drives many users through captures and feeds at once.
func TestScriptsInARun(t *testing.T) {
	s := newShop(t)
	p, err := loadtest.ParseYAML("tasks.yaml", []byte(`
wait: {constant: 1ms}
feeds: {words: {rows: [{w: a}, {w: b}, {w: c}, {w: d}, {w: e}, {w: f}, {w: g}, {w: h}], scope: shared}}
onStart: [{get: /login, capture: {token: "json:data.token"}}]
tasks:
  - steps:
      - {get: "/x?w=${words.w}&u=${vu.id}", name: /x, headers: {Authorization: "${token}"}, expect: status == 200}
      - {get: /404, onFailure: abortIteration}
      - {get: /never}
`), noEnv)
	require.NoError(t, err)
	result := loadtest.Run(t.Context(), p, options(t, s.URL)).Summarise("test", nil)
	require.Zero(t, result.Requests["GET_/x"].NumFailures)
	require.Positive(t, result.Requests["GET_/x"].NumRequests)
	require.Zero(t, result.Requests["GET_/never"].NumRequests)
	users := map[string]string{}
	for _, call := range s.take() {
		var word, user string
		if n, _ := fmt.Sscanf(call, "GET /x?w=%1s&u=%1s tok en", &word, &user); n == 2 {
			if users[word] == "" {
				users[word] = user
			}
			require.Equal(t, users[word], user, "with half as many users as rows, each has two of its own")
		}
	}
	require.NotEmpty(t, users)
}

func TestStopUserEndsTheUser(t *testing.T) {
	s := newShop(t)
	o := options(t, s.URL)
	o.StopTime = 5 * time.Second
	p := plan(t, "wait: {constant: 1ms}\nonStart: [{post: /404, onFailure: stopUser}, {get: /never}]\ntasks: [{get: /never}]\nonStop: [{get: /bye}]")
	loadtest.Run(t.Context(), p, o)
	calls := s.take()
	slices.Sort(calls)
	require.Equal(t, []string{"GET /bye", "GET /bye", "GET /bye", "GET /bye", "POST /404", "POST /404", "POST /404", "POST /404"}, calls)
}
