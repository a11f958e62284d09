package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"time"
)

// bench runs measures with tools.
type bench struct {
	tools    []installed
	measures []measure
	server   *backend
	core     int // of the tools
	progress func(format string, args ...any)
	results  *results
}

// run measures everything, round by round. What cannot be run is noted, and the rest is measured.
func (b *bench) run(ctx context.Context) error {
	rounds := 0
	for _, m := range b.measures {
		rounds = max(rounds, m.rounds)
	}
	for round := range rounds {
		for _, m := range b.measures {
			if round < m.rounds {
				b.progress("round %d of %d: %s", round+1, m.rounds, m.title)
				b.round(ctx, m)
			}
			if ctx.Err() != nil {
				return errors.New("interrupted")
			}
		}
	}
	return nil
}

func (b *bench) round(ctx context.Context, m measure) {
	for _, t := range b.tools {
		for range m.atOnce {
			o, err := b.once(ctx, t, m.job)
			if err != nil {
				b.results.fail(fmt.Sprintf("%s, %s: %v", t.name(), m.title, err))
				break
			}
			b.results.add(m, o)
		}
	}
}

// patience is how much longer a tool may take than its load: one that starts 10,000 users on one core needs some.
const patience = 2 * time.Minute

func (b *bench) once(ctx context.Context, t installed, j job) (outcome, error) {
	ctx, cancel := context.WithTimeout(ctx, j.duration+patience)
	defer cancel()
	dir, err := os.MkdirTemp("", "bench-")
	if err != nil {
		return outcome{}, err
	}
	defer os.RemoveAll(dir)
	j.program, j.dir, j.url = t.path, dir, b.server.url
	c, err := t.command(j)
	if err != nil {
		return outcome{}, err
	}
	if _, err := b.server.record(); err != nil {
		return outcome{}, err
	}
	o := outcome{tool: t.tool, job: j}
	if o.cost, err = execute(ctx, b.core, c, j); err != nil {
		return outcome{}, err
	}
	if o.saw, err = b.server.record(); err != nil {
		return outcome{}, err
	}
	if o.saw.Requests == 0 && j.kind != startUp { // the shortest runs may end before they are answered
		return outcome{}, errors.New("no request has reached the server")
	}
	if j.kind == latency {
		if o.says, err = t.report(ctx, j); err != nil {
			return outcome{}, fmt.Errorf("reading its report: %w", err)
		}
	}
	return o, nil
}

// spareFiles are those that a process needs beside its connections.
const spareFiles = 200

// withinFiles takes away the measures that need more open files than there may be, and says which.
func withinFiles(measures []measure, limit int) (possible []measure, problems []string) {
	for _, m := range measures {
		if m.job.users+spareFiles > limit {
			problems = append(problems, fmt.Sprintf("%s needs more open files than the %d that are allowed; see ulimit -n", m.title, limit))
			continue
		}
		possible = append(possible, m)
	}
	return possible, problems
}
