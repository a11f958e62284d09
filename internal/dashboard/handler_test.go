package dashboard

import (
	"bufio"
	"compress/gzip"
	"encoding/json"
	"fmt"
	"io"
	"io/fs"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/latency-pod-autoscaler/lpa/internal/explain"
	"github.com/latency-pod-autoscaler/lpa/internal/state"
	"github.com/stretchr/testify/require"
)

const token = "correct horse battery"

// answer asks a handler as a browser on localhost does.
func answer(h http.Handler, method, target string, change ...func(*http.Request)) *httptest.ResponseRecorder {
	r := httptest.NewRequest(method, target, nil)
	r.Host = "localhost:8089"
	for _, f := range change {
		f(r)
	}
	w := httptest.NewRecorder()
	h.ServeHTTP(w, r)
	return w
}

func header(name, value string) func(*http.Request) {
	return func(r *http.Request) {
		if r.Header.Set(name, value); name == "Host" {
			r.Host = value
		}
	}
}

// shopDashboard is one over a log of that many runs.
func shopDashboard(t *testing.T, runs int) *Dashboard {
	t.Helper()
	log := logFile(t)
	writeShop(t, log, newShop(), runs)
	return read(t, log.Path, 0)
}

func TestAnswers(t *testing.T) {
	h := shopDashboard(t, 120).Handler()
	for target, want := range map[string]int{
		"/": 200, "/assets/js/app.js": 200, "/assets/app.css": 200, "/assets/uplot/uPlot.iife.min.js": 200, "/assets/icon.svg": 200,
		"/api/overview": 200, "/api/series": 200, "/api/series?points=100&from=1&to=9007199254740992&reason=x": 200,
		"/api/decisions": 200, "/api/decisions/0": 200, "/api/decisions/119": 200, "/metrics": 200, "/healthz": 200,
		"/assets/": 404, "/assets/index.html": 404, "/assets/uplot/README.md": 404, "/assets/../dashboard.go": 404, "/nothing": 404,
		"/api/decisions/120": 404, "/api/decisions/-1": 404, "/api/decisions/one": 400, "/api/decisions/99999999999999999999": 400,
		"/api/series?points=1": 400, "/api/series?points=1e9": 400, "/api/series?from=yesterday": 400, "/api/decisions?limit=100000": 400,
	} {
		w := answer(h, "GET", target)
		if w.Code == http.StatusTemporaryRedirect || w.Code == http.StatusMovedPermanently { // of a path with dots
			w.Code = 404
		}
		require.Equal(t, want, w.Code, "%s: %s", target, w.Body)
		require.Equal(t, policyOfContent, w.Header().Get("Content-Security-Policy"))
		require.Equal(t, "nosniff", w.Header().Get("X-Content-Type-Options"))
	}
	for _, method := range []string{"POST", "PUT", "DELETE", "PATCH"} {
		for _, target := range []string{"/", "/api/series", "/api/decisions/1", "/metrics"} {
			require.Equal(t, http.StatusMethodNotAllowed, answer(h, method, target).Code, "it is read-only")
		}
	}
	require.Equal(t, `points: must be a whole number from 10 to 4000, got "1"`+"\n", answer(h, "GET", "/api/series?points=1").Body.String())
}

func TestPagesHaveNoInlineScripts(t *testing.T) {
	inline := regexp.MustCompile(`(?i)<script(>| [^>]*[^"a-z]>)|<style|\son\w+=|style=|javascript:|https?://`)
	require.NoError(t, fs.WalkDir(assets, "assets", func(path string, _ fs.DirEntry, err error) error {
		if strings.HasSuffix(path, ".html") {
			text, err := assets.ReadFile(path)
			require.NoError(t, err)
			require.False(t, inline.Match(text), "%s: %s", path, inline.Find(text))
		}
		return err
	}))
}

func TestDecisionsOfAList(t *testing.T) {
	d := shopDashboard(t, 120)
	type list struct {
		Decisions []row
		More      bool
	}
	ask := func(query string) (l list) {
		require.NoError(t, json.Unmarshal(answer(d.Handler(), "GET", "/api/decisions?"+query).Body.Bytes(), &l))
		return l
	}
	first := ask("limit=100")
	require.Len(t, first.Decisions, 100)
	require.True(t, first.More)
	require.Equal(t, 119, first.Decisions[0].ID)
	require.NotEmpty(t, first.Decisions[0].Text)
	rest := ask("limit=100&before=20")
	require.Len(t, rest.Decisions, 20)
	require.False(t, rest.More)
	for _, r := range ask("changes=1").Decisions {
		require.NotEqual(t, r.Current, r.Desired)
	}
	untrusted := ask("reason=Untrusted").Decisions
	require.Len(t, untrusted, 1)
	require.Equal(t, []string{"Untrusted", "generator-limited"}, []string{untrusted[0].Reason, untrusted[0].Verdict})
}

// TestWhatWouldChangeADecision holds that a decision is explained as lpa explain does it.
func TestWhatWouldChangeADecision(t *testing.T) {
	const log = "../../cmd/lpa/testdata/explain/decisions.jsonl"
	d := read(t, log, 0)
	reader, err := state.OpenLog(log)
	require.NoError(t, err)
	defer reader.Close()
	var runs []explain.Run
	for {
		record, err := reader.Next()
		if err == io.EOF {
			break
		}
		require.NoError(t, err)
		run := explain.Run{Record: record}
		if last := len(runs) - 1; last >= 0 {
			run.Since = record.Time.Sub(runs[last].Time)
			runs[last].Next = &record.Observation.Replicas
		}
		runs = append(runs, run)
	}
	var limits, more int
	for id, run := range runs {
		var whole struct{ WouldChange, Notes []string }
		require.NoError(t, json.Unmarshal(answer(d.Handler(), "GET", fmt.Sprintf("/api/decisions/%d", id)).Body.Bytes(), &whole))
		var want []string
		for _, change := range run.Changes() {
			want = append(want, change.String())
			if change.Runs > 0 {
				more++
			} else {
				limits++
			}
		}
		require.Equal(t, want, whole.WouldChange, "%d", id)
		require.Equal(t, append(run.Notes(), run.Observation.Reasons...), whole.Notes, "%d", id)
	}
	require.Greater(t, limits, 10)
	require.Positive(t, more)
	printed, err := os.ReadFile("../../cmd/lpa/testdata/explain/up.txt")
	require.NoError(t, err)
	var up struct{ WouldChange []string }
	for id, run := range runs {
		if run.Time.Format(time.TimeOnly) == "18:20:29" {
			require.NoError(t, json.Unmarshal(answer(d.Handler(), "GET", fmt.Sprintf("/api/decisions/%d", id)).Body.Bytes(), &up))
		}
	}
	_, after, _ := strings.Cut(string(printed), "what would change it\n")
	require.Equal(t, after, "  "+strings.Join(up.WouldChange, "\n  ")+"\n")
}

// TestNothingElseOfTheLogIsShown holds that what is not meant for a page does not get there.
func TestNothingElseOfTheLogIsShown(t *testing.T) {
	d := shopDashboard(t, 60)
	log, err := os.ReadFile(d.options.Log)
	require.NoError(t, err)
	require.Contains(t, string(log), "s3cret")
	for _, target := range []string{"/", "/api/overview", "/api/series", "/api/decisions", "/api/decisions/0", "/metrics", "/healthz"} {
		require.NotContains(t, answer(d.Handler(), "GET", target).Body.String(), "s3cret", target)
	}
	require.NotContains(t, answer(d.Handler(), "GET", "/healthz").Body.String(), d.options.Log)
}

func TestOnlyLocalNamesWithoutAToken(t *testing.T) {
	h := shopDashboard(t, 3).Handler()
	for host, want := range map[string]int{"localhost": 200, "localhost:1": 200, "127.0.0.1:8089": 200, "[::1]:8089": 200, "a.localhost": 200,
		"evil.example": 421, "evil.example:8089": 421, "127.0.0.1.evil.example": 421, "10.0.0.1": 421, "": 421, "localhost.evil.example": 421} {
		require.Equal(t, want, answer(h, "GET", "/api/overview", header("Host", host)).Code, host)
	}
	require.Equal(t, 200, answer(h, "GET", "/healthz", header("Host", "10.0.0.1:8089")).Code, "kubelet asks the pod's address")
}

func TestToken(t *testing.T) {
	d := shopDashboard(t, 3)
	d.options.Token = token
	h := d.Handler()
	for _, target := range []string{"/", "/api/overview", "/api/series", "/api/decisions", "/api/decisions/1", "/api/events", "/metrics"} {
		require.Equal(t, 401, answer(h, "GET", target).Code, target)
		for _, wrong := range []string{"Bearer wrong", "Bearer ", "Basic " + token, token, "Bearer " + token + " "} {
			require.Equal(t, 401, answer(h, "GET", target, header("Authorization", wrong)).Code)
		}
		require.Equal(t, 401, answer(h, "GET", target, header("Cookie", cookieName+"="+token)).Code, "the token is not the cookie")
		require.NotContains(t, answer(h, "GET", target).Body.String(), "Deployment")
	}
	require.Equal(t, 200, answer(h, "GET", "/metrics", header("Authorization", "Bearer "+token), header("Host", "10.1.2.3")).Code)
	require.Equal(t, 200, answer(h, "GET", "/metrics", header("Authorization", "bearer "+token)).Code)
	require.Equal(t, 200, answer(h, "GET", "/healthz").Code)

	login := func(form string) *httptest.ResponseRecorder {
		return answer(h, "POST", "/login", header("Content-Type", "application/x-www-form-urlencoded"), func(r *http.Request) {
			r.Body = io.NopCloser(strings.NewReader(form))
		})
	}
	for _, wrong := range []string{"", "token=", "token=wrong", "token=" + strings.Repeat("x", 10_000), "%%%"} {
		w := login(wrong)
		require.Equal(t, 401, w.Code)
		require.Contains(t, w.Body.String(), `id="refused" class`)
		require.Equal(t, "text/html; charset=utf-8", w.Header().Get("Content-Type"))
		require.Empty(t, w.Header().Get("Set-Cookie"))
	}
	w := login("token=" + url.QueryEscape(token))
	require.Equal(t, 303, w.Code)
	cookie := w.Header().Get("Set-Cookie")
	require.Regexp(t, `^lpa_dashboard=[\w-]{43}; Path=/; HttpOnly; SameSite=Strict$`, cookie)
	require.Equal(t, 200, answer(h, "GET", "/api/overview", header("Cookie", strings.Split(cookie, ";")[0])).Code)
	require.Equal(t, 200, answer(h, "GET", "/", header("Cookie", strings.Split(cookie, ";")[0]), header("Authorization", "Bearer a-proxys-own")).Code)
	require.NoError(t, CheckToken(""))
	require.NoError(t, CheckToken(token))
	require.EqualError(t, CheckToken("short"), "must have at least 16 characters, got 5")
}

func TestWithoutATokenNobodyLogsIn(t *testing.T) {
	require.Equal(t, 401, answer(shopDashboard(t, 1).Handler(), "POST", "/login").Code)
}

func TestListen(t *testing.T) {
	for _, address := range []string{"0.0.0.0:0", ":0", "[::]:0"} {
		_, err := Listen(address, "")
		require.ErrorIs(t, err, ErrToken, address)
		listener, err := Listen(address, token)
		require.NoError(t, err)
		listener.Close()
	}
	for _, address := range []string{"127.0.0.1:0", "localhost:0"} {
		listener, err := Listen(address, "")
		require.NoError(t, err)
		listener.Close()
	}
	_, err := Listen("nowhere", "")
	require.ErrorContains(t, err, "missing port in address")
}

func TestAnswersAreSmall(t *testing.T) {
	log := logFile(t)
	writeLarge(t, log.Path, 20_000)
	d := read(t, log.Path, 0)
	w := answer(d.Handler(), "GET", "/api/series?points=1500", header("Accept-Encoding", "gzip"))
	require.Equal(t, "gzip", w.Header().Get("Content-Encoding"))
	size := w.Body.Len()
	reader, err := gzip.NewReader(w.Body)
	require.NoError(t, err)
	text, err := io.ReadAll(reader)
	require.NoError(t, err)
	var s struct{ Times []int64 }
	require.NoError(t, json.Unmarshal(text, &s))
	require.LessOrEqual(t, len(s.Times), 1500)
	t.Logf("%d points, %d bytes, %d bytes compressed", len(s.Times), len(text), size)
	require.Less(t, size, 80_000)
	plain := answer(d.Handler(), "GET", "/api/series?points=1500")
	require.Empty(t, plain.Header().Get("Content-Encoding"))
	require.Equal(t, string(text), plain.Body.String())
}

// TestEvents follows a log over its beginning, its growth and its end.
func TestEvents(t *testing.T) {
	log := logFile(t)
	address := serve(t, Options{Log: log.Path})
	response, err := http.Get(address + "/api/events")
	require.NoError(t, err)
	defer response.Body.Close()
	require.Equal(t, "text/event-stream", response.Header.Get("Content-Type"))
	lines := bufio.NewScanner(response.Body)
	until := func(want string) {
		t.Helper()
		for lines.Scan() {
			if lines.Text() == want {
				return
			}
		}
		t.Fatalf("the stream ended before %s: %v", want, lines.Err())
	}
	until(`data: {"last":-1,"reading":false}`)
	s := newShop()
	writeShop(t, log, s, 1)
	until(`data: {"last":0,"reading":false}`)
	writeShop(t, log, s, 3)
	until(`data: {"last":3,"reading":false}`)
}

func TestTooManyPages(t *testing.T) {
	d := shopDashboard(t, 1)
	for range mostStreams {
		d.streams <- struct{}{}
	}
	w := answer(d.Handler(), "GET", "/api/events")
	require.Equal(t, []any{503, "30"}, []any{w.Code, w.Header().Get("Retry-After")})
}

// stuck is a client that does not read: its connection takes nothing.
type stuck struct{ *httptest.ResponseRecorder }

func (stuck) SetWriteDeadline(time.Time) error { return nil }
func (stuck) Write([]byte) (int, error)        { return 0, os.ErrDeadlineExceeded }
func (s stuck) FlushError() error              { return nil }
func (s stuck) Header() http.Header            { return s.ResponseRecorder.Header() }

func TestSlowClientsAreDropped(t *testing.T) {
	d := shopDashboard(t, 1)
	d.serveEvents(stuck{httptest.NewRecorder()}, httptest.NewRequest("GET", "/api/events", nil))
	require.Empty(t, d.streams, "its place is free again")
}

func TestHealth(t *testing.T) {
	log := logFile(t)
	s := newShop()
	writeShop(t, log, s, 30)
	d := read(t, log.Path, 0)
	last := began.Add(29 * time.Minute)
	statusAt := func(age time.Duration) string { return d.health(last.Add(age)).Status }
	require.Equal(t, healthOK, statusAt(0))
	require.Equal(t, healthOK, statusAt(3*time.Minute))
	require.Equal(t, healthStale, statusAt(4*time.Minute))
	require.Equal(t, 240.0, *d.health(last.Add(4 * time.Minute)).AgeSeconds)
	require.Equal(t, 200, answer(d.Handler(), "GET", "/healthz").Code, "stale is not unhealthy")

	d.history.add(nil, status{Problem: "the decision log may not be read"})
	require.Equal(t, healthUnreadable, statusAt(0))
	require.Equal(t, 503, answer(d.Handler(), "GET", "/healthz").Code)
	require.Equal(t, 204, answer(d.Handler(), "GET", "/livez", header("Host", "10.0.0.1:8089")).Code, "it lives all the same")
	require.Equal(t, healthReading, New(Options{}).health(last).Status)
}

// TestLogThatComesAndGoes holds that the dashboard waits for a log, survives its rotation and says when it is gone.
func TestLogThatComesAndGoes(t *testing.T) {
	log := logFile(t)
	address := serve(t, Options{Log: log.Path})
	health := func() (h health) {
		response, err := http.Get(address + "/healthz")
		require.NoError(t, err)
		defer response.Body.Close()
		require.NoError(t, json.NewDecoder(response.Body).Decode(&h))
		return h
	}
	until := func(problem string, decisions int) {
		t.Helper()
		require.Eventually(t, func() bool { h := health(); return h.Problem == problem && h.Decisions == decisions }, 20*time.Second, 5*time.Millisecond)
	}
	until("there is no decision log yet", 0)
	s := newShop()
	writeShop(t, log, s, 3)
	until("", 3)
	small := state.Log{Path: log.Path, MaxSize: 120_000}
	writeShop(t, small, s, 5)
	until("", 8)
	for n := 9; n < 30; n++ {
		writeShop(t, small, s, 1)
		until("", n)
	}
	require.FileExists(t, log.Path+".1")
	require.NoError(t, os.Remove(log.Path))
	until("there is no decision log yet", 29)
	writeShop(t, log, s, 1)
	until("", 30)
}

func TestServeEnds(t *testing.T) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	require.NoError(t, listener.Close())
	require.Error(t, New(Options{Log: "/nowhere"}).Serve(t.Context(), listener), "an address that is gone is an error")
}
