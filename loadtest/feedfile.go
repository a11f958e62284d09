package loadtest

import (
	"bytes"
	"encoding/csv"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/latency-pod-autoscaler/lpa/loadtest/strictyaml"
)

// MaxFeedFile is how large a file with test data can be, in bytes. It is held in memory as a whole.
const MaxFeedFile = 64 << 20

// maxFeedProblems is how many mistakes of one file are told: the first few say what is wrong with a thousand others.
const maxFeedProblems = 5

// fileProblem is a mistake in a file that the script refers to.
func fileProblem(line, column int, format string, args ...any) strictyaml.Problem {
	return strictyaml.Problem{Line: line, Column: column, Rule: fmt.Sprintf(format, args...)}
}

// readCSV reads a table as RFC 4180 has it: the first row names the columns, every other has as many values. Nothing is
// trimmed. Commas are the only separators.
func (f *feed) readCSV(data []byte) []strictyaml.Problem {
	reader := csv.NewReader(bytes.NewReader(bytes.TrimPrefix(data, []byte("\ufeff"))))
	reader.FieldsPerRecord = -1 // ragged rows are reported by us, all of them
	records, err := reader.ReadAll()
	var parse *csv.ParseError
	if errors.As(err, &parse) {
		return []strictyaml.Problem{fileProblem(parse.Line, max(parse.Column, 1), "must be CSV: %v", parse.Err)}
	}
	if len(records) == 0 {
		return []strictyaml.Problem{fileProblem(1, 1, "must have a first line with the names of the columns, and rows below it")}
	}
	f.columns, f.texts = records[0], records[1:]
	problems := columnProblems(f.columns)
	if len(f.texts) == 0 {
		problems = append(problems, fileProblem(1, 1, "must have at least one row below the names of the columns"))
	}
	if slices.ContainsFunc(f.texts, func(row []string) bool { return len(row) != len(f.columns) }) {
		problems = append(problems, ragged(data, len(f.columns))...)
	}
	return problems
}

func columnProblems(columns []string) []strictyaml.Problem {
	var problems []strictyaml.Problem
	for i, c := range columns {
		switch {
		case c == "":
			problems = append(problems, fileProblem(1, 1, "column %d must have a name", i+1))
		case slices.Contains(columns[:i], c):
			problems = append(problems, fileProblem(1, 1, "the column %q is there twice", c))
		}
	}
	return problems
}

// ragged finds rows with more or fewer values than there are columns. It reads once more, for the numbers of their lines.
func ragged(data []byte, columns int) []strictyaml.Problem {
	reader := csv.NewReader(bytes.NewReader(bytes.TrimPrefix(data, []byte("\ufeff"))))
	reader.FieldsPerRecord, reader.ReuseRecord = -1, true
	var problems []strictyaml.Problem
	for len(problems) < maxFeedProblems {
		record, err := reader.Read()
		if err != nil {
			break
		}
		if len(record) != columns {
			line, _ := reader.FieldPos(0)
			problems = append(problems, fileProblem(line, 1, "must have %d values, as there are columns, got %d", columns, len(record)))
		}
	}
	return problems
}

// readJSON reads a list of objects that all have the same keys.
func (f *feed) readJSON(data []byte) []strictyaml.Problem {
	data = bytes.TrimPrefix(data, []byte("\ufeff"))
	value, err := parseJSON(data)
	if err != nil {
		line, column := jsonPosition(data, err)
		return []strictyaml.Problem{fileProblem(line, column, "must be JSON: %s", strings.TrimPrefix(err.Error(), "json: "))}
	}
	rows, ok := value.([]any)
	if !ok {
		return []strictyaml.Problem{fileProblem(1, 1, "must be a list of objects")}
	}
	var problems []strictyaml.Problem
	for _, rule := range f.setRows(rows) {
		problems = append(problems, fileProblem(1, 1, "%s", rule.message))
	}
	return problems
}

// jsonPosition is where the JSON reader stopped.
func jsonPosition(data []byte, err error) (line, column int) {
	var syntax *json.SyntaxError
	offset := len(data)
	if errors.As(err, &syntax) {
		offset = min(max(int(syntax.Offset)-1, 0), len(data))
	}
	before := data[:offset]
	return 1 + bytes.Count(before, []byte("\n")), offset - bytes.LastIndexByte(before, '\n')
}

// rowMistake is something wrong with a row.
type rowMistake struct {
	row     int
	message string
}

// setRows takes rows that must be mappings with the same keys.
func (f *feed) setRows(rows []any) []rowMistake {
	if len(rows) == 0 {
		return []rowMistake{{0, "must have at least one row"}}
	}
	var mistakes []rowMistake
	complain := func(row int, format string, args ...any) {
		mistakes = append(mistakes, rowMistake{row, fmt.Sprintf("row %d ", row+1) + fmt.Sprintf(format, args...)})
	}
	for i, row := range rows {
		object, ok := row.(map[string]any)
		switch {
		case len(mistakes) == maxFeedProblems:
			return mistakes
		case !ok:
			complain(i, "must be an object, got %s", kindOf(row))
			continue
		case f.columns == nil:
			if len(object) == 0 {
				complain(i, "must have keys")
				return mistakes
			}
			for key := range object {
				f.columns = append(f.columns, key)
			}
			slices.Sort(f.columns)
		}
		if wrong := difference(f.columns, object); wrong != "" {
			complain(i, "must have the same keys as the first: %s", wrong)
			continue
		}
		values := make([]any, len(f.columns))
		for c, key := range f.columns {
			values[c] = object[key]
		}
		f.values = append(f.values, values)
	}
	return mistakes
}

// difference is the first key that an object lacks or has too many.
func difference(columns []string, object map[string]any) string {
	for _, c := range columns {
		if _, ok := object[c]; !ok {
			return fmt.Sprintf("%q is missing", c)
		}
	}
	var extra []string
	for key := range object {
		if !slices.Contains(columns, key) {
			extra = append(extra, key)
		}
	}
	if len(extra) == 0 {
		return ""
	}
	return fmt.Sprintf("%q is not one of them", slices.Min(extra))
}
