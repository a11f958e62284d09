package simulate

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"math"
	"os"
	"strconv"
	"strings"
	"syscall"

	"github.com/latency-pod-autoscaler/lpa/loadtest/strictyaml"
)

// MaxTraceFile is how large a file with a trace can be, in bytes: a row a second for half a year takes less.
const MaxTraceFile = 256 << 20

// traceHeader is the first line of a trace that is no comment.
const traceHeader = "t_seconds,requests_per_second"

// maxTraceProblems is how many mistakes of one file are told: the first few say what is wrong with a thousand others.
const maxTraceProblems = 5

// LoadTrace reads a trace from a file, as ReadTrace does.
func LoadTrace(path string) (Trace, error) {
	f, err := os.OpenFile(path, os.O_RDONLY|syscall.O_NONBLOCK, 0) // a pipe that nobody writes to is empty
	if err != nil {
		return Trace{}, err
	}
	defer f.Close()
	return ReadTrace(path, f)
}

// ReadTrace reads a trace in CSV: lines that begin with # are comments, the header is t_seconds,requests_per_second, and each
// row below it says what the rate is from its time until that of the next row. Times are in seconds and ascend; they count
// from the first row's. The last row is as long as the one before it.
//
// An error that is strictyaml.Problems lists what is wrong in the file of this name.
func ReadTrace(name string, r io.Reader) (Trace, error) {
	data, err := io.ReadAll(io.LimitReader(r, MaxTraceFile+1))
	if err != nil {
		return Trace{}, err
	}
	if len(data) > MaxTraceFile {
		return Trace{}, fmt.Errorf("%s: must have at most %d bytes", name, MaxTraceFile)
	}
	p := traceParser{file: name}
	p.read(bytes.TrimPrefix(data, []byte("\ufeff")))
	if err := p.problems.Err(); err != nil {
		return Trace{}, err
	}
	return p.trace(), nil
}

// traceParser reads a trace line by line.
type traceParser struct {
	file     string
	line     int
	headed   bool
	at       []float64
	rates    []float64
	problems strictyaml.Problems
}

func (p *traceParser) read(data []byte) {
	for line := range bytes.Lines(data) {
		p.line++
		text := string(bytes.TrimRight(line, "\r\n"))
		switch {
		case strings.HasPrefix(text, "#") || strings.TrimSpace(text) == "":
		case !p.headed:
			p.headed = true
			if text != traceHeader {
				p.refuse(1, "", "must be the header "+traceHeader, text)
			}
		default:
			p.row(text)
		}
		if len(p.problems) >= maxTraceProblems {
			return
		}
	}
	if len(p.problems) == 0 && len(p.rates) < 2 {
		p.line = max(1, p.line)
		p.refuse(1, "", "must have the header "+traceHeader+" and at least two rows below it", fmt.Sprintf("%d rows", len(p.rates)))
	}
}

func (p *traceParser) row(text string) {
	first, second, ok := strings.Cut(text, ",")
	if !ok || strings.Contains(second, ",") {
		p.refuse(1, "", "must have two values, "+traceHeader, text)
		return
	}
	at, err := number(first)
	switch {
	case err != nil:
		p.refuse(1, "t_seconds", err.Error(), first)
		return
	case len(p.at) > 0 && at <= p.at[len(p.at)-1]:
		p.refuse(1, "t_seconds", fmt.Sprintf("must be more than that of the row before, %g", p.at[len(p.at)-1]), first)
		return
	case len(p.at) > 0 && at-p.at[0] > MostDuration.Seconds():
		p.refuse(1, "t_seconds", fmt.Sprintf("must be at most %d days after the first", int(MostDuration.Hours()/24)), first)
		return
	}
	rate, err := number(second)
	if err != nil {
		p.refuse(len(first)+2, "requests_per_second", err.Error(), second)
		return
	}
	p.at, p.rates = append(p.at, at), append(p.rates, rate)
}

func (p *traceParser) refuse(column int, key, rule, got string) {
	const longest = 60
	if len(got) > longest {
		got = got[:longest] + "…"
	}
	p.problems = append(p.problems, strictyaml.Problem{File: p.file, Line: p.line, Column: column, Key: key, Rule: rule, Got: strconv.Quote(got)})
}

// largestNumber is more than any rate and any time in seconds is.
const largestNumber = 1e12

var errNumber = errors.New("must be a number of at least 0, without a unit")

func number(text string) (float64, error) {
	value, err := strconv.ParseFloat(strings.TrimSpace(text), 64)
	if err != nil || math.IsNaN(value) || !(value >= 0 && value <= largestNumber) {
		return 0, errNumber
	}
	return value, nil
}

func (p *traceParser) trace() Trace {
	n := len(p.at)
	at := make([]float64, n+1)
	for i := range p.at {
		at[i] = p.at[i] - p.at[0]
	}
	at[n] = at[n-1] + (at[n-1] - at[n-2])
	return newTrace(p.file, at, p.rates)
}
