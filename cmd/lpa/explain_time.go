package main

import (
	"errors"
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/latency-pod-autoscaler/lpa/internal/program"
)

// momentForms are the ways to write --at, in local time where they do not say.
var momentForms = []string{time.RFC3339, "2006-01-02T15:04:05", "2006-01-02 15:04:05", "2006-01-02 15:04", "2006-01-02T15:04"}

// parseMoment reads a point in time: the end of the minute or second that it names, so that a run in it counts. clock says
// that it has no date.
func parseMoment(text string) (moment time.Time, clock bool, err error) {
	for _, form := range momentForms {
		if t, err := time.ParseInLocation(form, text, time.Local); err == nil {
			return endOf(t, form), false, nil
		}
	}
	for _, form := range []string{"15:04:05", "15:04"} {
		if t, err := time.ParseInLocation(form, text, time.Local); err == nil {
			return endOf(t, form), true, nil
		}
	}
	return time.Time{}, false, fmt.Errorf("--at: must be a time such as 10:42, \"2026-03-01 10:42:30\" or 2026-03-01T10:42:30Z, got %q", text)
}

func endOf(t time.Time, form string) time.Time {
	unit := time.Second
	if !strings.Contains(form, "05") {
		unit = time.Minute
	}
	return t.Add(unit - time.Nanosecond)
}

// lastTimeOfDay is the last time before the log's end that clocks showed this time.
func lastTimeOfDay(p program.Process, path string, clock time.Time) (time.Time, error) {
	if path == "-" {
		return time.Time{}, errors.New("--at: needs a date with a log from stdin")
	}
	reader, err := openLog(p, path)
	if err != nil {
		return time.Time{}, err
	}
	defer reader.Close()
	var last time.Time
	for {
		record, err := reader.Next()
		if err == io.EOF {
			break
		}
		if err != nil {
			return time.Time{}, err
		}
		last = record.Time.Local()
	}
	at := time.Date(last.Year(), last.Month(), last.Day(), clock.Hour(), clock.Minute(), clock.Second(), clock.Nanosecond(), time.Local)
	if at.Truncate(time.Minute).After(last) {
		at = at.AddDate(0, 0, -1)
	}
	return at, nil
}
