package state

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"syscall"
)

// Append writes a record at the end of the log. It waits for another process that is writing until ctx ends. The file itself
// is locked, not the state's: a state may live elsewhere, and nobody who decides should wait for somebody who writes.
//
// It is not synced. No decision depends on the log, a sync takes milliseconds on many volumes, and of what a power cut takes
// away a reader misses the last records only.
func (l Log) Append(ctx context.Context, record Record) error {
	record.Schema = logSchema
	line, err := record.line()
	if err == nil && int64(len(line)) > l.MaxSize/2 {
		record.Measurement = nil // the decision can still be explained
		line, err = record.line()
	}
	if err == nil && int64(len(line)) > l.MaxSize/2 {
		err = fmt.Errorf("%s: a record of %d bytes is more than half of decisionLog.maxSize", l.Path, len(line))
	}
	if err != nil {
		return fmt.Errorf("writing the decision log: %w", err)
	}
	// As with the state, a folder that is missing is made.
	if err := os.MkdirAll(filepath.Dir(l.Path), 0o755); err != nil {
		return fmt.Errorf("writing the decision log: %w", err)
	}
	if err := l.append(ctx, line); err != nil {
		return fmt.Errorf("writing the decision log: %w", err)
	}
	return nil
}

// line is the record with its newline. Characters such as & stay as they are, for people with grep.
func (r Record) line() ([]byte, error) {
	var b bytes.Buffer
	encoder := json.NewEncoder(&b)
	encoder.SetEscapeHTML(false)
	err := encoder.Encode(r)
	return b.Bytes(), err
}

func (l Log) append(ctx context.Context, line []byte) error {
	for {
		file, err := l.open(ctx)
		if err != nil {
			return err
		}
		size, err := file.Seek(0, io.SeekEnd)
		if err != nil {
			return errors.Join(err, file.Close())
		}
		if size == 0 || size+int64(len(line)) <= l.MaxSize/2 {
			err := errors.Join(write(file, size, line), file.Close())
			return l.makeRoom(err, size)
		}
		// Whoever waits for the lock of the renamed file sees, once it has it, that it is no longer the log.
		if err := errors.Join(os.Rename(l.Path, l.older()), file.Close()); err != nil {
			return err
		}
	}
}

// large is a log that may be what has filled the disk.
const large = 1 << 20

// makeRoom gives up the older half of the log when err says that the disk is full, or what this user may have of it: the state is
// mostly on the same one, and while it cannot be saved no replica is ever taken away. A log without an older half becomes it, to be
// given up the next time.
func (l Log) makeRoom(err error, size int64) error {
	if !errors.Is(err, syscall.ENOSPC) && !errors.Is(err, syscall.EDQUOT) {
		return err
	}
	switch kept := os.Remove(l.older()); {
	case kept == nil:
		return fmt.Errorf("%w; %s was removed to make room", err, l.older())
	case size >= large:
		return errors.Join(err, os.Rename(l.Path, l.older()))
	}
	return err
}

// open is the log, locked. As it may be renamed while this process waits for the lock, it is the log only if the path still
// leads to it.
func (l Log) open(ctx context.Context) (*os.File, error) {
	for {
		// Without O_NONBLOCK a pipe in its place would make this wait for ever.
		file, err := os.OpenFile(l.Path, os.O_CREATE|os.O_RDWR|os.O_APPEND|syscall.O_NOFOLLOW|syscall.O_NONBLOCK, 0o660)
		if err != nil {
			return nil, err
		}
		opened, err := file.Stat()
		if err == nil && !opened.Mode().IsRegular() {
			err = fmt.Errorf("%s: %w", l.Path, errNotAFile)
		}
		if err == nil {
			err = flock(ctx, file)
		}
		if err != nil {
			file.Close()
			return nil, err
		}
		now, err := os.Stat(l.Path)
		if err == nil && os.SameFile(opened, now) {
			return file, nil
		}
		file.Close()
		if ctx.Err() != nil {
			return nil, fmt.Errorf("%s: is replaced all the time: %w", l.Path, ctx.Err())
		}
	}
}

// logFile is what of a file is needed to write a record; tests have one on a full disk.
type logFile interface {
	io.Writer // at the end
	io.ReaderAt
	Truncate(size int64) error
}

// write puts a line at the end in one write. A record that somebody was killed in the middle of gets its newline first. If
// the disk is full, what did fit is taken back.
func write(file logFile, size int64, line []byte) error {
	last := []byte{'\n'}
	if size > 0 {
		if _, err := file.ReadAt(last, size-1); err != nil {
			return err
		}
	}
	if last[0] != '\n' {
		line = append([]byte{'\n'}, line...)
	}
	n, err := file.Write(line)
	if err != nil && n > 0 {
		err = errors.Join(err, file.Truncate(size))
	}
	return err
}
