package loadtest

import (
	"context"
	"errors"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/latency-pod-autoscaler/lpa/loadtest/internal/engine"
	"github.com/stretchr/testify/require"
)

// called is what came of one call of a script's task.
type called struct {
	next    flow
	samples []Failure
	log     []string
	crashes []string
}

// callTask has a user with a client that always gives the same answer perform the body of a task once, as in a dry run.
func callTask(t testing.TB, ctx context.Context, body string, a answer) called {
	script := "def helper(user, path):\n    return user.get(path)\n\nSHARED = {}\nLIST = [1, 2]\nCOUNT = 0\n\ndef task(user):\n    " +
		strings.ReplaceAll(strings.TrimSpace(body), "\n", "\n    ") + "\n\nuser_class(tasks = [task])\n"
	p, err := ParseStarlark("t.star", []byte(script), func(string) (string, bool) { return "", false })
	require.NoError(t, err)
	var c called
	u := stubUser(t, p, a)
	u.run.log = func(text string, _ Failure) { c.log = append(c.log, text) }
	u.run.observe = func(_ int, _ *outgoing, _ answer, outcome Failure) { c.samples = append(c.samples, outcome) }
	require.NoError(t, alone(context.Background(), func(f *engine.Fiber) {
		u.fiber = f
		c.next = u.perform(ctx, p.classes[0].tasks[0].steps)
	}))
	for _, one := range u.run.crashes.list() {
		c.crashes = append(c.crashes, one.text)
	}
	return c
}

var okAnswer = answer{status: 200, body: []byte(`{"items": [{"id": 7}], "big": 12345678901234567890, "f": 1.5, "none": null}`),
	headers: http.Header{"Content-Type": {"application/json"}, "Set-Cookie": {"session=abc; Path=/", "lang=de"}}, latency: 300 * time.Millisecond}

var (
	busyAnswer = answer{status: 503, body: []byte("<html>busy")}
	goneAnswer = answer{status: 410}
	noAnswer   = answer{err: errors.New("EOF")}
)

// TestWhatAScriptSees has scripts log what they see.
func TestWhatAScriptSees(t *testing.T) {
	for name, test := range map[string]struct {
		body   string
		answer answer
		want   string
	}{
		"user":                    {`user.log(user.id, user.users, user.iteration, user.state, type(user))`, okAnswer, `1 1 0 {} user`},
		"print":                   {`print("a", 1)`, okAnswer, `a 1`},
		"status and latency":      {`r = user.get("/"); user.log(r.status, r.ok, r.error, r.latency_ms)`, okAnswer, `200 True None 300.0`},
		"json":                    {`r = user.get("/"); user.log(r.json())`, okAnswer, `{"items": [{"id": 7}], "big": 12345678901234567890, "f": 1.5, "none": None}`},
		"json path":               {`r = user.get("/"); user.log(r.json("items.0.id"), r.json("items.#"), r.json("none"), r.json("x.y", default = []))`, okAnswer, `7 1 None []`},
		"text":                    {`r = user.get("/"); user.log(len(r.text), "items" in r.text)`, okAnswer, `75 True`},
		"headers in any case":     {`r = user.get("/"); user.log(r.headers["content-TYPE"], r.headers.get("X"), r.headers.get("x", 1), "CONTENT-type" in r.headers)`, okAnswer, `application/json None 1 True`},
		"cookies":                 {`r = user.get("/"); user.log(r.cookies)`, okAnswer, `{"session": "abc", "lang": "de"}`},
		"no JSON":                 {`r = user.get("/"); user.log(r.json(), r.json("items"), r.json("items", []), r.error)`, busyAnswer, `None None [] 5xx`},
		"no answer":               {`r = user.get("/"); user.log(r.status, r.ok, r.error, r.text == "", r.json(), r.headers.get("x"), r.cookies)`, noAnswer, `0 False protocol True None None {}`},
		"an answer of before":     {`r = user.get("/a"); user.get("/b"); user.log(r.json("items.0.id"))`, okAnswer, `7`},
		"choice":                  {`user.log(user.choice([5]), user.choice("a"), user.choice((None,)))`, okAnswer, `5 a None`},
		"rand":                    {`user.log(user.rand(3, 3), user.rand(a = -1, b = -1))`, okAnswer, `3 -1`},
		"uuid":                    {`user.log(len(user.uuid()), user.uuid() != user.uuid())`, okAnswer, `36 True`},
		"state":                   {`user.state["a"] = [1]; user.state["a"].append(2); user.log(user.state)`, okAnswer, `{"a": [1, 2]}`},
		"globals":                 {`user.log(env("X", "y"), math.sqrt(4.0), struct(a = 1).a, json.encode({"a": [1]}), csv.rows("a;b\n1;2\n", delimiter = ";"))`, okAnswer, `y 2.0 1 {"a":[1]} [{"a": "1", "b": "2"}]`},
		"expect says if it holds": {`r = user.get("/"); user.log(r.expect(status = 200), r.expect(contains = "items"), r.expect(latency = "299ms"), r.expect(1 > 2, "no"), r.expect())`, okAnswer, `True True False False True`},
	} {
		t.Run(name, func(t *testing.T) {
			c := callTask(t, t.Context(), test.body, test.answer)
			require.Empty(t, c.crashes)
			require.Equal(t, []string{test.want}, c.log)
		})
	}
}

// TestWhatAScriptThinksOfAnAnswer holds what requests are recorded as.
func TestWhatAScriptThinksOfAnAnswer(t *testing.T) {
	for name, test := range map[string]struct {
		body   string
		answer answer
		want   []Failure
		next   flow
	}{
		"nothing":                          {`user.get("/")`, okAnswer, []Failure{NoFailure}, goOn},
		"nothing, of a 503":                {`user.get("/")`, busyAnswer, []Failure{Failure5xx}, goOn},
		"a 410 that is expected":           {`user.get("/", expect = [404, 410])`, goneAnswer, []Failure{NoFailure}, goOn},
		"a class that is expected":         {`user.get("/", expect = ["3xx", "4xx"])`, goneAnswer, []Failure{NoFailure}, goOn},
		"a 410 that is expected later":     {`user.get("/").expect(status = [404, 410])`, goneAnswer, []Failure{NoFailure}, goOn},
		"a 410 that is not":                {`user.get("/", expect = 410).expect(status = 200)`, goneAnswer, []Failure{Failure4xx}, goOn},
		"a 200 that is not":                {`user.get("/", expect = 201)`, okAnswer, []Failure{FailureAssertion}, goOn},
		"content":                          {`user.get("/").expect(contains = "xyz")`, okAnswer, []Failure{FailureAssertion}, goOn},
		"latency":                          {`user.get("/").expect(latency = "299ms")`, okAnswer, []Failure{FailureAssertion}, goOn},
		"latency within":                   {`user.get("/").expect(latency = "300ms")`, okAnswer, []Failure{NoFailure}, goOn},
		"a condition":                      {`r = user.get("/"); r.expect(len(r.json("items")) > 1, "too few")`, okAnswer, []Failure{FailureAssertion}, goOn},
		"fail":                             {`user.get("/").fail("why")`, okAnswer, []Failure{FailureAssertion}, goOn},
		"fail of a failure":                {`user.get("/").fail("why")`, busyAnswer, []Failure{Failure5xx}, goOn},
		"no answer":                        {`user.get("/").expect(status = 200, contains = "x")`, noAnswer, []Failure{FailureProtocol}, goOn},
		"each for itself":                  {"user.get('/').fail('a')\nuser.get('/')\nuser.get('/').fail('b')", okAnswer, []Failure{FailureAssertion, NoFailure, FailureAssertion}, goOn},
		"abort":                            {"user.get('/').fail('a')\nuser.abort()\nuser.get('/')", okAnswer, []Failure{FailureAssertion}, abortIteration},
		"stop":                             {"user.get('/')\nuser.stop()\nuser.get('/')", okAnswer, []Failure{NoFailure}, stopUser},
		"abort within a built-in function": {"sorted([2, 1], key = lambda x: user.abort())\nuser.get('/')", okAnswer, nil, abortIteration},
		"a mistake after a good answer":    {"user.get('/')\nuser.get('/')\n[][0]", okAnswer, []Failure{NoFailure, FailureAssertion}, abortIteration},
		"a mistake after a bad one":        {"r = user.get('/')\nr.json('items')[0]", busyAnswer, []Failure{Failure5xx}, abortIteration},
		"a mistake after what was refused": {"user.get('/').fail('a')\n[][0]", okAnswer, []Failure{FailureAssertion}, abortIteration},
		"a mistake long after":             {"user.get('/')\nuser.think('1s')\n[][0]", okAnswer, []Failure{NoFailure}, abortIteration},
	} {
		t.Run(name, func(t *testing.T) {
			c := callTask(t, t.Context(), test.body, test.answer)
			require.Equal(t, test.want, c.samples)
			require.Equal(t, test.next, c.next)
		})
	}
}

// TestMistakesOfAScript holds what is said about the mistakes that show when a script runs.
func TestMistakesOfAScript(t *testing.T) {
	const at = "t.star:9:"
	for name, test := range map[string]struct{ body, want string }{
		"missing key":         {`{}["x"]`, at + `7 in task: key "x" not in dict`},
		"in a helper":         {`helper(user, "x")`, `t.star:2:20 in helper, called from t.star:9:11 in task: get: path: must be a path that starts with / or an address that starts with http:// or https://, got "x"`},
		"frozen dict":         {`SHARED["x"] = 1`, at + `11 in task: cannot insert into frozen hash table; what is made at the top level is shared by all users and cannot be changed: keep what a user remembers in user.state`},
		"frozen list":         {`LIST.append(3)`, at + `16 in task: append: cannot append to frozen list; what is made at the top level is shared by all users and cannot be changed: keep what a user remembers in user.state`},
		"global":              {`COUNT += 1`, at + `5 in task: local variable COUNT referenced before assignment; a function cannot assign to a variable of the top level: keep what a user remembers in user.state`},
		"attribute of user":   {`user.token = 1`, at + `9 in task: can't assign to .token field of user; keep what a user remembers in user.state`},
		"misspelt method":     {`user.gett("/")`, at + `9 in task: user has no .gett field or method (did you mean .get?)`},
		"misspelt argument":   {`user.get("/", header = {})`, at + `13 in task: get: header: unknown argument; known here: auth, bearer, body, expect, form, headers, json, name, query, redirects, timeout`},
		"misspelt field":      {`user.get("/").statis`, at + `18 in task: response has no .statis field or method (did you mean .status?)`},
		"too many arguments":  {`user.get("/", {})`, at + `13 in task: get: takes 1 argument without a name, got 2; the others are auth, bearer, body, expect, form, headers, json, name, query, redirects, timeout`},
		"no path":             {`user.get()`, at + `13 in task: get: path: must be a path that starts with / or an address that starts with http:// or https://, got ""`},
		"path of two slashes": {`user.get("//host/x")`, at + `13 in task: get: path: must begin with a single /; after // comes a host, got "//host/x"`},
		"no URL":              {`user.get("/%zz")`, at + `13 in task: get: path: must be a valid path (parse "/%zz": invalid URL escape "%zz")`},
		"path that is none":   {`user.get(7)`, at + `13 in task: get: path: must be text, got 7`},
		"method":              {`user.request("G T", "/")`, at + `17 in task: request: method: must be a method such as PROPFIND, got "G T"`},
		"two bodies":          {`user.post("/", json = {}, body = "x")`, at + `14 in task: post: a request carries at most one of body, json and form; this one has 2`},
		"auth and bearer":     {`user.post("/", auth = ("a", "b"), bearer = "x")`, at + `14 in task: post: auth: excludes bearer`},
		"header of two lines": {`user.get("/", headers = {"X": "a\nb"})`, at + `13 in task: get: headers: the value of X must be one line`},
		"header's value":      {`user.get("/", headers = {"X": []})`, at + `13 in task: get: headers: the value of X must be text, got []`},
		"query":               {`user.get("/", query = {"a": {}})`, at + `13 in task: get: query: a must be text, a number, a boolean or a list of them, got {}`},
		"form":                {`user.post("/", form = "a=b")`, at + `14 in task: post: form: must be a dict, got "a=b"`},
		"JSON of a function":  {`user.post("/", json = [helper])`, at + `14 in task: post: json: must hold only dicts, lists, texts, numbers, booleans and None, got function`},
		"JSON keys":           {`user.post("/", json = {1: 2})`, at + `14 in task: post: json: must have texts as the keys of dicts, got 1`},
		"JSON of infinity":    {`user.post("/", json = float("inf"))`, at + `14 in task: post: json: must hold finite numbers, got +inf`},
		"JSON in itself":      {"d = {}\nd['d'] = d\nuser.post('/', json = d)", `t.star:11:14 in task: post: json: must not be deeper than 100 levels; does it contain itself?`},
		"timeout":             {`user.get("/", timeout = 5)`, at + `13 in task: get: timeout: must be a duration with a unit, such as 250ms, 1.5s or 2m, got 5`},
		"redirects":           {`user.get("/", redirects = 101)`, at + `13 in task: get: redirects: must be a whole number from 0 to 100, got 101`},
		"expect":              {`user.get("/", expect = 99)`, at + `13 in task: get: expect: must be a whole number from 100 to 599, "2xx" or a list of them, got 99`},
		"expected status":     {`user.get("/").expect(status = "200")`, at + `25 in task: expect: status: must be a whole number from 100 to 599, "2xx" or a list of them, got "200"`},
		"expected latency":    {`user.get("/").expect(latency = 1)`, at + `25 in task: expect: latency: must be a duration with a unit, such as 250ms, 1.5s or 2m, got 1`},
		"expected content":    {`user.get("/").expect(contains = 1)`, at + `25 in task: expect: contains: must be text, got 1`},
		"too late":            {"r = user.get('/')\nuser.get('/')\nr.fail('x')", `t.star:11:11 in task: fail: the request has been counted; judge an answer before the next request, pause or end of the task`},
		"too late to expect":  {"r = user.get('/')\nuser.think('1s')\nr.expect(status = 200)", `t.star:11:13 in task: expect: the request has been counted; judge an answer before the next request, pause or end of the task`},
		"rand":                {`user.rand(2, 1)`, at + `14 in task: rand: b: must be at least a, got 1`},
		"rand of floats":      {`user.rand(1, 1.5)`, at + `14 in task: rand: for parameter b: got float, want int`},
		"rand too large":      {`user.rand(0, 1 << 64)`, at + `14 in task: rand: for parameter b: 18446744073709551616 out of range (want value in signed 64-bit range)`},
		"choice of nothing":   {`user.choice([])`, at + `16 in task: choice: list: must be a list with something in it, got []`},
		"choice of a dict":    {`user.choice({"a": 1})`, at + `16 in task: choice: list: must be a list with something in it, got {"a": 1}`},
		"think":               {`user.think(1)`, at + `15 in task: think: must be a duration with a unit, such as 250ms, 1.5s or 2m, got 1`},
		"think backwards":     {`user.think("3s", "1s")`, at + `15 in task: think: must be from 3s to 1000h0m0s, got "1s"`},
		"stop":                {`user.stop(1)`, at + `14 in task: stop: takes no arguments`},
		"log":                 {`user.log(a = 1)`, at + `13 in task: log: takes no arguments with a name`},
		"open":                {`open("x.csv")`, at + `9 in task: open: files are read once, at the top level of the script; keep the text in a variable there`},
		"env":                 {"name = 'HOST'\nenv(name)", `t.star:10:8 in task: env: the environment variable HOST is not set, and there is no default`},
		"user_class":          {`user_class(tasks = [helper])`, at + `15 in task: user_class: belongs to the top level of the script`},
		"wait":                {`between("1s", "2s")`, at + `12 in task: between: belongs to the top level of the script, as the wait of a user_class`},
		"endless loop":        {"while True:\n    pass", `t.star:8:1 in task: more than a million steps without a request or a pause; is there an endless loop?`},
		"large numbers":       {`user.log("x" * (1 << 40))`, at + `18 in task: repeat count 1099511627776 too large`},
		"user as a key":       {`user.state[user] = 1`, at + `15 in task: unhashable: user`},
		"fail":                {`fail("no", 1)`, at + `9 in task: fail: no 1`},
	} {
		t.Run(name, func(t *testing.T) {
			c := callTask(t, t.Context(), test.body, okAnswer)
			require.Equal(t, []string{test.want}, c.crashes)
			require.Equal(t, c.crashes, c.log, "dry runs show it")
			require.Equal(t, abortIteration, c.next)
		})
	}
}

// TestACallEndsWithTheRun has the run end before a call, and between two of its requests.
func TestACallEndsWithTheRun(t *testing.T) {
	for name, body := range map[string]string{
		"at a request": "while True:\n    user.get('/')",
		"at a pause":   "while True:\n    user.think('1h')",
	} {
		t.Run(name, func(t *testing.T) {
			ctx, cancel := context.WithCancel(t.Context())
			p, err := ParseStarlark("t.star", []byte("def task(user):\n    "+strings.ReplaceAll(body, "\n", "\n    ")+"\n\nuser_class(tasks = [task])"), nil)
			require.NoError(t, err)
			u := stubUser(t, p, okAnswer)
			n := 0
			u.run.observe = func(int, *outgoing, answer, Failure) {
				if n++; n == 3 {
					cancel()
				}
			}
			u.run.log = func(text string, _ Failure) { t.Error(text) }
			if name == "at a pause" {
				cancel()
			}
			require.NoError(t, alone(context.Background(), func(f *engine.Fiber) {
				u.fiber = f
				p.classes[0].tasks[0].steps[0].do(ctx, u)
			}))
			require.Empty(t, u.run.crashes.list())
		})
	}
}

// reusingClient answers with the number of the request, in the same memory each time.
type reusingClient struct {
	stubClient
	n    byte
	body [1]byte
}

func (c *reusingClient) do(context.Context, *outgoing, time.Time) answer {
	c.n++
	c.body[0] = '0' + c.n
	return answer{status: 200, body: c.body[:]}
}

// TestAnAnswerLastsAsLongAsTheScriptHoldsIt has an engine that reads each answer into the place of the one before.
func TestAnAnswerLastsAsLongAsTheScriptHoldsIt(t *testing.T) {
	p, err := ParseStarlark("t.star", []byte(`
def task(user):
    user.state["kept"] = user.state.get("kept", []) + [user.get("/"), user.get("/")]
    user.log([r.text for r in user.state["kept"]])

user_class(tasks = [task])
`), nil)
	require.NoError(t, err)
	u := stubUser(t, p, answer{})
	u.client = &reusingClient{}
	var log []string
	u.run.log = func(text string, _ Failure) { log = append(log, text) }
	for range 2 {
		u.perform(t.Context(), p.classes[0].tasks[0].steps)
	}
	require.Equal(t, []string{`["1", "2"]`, `["1", "2", "3", "4"]`}, log)
}

// TestATaskGoesOnAfterAnEndlessLoop holds that the thread of a user can be used after it was stopped.
func TestATaskGoesOnAfterAnEndlessLoop(t *testing.T) {
	p, err := ParseStarlark("t.star", []byte(`
def task(user):
    if "looped" not in user.state:
        user.state["looped"] = True
        while True:
            pass
    user.log("fine")

user_class(tasks = [task])
`), nil)
	require.NoError(t, err)
	u := stubUser(t, p, okAnswer)
	var log []string
	u.run.log = func(text string, _ Failure) { log = append(log, text) }
	u.run.observe = func(int, *outgoing, answer, Failure) {}
	for range 2 {
		u.perform(t.Context(), p.classes[0].tasks[0].steps)
	}
	require.Equal(t, "fine", log[1])
}
