package loadtest

import (
	"context"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// examplesOf are those of a run of a script against a service, by name and class. The run ends when its only user has sent all requests
// of the script and begins anew, which is with one for the first path.
func examplesOf(t *testing.T, plan *Plan, handler http.HandlerFunc, first string) map[string]map[string]Example {
	t.Helper()
	ctx, end := context.WithCancel(t.Context())
	defer end()
	var begun atomic.Int64
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == first && begun.Add(1) == 2 {
			end()
		}
		handler(w, r)
	}))
	defer server.Close()
	host, err := url.Parse(server.URL)
	require.NoError(t, err)
	result := Run(ctx, plan, Options{Host: host, Users: 1, RunTime: 5 * time.Minute, Seed: 1, Examples: true})
	require.NoError(t, result.Err())
	s := result.Summarise("test", nil)
	for key, request := range s.Requests {
		require.Nil(t, request.Examples, "%s: nobody asked for them", key)
	}
	result.Exemplify(s)
	all := map[string]map[string]Example{}
	for key, request := range s.Requests {
		if request.Examples != nil {
			all[key] = request.Examples
		}
		for class := range request.Examples {
			require.Positive(t, request.Failures[class], key)
		}
	}
	return all
}

// odd is a service of which nothing is as it should be. It repeats what must not be shown.
func odd(w http.ResponseWriter, r *http.Request) {
	switch r.URL.Path {
	case "/moved":
		w.Header().Set("Location", "/")
		w.WriteHeader(http.StatusFound)
	case "/gone":
		w.WriteHeader(http.StatusGone)
	case "/login":
		fmt.Fprint(w, `{"token": "t0ken-of-a-user", "ok": true}`)
	case "/echo":
		w.Header().Set("X-Kind", "none")
		w.Header().Set("Set-Cookie", "session=of-a-user")
		fmt.Fprintf(w, "password=hunter2&x=%s %s%s \x1b]0;\x07", strings.Repeat("-", 30), r.Header.Get("Authorization"), r.Header.Get("X-Token"))
	case "/long":
		fmt.Fprintf(w, `{"text": "%s"}`, strings.Repeat("é", 5000))
	default:
		fmt.Fprint(w, `{"items": []}`)
	}
}

func TestExamples(t *testing.T) {
	p, err := ParseYAML("tasks.yaml", []byte(`
wait: {constant: 1ms}
tasks:
- steps:
  - {get: /fine, name: fine}
  - {get: /moved, redirects: 0, expect: {status: 200}}
  - {get: /gone, expect: {status: 2xx}}
  - {get: /gone, name: without an expectation}
  - {get: /items, expect: "len(body.items) > 0"}
  - {get: /items, name: status, expect: "status == 201"}
  - {post: /login, capture: {t: "json:token"}}
  - {get: /echo, name: body, auth: {bearer: "${t}"}, expect: {body: {contains: "what ${env.PASSWORD} says"}}}
  - {get: /echo, name: header, headers: {X-Token: "${t}"}, expect: {headers: {X-Kind: some}}}
  - {get: /echo, name: secret header, expect: {headers: {Set-Cookie: some}}}
  - {get: /long, expect: {body: "`+strings.Repeat("y", 1000)+`"}}
  - {get: /items, name: nothing to capture, capture: {x: "json:id"}}
`), func(name string) (string, bool) { return "swordfish", name == "PASSWORD" })
	require.NoError(t, err)
	all := examplesOf(t, p, odd, "/fine")
	long := all["GET_/long"]["assertion"]
	delete(all, "GET_/long")
	require.Equal(t, map[string]map[string]Example{
		"GET_/moved": {"assertion": {Reason: "expected status 200, got 302", Status: 302}},
		"GET_/gone":  {"4xx": {Reason: "expected status 2xx, got 410", Status: 410}},
		"GET_/items": {"assertion": {Reason: "expected len(body.items) > 0", Status: 200, Body: `{"items": []}`}},
		"GET_status": {"assertion": {Reason: "expected status == 201", Status: 200}},
		"GET_body": {"assertion": {Reason: `expected body to contain "what *** says", got "password=***&x=------------------------------ *** \x1b]0;\a"`,
			Status: 200, Body: "password=***&x=------------------------------ *** \x1b]0;\a"}},
		"GET_header":             {"assertion": {Reason: `expected header X-Kind to be "some", got "none"`, Status: 200, Body: "password=***&x=------------------------------ *** \x1b]0;\a"}},
		"GET_secret header":      {"assertion": {Reason: `expected header Set-Cookie to be "some", got "***"`, Status: 200, Body: "password=***&x=------------------------------  \x1b]0;\a"}},
		"GET_nothing to capture": {"assertion": {Reason: "capture x: there is nothing at json:id", Status: 200, Body: `{"items": []}`}},
	}, all)
	require.Equal(t, cut(`expected body to be "`+strings.Repeat("y", 1000), longestReason), long.Reason)
	require.Equal(t, `{"text": "`+strings.Repeat("é", (longestBody-10)/2)+"…", long.Body)
	text, err := json.Marshal(all)
	require.NoError(t, err)
	for _, secret := range []string{"swordfish", "t0ken-of", "hunter2", "of-a-user"} {
		require.NotContains(t, string(text), secret)
	}
	require.Equal(t, `expected len(body.items) > 0; it came with status 200 and the body "{\"items\": []}"`, all["GET_/items"]["assertion"].String())
	require.Equal(t, `expected status == 201; it came with status 200`, all["GET_status"]["assertion"].String())
	require.Equal(t, `expected status 200, got 302`, all["GET_/moved"]["assertion"].String())
}

func TestExamplesOfStarlark(t *testing.T) {
	p, err := ParseStarlark("tasks.star", []byte(`
TOKEN = env("TOKEN")

def task(user):
    user.get("/moved", redirects = 0, expect = [200, 201])
    r = user.get("/items")
    r.expect(r.json("items") != [], "there are items")
    r = user.get("/gone")
    r.expect(status = 200)
    r = user.get("/echo", bearer = TOKEN)
    r.expect(contains = "nothing")
    r = user.get("/long", name = "fail")
    r.fail("not with " + TOKEN)

user_class(tasks = [task])
`), func(name string) (string, bool) { return "swordfish", name == "TOKEN" })
	require.NoError(t, err)
	all := examplesOf(t, p, odd, "/moved")
	require.Equal(t, Example{Reason: "expected status 200 or 201, got 302", Status: 302}, withoutBody(all["GET_/moved"]["assertion"]))
	require.Equal(t, Example{Reason: "there are items", Status: 200, Body: `{"items": []}`}, all["GET_/items"]["assertion"])
	require.Equal(t, Example{Reason: "expected status 200, got 410", Status: 410}, all["GET_/gone"]["4xx"])
	require.Equal(t, Example{Reason: `expected body to contain "nothing", got "password=***&x=------------------------------ *** \x1b]0;\a"`, Status: 200,
		Body: "password=***&x=------------------------------ *** \x1b]0;\a"}, all["GET_/echo"]["assertion"])
	require.Equal(t, Example{Reason: "not with ***", Status: 200}, withoutBody(all["GET_fail"]["assertion"]))
	require.Len(t, all, 5)
}

func withoutBody(e Example) Example { e.Body = ""; return e }

// TestExamplesAreBounded holds that a script which makes names up does not fill the memory, and that a text is cut between letters.
func TestExamplesAreBounded(t *testing.T) {
	var e examples
	for name := range 3 * mostExamples {
		require.Equal(t, name < mostExamples, e.lacks(exampleOf{name, FailureAssertion}))
		e.add(exampleOf{name, FailureAssertion}, Example{Reason: fmt.Sprint(name)})
		e.add(exampleOf{name, FailureAssertion}, Example{Reason: "a later one"})
	}
	require.Len(t, e.found, mostExamples)
	require.Equal(t, map[Failure]Example{FailureAssertion: {Reason: "7"}}, e.of(7))
	require.Nil(t, e.of(mostExamples))
	require.Equal(t, "aé", cut("aé", 3))
	require.Equal(t, "aé…", cut("aéé", 4))
	require.Equal(t, "\ufffda", cut("\xff\xfea", 100))
}

// TestExamplesCostSuccessesNothing holds that an answer which is what the script expects allocates nothing when it is judged.
func TestExamplesCostSuccessesNothing(t *testing.T) {
	p, err := ParseYAML("tasks.yaml", []byte(`tasks: [{get: /items, expect: {status: 200, body: {contains: x}}}]`), func(string) (string, bool) { return "", false })
	require.NoError(t, err)
	s := p.classes[0].tasks[0].steps[0].(*requestStep)
	u := &user{id: 1, class: &p.classes[0], random: rand.New(rand.NewPCG(1, 1)), run: &run{plan: p, options: Options{Examples: true}}}
	a := answer{status: 200, body: []byte("x")}
	require.Equal(t, NoFailure, s.judge(u, a))
	require.Zero(t, testing.AllocsPerRun(100, func() { s.judge(u, a) }))
	require.Nil(t, u.run.examples.found)
}

// TestExamplesAreKeptWhereTheyAreWanted holds that a run whose examples nobody asks for does no work for them.
func TestExamplesAreKeptWhereTheyAreWanted(t *testing.T) {
	p, err := ParseYAML("tasks.yaml", []byte(`tasks: [{get: /items, expect: {status: 200, body: {contains: x}}}]`), func(string) (string, bool) { return "", false })
	require.NoError(t, err)
	s := p.classes[0].tasks[0].steps[0].(*requestStep)
	for _, wanted := range []bool{false, true} {
		u := &user{id: 1, class: &p.classes[0], random: rand.New(rand.NewPCG(1, 1)), run: &run{plan: p, options: Options{Examples: wanted}}}
		require.Equal(t, FailureAssertion, s.judge(u, answer{status: 200, body: []byte("y")}))
		require.Equal(t, wanted, len(u.run.examples.found) > 0)
	}
}

// TestAnExampleSaysOnceWhatCame: a reason may have said it already.
func TestAnExampleSaysOnceWhatCame(t *testing.T) {
	long := strings.Repeat("pears ", 15)
	for _, test := range []struct {
		example Example
		want    string
	}{
		{Example{Reason: `expected body to contain "apples", got "pears"`, Status: 200, Body: "pears"}, `expected body to contain "apples"; it came with status 200 and the body "pears"`},
		{Example{Reason: `expected body to contain "apples", got ` + shorten(long), Status: 200, Body: long}, `expected body to contain "apples"; it came with status 200 and the body "` + long + `"`},
		{Example{Reason: "expected status 2xx, got 503", Status: 503, Body: "busy"}, `expected status 2xx; it came with status 503 and the body "busy"`},
		{Example{Reason: "expected status 2xx, got 503", Status: 503}, "expected status 2xx, got 503"},
		{Example{Reason: `expected header X to be "a", got "b"`, Status: 200, Body: "pears"}, `expected header X to be "a", got "b"; it came with status 200 and the body "pears"`},
	} {
		require.Equal(t, test.want, test.example.String())
	}
}
