package state

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
)

// maxRecord is far above what a run takes; a longer line is something else.
const maxRecord = 32 << 20

// LogReader reads the records of a decision log one after the other, whatever its size, and follows it as it grows and is
// renamed. It is for one goroutine.
type LogReader struct {
	log     Log
	files   []*os.File // to be read, in order; the last one is the log itself
	done    *os.File   // the one before them; open, as otherwise another file could get its identity
	source  io.Reader  // the first of them, or what NewLogReader was given
	offset  int64      // in source
	line    []byte     // what was read of the line that is being read
	long    bool       // it is longer than a record can be
	buffer  []byte     // what was read and is not yet looked at
	space   [64 << 10]byte
	damaged int
	info    os.FileInfo // the identity of source; nil for one from elsewhere
	place   Place       // of the record that was returned last
}

// OpenLog reads a log from its oldest record on: those of PATH.1, then those of PATH.
func OpenLog(path string) (*LogReader, error) {
	r := &LogReader{log: Log{Path: path}}
	if err := r.openFrom(nil); err != nil {
		return nil, fmt.Errorf("reading the decision log: %w", err)
	}
	return r, nil
}

// NewLogReader reads a log that comes from elsewhere, such as a pipe.
func NewLogReader(source io.Reader) *LogReader { return &LogReader{source: source} }

// Damaged counts the lines so far that were no records, such as one that its writer was killed in; one at the end that is
// not whole yet is among them.
func (r *LogReader) Damaged() int {
	if n := len(r.line); n > 0 && r.line[n-1] != '\n' {
		return r.damaged + 1
	}
	return r.damaged
}

// Close ends the reading.
func (r *LogReader) Close() error {
	var errs []error
	for _, file := range append(r.files, r.done) {
		if file != nil {
			errs = append(errs, file.Close())
		}
	}
	r.files, r.done = nil, nil
	return errors.Join(errs...)
}

// Next is the next record, or io.EOF if there is none yet: who follows the log asks again later. Damaged lines are counted
// and passed over.
func (r *LogReader) Next() (Record, error) {
	for {
		line, err := r.nextLine()
		if err == io.EOF {
			return r.atEnd()
		}
		if err != nil {
			return Record{}, fmt.Errorf("reading the decision log: %w", err)
		}
		if record, ok := r.decode(line); ok {
			return record, nil
		}
	}
}

func (r *LogReader) decode(line []byte) (Record, bool) {
	if len(bytes.TrimSpace(line)) == 0 && !r.long {
		return Record{}, false
	}
	var record Record
	if r.long || json.Unmarshal(line, &record) != nil || !record.usable() {
		r.long = false
		r.damaged++
		return Record{}, false
	}
	r.mark(len(r.line))
	return record, true
}

// atEnd looks at a last line without its newline: a record that is whole all the same is one.
func (r *LogReader) atEnd() (Record, error) {
	var record Record
	if len(r.line) == 0 || r.long || json.Unmarshal(r.line, &record) != nil || !record.usable() {
		return Record{}, io.EOF
	}
	r.mark(len(r.line))
	r.line = r.line[:0]
	return record, nil
}

// nextLine is the next whole line, without its newline; valid until the next call.
func (r *LogReader) nextLine() ([]byte, error) {
	if n := len(r.line); n > 0 && r.line[n-1] == '\n' {
		r.line = r.line[:0]
	}
	for {
		if len(r.buffer) == 0 {
			if err := r.fill(); err != nil {
				return nil, err
			}
		}
		end := bytes.IndexByte(r.buffer, '\n') + 1
		part := r.buffer[:max(end, 0)]
		if end == 0 {
			part = r.buffer
		}
		if len(r.line)+len(part) > maxRecord {
			r.long = true
			r.line = r.line[:0]
		}
		r.line = append(r.line, part...)
		r.buffer = r.buffer[len(part):]
		if end > 0 {
			return bytes.TrimSuffix(r.line, []byte("\n")), nil
		}
	}
}

// fill reads on, in the next file if there is one. io.EOF means that there is nothing more at present.
func (r *LogReader) fill() error {
	for {
		n, err := r.source.Read(r.space[:])
		r.offset += int64(n)
		if n > 0 {
			r.buffer = r.space[:n]
			return nil
		}
		if err != io.EOF {
			return err
		}
		more, err := r.moveOn()
		if err != nil {
			return err
		}
		if !more {
			return io.EOF
		}
	}
}

// moveOn goes to the next file at the end of one, and says whether there is more to read. Nobody writes to a file any longer
// once it is renamed, so the end that was seen before the next file was there may not be its end: it is read once more.
func (r *LogReader) moveOn() (more bool, err error) {
	if len(r.files) == 0 {
		return false, nil
	}
	if len(r.files) == 1 {
		grown, err := r.renewed()
		if err != nil || !grown {
			return false, err
		}
		return true, nil
	}
	if r.done != nil {
		r.done.Close()
	}
	r.done, r.files = r.files[0], r.files[1:]
	r.begin()
	return true, nil
}

// begin starts at the first file. What is left of the line before it will not be continued.
func (r *LogReader) begin() {
	r.source, r.offset = r.files[0], 0
	r.info, _ = r.files[0].Stat() // without an identity nothing is found there, which is true of a file that cannot be asked
	if len(r.line) > 0 {
		r.line, r.long = r.line[:0], false
		r.damaged++
	}
}

// renewed finds out whether another file has taken the log's place, or the log was emptied.
func (r *LogReader) renewed() (bool, error) {
	mine, err := r.files[0].Stat()
	if err != nil {
		return false, err
	}
	now, err := os.Stat(r.log.Path)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return false, nil // between two files, or gone
	case err != nil:
		return false, err
	case !os.SameFile(mine, now):
		return true, r.openFrom(mine)
	case mine.Size() < r.offset:
		if _, err := r.files[0].Seek(0, io.SeekStart); err != nil {
			return false, err
		}
		r.begin()
		return true, nil
	}
	return false, nil
}

// openFrom opens what there is to read: the log and the file before it, unless that is the one that was being read.
func (r *LogReader) openFrom(reading os.FileInfo) error {
	current, err := openRegular(r.log.Path)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	older, olderErr := openRegular(r.log.older())
	if olderErr != nil && !errors.Is(olderErr, fs.ErrNotExist) {
		current.close()
		return olderErr
	}
	switch {
	case current.file == nil && older.file == nil:
		return err
	case older.is(current.info), older.is(reading), older.is(r.doneInfo()): // renamed a moment ago, or read already
		older.close()
		older.file = nil
	}
	for _, opened := range []opened{older, current} {
		if opened.file != nil {
			r.files = append(r.files, opened.file)
		}
	}
	if reading == nil {
		r.begin()
	}
	return nil
}

// doneInfo is the identity of the file that was read last; nil if there is none.
func (r *LogReader) doneInfo() os.FileInfo {
	if r.done == nil {
		return nil
	}
	info, err := r.done.Stat()
	if err != nil {
		return nil
	}
	return info
}
