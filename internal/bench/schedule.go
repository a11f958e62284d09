package main

import (
	"fmt"
	"time"
)

// measure is one thing that is measured of each tool, and the rows of the table that come of it.
type measure struct {
	title  string
	job    job // without what depends on the tool
	rounds int // how often, in turn with the other tools
	atOnce int // runs in a round, one after the other
	rows   []row
	// short says what the tool did not do of what it was asked; empty if it did all.
	short func(outcome) string
}

// row is a line of the table: one number per tool.
type row struct {
	title string
	unit  unit
	more  bool // is better; else less is
	value func(outcome) float64
}

// outcome is what is known of one run.
type outcome struct {
	tool tool
	job  job
	cost
	saw  record // the server's
	says report // the tool's own, of a job of the kind latency
}

// cost is what a process took.
type cost struct {
	wall, cpu time.Duration
	memory    int // peak resident set, in bytes; only of jobs of the kind memory
}

// turns is how often the tools take turns, so that a machine whose speed drifts slows all of them. A virtual machine that now and
// then stands still for a millisecond makes the p99 of some runs; it takes so many for the median to be the tool's own.
const turns = 7

// full is what is measured for docs/benchmarks.md, in a quarter of an hour.
func full() []measure {
	return []measure{
		throughputOf(10, 4*time.Second, turns),
		latencyAt(10, 8*time.Second, turns),
		latencyAt(100, 5*time.Second, turns),
		memoryOf(10, 3*time.Second),
		memoryOf(1000, 5*time.Second),
		memoryOf(10000, 12*time.Second),
		startUpOf(turns, 3),
	}
}

// quick is enough to see that everything works, in less than a minute. Its numbers mean little.
func quick() []measure {
	return []measure{
		throughputOf(10, time.Second, 1),
		latencyAt(10, 2*time.Second, 1),
		latencyAt(100, time.Second, 1),
		memoryOf(10, 2*time.Second),
		memoryOf(1000, 3*time.Second),
		startUpOf(1, 1),
	}
}

func throughputOf(users int, duration time.Duration, rounds int) measure {
	title := fmt.Sprintf("%d users without waits", users)
	return measure{
		title: "throughput of " + title, job: job{kind: throughput, users: users, duration: duration}, rounds: rounds, atOnce: 1, short: doesAll,
		rows: []row{
			{title: "requests per second, " + title, unit: number, more: true, value: func(o outcome) float64 {
				return perSecond(o.saw.Requests, o.saw.Elapsed)
			}},
			{title: "requests per second of CPU time", unit: number, more: true, value: func(o outcome) float64 {
				return perSecond(o.saw.Requests, o.cpu)
			}},
		},
	}
}

const (
	interval = 100 * time.Millisecond // between a user's requests at a fixed rate: 10 users make 100 requests per second
	// answer is after how long the server answers them. A multiple of the time between two requests would make a generator that
	// is on time send each request at the very moment at which an earlier one is answered.
	answer = 5400 * time.Microsecond
)

func latencyAt(users int, duration time.Duration, rounds int) measure {
	j := job{kind: latency, users: users, interval: interval, answer: answer, duration: duration}
	title := fmt.Sprintf("at %s requests per second", thousands(j.rate()))
	return measure{
		title: "latency " + title, job: j, rounds: rounds, atOnce: 1, short: latencyShort,
		rows: []row{
			{title: "p50 added " + title, unit: microseconds, value: func(o outcome) float64 {
				return float64((o.says.p50 - o.saw.P50).Microseconds())
			}},
			{title: "p99 added " + title, unit: microseconds, value: func(o outcome) float64 {
				return float64((o.says.p99 - o.saw.P99).Microseconds())
			}},
		},
	}
}

func memoryOf(users int, duration time.Duration) measure {
	title := thousands(users) + " users"
	return measure{
		title:  "memory of " + title,
		job:    job{kind: memory, users: users, interval: time.Second, duration: duration},
		rounds: 1, atOnce: 1, short: memoryShort,
		rows: []row{{title: "memory, " + title, unit: megabytes, value: func(o outcome) float64 {
			return float64(o.memory) / 1e6
		}}},
	}
}

func startUpOf(rounds, atOnce int) measure {
	return measure{
		title: "start-up", job: job{kind: startUp, users: 1, interval: 50 * time.Millisecond}, rounds: rounds, atOnce: atOnce,
		short: doesAll,
		rows: []row{{title: "start-up and end", unit: milliseconds, value: func(o outcome) float64 {
			return float64((o.wall - o.tool.shortest()).Microseconds()) / 1000
		}}},
	}
}

func perSecond(n int, d time.Duration) float64 {
	if d <= 0 {
		return 0
	}
	return float64(n) / d.Seconds()
}

// doesAll is for what a tool cannot fall short of.
func doesAll(outcome) string { return "" }

// latencyShort says why a tool's quantiles are not those of the requests that were asked for.
func latencyShort(o outcome) string {
	asked, reached := float64(o.job.rate()), perSecond(o.saw.Requests, o.saw.Elapsed)
	switch {
	case reached < 0.95*asked || reached > 1.05*asked:
		return fmt.Sprintf("did not keep the rate of %s requests per second", thousands(o.job.rate()))
	case o.says.failed > 0:
		return fmt.Sprintf("had failed requests at %s per second", thousands(o.job.rate()))
	case o.saw.Requests-o.says.requests > o.saw.Requests/50:
		return fmt.Sprintf("does not report all requests that were answered at %s per second", thousands(o.job.rate()))
	}
	return ""
}

func memoryShort(o outcome) string {
	if o.saw.Connections < o.job.users*9/10 {
		return fmt.Sprintf("had fewer connections than the %s users that it was to have", thousands(o.job.users))
	}
	return ""
}

// limited reports whether the server was busy all the time at full speed, so that it was what limited the tool.
func limited(o outcome) bool {
	return o.job.kind == throughput && o.saw.Idle < o.saw.Elapsed/50
}
