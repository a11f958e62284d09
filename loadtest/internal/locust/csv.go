package locust

import (
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"math"
	"os"
	"strconv"
	"strings"
)

// Statistics are what Locust's CSV files say. Locust rounds latencies to the millisecond below 100 ms and to two digits
// above, counts failed requests among them, and does not know of those that were unfinished at the end.
type Statistics struct {
	Names      []NameStatistics // in the files' order
	Exceptions int              // that tasks raised
	Exception  string           // one of them
	Users      int              // the most there were, as far as the history goes: its end is often missing
}

// NameStatistics are those of one request name. Latencies are in milliseconds.
type NameStatistics struct {
	Method, Name              string
	Requests, Failures        int
	Average, Median, Min, Max float64
	Percentiles               map[float64]float64 // by share, such as 0.95; those that Locust was told to print
	Errors                    map[string]int      // by text, how many
}

// readStatistics reads the files whose names start with prefix. They must be there as a test leaves them, but for the
// exceptions and the history, which not every version writes.
func readStatistics(prefix string) (*Statistics, error) {
	s := &Statistics{}
	names := map[[2]string]int{}
	if err := s.readNames(prefix+"_stats.csv", names); err != nil {
		return nil, err
	}
	if err := s.readFailures(prefix+"_failures.csv", names); err != nil {
		return nil, err
	}
	s.readExceptions(prefix + "_exceptions.csv")
	s.readHistory(prefix + "_stats_history.csv")
	return s, nil
}

func (s *Statistics) readNames(path string, index map[[2]string]int) error {
	return eachRow(path, func(r row) error {
		method, name, err := r.request("Type", "Method")
		if err != nil {
			return err
		}
		if (name == "Aggregated" || name == "Total") && (method == "" || method == "None") {
			return nil
		}
		n := NameStatistics{Method: method, Name: name, Errors: map[string]int{}}
		if err := r.fill(&n); err != nil {
			return err
		}
		index[[2]string{method, name}] = len(s.Names)
		s.Names = append(s.Names, n)
		return nil
	})
}

// fill reads the numbers of a name; headers changed with the versions.
func (r row) fill(n *NameStatistics) error {
	for _, count := range []struct {
		to      *int
		headers []string
	}{{&n.Requests, []string{"Request Count", "# requests"}}, {&n.Failures, []string{"Failure Count", "# failures"}}} {
		value, err := r.count(count.headers...)
		if err != nil {
			return err
		}
		*count.to = value
	}
	if n.Failures > n.Requests {
		return r.wrong("Failure Count", strconv.Itoa(n.Failures))
	}
	if n.Requests == 0 {
		return nil // the latencies are N/A or 0
	}
	for _, latency := range []struct {
		to      *float64
		headers []string
	}{
		{&n.Average, []string{"Average Response Time", "Average response time"}},
		{&n.Median, []string{"Median Response Time", "Median response time"}},
		{&n.Min, []string{"Min Response Time", "Min response time"}},
		{&n.Max, []string{"Max Response Time", "Max response time"}},
	} {
		value, err := r.latency(latency.headers...)
		if err != nil {
			return err
		}
		*latency.to = value
	}
	return r.percentiles(n)
}

// percentiles reads every column such as 99.9%; a locustfile can choose which there are.
func (r row) percentiles(n *NameStatistics) error {
	n.Percentiles = map[float64]float64{}
	for header := range r.columns {
		digits, isShare := strings.CutSuffix(header, "%")
		share, err := strconv.ParseFloat(digits, 64)
		if !isShare || err != nil || !(share > 0 && share <= 100) {
			continue
		}
		value, err := r.latency(header)
		if err != nil {
			return err
		}
		n.Percentiles[math.Round(share*1e6)/1e8] = value // 99.9/100 is 0.9990000000000001
	}
	return nil
}

func (s *Statistics) readFailures(path string, index map[[2]string]int) error {
	return eachRow(path, func(r row) error {
		method, name, err := r.request("Method", "Type")
		if err != nil {
			return err
		}
		text, err := r.text("Error")
		if err != nil {
			return err
		}
		count, err := r.count("Occurrences")
		if err != nil {
			return err
		}
		if i, known := index[[2]string{method, name}]; known {
			s.Names[i].Errors[text] += count
		}
		return nil
	})
}

func (s *Statistics) readExceptions(path string) {
	_ = eachRow(path, func(r row) error {
		count, err := r.count("Count")
		if err != nil {
			return err
		}
		s.Exceptions += count
		s.Exception, err = r.text("Message")
		return err
	})
}

func (s *Statistics) readHistory(path string) {
	_ = eachRow(path, func(r row) error {
		users, err := r.count("User Count")
		s.Users = max(s.Users, users)
		return err
	})
}

// row is a line of a file with a header.
type row struct {
	file    string
	line    int
	columns map[string]int
	fields  []string
}

var errEmpty = errors.New("is empty")

func eachRow(path string, read func(row) error) error {
	file, err := os.Open(path)
	if err != nil {
		return err
	}
	defer file.Close()
	reader := csv.NewReader(file)
	reader.FieldsPerRecord = -1
	header, err := reader.Read()
	if errors.Is(err, io.EOF) {
		return fmt.Errorf("%s: %w", path, errEmpty)
	}
	if err != nil {
		return fmt.Errorf("%s: %w", path, err)
	}
	columns := map[string]int{}
	for i, name := range header {
		columns[name] = i
	}
	for {
		fields, err := reader.Read()
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return fmt.Errorf("%s: %w", path, err)
		}
		line, _ := reader.FieldPos(0)
		if err := read(row{file: path, line: line, columns: columns, fields: fields}); err != nil {
			return err
		}
	}
}

// text is the field under the first of the headers that the file has.
func (r row) text(headers ...string) (string, error) {
	for _, header := range headers {
		if i, ok := r.columns[header]; ok {
			if i < len(r.fields) {
				return r.fields[i], nil
			}
			return "", fmt.Errorf("%s:%d: %s: is missing", r.file, r.line, header)
		}
	}
	return "", fmt.Errorf("%s:1: has no column %s", r.file, headers[0])
}

// request is what the row is about; its method is under the first of the headers that the file has.
func (r row) request(headers ...string) (method, name string, err error) {
	if method, err = r.text(headers...); err != nil {
		return "", "", err
	}
	name, err = r.text("Name")
	return method, name, err
}

func (r row) count(headers ...string) (int, error) {
	text, err := r.text(headers...)
	if err != nil {
		return 0, err
	}
	n, err := strconv.Atoi(text)
	if err != nil || n < 0 || n > 1<<50 {
		return 0, r.wrong(headers[0], text)
	}
	return n, nil
}

func (r row) latency(headers ...string) (float64, error) {
	text, err := r.text(headers...)
	if err != nil {
		return 0, err
	}
	ms, err := strconv.ParseFloat(text, 64)
	if err != nil || !(ms >= 0 && ms < 1e12) {
		return 0, r.wrong(headers[0], text)
	}
	return ms, nil
}

func (r row) wrong(header, got string) error {
	return fmt.Errorf("%s:%d: %s: must be a number that Locust writes, got %q", r.file, r.line, header, got)
}
