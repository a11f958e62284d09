package dashboard

import (
	"context"
	"errors"
	"io"
	"io/fs"
	"log/slog"
	"os"
	"time"

	"github.com/latency-pod-autoscaler/lpa/internal/state"
)

// status is how the reading goes.
type status struct {
	Reading bool   // what was there at the start is not all read yet
	Problem string // why the log cannot be read now; empty if it can
	Damaged int    // lines that are no records
}

// follower reads the log from its oldest record on, and goes on as it grows.
type follower struct {
	path    string
	poll    time.Duration
	history *history
	logger  *slog.Logger

	problem string
}

// batch is how many records are handed over at once: few enough that a page that waits sees progress.
const batch = 512

func (f *follower) follow(ctx context.Context) {
	var reader *state.LogReader
	defer func() {
		if reader != nil {
			reader.Close()
		}
	}()
	started := time.Now()
	for reading := true; ; {
		var err error
		if reader == nil {
			reader, err = state.OpenLog(f.path)
		}
		if err == nil {
			err = f.readOn(ctx, reader, reading)
		}
		if reading && err == nil && ctx.Err() == nil {
			reading = false
			f.logger.Info("the log is read", "decisions", f.size(), "damaged", reader.Damaged(), "took", time.Since(started).Round(time.Millisecond))
		}
		f.tell(err)
		now := status{Reading: reading && err == nil, Problem: f.problem}
		if reader != nil {
			now.Damaged = reader.Damaged()
		}
		f.history.add(nil, now)
		select {
		case <-ctx.Done():
			return
		case <-time.After(f.poll):
		}
	}
}

// readOn takes all that there is to read now.
func (f *follower) readOn(ctx context.Context, reader *state.LogReader, reading bool) error {
	for ctx.Err() == nil {
		records, err := next(reader)
		if len(records) > 0 {
			f.history.add(records, status{Reading: reading, Damaged: reader.Damaged()})
		}
		if err == io.EOF {
			_, err = os.Stat(f.path)
			return err
		}
		if err != nil {
			return err
		}
	}
	return nil
}

func next(reader *state.LogReader) (records []found, err error) {
	for len(records) < batch {
		record, err := reader.Next()
		if err != nil {
			return records, err
		}
		records = append(records, found{record, reader.Place()})
	}
	return records, nil
}

// tell logs a problem once, and its end.
func (f *follower) tell(err error) {
	problem := ""
	switch {
	case errors.Is(err, fs.ErrNotExist):
		problem = "there is no decision log yet"
	case errors.Is(err, fs.ErrPermission):
		problem = "the decision log may not be read"
	case err != nil:
		problem = "the decision log cannot be read"
	}
	if problem == f.problem {
		return
	}
	f.problem = problem
	if problem != "" {
		f.logger.Warn(problem, "error", err)
		return
	}
	f.logger.Info("the decision log can be read")
}

func (f *follower) size() int {
	f.history.mu.RLock()
	defer f.history.mu.RUnlock()
	return f.history.last() + 1
}
