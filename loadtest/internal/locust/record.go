package locust

import (
	"bufio"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math"
	"os"
	"path/filepath"
	"time"
)

// Record is what the listener within Locust wrote down.
type Record struct {
	Start, End  time.Time       // of the test; zero if it did not start, or if its end is not known
	Requests    []Request       // finished ones, in the order in which they finished
	Unfinished  []Request       // under way at the end
	Users       int             // the most there were
	AtTheEnd    int             // users that were left when the test ended
	Connections int             // TCP connections that were opened
	CPUShare    float64         // of one processor, by the process of Locust that was busiest
	Lags        []time.Duration // how late Locust came to work that was due, about 20 times a second
	Shape       string          // the class that decides about the users, if the locustfile has one
	Exceptions  int             // that tasks raised
	Exception   string          // the last of them, with its place
}

// Request is one that Locust sent.
type Request struct {
	Method, Name string
	Sent         time.Time
	Took         time.Duration
	Status       int    // 0 without an answer
	Error        string // as Python writes the exception; empty for a success
}

// mostRequests bounds the memory that a record takes.
const mostRequests = 5_000_000

var errTooMany = fmt.Errorf("there are more than %d requests", mostRequests)

// readRecord reads the files of all of Locust's processes. An error means that something is missing.
func readRecord(folder string) (*Record, error) {
	paths, err := filepath.Glob(filepath.Join(folder, "requests-*.jsonl"))
	if err != nil {
		return nil, err
	}
	r := &Record{}
	var errs []error
	for _, path := range paths {
		errs = append(errs, r.readFile(path))
	}
	if r.Start.IsZero() {
		errs = append(errs, errors.New("there is no start"))
	}
	return r, errors.Join(errs...)
}

func (r *Record) readFile(path string) error {
	file, err := os.Open(path)
	if err != nil {
		return err
	}
	defer file.Close()
	p := process{record: r, names: map[int][2]string{}, errors: map[int]string{}}
	lines := bufio.NewReaderSize(file, 1<<16)
	for n := 1; ; n++ {
		line, err := lines.ReadBytes('\n')
		if errors.Is(err, io.EOF) && len(line) == 0 {
			break
		}
		if err != nil || p.read(line) != nil {
			return fmt.Errorf("%s: line %d cannot be read", filepath.Base(path), n)
		}
		if len(r.Requests) > mostRequests {
			return errTooMany
		}
	}
	if !p.ended {
		return fmt.Errorf("%s: has no end", filepath.Base(path))
	}
	return nil
}

// process is the file of one of Locust's processes.
type process struct {
	record *Record
	names  map[int][2]string
	errors map[int]string
	start  time.Time
	cpu    float64 // seconds, at the start
	ended  bool
}

var errRecord = errors.New("must be a line that the listener writes")

func (p *process) read(line []byte) error {
	var fields []json.RawMessage
	if err := json.Unmarshal(line, &fields); err != nil || len(fields) == 0 {
		return errRecord
	}
	var kind string
	if json.Unmarshal(fields[0], &kind) != nil {
		return errRecord
	}
	fields = fields[1:]
	switch kind {
	case "start":
		return p.readStart(fields)
	case "name":
		var n int
		var name [2]string
		err := scan(fields, &n, &name[0], &name[1])
		p.names[n] = name
		return err
	case "error":
		var n int
		var text string
		err := scan(fields, &n, &text)
		p.errors[n] = text
		return err
	case "request":
		return p.readRequest(fields)
	case "unfinished":
		return p.readUnfinished(fields)
	case "exception":
		return p.readException(fields)
	case "late":
		var ms float64
		err := scan(fields, &ms)
		if !(ms > -1e12 && ms < 1e12) {
			return errRecord
		}
		p.record.Lags = append(p.record.Lags, max(0, time.Duration(ms*float64(time.Millisecond))))
		return err
	case "users":
		var n int
		err := scan(fields, &n)
		p.record.Users, p.record.AtTheEnd = max(p.record.Users, n), n
		return err
	case "end":
		return p.readEnd(fields)
	}
	return errRecord
}

func (p *process) readStart(fields []json.RawMessage) error {
	var now float64
	var shape string
	if err := scan(fields, &now, &p.cpu, &shape); err != nil {
		return err
	}
	p.start = instant(now)
	if p.record.Start.IsZero() || p.start.Before(p.record.Start) {
		p.record.Start = p.start
	}
	p.record.Shape = shape
	return nil
}

func (p *process) readRequest(fields []json.RawMessage) error {
	var name, failure int
	var sent, ms float64
	var request Request
	if err := scan(fields, &name, &sent, &ms, &request.Status, &failure); err != nil {
		return err
	}
	key, known := p.names[name]
	text, knownError := p.errors[failure]
	if !known || (failure != 0 && !knownError) || !(ms >= 0 && ms < 1e12) {
		return errRecord
	}
	request.Method, request.Name, request.Error = key[0], key[1], text
	request.Sent, request.Took = instant(sent), time.Duration(ms*float64(time.Millisecond))
	p.record.Requests = append(p.record.Requests, request)
	return nil
}

func (p *process) readUnfinished(fields []json.RawMessage) error {
	var name int
	var sent float64
	if err := scan(fields, &name, &sent); err != nil {
		return err
	}
	key, known := p.names[name]
	if !known {
		return errRecord
	}
	p.record.Unfinished = append(p.record.Unfinished, Request{Method: key[0], Name: key[1], Sent: instant(sent)})
	return nil
}

func (p *process) readException(fields []json.RawMessage) error {
	var text, file string
	var line int
	if err := scan(fields, &text, &file, &line); err != nil {
		return err
	}
	p.record.Exceptions++
	p.record.Exception = text
	if file != "" {
		p.record.Exception = fmt.Sprintf("%s at %s:%d", text, file, line)
	}
	return nil
}

func (p *process) readEnd(fields []json.RawMessage) error {
	var now, cpu float64
	var connections int
	if err := scan(fields, &now, &cpu, &connections); err != nil {
		return err
	}
	p.ended = true
	end := instant(now)
	if end.After(p.record.End) {
		p.record.End = end
	}
	p.record.Connections += connections
	if elapsed := end.Sub(p.start).Seconds(); !p.start.IsZero() && elapsed > 0 {
		p.record.CPUShare = max(p.record.CPUShare, (cpu-p.cpu)/elapsed)
	}
	return nil
}

// scan decodes the fields of a line, all of them.
func scan(fields []json.RawMessage, into ...any) error {
	if len(fields) != len(into) {
		return errRecord
	}
	for i, field := range fields {
		if string(field) == "null" || json.Unmarshal(field, into[i]) != nil {
			return errRecord
		}
	}
	return nil
}

// instant is a time that Python gives in seconds since 1970.
func instant(seconds float64) time.Time {
	whole, fraction := math.Modf(math.Max(0, math.Min(seconds, 1<<40)))
	return time.Unix(int64(whole), int64(fraction*1e9))
}
