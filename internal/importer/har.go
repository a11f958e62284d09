package importer

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"reflect"
	"slices"
	"unicode/utf8"

	"github.com/latency-pod-autoscaler/lpa/loadtest/strictyaml"
)

// maxHAR is far above what a browser records in an hour. The whole file is held in memory.
const maxHAR = 200 << 20

// HAR makes a task script of a browser's recording in the HTTP Archive format 1.2
// (http://www.softwareishard.com/blog/har-12-spec/). name is the file's name for messages. Fields that other programs than
// browsers leave out may be missing. Errors begin with name:line:column; all entries of the wrong form are told at once.
func HAR(name string, r io.Reader, o Options) (*Result, error) {
	data, err := readAll(name, r, maxHAR)
	if err != nil {
		return nil, err
	}
	reader := harReader{source: source{command: "lpa import har", file: name, task: "recording", answered: true, first: position{1, 1}}, data: data}
	reader.read()
	if err := reader.problems.Sorted().Err(); err != nil {
		return nil, err
	}
	slices.SortStableFunc(reader.exchanges, func(a, b exchange) int { return a.started.Compare(b.started) })
	return compose(reader.source, reader.exchanges, o)
}

// harReader walks through the file down to its entries and reads them one by one, so that each is told by its place and no
// more than one is decoded at a time.
type harReader struct {
	source    source
	data      []byte
	exchanges []exchange
	problems  strictyaml.Problems

	// Where the last mistake is, from which the place of the next one is counted: a file can consist of mistakes.
	offset int
	at     position
}

// byteOrderMark stands at the beginning of files that some Windows programs write.
var byteOrderMark = []byte("\ufeff")

func (h *harReader) read() {
	h.data = bytes.TrimPrefix(h.data, byteOrderMark)
	var syntax *json.SyntaxError
	// Unmarshal looks at the syntax of the whole before it decodes anything, here nothing.
	if err := json.Unmarshal(h.data, &struct{}{}); errors.As(err, &syntax) {
		h.complain(int(syntax.Offset)-1, "", "must be JSON: "+syntax.Error(), "")
		return
	}
	d := json.NewDecoder(bytes.NewReader(h.data))
	if !enter(d, '{', "log") {
		h.complain(0, "log", "is required; this is no HAR file", "")
		return
	}
	at := int(d.InputOffset())
	if !enter(d, '{', "entries") {
		h.complain(at, "log.entries", "is required; this is no HAR file", "")
		return
	}
	at = int(d.InputOffset())
	if token, _ := d.Token(); token != json.Delim('[') {
		h.complain(at, "log.entries", "must be a list", "")
		return
	}
	for i := 0; d.More(); i++ {
		var raw json.RawMessage
		if d.Decode(&raw) != nil {
			return // the syntax was looked at before
		}
		h.entry(i, int(d.InputOffset())-len(raw), raw)
	}
}

// enter goes to the value of a key of the object that comes next; false if what comes next is no object or lacks the key.
func enter(d *json.Decoder, open json.Delim, key string) bool {
	if token, _ := d.Token(); token != open {
		return false
	}
	for d.More() {
		if token, _ := d.Token(); token == key {
			return true
		}
		var skipped json.RawMessage
		if d.Decode(&skipped) != nil {
			return false
		}
	}
	return false
}

// entry reads the entry that begins at an offset.
func (h *harReader) entry(i, offset int, raw json.RawMessage) {
	var entry harEntry
	var wrong *json.UnmarshalTypeError
	if err := json.Unmarshal(raw, &entry); errors.As(err, &wrong) {
		key := fmt.Sprintf("log.entries[%d]", i)
		if wrong.Field != "" {
			key += "." + wrong.Field
		}
		h.complain(offset+int(wrong.Offset)-1, key, "must be "+jsonKinds[wrong.Type.Kind()], "a JSON "+wrong.Value)
		return
	}
	e := entry.exchange()
	if e.started.IsZero() && len(h.exchanges) > 0 {
		e.started = h.exchanges[len(h.exchanges)-1].started // so that it keeps its place
	}
	h.exchanges = append(h.exchanges, e)
}

// jsonKinds are what the fields of an entry have to be, in the words of JSON.
var jsonKinds = map[reflect.Kind]string{reflect.String: "a string", reflect.Int: "a whole number", reflect.Float64: "a number",
	reflect.Struct: "an object", reflect.Slice: "a list"}

// complain reports a mistake at an offset, within the data or just behind it.
func (h *harReader) complain(offset int, key, rule, got string) {
	offset = min(max(offset, 0), len(h.data))
	if offset < h.offset || h.at.line == 0 {
		h.offset, h.at = 0, position{1, 1}
	}
	between := h.data[h.offset:offset]
	if n := bytes.Count(between, []byte("\n")); n > 0 {
		h.at = position{h.at.line + n, 1}
		between = between[bytes.LastIndexByte(between, '\n')+1:]
	}
	h.at.column += utf8.RuneCount(between)
	h.offset = offset
	h.problems = append(h.problems, h.source.problem(h.at, key, rule, got))
}
