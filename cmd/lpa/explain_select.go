package main

import (
	"io"
	"time"

	"github.com/latency-pod-autoscaler/lpa/internal/explain"
	"github.com/latency-pod-autoscaler/lpa/internal/state"
)

// selection is which decisions of a log are asked for.
type selection struct {
	count   int       // the last ones; 0 for all
	from    time.Time // zero for all
	until   time.Time // zero for all
	changes bool      // only those that ask for other replicas than there are
}

// words say what was asked for, in a message that there is none.
func (s selection) words() string {
	if s.changes {
		return " that changes the replicas" + s.when()
	}
	return s.when()
}

func (s selection) when() string {
	switch {
	case !s.until.IsZero():
		return " before " + s.until.Format("2006-01-02 15:04:05 MST")
	case !s.from.IsZero():
		return " since " + s.from.Format("2006-01-02 15:04:05 MST")
	}
	return ""
}

// counted is what was seen on the way to the decisions asked for.
type counted struct {
	runs     int       // that were asked for
	last     time.Time // of all that were read, asked for or not
	observed observedRuns
	began    time.Time     // of the log; zero if it is empty
	changed  *state.Record // the last change up to then, asked for or not; nil if there is none
}

// each calls show with the decisions asked for, in their order. It keeps no more of them than that many and one.
func (s selection) each(reader *state.LogReader, show func(explain.Run) error) (counted, error) {
	var seen counted
	var kept []explain.Run
	var before *state.Record
	for {
		record, err := reader.Next()
		if err == io.EOF {
			break
		}
		if err != nil {
			return seen, err
		}
		seen.next(kept, record)
		seen.last = record.Time
		if !s.until.IsZero() && record.Time.After(s.until) {
			break
		}
		if kept, err = s.settle(kept, show); err != nil {
			return seen, err
		}
		entry := explain.Run{Record: record}
		if before != nil {
			entry.Since = record.Time.Sub(before.Time)
		}
		before = &entry.Record
		seen.read(before)
		if record.Time.Before(s.from) {
			continue
		}
		if !s.changes || changes(record) {
			seen.runs++
		}
		kept = append(kept, entry)
	}
	if last := len(kept) - 1; last >= 0 && kept[last].Next == nil {
		seen.observed.add(kept[last].Record, 0)
	}
	kept, err := s.settle(kept, show)
	if err == nil {
		err = showAll(kept, show)
	}
	return seen, err
}

// settle takes from what is kept what is not asked for. The last run was kept until it was known what came of it: now it is
// shown if all are, and left out if only changes are wanted and it is none.
func (s selection) settle(kept []explain.Run, show func(explain.Run) error) ([]explain.Run, error) {
	if last := len(kept) - 1; last >= 0 && s.changes && !changes(kept[last].Record) {
		kept = kept[:last]
	}
	if s.count > 0 {
		return kept[max(0, len(kept)-s.count):], nil
	}
	return nil, showAll(kept, show)
}

func showAll(runs []explain.Run, show func(explain.Run) error) error {
	for _, r := range runs {
		if err := show(r); err != nil {
			return err
		}
	}
	return nil
}

// changes says whether a run asked for other replicas than there were.
func changes(record state.Record) bool { return record.Decision.Desired != record.Decision.Current }

// read takes note of a run, whether it is asked for or not.
func (c *counted) read(record *state.Record) {
	if c.began.IsZero() {
		c.began = record.Time
	}
	if changes(*record) {
		c.changed = record
	}
}

// next tells the run that was kept last what the run after it saw.
func (c *counted) next(kept []explain.Run, record state.Record) {
	if len(kept) == 0 {
		return
	}
	last := &kept[len(kept)-1]
	replicas := record.Observation.Replicas
	last.Next = &replicas
	c.observed.add(last.Record, record.Time.Sub(last.Time))
}
