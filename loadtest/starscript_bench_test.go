package loadtest

import (
	"context"
	"math/rand/v2"
	"net/http"
	"net/url"
	"runtime"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// stubClient answers every request at once with the same answer.
type stubClient struct{ answer answer }

func (c *stubClient) do(context.Context, *outgoing, time.Time) answer { return c.answer }
func (c *stubClient) connections() (int, int)                         { return 1, 1 }
func (c *stubClient) close()                                          {}

// stubUser is a user of a plan's first class with a client that answers at once.
func stubUser(t testing.TB, p *Plan, a answer) *user {
	host, err := url.Parse("http://shop:8080")
	require.NoError(t, err)
	r := newRun(p, Options{Host: host, UserAgent: "test", Users: 1})
	r.end = time.Now().Add(time.Hour)
	return &user{id: 1, class: &p.classes[0], run: r, random: rand.New(rand.NewPCG(1, 1)), client: &stubClient{a}}
}

const benchScript = `
def browse(user):
    r = user.get("/items?page=%d" % user.rand(1, 50), headers = {"Accept": "application/json"})
    r.expect(status = 200)
    user.post("/cart", json = {"item": 7, "id": user.id})

user_class(tasks = [browse])
`

// BenchmarkStarlarkTask is a task with two requests, all but the requests themselves.
func BenchmarkStarlarkTask(b *testing.B) {
	p, err := ParseStarlark("bench.star", []byte(benchScript), nil)
	require.NoError(b, err)
	u := stubUser(b, p, answer{status: 200, headers: http.Header{}, body: []byte(`{"items":[]}`)})
	b.ReportAllocs()
	for b.Loop() {
		u.perform(b.Context(), p.classes[0].tasks[0].steps)
		u.samples = u.samples[:0]
	}
}

// BenchmarkYAMLTask is the same task in YAML, as far as it can be.
func BenchmarkYAMLTask(b *testing.B) {
	p, err := ParseYAML("bench.yaml", []byte(`
tasks:
  - steps:
      - {get: "/items?page=${vu.id}", headers: {Accept: application/json}, expect: {status: 200}}
      - {post: /cart, json: {item: 7, id: "${vu.id}"}}
`), nil)
	require.NoError(b, err)
	u := stubUser(b, p, answer{status: 200})
	b.ReportAllocs()
	for b.Loop() {
		u.perform(b.Context(), p.classes[0].tasks[0].steps)
		u.samples = u.samples[:0]
	}
}

// BenchmarkStarlarkUser is the memory that a user needs between its tasks.
func BenchmarkStarlarkUser(b *testing.B) {
	p, err := ParseStarlark("bench.star", []byte(benchScript), nil)
	require.NoError(b, err)
	u := stubUser(b, p, answer{status: 200})
	var before, after runtime.MemStats
	all := make([]user, 10_000)
	for b.Loop() {
		clear(all)
		runtime.GC()
		runtime.ReadMemStats(&before)
		for i := range all {
			all[i] = user{id: i, class: u.class, run: u.run, random: u.random, client: u.client}
			all[i].perform(b.Context(), p.classes[0].tasks[0].steps)
			all[i].samples = nil
		}
		runtime.GC()
		runtime.ReadMemStats(&after)
	}
	b.ReportMetric(float64(after.HeapAlloc-before.HeapAlloc)/float64(len(all)), "B/user")
	runtime.KeepAlive(all)
}
