package main

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"time"
)

// k6 runs a script, whose users hold a connection each.
type k6 struct{}

func (k6) name() string            { return "k6" }
func (k6) program() string         { return "k6" }
func (k6) get() string             { return "go install go.k6.io/k6@v1.8.1" }
func (k6) shortest() time.Duration { return 0 }

// k6Script has the scenario, the address and the pause of a user in seconds filled in. The pause is made shorter by what
// the request took.
const k6Script = `import http from 'k6/http';
import { sleep } from 'k6';
export const options = {
  scenarios: { bench: %s },
  discardResponseBodies: true,
  summaryTrendStats: ['p(50)', 'p(99)'],
};
const pause = %g;
export default function () {
  const response = http.get('%s');
  if (pause > 0) sleep(Math.max(0, pause - response.timings.duration / 1000));
}
export function handleSummary(data) {
  return { 'summary.json': JSON.stringify(data.metrics) };
}
`

func (k6) command(j job) (command, error) {
	var scenario string
	var pause time.Duration
	switch j.kind {
	case throughput:
		scenario = fmt.Sprintf("{executor: 'constant-vus', vus: %d, duration: '%s', gracefulStop: '0s'}", j.users, j.duration)
	case latency:
		scenario = fmt.Sprintf("{executor: 'constant-arrival-rate', rate: %d, timeUnit: '1s', duration: '%s', preAllocatedVUs: %d}",
			j.rate(), j.duration, j.users)
	case memory:
		scenario = fmt.Sprintf("{executor: 'constant-vus', vus: %d, duration: '%s', gracefulStop: '0s'}", j.users, j.duration)
		pause = j.interval
	case startUp:
		scenario = "{executor: 'shared-iterations', vus: 1, iterations: 1}"
	}
	path, err := j.write("script.js", fmt.Sprintf(k6Script, scenario, pause.Seconds(), j.url+j.path()))
	return command{args: []string{j.program, "run", "--quiet", "--no-usage-report", path}}, err
}

func (k6) report(_ context.Context, j job) (report, error) {
	summary, err := os.ReadFile(filepath.Join(j.dir, "summary.json"))
	if err != nil {
		return report{}, err
	}
	return parseK6(summary)
}

// parseK6 reads http_req_duration, which leaves out the time to connect.
func parseK6(summary []byte) (report, error) {
	m, err := readJSON[struct {
		Requests struct {
			Values struct{ Count int }
		} `json:"http_reqs"`
		Failed struct {
			Values struct{ Passes int } // those that did fail
		} `json:"http_req_failed"`
		Duration struct {
			Values struct {
				P50 float64 `json:"p(50)"`
				P99 float64 `json:"p(99)"`
			}
		} `json:"http_req_duration"`
	}](summary)
	return report{requests: m.Requests.Values.Count, failed: m.Failed.Values.Passes,
		p50: fromMilliseconds(m.Duration.Values.P50), p99: fromMilliseconds(m.Duration.Values.P99)}, err
}
