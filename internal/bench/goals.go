package main

import (
	"fmt"
	"slices"
	"strings"
	"time"
)

// peers are the tools that ours has to be ahead of in every row. wrk is not scripted, and is what is possible.
var peers = []string{"hey", "vegeta", "k6", "Locust"}

// goal is something that ours should reach, compared within the same run.
type goal struct {
	text  string
	state goalState
}

type goalState string

const (
	met         goalState = "met"
	missed      goalState = "missed"
	notMeasured goalState = "not measured"
)

// goals are what the load generator is built for.
func (r *results) goals() []goal {
	requests := throughputOf(10, 0, 0).rows[0].title
	added := latencyAt(10, 0, 0).rows
	return []goal{
		r.againstWrk(requests, 0.74, true),
		r.againstWrk(added[0].title, 1.5, false),
		r.againstWrk(added[1].title, 1.5, false),
		r.atMost(memoryOf(1000, time.Second).rows[0].title, 40),
		r.atMost(memoryOf(10000, time.Second).rows[0].title, 250),
		r.aheadOfPeers(),
	}
}

func (r *results) againstWrk(row string, limit float64, atLeast bool) goal {
	words := "at most"
	if atLeast {
		words = "at least"
	}
	text := fmt.Sprintf("%s: %s %g × wrk's", row, words, limit)
	own, ok := r.value(row, ours{}.name())
	theirs, alsoOK := r.value(row, wrk{}.name())
	if !ok || !alsoOK || theirs <= 0 {
		return goal{text, notMeasured}
	}
	ratio := own / theirs
	return goal{fmt.Sprintf("%s, is %.2f", text, ratio), judge((ratio >= limit) == atLeast || ratio == limit)}
}

func (r *results) atMost(row string, limit float64) goal {
	text := fmt.Sprintf("%s: at most %s", row, megabytes.format(limit))
	own, ok := r.value(row, ours{}.name())
	if !ok {
		return goal{text, notMeasured}
	}
	return goal{fmt.Sprintf("%s, is %s", text, megabytes.format(own)), judge(own <= limit)}
}

func (r *results) aheadOfPeers() goal {
	here := slices.DeleteFunc(slices.Clone(peers), func(peer string) bool { return !slices.Contains(r.tools, peer) })
	measured := 0
	for _, row := range r.rows {
		if _, ok := r.value(row.title, ours{}.name()); ok {
			measured++
		}
	}
	if len(here) == 0 || measured == 0 {
		return goal{"ahead of " + strings.Join(peers, ", ") + " in each row", notMeasured}
	}
	text := "ahead of " + strings.Join(here, ", ") + " in each row"
	losses := len(r.losses(here...))
	if losses > 0 {
		text += fmt.Sprintf(", is not in %d of %d", losses, measured)
	}
	return goal{text, judge(losses == 0)}
}

func judge(ok bool) goalState {
	if ok {
		return met
	}
	return missed
}
