package loadtest

import (
	"math/rand/v2"
	"net/http"
	"net/url"
	"testing"
	"time"
)

// BenchmarkStep measures what a user's step costs beside the sending: to fill the request in and to judge the answer.
func BenchmarkStep(b *testing.B) {
	for name, script := range map[string]string{
		"constant": `tasks: [{post: /login, json: {user: ann}, headers: {Accept: application/json}}]`,
		"user id":  `tasks: [{get: "/users/${vu.id}"}]`,
		"three expressions, two captures": `
feeds: {accounts: {rows: [{user: ann}, {user: bob}]}}
tasks:
  - get: "/items?page=${rand(1, 50)}&user=${accounts.user}"
    headers: {X-Id: "${uuid()}"}
    capture: {token: "json:data.token", id: "header:X-Request-Id"}`,
		"three expectations": `tasks: [{get: /items, expect: ["status == 200", "len(body.items) > 0", "latency < 500ms"]}]`,
	} {
		b.Run(name, func(b *testing.B) {
			p, err := ParseYAML("bench.yaml", []byte(script), func(string) (string, bool) { return "", false })
			if err != nil {
				b.Fatal(err)
			}
			s := p.classes[0].tasks[0].steps[0].(*requestStep)
			u := &user{id: 1, class: &p.classes[0], random: rand.New(rand.NewPCG(1, 1)),
				run: &run{options: Options{Host: &url.URL{Scheme: "http", Host: "shop:8080"}, Users: 10, UserAgent: "bench"}}}
			a := answer{status: 200, latency: 5 * time.Millisecond, headers: http.Header{"X-Request-Id": {"r1"}, "Content-Type": {"application/json"}},
				body: []byte(`{"data": {"token": "eyJhbGciOiJIUzI1NiJ9", "expires": 3600}, "items": [{"id": 1}, {"id": 2}, {"id": 3}]}`)}
			b.ReportAllocs()
			for b.Loop() {
				u.iteration++
				if _, err := u.fill(&s.request); err != nil {
					b.Fatal(err)
				}
				outcome := NoFailure
				if s.plain != nil {
					outcome = s.plain(a)
				} else {
					outcome = s.judge(u, a)
				}
				if outcome != NoFailure {
					b.Fatal(outcome, u.scriptValues().note.reason)
				}
			}
		})
	}
}
